// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Barriers in shared memory, on the simulator: their state is kept beside the memory, and known by its address.

#include <lanefold/backend/call_site.cuh>
#include <lanefold/backend/generic.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

LANEFOLD_FN void mbarrier_init(mbarrier& at, unsigned expected, call_site site) {
  sim::mbarrier_init(&at, expected, site);
}
/// Before the memory is used for something else.
LANEFOLD_FN void mbarrier_invalidate(mbarrier& at, call_site site) { sim::mbarrier_invalidate(&at, site); }
LANEFOLD_FN void mbarrier_arrive(mbarrier& at, call_site site) { sim::mbarrier_arrive(&at, 1, 0, site); }
/// Announces bytes of a copy to come, and arrives.
LANEFOLD_FN void mbarrier_arrive_expect(mbarrier& at, unsigned bytes, call_site site) {
  sim::mbarrier_arrive(&at, 1, bytes, site);
}
/// What a copy does when its bytes are there.
LANEFOLD_FN void mbarrier_complete(mbarrier& at, unsigned bytes, call_site site) {
  sim::mbarrier_bytes_came(&at, bytes, site);
}
/// Whether the phase of this parity is over.
LANEFOLD_FN bool mbarrier_test(mbarrier& at, unsigned parity, call_site site) {
  return sim::mbarrier_test(&at, parity, site);
}
/// The same after some time, unless the phase ends before.
LANEFOLD_FN bool mbarrier_try_wait(mbarrier& at, unsigned parity, call_site site) {
  return sim::mbarrier_test(&at, parity, site);
}
LANEFOLD_FN void mbarrier_wait(mbarrier& at, unsigned parity, call_site site) { sim::mbarrier_wait(&at, parity, site); }

LANEFOLD_FN unsigned cluster_rank() { return sim::self().cluster_rank; }
LANEFOLD_FN unsigned cluster_blocks() { return sim::self().cluster_blocks; }
/// What the block of that rank in the cluster has where this block has `here`, in shared memory.
template <class T>
LANEFOLD_FN T* map_shared(T* here, unsigned rank, call_site site) {
  return static_cast<T*>(sim::map_shared(here, rank, site));
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
