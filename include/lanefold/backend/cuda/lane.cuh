// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who this lane is, and what it does alone.

#include <lanefold/backend/config.cuh>
#include <lanefold/base/index3.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

constexpr bool simulated = false;

LANEFOLD_FN unsigned lane_id() {
  unsigned lane;
  asm("mov.u32 %0, %%laneid;" : "=r"(lane));
  return lane;
}
LANEFOLD_FN index3 thread_index() { return {threadIdx.x, threadIdx.y, threadIdx.z}; }
LANEFOLD_FN index3 block_index() { return {blockIdx.x, blockIdx.y, blockIdx.z}; }
LANEFOLD_FN index3 block_extent() { return {blockDim.x, blockDim.y, blockDim.z}; }
LANEFOLD_FN index3 grid_extent() { return {gridDim.x, gridDim.y, gridDim.z}; }
LANEFOLD_FN void* dynamic_shared() {
  extern __shared__ __align__(128) unsigned char lanefold_dynamic_shared[];
  return lanefold_dynamic_shared;
}
/// Whether an address is in the shared memory of this block.
LANEFOLD_FN bool is_shared(void const* address) { return __isShared(address); }

LANEFOLD_FN int popcount(unsigned x) { return __popc(x); }
/// Index of the lowest / highest set bit; x is not 0.
LANEFOLD_FN int lowest_bit(unsigned x) { return __ffs(static_cast<int>(x)) - 1; }
LANEFOLD_FN int highest_bit(unsigned x) { return 31 - __clz(static_cast<int>(x)); }

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
