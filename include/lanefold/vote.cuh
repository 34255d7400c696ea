// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/groups.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

namespace detail {
/// A part of a warp votes with the rest of it where all are together: masks that differ from lane to lane would be voted
/// on one after another.
template <class Group>
LANEFOLD_FN unsigned vote(Group group, bool predicate) {
  backend::callers const own{group.mask(), group.site()}, all{full_mask, own.site};
  if (Group::whole_warp || backend::whole_warp_here(own.site)) return backend::ballot(all, predicate) & own.mask;
  return backend::ballot(own, predicate);
}
template <class Group>
constexpr bool is_warp_v = is_lane_group_v<Group> && fixed_size_v<Group> && Group::max_size == 32;
}  // namespace detail

/// The lanes of the group whose predicate holds, as a mask over the warp: bit l stands for lane l.
///
/// - Group: warp, tile or lanes; every lane of it calls.
/// - Result: in every lane of the group.
/// - Memory: orders nothing.
/// - Cost: one vote.
/// - Errors: a block does not compile.
template <class Group>
LANEFOLD_FN unsigned ballot(Group group, bool predicate) {
  mark(group, "ballot");
  static_assert(is_lane_group_v<Group>, "ballot works within a warp: pass warp, tile<N> or lanes");
  if constexpr (is_lane_group_v<Group>) return detail::vote(group, predicate);
}

/// Whether the predicate holds in every lane of the group. All else as ballot.
template <class Group>
LANEFOLD_FN bool all_of(Group group, bool predicate) {
  mark(group, "all_of");
  static_assert(is_lane_group_v<Group>, "all_of works within a warp: pass warp, tile<N> or lanes");
  if constexpr (detail::is_warp_v<Group>)
    return backend::all_of(group.callers(), predicate);
  else if constexpr (is_lane_group_v<Group>)
    return detail::vote(group, predicate) == group.mask();
}

/// Whether the predicate holds in any lane of the group. All else as ballot.
template <class Group>
LANEFOLD_FN bool any_of(Group group, bool predicate) {
  mark(group, "any_of");
  static_assert(is_lane_group_v<Group>, "any_of works within a warp: pass warp, tile<N> or lanes");
  if constexpr (detail::is_warp_v<Group>)
    return backend::any_of(group.callers(), predicate);
  else if constexpr (is_lane_group_v<Group>)
    return detail::vote(group, predicate) != 0;
}

/// Whether the predicate holds in no lane of the group. All else as ballot.
template <class Group>
LANEFOLD_FN bool none_of(Group group, bool predicate) {
  mark(group, "none_of");
  static_assert(is_lane_group_v<Group>, "none_of works within a warp: pass warp, tile<N> or lanes");
  if constexpr (is_lane_group_v<Group>) return !lanefold::any_of(group, predicate);
}

/// Whether the predicate is the same in every lane of the group. All else as ballot; for values of any type: match_all.
template <class Group>
LANEFOLD_FN bool uniform(Group group, bool predicate) {
  mark(group, "uniform");
  static_assert(is_lane_group_v<Group>, "uniform works within a warp: pass warp, tile<N> or lanes");
  if constexpr (detail::is_warp_v<Group>) {
    return backend::uniform(group.callers(), predicate);
  } else if constexpr (is_lane_group_v<Group>) {
    unsigned const holds = detail::vote(group, predicate);
    return holds == 0 || holds == group.mask();
  }
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
