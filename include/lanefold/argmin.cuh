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
LANEFOLD_FN extremum<Value> find_in_lanes(Group group, Value value, call_site site) {
  auto const key = winner_key<Greatest>(value);
  auto const best = reduce_lanes<Kind>(group, key, maximum{}, site);
  return {winner_value<Greatest, Value>(best), lowest_rank(group, vote(group, key == best, site))};
}

/// reduce over a block or in shared memory, in scratch that was declared for extremum<Value>.
template <class Value, class Group, class Packed, class Operator, class Path>
LANEFOLD_FN Packed reduce_packed(Group group, Packed packed, Operator op, Path& path, call_site site) {
  static_assert(sizeof(Packed) <= sizeof(extremum<Value>));
  using place = path_t<Path>;
  Packed* const slots = slots_of<Packed>(as_path(path).scratch, site);
  if constexpr (place::kind == path_kind::shared) {
    static_assert(traits::same<typename place::scratch_type, shared_scratch<Group, extremum<Value>>>,
                  "argmin and argmax via_shared need a shared_scratch<Group, extremum<Value>>");
    packed = reduce_in_shared(group, packed, op, slots, site);
    if constexpr (place::trailing_sync) sync(group, site);
    return packed;
  } else {
    static_assert(traits::same<typename place::scratch_type, scratch<Group, extremum<Value>>>,
                  "argmin and argmax over a block need a scratch<Group, extremum<Value>>");
    return reduce_block<place::kind, place::trailing_sync>(group, packed, op, slots, site);
  }
}

template <bool Greatest, class Group, class Value, class Path>
LANEFOLD_FN extremum<Value> find_extremum(Group group, Value value, Path& path, call_site site) {
  static_assert(traits::arithmetic<Value>,
                "argmin and argmax take arithmetic types: for others reduce a {value, rank} struct with an operator of "
                "your own");
  using place = path_t<Path>;
  if constexpr (is_lane_group_v<Group> && place::kind != path_kind::shared) {
    if constexpr (is_tile_v<Group>) {
      if (!Group::whole_warp && backend::whole_warp_here()) {
        return find_in_lanes<Greatest, place::kind>(warp_tile<max_size_v<Group>>{}, value, site);
      }
    }
    return find_in_lanes<Greatest, place::kind>(group, value, site);
  } else {
    auto const key = winner_key<Greatest>(value);
    // The rank rides below the key, complemented: ties fall to the lowest rank.
    if constexpr (sizeof(key) == 4) {
      auto const packed = static_cast<unsigned long long>(key) << 32 | ~static_cast<unsigned>(group.rank());
      auto const best = reduce_packed<Value>(group, packed, maximum{}, path, site);
      return {winner_value<Greatest, Value>(static_cast<unsigned>(best >> 32)), static_cast<int>(~best & ~0u)};
    } else {
      ranked_key const best =
          reduce_packed<Value>(group, ranked_key{key, group.rank()}, greater_ranked_key{}, path, site);
      return {winner_value<Greatest, Value>(best.key), best.rank};
    }
  }
}
}  // namespace detail

/// The least value and its rank; the lowest rank among equals; the first NaN if there is one; -0 is below +0.
///
/// - Group, path, call, result: as reduce; a block's scratch is scratch<Group, extremum<Value>>.  Value: arithmetic.
/// - Cost: a min and one ballot within a warp (NaN comes back as the canonical one); a block reduces key and rank together.
template <class Group, class Value, class Path = automatic>
LANEFOLD_FN extremum<Value> argmin(Group group, Value value, Path&& path = automatic{},
                                   call_site site = call_site::here()) {
  return detail::find_extremum<false>(group, value, path, site.in("argmin"));
}

/// The greatest value and its rank; ties, NaN and cost as argmin; +0 is above -0.
template <class Group, class Value, class Path = automatic>
LANEFOLD_FN extremum<Value> argmax(Group group, Value value, Path&& path = automatic{},
                                   call_site site = call_site::here()) {
  return detail::find_extremum<true>(group, value, path, site.in("argmax"));
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
