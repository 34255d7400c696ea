// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The copy engine on the simulator. One lane asks; an mbarrier counts the bytes that come, and bulk groups those that
// leave. When a copy is carried out: sim/copies.hpp.

#include <lanefold/backend/host/mbarrier.cuh>
#include <lanefold/backend/tensor_map.cuh>
#include <lanefold/sim/copies.hpp>
#include <lanefold/sim/operations.hpp>

#include <string.h>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

LANEFOLD_FN sim::tensor_description description_in(tensor_map const& map) {
  sim::tensor_description description;
  memcpy(&description, map.opaque, sizeof description);
  return description;
}

/// Before the first copy: fetches the map.
LANEFOLD_FN void prefetch(tensor_map const&) {}

/// Copies the box whose first element is (column, row), a multiple of 16 bytes from where its row begins (an H100 traps
/// elsewhere), to shared memory, a multiple of 128 bytes. What lies outside of the
/// matrix comes as 0. The barrier counts all bytes of the box.
LANEFOLD_FN void copy_box(void* to, tensor_map const& map, int column, int row, mbarrier& arrived, call_site site) {
  sim::copy_box(description_in(map), to, {column, row}, &arrived, 1u << cluster_rank(), site);
}
/// The same of one of a map's matrices.
LANEFOLD_FN void copy_box(void* to, tensor_map const& map, int column, int row, int matrix, mbarrier& arrived,
                          call_site site) {
  sim::copy_box(description_in(map), to, {column, row, matrix, true}, &arrived, 1u << cluster_rank(), site);
}
/// To the same place in each block of the cluster that has a bit in `blocks`; the barrier of each counts.
LANEFOLD_FN void copy_box_to(unsigned blocks, void* to, tensor_map const& map, int column, int row, mbarrier& arrived,
                             call_site site) {
  sim::copy_box(description_in(map), to, {column, row}, &arrived, blocks, site);
}
LANEFOLD_FN void copy_box_to(unsigned blocks, void* to, tensor_map const& map, int column, int row, int matrix,
                             mbarrier& arrived, call_site site) {
  sim::copy_box(description_in(map), to, {column, row, matrix, true}, &arrived, blocks, site);
}

/// Copies a box from shared memory to the matrix, except for what lies outside. It begins at no negative column or row. In steps of 16 bytes: where the rows of the
/// matrix end in the middle of one, an H100 writes behind their ends.
LANEFOLD_FN void store_box(tensor_map const& map, int column, int row, void const* from, call_site site) {
  sim::store_box(description_in(map), {column, row}, from, site);
}
/// The stores of this lane since the last one are a group.
LANEFOLD_FN void commit_stores(call_site site) { sim::commit_stores(site); }
/// Until at most Pending of its groups have yet to read shared memory.
template <int Pending>
LANEFOLD_FN void wait_stores_read(call_site site) {
  sim::wait_stores_read(Pending, site);
}

/// What this lane has written to shared memory is there for the copy engine and the tensor cores, once the lanes that ask
/// them have waited for it. On the simulator it is at any time.
LANEFOLD_FN void fence_async(call_site) {}
/// After mbarrier_init, before the barrier of the cluster: the copy engine and the cluster know the barriers.
LANEFOLD_FN void fence_mbarrier_init(call_site) {}
/// Arrives at the barrier that the block of that rank has where this one has `here`.
LANEFOLD_FN void mbarrier_arrive_at(mbarrier& here, unsigned rank, call_site site) {
  sim::mbarrier_arrive_at(&here, rank, site);
}

/// One lane of the warp, the same each time.
LANEFOLD_FN bool elect_one() {
  sim::collective(
      {&sim::operations::sync_warp, ~0u, 0, 0, 32, nullptr, nullptr, nullptr, {"elect_one", nullptr, 0, false}});
  return sim::self().lane == 0;
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
