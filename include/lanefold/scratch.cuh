// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Shared memory for collectives, and what may be wished of them. A wish is part of the group: the same call, the same
// bits, another way.

#include <lanefold/detail/block_plan.cuh>
#include <lanefold/groups.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// Shared memory for the collectives of a block over values of the types it names. Declare it in the kernel,
/// `LANEFOLD_SHARED(memory, lanefold::scratch<lanefold::block<256>, float, int>);`, and bind it once:
/// `auto const b = lanefold::block<256>{}.with(memory);`. Each call leaves it reusable. Contents need no initial value.
/// Size: sizeof(scratch), at most about 1.6 of the largest values a thread. An argmin or argmax over T asks for
/// extremum<T>.
template <class Group, class... Values>
struct scratch {
  static_assert(is_block_v<Group>,
                "scratch is for blocks: within a warp only via_shared needs memory, a shared_scratch");
  static_assert(sizeof...(Values) > 0,
                "scratch<Group, Values...> names the types of the values: scratch<Group, float>");
  template <class Other>
  static constexpr bool serves_group =
      Other::max_size == Group::max_size && detail::fixed_size_v<Other> == detail::fixed_size_v<Group>;
  template <class Value>
  static constexpr bool serves_value = traits::one_of<Value, Values...>;
  static constexpr bool one_value_a_rank = false;

  static constexpr unsigned long alignment = detail::most(16, alignof(Values)...);
  // Where the values of `size` bytes begin. Each size has bytes of its own: a call may still be reading its results when
  // the next one begins, which knows where those are if its values have the same size.
  static LANEFOLD_HD constexpr unsigned long offset(unsigned long size) {
    unsigned long const sizes[] = {sizeof(Values)...};
    unsigned long const slots[] = {detail::layout_of<Group, Values>::slots...};
    unsigned long sum = 0;
    for (unsigned i = 0; i < sizeof...(Values); ++i) {
      bool counts = sizes[i] < size;
      for (unsigned earlier = 0; earlier < i; ++earlier) counts = counts && sizes[earlier] != sizes[i];
      if (counts) sum += (slots[i] * sizes[i] + alignment - 1) / alignment * alignment;
    }
    return sum;
  }
  alignas(alignment) unsigned char bytes[offset(~0ul)];
};

/// Shared memory for via_shared: room for one value for each rank of the group, of whichever type it names is largest. It
/// serves every group with no more ranks. For warps, tiles and lane sets: one for each group that runs at the same time.
template <class Group, class... Values>
struct shared_scratch {
  static_assert(sizeof...(Values) > 0, "shared_scratch<Group, Values...> names the types of the values");
  template <class Other>
  static constexpr bool serves_group = Other::level == Group::level && Other::max_size <= Group::max_size;
  template <class Value>
  static constexpr bool serves_value = traits::one_of<Value, Values...>;
  static constexpr bool one_value_a_rank = true;
  static LANEFOLD_HD constexpr unsigned long offset(unsigned long) { return 0; }
  alignas(detail::most(16,
                       alignof(Values)...)) unsigned char bytes[Group::max_size * detail::most(0, sizeof(Values)...)];
};

namespace detail {
template <class T>
constexpr bool is_memory = false;
template <class Group, class... Values>
constexpr bool is_memory<scratch<Group, Values...>> = true;
template <class Group, class... Values>
constexpr bool is_memory<shared_scratch<Group, Values...>> = true;

/// Behind the arguments of a collective, where version 0.1 took the scratch.
struct no_scratch {
  LANEFOLD_FN no_scratch() {}
  template <class Memory, typename traits::enable_if<is_memory<Memory>>::type = 0>
  LANEFOLD_FN no_scratch(Memory&) {
    static_assert(
        !is_memory<Memory>,
        "scratch is no argument of a collective: bind it to the group, as in sum(block.with(scratch), value)");
  }
};

/// A group with another path, or without the trailing barrier, or with other memory; the other wishes kept.
template <class Group, path_kind Kind, bool TrailingSync = wishes_of<Group>::trailing_sync,
          class Memory = typename wishes_of<Group>::memory_type>
using wish_t = wishing<typename wishes_of<Group>::plain, Memory, Kind, TrailingSync>;

/// The memory that was bound to a group, null where none was.
template <class Group>
LANEFOLD_FN typename wishes_of<Group>::memory_type* memory_of(Group const& group) {
  if constexpr (traits::same<typename wishes_of<Group>::memory_type, no_memory>) {
    return nullptr;
  } else {
    return group.memory();
  }
}
/// The part of it that holds values of this size. Known to be shared, and held in a register.
template <class Value, class Group>
LANEFOLD_FN Value* slots_of(Group const& group) {
  auto* const memory = group.memory();
  return reinterpret_cast<Value*>(backend::pin_shared(memory->bytes + memory->offset(sizeof(Value))));
}
}  // namespace detail

/// The group, its collectives going by shuffles.
template <class Group>
LANEFOLD_FN detail::wish_t<Group, detail::path_kind::shuffle> via_shuffle(Group group) {
  return {group, detail::memory_of(group), detail::site_of(group)};
}

/// The group, its reductions going by redux.sync (sm_80 and newer). Does not compile for operators and types that redux
/// cannot do.
template <class Group>
LANEFOLD_FN detail::wish_t<Group, detail::path_kind::redux> via_redux(Group group) {
  return {group, detail::memory_of(group), detail::site_of(group)};
}

/// The group, its collectives going by shared memory alone, in a shared_scratch: for comparison.
template <class Group, class Memory>
LANEFOLD_FN detail::wish_t<Group, detail::path_kind::shared, detail::wishes_of<Group>::trailing_sync, Memory>
via_shared(Group group, Memory& memory) {
  static_assert(Memory::template serves_group<Group>,
                "via_shared needs a shared_scratch<Group, Value> of this group, or of one with more ranks");
  backend::check_scratch(&memory, detail::site_of(group).in("via_shared"));
  return {group, &memory, detail::site_of(group)};
}

/// The block, its collectives without the barrier that makes the scratch reusable. The caller then synchronises the block
/// before the scratch is used again.
template <class Group>
LANEFOLD_FN detail::wish_t<Group, detail::wishes_of<Group>::path, false> no_trailing_sync(Group group) {
  return {group, detail::memory_of(group), detail::site_of(group)};
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
