// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/detail/redux.cuh>
#include <lanefold/detail/tree.cuh>

// Blocks in two levels: each warp as one group, then the tree over the warps' totals. Ranks 32w .. 32w+31 are warp w, so
// both levels are one tree. A last warp that lacks lanes goes as a lane set.

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {

/// The fastest reduction of a lane group that `Kind` allows.
template <path_kind Kind, class Group, class Value, class Operator>
LANEFOLD_FN Value reduce_lanes(Group group, Value value, Operator op, call_site site) {
  // Below 32 lanes redux is issued once for each mask in the warp and loses to shuffles; a lane set has no cheap ones.
  constexpr bool whole = max_size_v<Group> == 32;
  constexpr bool fastest = backend::has_redux && whole && redux_can<Operator, Value>;
  if constexpr (Kind == path_kind::redux || (Kind == path_kind::automatic && fastest)) {
    static_assert(redux_can<Operator, Value>,
                  "via_redux: redux.sync combines integers by plus, min, max, and, or, xor, and floats by min and max; "
                  "use via_shuffle for this operator and type");
    static_assert(backend::has_redux && sizeof(Value) > 0,  // dependent: looked at only where this branch is taken
                  "via_redux: redux.sync needs sm_80 or newer; use via_shuffle or no tag");
    return reduce_by_redux(group.mask(), value, op, site);
  } else {
    return reduce_by_shuffle(group, value, op, site);
  }
}

/// Calls `body` with the lanes of this thread's warp that the block has: a warp, or the first lanes of one.
template <class Block, class Body>
LANEFOLD_FN auto with_own_warp(Block block, int rank, Body body) {
  if constexpr (max_size_v<Block> % 32 != 0 || is_runtime_block_v<Block>) {
    int const size = block.size();
    if ((rank | 31) >= size) return body(lanes(lowest_lanes(size & 31)));
  }
  return body(warp{});
}

template <class Block>
LANEFOLD_FN int warp_count(Block block) {
  return (block.size() + 31) / 32;
}

// The places of a block's scratch. A call writes totals before its first barrier and the rest only after it, so that
// a thread still reading the rest of an earlier call is safe without another barrier.
template <class Block, class Value>
struct block_slots {
  static constexpr int warps = max_warps_v<Block>;
  Value* totals;                                                       // [warps]
  LANEFOLD_FN Value* prefixes() const { return totals + warps; }       // [warps] or, level by level, [5][warps]
  LANEFOLD_FN Value& total() const { return totals[6 * warps]; }
};

/// What one warp finds out about the tree over `count` totals; lane l stands for warp l.
/// `visit(level, sibling)`: at level k, lane l receives the total of the other half of its aligned run of 2^(k+1).
template <int MaxWarps, class Value, class Operator, class Visit>
LANEFOLD_FN Value combine_totals(Value value, int count, Operator op, Visit visit, call_site site) {
  int const lane = lane_id();
  for (int level = 0; (1 << level) < MaxWarps; ++level) {
    int const s = 1 << level;
    Value const sibling = backend::shuffle_xor(full_mask, value, s, 32, site).value;
    visit(level, sibling);
    bool const lower = (lane & s) == 0;
    bool const upper_exists = ((lane | s) & -s) < count;
    Value const left = lower ? value : sibling, right = lower ? sibling : value;
    value = upper_exists ? op(left, right) : left;
  }
  return value;
}

template <path_kind Kind, bool TrailingSync, class Block, class Value, class Operator>
LANEFOLD_FN Value reduce_block(Block block, Value value, Operator op, Value* totals, call_site site) {
  int const rank = block.rank();
  value = with_own_warp(block, rank, [&](auto group) { return reduce_lanes<Kind>(group, value, op, site); });
  constexpr int max_warps = max_warps_v<Block>;
  if constexpr (max_warps > 1) {
    block_slots<Block, Value> const slots{totals};
    if ((rank & 31) == 0) slots.totals[rank / 32] = value;
    backend::sync_block(site);
    int const warps = warp_count(block);
    if constexpr (max_warps <= 8 && sizeof(Value) <= 8) {
      // Few totals: every thread reads them all and walks the tree alone.
      Value x[max_warps];
      for (int i = 0; i < max_warps; ++i) x[i] = slots.totals[i];
      for (int s = 1; s < max_warps; s *= 2) {
        for (int i = 0; i + s < max_warps; i += 2 * s) x[i] = op(x[i], x[i + s]);
      }
      value = x[0];
      if constexpr (TrailingSync) backend::sync_block(site);
    } else {
      if (rank < 32 && warps > 1) {
        Value const mine = slots.totals[rank < warps ? rank : 0];
        value = combine_totals<max_warps>(mine, warps, op, [](int, Value const&) {}, site);
        if (rank == 0) slots.total() = value;
      } else if (rank == 0) {
        slots.total() = value;
      }
      backend::sync_block(site);
      value = slots.total();
    }
  }
  return value;
}

/// A prefix that rank 0 of an exclusive scan lacks.
template <class Value>
struct optional_prefix {
  Value value;
  bool present;
};

template <class Group, class Value>
LANEFOLD_FN optional_prefix<Value> previous_rank(Group group, Value value, call_site site) {
  if constexpr (is_tile_v<Group>) {
    Value const before = backend::shuffle_up(group.mask(), value, 1, group.size(), site).value;
    return {before, group.rank() > 0};
  } else {
    unsigned const below = group.mask() & lanes_below(lane_id());
    int const source = below ? backend::highest_bit(below) : lane_id();
    return {backend::shuffle(group.mask(), value, source, 32, site).value, below != 0};
  }
}

/// Everything a scan of a block can be asked for. `Exclusive` shifts by one rank; the total is of all ranks.
template <bool Exclusive, bool WithTotal, class Block, class Value, class Operator>
LANEFOLD_FN optional_prefix<Value> scan_block(Block block, Value value, Operator op, Value* totals, Value* total,
                                              call_site site) {
  int const rank = block.rank(), warps = warp_count(block), warp_rank = rank / 32;
  constexpr int max_warps = max_warps_v<Block>;
  block_slots<Block, Value> const slots{totals};
  optional_prefix<Value> result = with_own_warp(block, rank, [&](auto group) {
    Value const inclusive = scan_by_shuffle(group, value, op, site);
    if ((rank & 31) == 31 || rank == block.size() - 1) slots.totals[warp_rank] = inclusive;
    if constexpr (Exclusive) return previous_rank(group, inclusive, site);
    return optional_prefix<Value>{inclusive, true};
  });
  backend::sync_block(site);
  // One warp finds what each warp lacks on its left. Exact operators need one prefix a warp; the tree order of the others
  // needs one total for each set bit of the warp's rank.
  constexpr bool exact = is_exact<Operator, Value>;
  if (rank < 32) {
    Value const mine = slots.totals[rank < warps ? rank : 0];
    if (warps == 1) {
      if (rank == 0) slots.total() = mine;
    } else if constexpr (exact) {
      Value const prefix = scan_by_shuffle(warp{}, mine, op, site);
      if (rank < warps) slots.prefixes()[rank] = prefix;
      if (rank == warps - 1) slots.total() = prefix;
    } else {
      Value const all = combine_totals<max_warps>(
          mine, warps, op,
          [&](int level, Value const& sibling) {
            if (rank < warps) slots.prefixes()[level * max_warps + rank] = sibling;
          },
          site);
      if (rank == 0) slots.total() = all;
    }
  }
  backend::sync_block(site);
  auto const prepend = [&](Value const& left) {
    result.value = result.present ? op(left, result.value) : left;
    result.present = true;
  };
  if constexpr (exact) {
    if (warp_rank > 0) prepend(slots.prefixes()[warp_rank - 1]);
  } else {
    for (int level = 0; (1 << level) < max_warps; ++level) {
      if (warp_rank >> level & 1) prepend(slots.prefixes()[level * max_warps + warp_rank]);
    }
  }
  if constexpr (WithTotal) *total = slots.total();
  return result;
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
