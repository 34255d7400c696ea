// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What device and host code know of a tensor map. Making one: tensor_map.hpp; using it: bulk_copy.cuh.

#include <lanefold/backend/config.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// How a matrix lies in global memory, and in which boxes the copy engine moves it. Kernels take it as
/// `LANEFOLD_GRID_CONSTANT tensor_map const`. Its alignment is the copy engine's wish; of parameters with a wider one than
/// 16, GCC has something to say.
struct alignas(LANEFOLD_ON_SIMULATOR ? 16 : 64) tensor_map {
  unsigned long long opaque[16];
};

/// What a copy does to elements on their way to shared memory: nothing, or, of 4 bytes, floats are rounded to tf32.
enum class element_kind { bits, tf32 };

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
