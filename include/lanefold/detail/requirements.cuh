// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What cannot work does not compile: the questions that every collective asks of its arguments.

#include <lanefold/detail/foreign_operators.cuh>
#include <lanefold/scratch.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {

/// Whether the memory bound to a group, if any, serves values of this type.
template <class Group, class Value>
LANEFOLD_HD constexpr bool has_memory_for() {
  using memory = typename wishes_of<Group>::memory_type;
  if constexpr (traits::same<memory, no_memory>) {
    static_assert(
        !is_block_v<Group>,
        "a block's collective needs scratch: declare LANEFOLD_SHARED(s, lanefold::scratch<Group, Value>) with "
        "this very group and value type, and pass group.with(s)");
  } else {
    static_assert(
        memory::template serves_value<Value>,
        "the scratch of this group is for other value types than the call's (is the value a double by "
        "accident?): name every type in lanefold::scratch<Group, Values...>, or shared_scratch for via_shared");
  }
  return true;
}

/// Whether a path that was wished for goes with the memory: via_shared takes one value a rank, the others a block's scratch.
template <class Group>
LANEFOLD_HD constexpr bool has_memory_for_path() {
  if constexpr (is_block_v<Group> && !traits::same<typename wishes_of<Group>::memory_type, no_memory>) {
    constexpr bool shared = wishes_of<Group>::path == path_kind::shared;
    static_assert(wishes_of<Group>::memory_type::one_value_a_rank == shared,
                  "via_shared works in a shared_scratch, every other path in a scratch");
  }
  return true;
}

template <class Group, class Value, class Operator>
LANEFOLD_HD constexpr bool can_combine() {
  static_assert(is_lane_group_v<Group> || is_block_v<Group>,
                "collectives take a group first: warp, tile<N>, lanes or block<N>");
  static_assert(traits::trivially_copyable<Value>,
                "collectives move values between lanes as bytes: the value must be trivially copyable");
  static_assert(!traits::arithmetic<Operator>,
                "a number is no operator: an initial value goes after one, as in exclusive_scan(group, value, "
                "lanefold::plus{}, initial)");
  static_assert(!is_memory<Operator>,
                "scratch is no argument of a collective: bind it to the group, as in sum(block.with(scratch), value)");
  static_assert(
      traits::arithmetic<Operator> || is_memory<Operator> || runs_in_lanes<Operator, Value>(),
      "the operators of namespace std cannot be called by device code: pass lanefold's operator of that name, "
      "such as lanefold::plus{}");
  static_assert(traits::arithmetic<Operator> || is_memory<Operator> || combines<Operator, Value>,
                "the operator cannot be called as Value(Value, Value) with this value type");
  return has_memory_for<Group, Value>() && has_memory_for_path<Group>();
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
