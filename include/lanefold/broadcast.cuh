// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/detail/requirements.cuh>
#include <lanefold/shuffle.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// The value of the rank `source`, rank 0 when not given.
///
/// - Group: warp, tile, lanes, or a block with its scratch; every lane of it calls with the same `source`.
/// - Value: trivially copyable, any size.
/// - `source`: taken modulo the group's size.
/// - Result: in every lane.
/// - Memory: a lane group orders nothing; a block synchronises.
/// - Cost: as shuffle; a block two barriers, one with no_trailing_sync.
template <class Group, class Value>
LANEFOLD_FN Value broadcast(Group group, Value value, int source = 0) {
  mark(group, "broadcast");
  if constexpr (!is_block_v<Group>) {
    return lanefold::shuffle(group, value, source);
  } else if constexpr (detail::has_memory_for<Group, Value>()) {
    static_assert(traits::trivially_copyable<Value>, "broadcast moves bytes: the value must be trivially copyable");
    Value* const x = detail::slots_of<Value>(group);
    int const size = group.size();
    if (group.rank() == (source % size + size) % size) *x = value;
    group.sync();
    value = *x;
    if constexpr (detail::wishes_of<Group>::trailing_sync) group.sync();
    return value;
  }
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
