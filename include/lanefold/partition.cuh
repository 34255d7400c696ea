// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/match.cuh>
#include <lanefold/vote.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// Splits the group in two: the lanes whose predicate is the same as this lane's.
///
/// - Group: warp, tile or lanes; every lane of it calls, before the branch.
/// - Result: per lane, its own side.
/// - Memory: orders nothing.
/// - Cost: one vote.
/// - Errors: a block does not compile.
template <class Group>
LANEFOLD_FN lanes partition(Group group, bool predicate) {
  mark(group, "partition");
  unsigned const holds = lanefold::ballot(group, predicate);
  return lanes(predicate ? holds : group.mask() & ~holds, group.site().unmarked());
}

/// Splits the group by label: the lanes that hold the same label as this lane, bit by bit.
///
/// - Group: warp, tile or lanes; every lane of it calls, before the branch.
/// - `label`: trivially copyable.
/// - Result: per lane, its own set.
/// - Memory: orders nothing.
/// - Cost: as match_any.
/// - Errors: as match_any.
template <class Group, class Label>
LANEFOLD_FN lanes partition_by(Group group, Label label) {
  mark(group, "partition_by");
  return lanes(lanefold::match_any(group, label), group.site().unmarked());
}

/// The lanes that happen to run together with this one here. The only place where the active mask is read. Use it where
/// any subset will do, such as merging the atomics of whoever arrives together. It may be one lane alone, it may differ
/// from run to run, and it is no proof that other lanes went another way: never use it to find out who takes part in a
/// collective that the algorithm needs whole. That set comes from ballot, taken before the branch.
///
/// - Memory: orders nothing.
/// - Cost: one instruction.
LANEFOLD_FN lanes opportunistic_lanes(call_site here = call_site::here()) {
  return lanes(backend::active_mask(here.in("opportunistic_lanes")), here);
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
