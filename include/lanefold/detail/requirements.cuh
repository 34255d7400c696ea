// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What cannot work does not compile: the questions that every collective asks of its arguments.

#include <lanefold/detail/foreign_operators.cuh>
#include <lanefold/scratch.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {

// Each answers whether it is so, and where it is not says why by a failed static_assert: whoever asks goes no further, so
// that the sentence stays the only error.

/// Whether the memory bound to a group, if any, serves values of this type.
template <class Group, class Value>
LANEFOLD_HD constexpr bool has_memory_for() {
  using memory = typename wishes_of<Group>::memory_type;
  if constexpr (traits::same<memory, no_memory>) {
    static_assert(
        !is_block_v<Group>,
        "a block's collective needs scratch: declare LANEFOLD_SHARED(s, lanefold::scratch<Group, Value>) with "
        "this very group and value type, and pass group.with(s)");
    return !is_block_v<Group>;
  } else {
    constexpr bool serves = memory::template serves_value<Value>;
    static_assert(serves,
                  "the scratch of this group is for other value types than the call's (is the value a double by "
                  "accident?): name every type in lanefold::scratch<Group, Values...>, or shared_scratch for "
                  "via_shared; argmin and argmax over T "
                  "ask for extremum<T>");
    // A path that was wished for goes with the memory.
    constexpr bool fits =
        !is_block_v<Group> || memory::one_value_a_rank == (wishes_of<Group>::path == path_kind::shared);
    static_assert(fits, "via_shared works in a shared_scratch, every other path in a scratch");
    return serves && fits;
  }
}

template <class Group, class Value, class Operator>
LANEFOLD_HD constexpr bool can_combine() {
  constexpr bool is_group = is_lane_group_v<Group> || is_block_v<Group>, is_bytes = traits::trivially_copyable<Value>;
  static_assert(is_group, "collectives take a group first: warp, tile<N>, lanes or block<N>");
  static_assert(is_bytes, "collectives move values between lanes as bytes: the value must be trivially copyable");
  static_assert(!traits::arithmetic<Operator>,
                "a number is no operator: an initial value goes after one, as in exclusive_scan(group, value, "
                "lanefold::plus{}, initial)");
  static_assert(!is_memory<Operator>,
                "scratch is no argument of a collective: bind it to the group, as in sum(block.with(scratch), value)");
  if constexpr (is_group && is_bytes && !traits::arithmetic<Operator> && !is_memory<Operator>) {
    constexpr bool runs = runs_in_lanes<Operator, Value>(), takes_two = combines<Operator, Value>;
    static_assert(runs,
                  "the operators of namespace std cannot be called by device code: pass lanefold's operator of that "
                  "name, such as lanefold::plus{}");
    static_assert(takes_two, "the operator cannot be called as Value(Value, Value) with this value type");
    if constexpr (runs && takes_two) return has_memory_for<Group, Value>();
  }
  return false;
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
