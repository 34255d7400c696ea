// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Tensor maps on the simulator: a description.

#include <lanefold/backend/tensor_map_request.hpp>
#include <lanefold/sim/copies.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// Describes the matrix to the copy engine. `map` stays as it is on an error.
inline status make_tensor_map(tensor_map* map, tensor_map_request const& r) {
  if (status wrong = r.check(); !wrong) return wrong;
  static_assert(sizeof(sim::tensor_description) <= sizeof(tensor_map), "a description fits into a map");
  sim::tensor_description const made{sim::tensor_description::right_mark,
                                     static_cast<char*>(const_cast<void*>(r.data)),
                                     r.columns,
                                     r.rows,
                                     r.stride_bytes,
                                     r.matrices,
                                     r.matrix_stride_bytes,
                                     r.bytes,
                                     r.box_columns,
                                     r.box_rows,
                                     r.swizzle_bytes,
                                     r.kind == element_kind::tf32};
  *map = {};
  memcpy(map->opaque, &made, sizeof made);
  return status();
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
