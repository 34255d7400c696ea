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
LANEFOLD_FN unsigned vote(Group group, bool predicate, call_site site) {
  unsigned const mask = group.mask();
  if (Group::whole_warp || backend::whole_warp_here()) return backend::ballot(full_mask, predicate, site) & mask;
  return backend::ballot(mask, predicate, site);
}
template <class Group>
constexpr bool is_whole_warp_v = traits::same<Group, warp>;
}  // namespace detail

/// The lanes of the group whose predicate holds, as a mask over the warp: bit l stands for lane l.
///
/// - Group: warp, tile or lanes; every lane of it calls.
/// - Result: in every lane of the group.  Memory: orders nothing.  Cost: one vote.
template <class Group>
LANEFOLD_FN unsigned ballot(Group group, bool predicate, call_site site = call_site::here()) {
  static_assert(is_lane_group_v<Group>, "ballot works within a warp: pass warp, tile<N> or lanes");
  return detail::vote(group, predicate, site.in("ballot"));
}

/// Whether the predicate holds in every lane of the group. Groups, call, memory and cost as ballot.
template <class Group>
LANEFOLD_FN bool all_of(Group group, bool predicate, call_site site = call_site::here()) {
  static_assert(is_lane_group_v<Group>, "all_of works within a warp: pass warp, tile<N> or lanes");
  if constexpr (detail::is_whole_warp_v<Group>) return backend::all_of(full_mask, predicate, site.in("all_of"));
  return detail::vote(group, predicate, site.in("all_of")) == group.mask();
}

/// Whether the predicate holds in any lane of the group. Groups, call, memory and cost as ballot.
template <class Group>
LANEFOLD_FN bool any_of(Group group, bool predicate, call_site site = call_site::here()) {
  static_assert(is_lane_group_v<Group>, "any_of works within a warp: pass warp, tile<N> or lanes");
  if constexpr (detail::is_whole_warp_v<Group>) return backend::any_of(full_mask, predicate, site.in("any_of"));
  return detail::vote(group, predicate, site.in("any_of")) != 0;
}

/// Whether the predicate holds in no lane of the group. Groups, call, memory and cost as ballot.
template <class Group>
LANEFOLD_FN bool none_of(Group group, bool predicate, call_site site = call_site::here()) {
  static_assert(is_lane_group_v<Group>, "none_of works within a warp: pass warp, tile<N> or lanes");
  return !lanefold::any_of(group, predicate, site.in("none_of"));
}

/// Whether the predicate is the same in every lane of the group. For values of any type: match_all.
/// Groups, call, memory and cost as ballot.
template <class Group>
LANEFOLD_FN bool uniform(Group group, bool predicate, call_site site = call_site::here()) {
  static_assert(is_lane_group_v<Group>, "uniform works within a warp: pass warp, tile<N> or lanes");
  if constexpr (detail::is_whole_warp_v<Group>) return backend::uniform(full_mask, predicate, site.in("uniform"));
  unsigned const holds = detail::vote(group, predicate, site.in("uniform"));
  return holds == 0 || holds == group.mask();
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
