// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/reduce.cuh>
#include <lanefold/vote.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// An extreme value and the rank that holds it.
template <class Value>
struct extremum {
  Value value;
  int rank;
};

namespace detail {

// Keys are unsigned and the greatest wins: argmin turns the order around. NaN has the highest key either way.
template <bool Greatest, class Value>
LANEFOLD_HD auto winner_key(Value value) {
  using word = traits::conditional_t<sizeof(Value) == 8, unsigned long long, unsigned>;
  return static_cast<word>(ordered_bits<!Greatest>(value));
}
template <bool Greatest, class Value, class Word>
LANEFOLD_HD Value winner_value(Word key) {
  return from_ordered_bits<!Greatest, Value>(static_cast<traits::bits_t<Value>>(key));
}

/// The rank of the lowest lane of `found`, which are lanes of the group.
template <class Group>
LANEFOLD_FN int lowest_rank(Group group, unsigned found) {
  return backend::popcount(group.mask() & (found - 1) & ~found);
}

struct ranked_key {
  unsigned long long key;
  int rank;
};
struct greater_ranked_key {
  LANEFOLD_HD ranked_key operator()(ranked_key a, ranked_key b) const { return a.key < b.key ? b : a; }
};

template <bool Greatest, path_kind Kind, class Group, class Value>
LANEFOLD_FN extremum<Value> find_in_lanes(Group group, Value value) {
  auto const key = winner_key<Greatest>(value);
  auto const best = reduce_lanes<Kind>(group, key, maximum{});
  return {winner_value<Greatest, Value>(best), lowest_rank(group, vote(group, key == best))};
}

template <bool Greatest, class Group, class Value>
LANEFOLD_FN extremum<Value> find_extremum(Group group, Value value) {
  static_assert(traits::arithmetic<Value>,
                "argmin and argmax take arithmetic types: for others reduce a {value, rank} struct with an operator of "
                "your own");
  constexpr path_kind kind = wishes_of<Group>::path;
  if constexpr (!traits::arithmetic<Value>) {
    return {value, 0};
  } else if constexpr (is_lane_group_v<Group> && kind != path_kind::shared) {
    if constexpr (Group::aligned) {
      if (!Group::whole_warp && backend::whole_warp_here(group.site())) {
        return find_in_lanes<Greatest, kind>(warp_tile<Group::max_size>(group.site()), value);
      }
    }
    return find_in_lanes<Greatest, kind>(group, value);
  } else if constexpr (has_memory_for<Group, extremum<Value>>()) {
    auto const key = winner_key<Greatest>(value);
    // The rank rides below the key, complemented: ties fall to the lowest rank.
    if constexpr (sizeof(key) == 4) {
      auto const packed = static_cast<unsigned long long>(key) << 32 | ~static_cast<unsigned>(group.rank());
      auto const best = reduce_group(group, packed, maximum{});
      return {winner_value<Greatest, Value>(static_cast<unsigned>(best >> 32)), static_cast<int>(~best & ~0u)};
    } else {
      ranked_key const best = reduce_group(group, ranked_key{key, group.rank()}, greater_ranked_key{});
      return {winner_value<Greatest, Value>(best.key), best.rank};
    }
  }
}
}  // namespace detail

/// The least value and its rank; the lowest rank among equals; the first NaN if there is one; -0 is below +0.
///
/// - Group: as reduce; a block's scratch names extremum<Value>.
/// - Value: arithmetic.
/// - Result: in every lane.
/// - Memory: as reduce.
/// - Cost: a min and one ballot within a warp (NaN comes back as the canonical one); a block reduces key and rank together.
/// - Errors: as reduce; a type that is not arithmetic needs reduce over a struct of value and rank.
template <class Group, class Value>
LANEFOLD_FN extremum<Value> argmin(Group group, Value value, detail::no_scratch = {}) {
  mark(group, "argmin");
  return detail::find_extremum<false>(group, value);
}

/// The greatest value and its rank; ties, NaN and cost as argmin; +0 is above -0.
template <class Group, class Value>
LANEFOLD_FN extremum<Value> argmax(Group group, Value value, detail::no_scratch = {}) {
  mark(group, "argmax");
  return detail::find_extremum<true>(group, value);
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
