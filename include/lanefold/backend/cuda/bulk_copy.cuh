// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The copy engine (PTX ISA 9.7.9.25.5, cp.async.bulk.tensor; sm_90). One lane asks; an mbarrier counts the bytes that
// come, and bulk groups those that leave.

#include <lanefold/backend/cuda/mbarrier.cuh>
#include <lanefold/backend/tensor_map.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// Before the first copy: fetches the map.
LANEFOLD_FN void prefetch(tensor_map const& map) { asm volatile("prefetch.tensormap [%0];" ::"l"(&map) : "memory"); }

/// Copies the box whose first element is (column, row), a multiple of 16 bytes from where its row begins (an H100 traps
/// elsewhere), to shared memory, a multiple of 128 bytes. What lies outside of the
/// matrix comes as 0. The barrier counts all bytes of the box.
LANEFOLD_FN void copy_box(void* to, tensor_map const& map, int column, int row, mbarrier& arrived, call_site) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::
          "r"(static_cast<unsigned>(__cvta_generic_to_shared(to))),
      "l"(&map), "r"(column), "r"(row), "r"(address_of(arrived))
      : "memory");
}
/// The same of one of a map's matrices.
LANEFOLD_FN void copy_box(void* to, tensor_map const& map, int column, int row, int matrix, mbarrier& arrived,
                          call_site) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4}], "
      "[%5];" ::"r"(static_cast<unsigned>(__cvta_generic_to_shared(to))),
      "l"(&map), "r"(column), "r"(row), "r"(matrix), "r"(address_of(arrived))
      : "memory");
}
/// To the same place in each block of the cluster that has a bit in `blocks`; the barrier of each counts.
LANEFOLD_FN void copy_box_to(unsigned blocks, void* to, tensor_map const& map, int column, int row, mbarrier& arrived,
                             call_site) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.multicast::cluster [%0], [%1, "
      "{%2, %3}], [%4], %5;" ::"r"(static_cast<unsigned>(__cvta_generic_to_shared(to))),
      "l"(&map), "r"(column), "r"(row), "r"(address_of(arrived)), "h"(static_cast<unsigned short>(blocks))
      : "memory");
}
LANEFOLD_FN void copy_box_to(unsigned blocks, void* to, tensor_map const& map, int column, int row, int matrix,
                             mbarrier& arrived, call_site) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.multicast::cluster [%0], [%1, "
      "{%2, %3, %4}], [%5], %6;" ::"r"(static_cast<unsigned>(__cvta_generic_to_shared(to))),
      "l"(&map), "r"(column), "r"(row), "r"(matrix), "r"(address_of(arrived)), "h"(static_cast<unsigned short>(blocks))
      : "memory");
}

/// Copies a box from shared memory to the matrix, except for what lies outside. It begins at no negative column or row. In steps of 16 bytes: where the rows of the
/// matrix end in the middle of one, an H100 writes behind their ends.
LANEFOLD_FN void store_box(tensor_map const& map, int column, int row, void const* from, call_site) {
  asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%0, {%1, %2}], [%3];" ::"l"(&map),
               "r"(column), "r"(row), "r"(static_cast<unsigned>(__cvta_generic_to_shared(from)))
               : "memory");
}
/// The stores of this lane since the last one are a group.
LANEFOLD_FN void commit_stores(call_site) { asm volatile("cp.async.bulk.commit_group;" ::: "memory"); }
/// Until at most Pending of its groups have yet to read shared memory.
template <int Pending>
LANEFOLD_FN void wait_stores_read(call_site) {
  asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(Pending) : "memory");
}

/// What this lane has written to shared memory is there for the copy engine and the tensor cores, once the lanes that ask
/// them have waited for it: fence.proxy.async (PTX ISA 9.7.13.4).
LANEFOLD_FN void fence_async(call_site) { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }
/// After mbarrier_init, before the barrier of the cluster: the copy engine and the cluster know the barriers.
LANEFOLD_FN void fence_mbarrier_init(call_site) { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }
/// Arrives at the barrier that the block of that rank has where this one has `here`.
LANEFOLD_FN void mbarrier_arrive_at(mbarrier& here, unsigned rank, call_site) {
  asm volatile(
      "{ .reg .b32 there; mapa.shared::cluster.u32 there, %0, %1; mbarrier.arrive.shared::cluster.b64 _, "
      "[there]; }" ::"r"(address_of(here)),
      "r"(rank)
      : "memory");
}

/// One lane of the warp, the same each time: elect.sync (PTX ISA 9.7.13.14).
LANEFOLD_FN bool elect_one() {
  unsigned elected;
  asm volatile("{ .reg .pred p; elect.sync _|p, 0xffffffff; selp.u32 %0, 1, 0, p; }" : "=r"(elected));
  return elected != 0;
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
