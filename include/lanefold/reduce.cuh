// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/detail/block_reduce.cuh>
#include <lanefold/detail/requirements.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// Combines the values of all ranks: tree(0..size-1), see docs/reference.md#combine-order.
///
/// - Group: warp, tile, lanes, or a block with its scratch; every lane of it calls. A path may be wished for.
/// - Value: trivially copyable.
/// - Operator: associative, pure. It need not commute.
/// - Result: in every lane, the same bits on every path, architecture and backend.
/// - Memory: a lane group orders nothing; a block of more than 32 threads synchronises.
/// - Cost: one redux (integers and min/max, a whole warp or lane set, sm_80+); else log2(size) shuffles for each 4 bytes.
///   A lane set adds one shuffle, and a vote a step; a block two barriers.
/// - Errors: a block without scratch, or with one of other types, does not compile, nor an operator that cannot be called
///   as Value(Value, Value), nor via_redux before sm_80 or for what redux cannot do. A scratch outside shared memory, or a
///   block launched with another extent, is a PRECONDITION on the simulator and in checked builds.
template <class Group, class Value, class Operator>
LANEFOLD_FN Value reduce(Group group, Value value, Operator op, detail::no_scratch = {}) {
  mark(group, "reduce");
  if constexpr (detail::can_combine<Group, Value, Operator>())
    return detail::reduce_group(group, value, detail::recognised<Value>(op));
}

/// The sum over all ranks; as reduce with plus. The result has the value's type, and integers wrap in it: a sum of bool is
/// a bool, so count with `sum(group, flag ? 1 : 0)`.
template <class Group, class Value>
LANEFOLD_FN Value sum(Group group, Value value, detail::no_scratch = {}) {
  mark(group, "sum");
  if constexpr (detail::can_combine<Group, Value, plus>()) return detail::reduce_group(group, value, plus{});
}

/// The product over all ranks; as reduce with multiplies.
template <class Group, class Value>
LANEFOLD_FN Value product(Group group, Value value, detail::no_scratch = {}) {
  mark(group, "product");
  if constexpr (detail::can_combine<Group, Value, multiplies>())
    return detail::reduce_group(group, value, multiplies{});
}

/// The least value over all ranks; NaN if any is NaN (reduce with minimum_number ignores NaN).
template <class Group, class Value>
LANEFOLD_FN Value min(Group group, Value value, detail::no_scratch = {}) {
  mark(group, "min");
  static_assert(traits::arithmetic<Value>,
                "min over a user type needs an operator: pass one, e.g. reduce(group, value, my_less_min{})");
  if constexpr (traits::arithmetic<Value> && detail::can_combine<Group, Value, minimum>())
    return detail::reduce_group(group, value, minimum{});
}

/// The greatest value over all ranks; NaN if any is NaN (reduce with maximum_number ignores NaN).
template <class Group, class Value>
LANEFOLD_FN Value max(Group group, Value value, detail::no_scratch = {}) {
  mark(group, "max");
  static_assert(traits::arithmetic<Value>,
                "max over a user type needs an operator: pass one, e.g. reduce(group, value, my_greater_max{})");
  if constexpr (traits::arithmetic<Value> && detail::can_combine<Group, Value, maximum>())
    return detail::reduce_group(group, value, maximum{});
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
