// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Waiting for one another.

#include <lanefold/backend/cuda/checks.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// bar.warp.sync (PTX ISA 9.7.13.5).
LANEFOLD_FN void sync_warp(callers who) {
  check_mask(who);
  __syncwarp(who.mask);
}
/// barrier.sync.aligned 0 (PTX ISA 9.7.13.1).
LANEFOLD_FN void sync_block(call_site) { __syncthreads(); }
/// The same barrier, for whole warps that come to it at another place than the rest of the block. PTX lets each warp have
/// its own place; compute-sanitizer's synccheck asks that such a place says so by leaving out `.aligned`.
LANEFOLD_FN void sync_block_apart(call_site) { asm volatile("barrier.sync 0;" ::: "memory"); }

/// barrier.sync and barrier.arrive (PTX ISA 9.7.13.1) of some threads of the block: `threads` of them, a multiple of 32.
LANEFOLD_FN void sync_barrier(unsigned id, unsigned threads, call_site) {
  asm volatile("barrier.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}
LANEFOLD_FN void arrive_barrier(unsigned id, unsigned threads, call_site) {
  asm volatile("barrier.arrive %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
constexpr bool has_clusters = false;
#else
constexpr bool has_clusters = true;
#endif
/// barrier.cluster (PTX ISA 9.7.13.4), sm_90: what a thread did before it arrives is seen by those that have waited.
LANEFOLD_FN void arrive_cluster(call_site) {
  if constexpr (has_clusters) asm volatile("barrier.cluster.arrive.release;" ::: "memory");
}
/// Orders nothing, and so does not wait for this thread's stores: for who has read the others' shared memory, and lets them
/// end.
LANEFOLD_FN void arrive_cluster_relaxed(call_site) {
  if constexpr (has_clusters) asm volatile("barrier.cluster.arrive.relaxed;" ::: "memory");
}
LANEFOLD_FN void wait_cluster(call_site) {
  if constexpr (has_clusters) asm volatile("barrier.cluster.wait.acquire;" ::: "memory");
}

/// The grid ahead in the queue, of a launch that may begin before that one has ended: until all that it wrote is there.
/// And the next one may begin; it is enough that one thread of each block says so. griddepcontrol (PTX ISA 9.7.13.13); before
/// sm_90 there are no such launches.
LANEFOLD_FN void wait_for_previous_grid() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}
LANEFOLD_FN void let_next_grid_start() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;");
#endif
}

/// activemask (PTX ISA 9.7.13.12).
LANEFOLD_FN unsigned active_mask(call_site) { return __activemask(); }
/// Whether all 32 lanes are found here together. Then they may shuffle as one warp, and several lane sets go through the
/// same shuffles at once instead of one after another. Safe under independent scheduling: either all 32 lanes see it or
/// none does, and what they do next does not depend on who else is there.
LANEFOLD_FN bool whole_warp_here(call_site) { return __activemask() == 0xffffffffu; }

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
