// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/groups.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

namespace detail {
/// Passes on 8 bytes of the value after another, and what is left as 4.
template <class Value, class Compare>
LANEFOLD_FN void for_each_part(Value const& value, Compare compare) {
  backend::words_of<Value> const words(value);
  for (int i = 0; i + 1 < words.count; i += 2)
    compare(words.word[i] | static_cast<unsigned long long>(words.word[i + 1]) << 32);
  if constexpr (words.count % 2 == 1) compare(words.word[words.count - 1]);
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
  if constexpr (is_lane_group_v<Group>) {
    backend::callers const who = group.callers();
    unsigned same = group.mask();
    detail::for_each_part(value, [&](auto part) { same &= backend::match_any(who, part); });
    return same;
  }
}

/// Whether every lane of the group holds the same bits. All else as match_any.
template <class Group, class Value>
LANEFOLD_FN bool match_all(Group group, Value value) {
  mark(group, "match_all");
  static_assert(is_lane_group_v<Group>, "match_all works within a warp: pass warp, tile<N> or lanes");
  static_assert(traits::trivially_copyable<Value>, "match_all compares bytes: the value must be trivially copyable");
  if constexpr (!is_lane_group_v<Group>) {
    return false;
  } else if constexpr (Group::whole_warp && Group::max_size < 32) {  // the lanes that call are more than the tile's
    return lanefold::match_any(group, value) == group.mask();
  } else {
    backend::callers const who{group.mask(), group.site()};
    bool same = true;
    detail::for_each_part(value, [&](auto part) { same &= backend::match_all(who, part); });
    return same;
  }
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
