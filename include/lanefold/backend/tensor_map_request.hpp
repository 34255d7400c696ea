// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What make_tensor_map is told, and what every copy engine refuses. Not included under NVRTC.

#include <lanefold/backend/tensor_map.cuh>
#include <lanefold/base/status.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// A matrix in global memory, or several of one form, and the boxes in which they are to be copied.
struct tensor_map_request {
  void const* data;         ///< element (0, 0), a multiple of 16 bytes
  int bytes;                ///< of an element: 1, 2, 4 or 8
  long long columns, rows;  ///< extents of the matrix, 1..2^32; the elements of a row lie side by side
  long long stride_bytes;   ///< from row to row, a multiple of 16
  int box_columns, box_rows;
  int swizzle_bytes = 0;  ///< 0, 32, 64 or 128; where not 0, it is what a row of a box takes
  element_kind kind = element_kind::bits;
  long long matrices = 0;             ///< 1..2^32, of which copy_box is told one; 0: a matrix that needs no number
  long long matrix_stride_bytes = 0;  ///< from one to the next, a multiple of 16; of fewer than two anything

  /// What is wrong with it for every copy engine.
  status check() const {
    constexpr long long most_elements = 1ll << 32, most_bytes = 1ll << 40;
    auto const failure = [](char const* argument, long long value, char const* limit) {
      return status::failure(status_kind::bad_argument, "lanefold: make_tensor_map: %s is %lld, and must be %s",
                             argument, value, limit);
    };
    auto const address = reinterpret_cast<size_t>(data);
    if (data == nullptr) return status(status_kind::bad_argument, "lanefold: make_tensor_map: data is null");
    if (address % 16 != 0)
      return status::failure(status_kind::bad_argument,
                             "lanefold: make_tensor_map: data is %p, and must be a multiple of 16 bytes", data);
    if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) return failure("bytes", bytes, "1, 2, 4 or 8");
    if (kind == element_kind::tf32 && bytes != 4) return failure("bytes", bytes, "4 where the kind is tf32");
    if (columns < 1 || columns > most_elements) return failure("columns", columns, "1..4294967296");
    if (rows < 1 || rows > most_elements) return failure("rows", rows, "1..4294967296");
    if (stride_bytes < 16 || stride_bytes % 16 != 0 || stride_bytes >= most_bytes)
      return failure("stride_bytes", stride_bytes, "a multiple of 16 in 16..1099511627775");
    if (matrices < 0 || matrices > most_elements) return failure("matrices", matrices, "0..4294967296");
    if (matrices > 1 &&
        (matrix_stride_bytes < 16 || matrix_stride_bytes % 16 != 0 || matrix_stride_bytes >= most_bytes))
      return failure("matrix_stride_bytes", matrix_stride_bytes, "a multiple of 16 in 16..1099511627775");
    if (box_columns < 1 || box_columns > 256) return failure("box_columns", box_columns, "1..256");
    if (box_rows < 1 || box_rows > 256) return failure("box_rows", box_rows, "1..256");
    if (swizzle_bytes != 0 && swizzle_bytes != 32 && swizzle_bytes != 64 && swizzle_bytes != 128)
      return failure("swizzle_bytes", swizzle_bytes, "0, 32, 64 or 128");
    int const row = box_columns * bytes;
    if (row % 16 != 0) return failure("box_columns * bytes", row, "a multiple of 16");
    if (swizzle_bytes != 0 && row != swizzle_bytes)
      return status::failure(
          status_kind::bad_argument,
          "lanefold: make_tensor_map: box_columns * bytes is %d, and must be the swizzle_bytes, which are %d", row,
          swizzle_bytes);
    return status();
  }
};

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
