// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Barriers in shared memory (PTX ISA 9.7.13.15, mbarrier; sm_80), and the blocks of a cluster (sm_90).

#include <lanefold/backend/call_site.cuh>
#include <lanefold/backend/generic.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

LANEFOLD_FN unsigned address_of(mbarrier& at) { return static_cast<unsigned>(__cvta_generic_to_shared(&at)); }

LANEFOLD_FN void mbarrier_init(mbarrier& at, unsigned expected, call_site) {
  asm volatile("mbarrier.init.shared.b64 [%0], %1;" ::"r"(address_of(at)), "r"(expected) : "memory");
}
/// Before the memory is used for something else.
LANEFOLD_FN void mbarrier_invalidate(mbarrier& at, call_site) {
  asm volatile("mbarrier.inval.shared.b64 [%0];" ::"r"(address_of(at)) : "memory");
}
LANEFOLD_FN void mbarrier_arrive(mbarrier& at, call_site) {
  asm volatile("{ .reg .b64 state; mbarrier.arrive.shared.b64 state, [%0]; }" ::"r"(address_of(at)) : "memory");
}
/// Announces bytes of a copy to come, and arrives. sm_90.
LANEFOLD_FN void mbarrier_arrive_expect(mbarrier& at, unsigned bytes, call_site) {
  asm volatile("{ .reg .b64 state; mbarrier.arrive.expect_tx.shared.b64 state, [%0], %1; }" ::"r"(address_of(at)),
               "r"(bytes)
               : "memory");
}
/// What a copy does when its bytes are there. sm_90.
LANEFOLD_FN void mbarrier_complete(mbarrier& at, unsigned bytes, call_site) {
  asm volatile("mbarrier.complete_tx.relaxed.cluster.shared::cluster.b64 [%0], %1;" ::"r"(address_of(at)), "r"(bytes)
               : "memory");
}
/// Whether the phase of this parity is over.
LANEFOLD_FN bool mbarrier_test(mbarrier& at, unsigned parity, call_site) {
  unsigned over;
  asm volatile("{ .reg .pred p; mbarrier.test_wait.parity.shared.b64 p, [%1], %2; selp.u32 %0, 1, 0, p; }"
               : "=r"(over)
               : "r"(address_of(at)), "r"(parity)
               : "memory");
  return over != 0;
}
/// The same after some time, unless the phase ends before. sm_90.
LANEFOLD_FN bool mbarrier_try_wait(mbarrier& at, unsigned parity, call_site) {
  unsigned over;
  asm volatile("{ .reg .pred p; mbarrier.try_wait.parity.shared.b64 p, [%1], %2; selp.u32 %0, 1, 0, p; }"
               : "=r"(over)
               : "r"(address_of(at)), "r"(parity)
               : "memory");
  return over != 0;
}
LANEFOLD_FN void mbarrier_wait(mbarrier& at, unsigned parity, call_site site) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
  while (!mbarrier_test(at, parity, site)) {
  }
#else
  while (!mbarrier_try_wait(at, parity, site)) {
  }
#endif
}

LANEFOLD_FN unsigned cluster_rank() {
  unsigned rank;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}
LANEFOLD_FN unsigned cluster_blocks() {
  unsigned blocks;
  asm("mov.u32 %0, %%cluster_nctarank;" : "=r"(blocks));
  return blocks;
}
/// What the block of that rank in the cluster has where this block has `here`, in shared memory: mapa (PTX ISA
/// 9.7.9.23).
template <class T>
LANEFOLD_FN T* map_shared(T* here, unsigned rank, call_site) {
  T* there;
  asm("mapa.u64 %0, %1, %2;" : "=l"(there) : "l"(here), "r"(rank));
  return there;
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
