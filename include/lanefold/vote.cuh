// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/groups.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// The lanes of the group whose predicate holds, as a mask over the warp: bit l stands for lane l.
///
/// - Group: warp, tile or lanes; every lane of it calls.
/// - Result: in every lane of the group.  Memory: orders nothing.  Cost: one vote.
template <class Group>
LANEFOLD_FN unsigned ballot(Group group, bool predicate, call_site site = call_site::here()) {
  static_assert(is_lane_group_v<Group>, "ballot works within a warp: pass warp, tile<N> or lanes");
  return backend::ballot(group.mask(), predicate, site.in("ballot"));
}

/// Whether the predicate holds in every lane of the group. Groups, call, memory and cost as ballot.
template <class Group>
LANEFOLD_FN bool all_of(Group group, bool predicate, call_site site = call_site::here()) {
  static_assert(is_lane_group_v<Group>, "all_of works within a warp: pass warp, tile<N> or lanes");
  return backend::all_of(group.mask(), predicate, site.in("all_of"));
}

/// Whether the predicate holds in any lane of the group. Groups, call, memory and cost as ballot.
template <class Group>
LANEFOLD_FN bool any_of(Group group, bool predicate, call_site site = call_site::here()) {
  static_assert(is_lane_group_v<Group>, "any_of works within a warp: pass warp, tile<N> or lanes");
  return backend::any_of(group.mask(), predicate, site.in("any_of"));
}

/// Whether the predicate holds in no lane of the group. Groups, call, memory and cost as ballot.
template <class Group>
LANEFOLD_FN bool none_of(Group group, bool predicate, call_site site = call_site::here()) {
  static_assert(is_lane_group_v<Group>, "none_of works within a warp: pass warp, tile<N> or lanes");
  return !backend::any_of(group.mask(), predicate, site.in("none_of"));
}

/// Whether the predicate is the same in every lane of the group. For values of any type: match_all.
/// Groups, call, memory and cost as ballot.
template <class Group>
LANEFOLD_FN bool uniform(Group group, bool predicate, call_site site = call_site::here()) {
  static_assert(is_lane_group_v<Group>, "uniform works within a warp: pass warp, tile<N> or lanes");
  return backend::uniform(group.mask(), predicate, site.in("uniform"));
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
