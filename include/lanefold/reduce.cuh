// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/detail/block_reduce.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

namespace detail {
/// The path that a trailing argument names.
template <class Path, class T = traits::remove_reference_t<Path>>
struct named_path {
  static_assert(
      is_path_v<T>,
      "the last argument is no path: pass nothing, a block's scratch, via_shuffle, via_redux or via_shared; an "
      "operator goes to reduce(group, value, operator) or to a scan");
  using type = path_t<conditional_automatic<T>>;
};
template <class Path>
using named_path_t = typename named_path<Path>::type;

template <class Group, class Value, class Operator, class Path>
LANEFOLD_HD constexpr bool can_combine() {
  static_assert(is_lane_group_v<Group> || is_block_v<Group>,
                "collectives take a group first: warp, tile<N>, lanes or block<N>");
  static_assert(traits::trivially_copyable<Value>,
                "collectives move values between lanes as bytes: the value must be trivially copyable");
  static_assert(!traits::arithmetic<Operator>,
                "a number is no operator: an initial value goes after one, as in exclusive_scan(group, value, "
                "lanefold::plus{}, initial)");
  static_assert(traits::arithmetic<Operator> || combines<Operator, Value>,
                "the operator cannot be called as Value(Value, Value) with this value type");
  using place = typename Path::scratch_type;
  if constexpr (Path::kind == path_kind::shared) {
    static_assert(traits::same<place, shared_scratch<Group, Value>>,
                  "via_shared needs the shared_scratch<Group, Value> of this very group and value type");
  } else if constexpr (is_block_v<Group>) {
    static_assert(
        !traits::same<place, no_scratch>,
        "a block's collective needs scratch: declare LANEFOLD_SHARED(s, lanefold::scratch<Group, Value>) with "
        "this very group and value type, and pass s last");
    static_assert(
        traits::same<place, no_scratch> || traits::same<place, scratch<Group, Value>>,
        "this scratch is for another block or value type than the call's (is the value a double by accident?): "
        "declare LANEFOLD_SHARED(s, lanefold::scratch<Group, Value>) with this very group and value type");
  } else {
    static_assert(traits::same<place, no_scratch>, "a warp, tile or lane set takes no scratch: leave it out");
  }
  return true;
}
}  // namespace detail

/// Combines the values of all ranks: tree(0..size-1), see docs/reference.md#combine-order.
///
/// - Group: warp, tile, lanes or block; every lane of it calls.  Value: trivially copyable.
/// - Operator: associative, pure. It need not commute.  Path: nothing, or a block's scratch, or a tag that forces one.
/// - Result: in every lane, the same bits on every path, architecture and backend.  Memory: a lane group orders nothing; a
///   block of more than 32 threads synchronises.
/// - Cost: one redux (integers and min/max, a whole warp or lane set, sm_80+); else log2(size) shuffles for each 4 bytes.
///   A block adds two barriers.
template <class Group, class Value, class Operator, class Path = automatic>
LANEFOLD_FN Value reduce(Group group, Value value, Operator op, Path&& path = automatic{},
                         call_site site = call_site::here()) {
  using place = detail::named_path_t<Path>;
  static_assert(detail::can_combine<Group, Value, Operator, place>());
  site = site.in("reduce");
  auto* const scratch = detail::as_path(path).scratch;
  if constexpr (place::kind == detail::path_kind::shared) {
    value = detail::reduce_in_shared(group, value, op, detail::slots_of<Value>(scratch, site), site);
    if constexpr (place::trailing_sync) sync(group, site);
    return value;
  } else if constexpr (is_block_v<Group>) {
    return detail::reduce_block<place::kind, place::trailing_sync>(group, value, op,
                                                                   detail::slots_of<Value>(scratch, site), site);
  } else {
    return detail::reduce_lanes<place::kind>(group, value, op, site);
  }
}

/// The sum over all ranks; as reduce with plus.
template <class Group, class Value, class Path = automatic>
LANEFOLD_FN Value sum(Group group, Value value, Path&& path = automatic{}, call_site site = call_site::here()) {
  return lanefold::reduce(group, value, plus{}, path, site.in("sum"));
}

/// The product over all ranks; as reduce with multiplies.
template <class Group, class Value, class Path = automatic>
LANEFOLD_FN Value product(Group group, Value value, Path&& path = automatic{}, call_site site = call_site::here()) {
  return lanefold::reduce(group, value, multiplies{}, path, site.in("product"));
}

/// The least value over all ranks; NaN if any is NaN (reduce with minimum_number ignores NaN).
template <class Group, class Value, class Path = automatic>
LANEFOLD_FN Value min(Group group, Value value, Path&& path = automatic{}, call_site site = call_site::here()) {
  static_assert(traits::arithmetic<Value>,
                "min over a user type needs an operator: pass one, e.g. reduce(group, value, my_less_min{})");
  return lanefold::reduce(group, value, minimum{}, path, site.in("min"));
}

/// The greatest value over all ranks; NaN if any is NaN (reduce with maximum_number ignores NaN).
template <class Group, class Value, class Path = automatic>
LANEFOLD_FN Value max(Group group, Value value, Path&& path = automatic{}, call_site site = call_site::here()) {
  static_assert(traits::arithmetic<Value>,
                "max over a user type needs an operator: pass one, e.g. reduce(group, value, my_greater_max{})");
  return lanefold::reduce(group, value, maximum{}, path, site.in("max"));
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
