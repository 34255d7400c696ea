// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/groups.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

namespace detail {
/// Words i and i + 1 of a value, which are compared at once.
template <class Value>
LANEFOLD_FN unsigned long long pair_of(backend::words_of<Value> const& words, int i) {
  return static_cast<unsigned long long>(words.word[i]) | static_cast<unsigned long long>(words.word[i + 1]) << 32;
}
}  // namespace detail

/// The lanes of the group that hold the same bits as this lane, as a mask over the warp: bit l stands for lane l.
///
/// - Group: warp, tile or lanes; every lane of it calls.
/// - Value: trivially copyable, any size, compared bit by bit (padding included): -0.0f and 0.0f differ, equal NaNs match.
/// - Result: per lane; this lane's own bit is always set.
/// - Memory: orders nothing.
/// - Cost: one match for each 8 bytes (several times a shuffle's cost; it grows with the number of distinct values).
/// - Errors: a block, or a value that is not trivially copyable, does not compile.
template <class Group, class Value>
LANEFOLD_FN unsigned match_any(Group group, Value value) {
  mark(group, "match_any");
  static_assert(is_lane_group_v<Group>, "match_any works within a warp: pass warp, tile<N> or lanes");
  static_assert(traits::trivially_copyable<Value>, "match_any compares bytes: the value must be trivially copyable");
  backend::callers const who = group.callers();
  unsigned same = group.mask();
  backend::words_of<Value> const words(value);
  for (int i = 0; i + 1 < words.count; i += 2) same &= backend::match_any(who, detail::pair_of(words, i));
  if constexpr (words.count % 2 == 1) same &= backend::match_any(who, words.word[words.count - 1]);
  return same;
}

/// Whether every lane of the group holds the same bits. All else as match_any.
template <class Group, class Value>
LANEFOLD_FN bool match_all(Group group, Value value) {
  mark(group, "match_all");
  static_assert(is_lane_group_v<Group>, "match_all works within a warp: pass warp, tile<N> or lanes");
  static_assert(traits::trivially_copyable<Value>, "match_all compares bytes: the value must be trivially copyable");
  if constexpr (Group::whole_warp && Group::max_size < 32) {  // the lanes that call are more than the tile's
    return lanefold::match_any(group, value) == group.mask();
  }
  backend::callers const who{group.mask(), group.site()};
  bool same = true;
  backend::words_of<Value> const words(value);
  for (int i = 0; i + 1 < words.count; i += 2) same &= backend::match_all(who, detail::pair_of(words, i));
  if constexpr (words.count % 2 == 1) same &= backend::match_all(who, words.word[words.count - 1]);
  return same;
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
