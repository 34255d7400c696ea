// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/detail/block_plan.cuh>
#include <lanefold/detail/rake.cuh>
#include <lanefold/detail/redux.cuh>
#include <lanefold/detail/tree.cuh>

// Reductions of a lane group by its fastest path, and of a block. Ranks 32w .. 32w+31 of a block are warp w, so that
// the tree over a block is the tree over its warps' totals. A last warp that lacks lanes goes as a lane set.

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {

/// Whether a reduction of this group goes by redux.
template <path_kind Kind, class Group, class Value, class Operator>
constexpr bool by_redux =
    Kind == path_kind::redux ||
    // Below 32 lanes redux is issued once for each mask in the warp and loses to shuffles.
    (Kind == path_kind::automatic && backend::has_redux && Group::max_size == 32 && redux_can<Operator, Value>);

template <path_kind Kind, class Group, class Value, class Operator>
LANEFOLD_FN Value reduce_lanes(Group group, Value value, Operator op) {
  if constexpr (by_redux<Kind, Group, Value, Operator>) {
    static_assert(redux_can<Operator, Value>,
                  "via_redux: redux.sync combines integers by plus, min, max, and, or, xor, and floats by min and max; "
                  "use via_shuffle for this operator and type");
    static_assert(backend::has_redux && sizeof(Value) > 0,  // dependent: looked at only where this branch is taken
                  "via_redux: redux.sync needs sm_80 or newer; use via_shuffle or no wish");
    return reduce_by_redux({group.mask(), group.site()}, value, op);
  } else if constexpr (Group::aligned) {
    return reduce_runs<Group::max_size>(group.callers(), value, op);
  } else {
    // A lane set scans, and the last lane holds the tree over all ranks.
    value = scan_by_shuffle(group, value, op);
    return backend::shuffle(group.callers(), value, backend::highest_bit(group.mask()), 32).value;
  }
}

/// Whether each warp of the block is known to have all its lanes.
template <class Block>
constexpr bool whole_warps_v = layout_of<Block, int>::whole_warps;

/// The lanes of this thread's warp that the block has: all, or in the last warp the first ones.
template <class Block>
LANEFOLD_FN unsigned lanes_of_own_warp(Block block, unsigned rank) {
  if constexpr (!whole_warps_v<Block>) {
    unsigned const size = block.size();
    if ((rank | 31) >= size) return lowest_lanes(size & 31);
  }
  return full_mask;
}

/// Those lanes' reduction.
template <path_kind Kind, class Block, class Value, class Operator>
LANEFOLD_FN Value reduce_own_warp(Block block, unsigned rank, Value value, Operator op) {
  if constexpr (!whole_warps_v<Block>) {
    unsigned const together = lanes_of_own_warp(block, rank);
    if (together != full_mask) return reduce_lanes<Kind>(lanes(together, site_of(block)), value, op);
  }
  return reduce_lanes<Kind>(warp(site_of(block)), value, op);
}

template <class Block>
LANEFOLD_FN unsigned warp_count(Block block) {
  return (static_cast<unsigned>(block.size()) + 31) / 32;
}

/// One warp works out the tree over the warps' totals, of which lane l holds that of warp l; lanes from `count` on hold
/// anything. `visit(level, sibling)`: at level k, lane l receives the total of the other half of its aligned run of
/// 2^(k+1). The tree over all of them is in every lane below `count`.
template <int MaxWarps, class Value, class Operator, class Visit>
LANEFOLD_FN Value reduce_totals(backend::callers who, Value value, unsigned count, Operator op, Visit visit) {
  unsigned const lane = backend::lane_id();
  for (int level = 0; (1 << level) < MaxWarps; ++level) {
    unsigned const s = 1u << level;
    Value const sibling = backend::shuffle_xor(who, value, s, 32).value;
    visit(level, sibling);
    bool const lower = (lane & s) == 0;
    bool const upper_exists = ((lane | s) & ~(s - 1)) < count;
    Value const left = lower ? value : sibling, right = lower ? sibling : value;
    value = upper_exists ? op(left, right) : left;
  }
  return value;
}

// The ways of reduce_way. Each takes the scratch's values, and gives every thread the result.

template <path_kind Kind, class Block, class Value, class Operator>
LANEFOLD_FN Value reduce_few_totals(Block block, Value value, Operator op, Value* x) {
  unsigned const rank = block.rank();
  value = reduce_own_warp<Kind>(block, rank, value, op);
  if ((rank & 31) == 0) x[rank / 32] = value;
  block.sync();
  value = x[0];
  for (int i = 1; i < layout_of<Block, Value>::warps; ++i) value = op(value, x[i]);
  if constexpr (wishes_of<Block>::trailing_sync) block.sync();
  return value;
}

template <path_kind Kind, class Block, class Value, class Operator>
LANEFOLD_FN Value reduce_rake(Block block, Value value, Operator op, Value* x) {
  using layout = layout_of<Block, Value>;
  constexpr int share = layout::share(), run = layout::threads / 32 / share;
  constexpr int parts = by_redux<Kind, warp, Value, Operator> ? 1 : layout::parts;
  using rake = rake_layout<Value, share>;
  backend::callers const who{full_mask, site_of(block)};
  unsigned const rank = block.rank();
  value = reduce_runs<run>(who, value, op);
  if (run == 1 || rank % run == 0) x[rake::slot(rank / run)] = value;
  block.sync();
  if (rank < 32) {
    registers<Value, share> values;
    rake::load(x, rank, values.at);
    value = reduce_array(values.at, op);
    if constexpr (parts == 1) {
      value = reduce_lanes<Kind>(warp(who.site), value, op);
      if (rank == 0) x[layout::results] = value;
    } else {
      constexpr int run_of_part = 32 / parts;
      value = reduce_runs<run_of_part>(who, value, op);
      if (rank % run_of_part == 0) x[layout::results + rank / run_of_part] = value;
    }
  }
  block.sync();
  registers<Value, parts> result;
  rake_layout<Value, parts, false>::load(x + layout::results, 0, result.at);
  return reduce_array(result.at, op);
}

template <path_kind Kind, class Block, class Value, class Operator>
LANEFOLD_FN Value reduce_totals_of_warps(Block block, Value value, Operator op, Value* x) {
  using layout = layout_of<Block, Value>;
  unsigned const rank = block.rank(), count = warp_count(block);
  value = reduce_own_warp<Kind>(block, rank, value, op);
  if ((rank & 31) == 0) x[rank / 32] = value;
  block.sync();
  if (rank < 32 && count > 1) {
    value = reduce_totals<layout::warps>({full_mask, site_of(block)}, x[rank < count ? rank : 0], count, op,
                                         [](int, Value const&) {});
  }
  if (rank == 0) x[layout::results] = value;
  block.sync();
  return x[layout::results];
}

/// The reduction of any group, the way that its path and its plan say.
template <class Group, class Value, class Operator>
LANEFOLD_FN Value reduce_group(Group group, Value value, Operator op) {
  constexpr path_kind kind = wishes_of<Group>::path;
  if constexpr (kind == path_kind::shared) {
    return reduce_in_shared(group, value, op, slots_of<Value>(group));
  } else if constexpr (is_lane_group_v<Group>) {
    return reduce_lanes<kind>(group, value, op);
  } else {
    constexpr reduce_way way = reduce_way_of<layout_of<Group, Value>, Value, by_redux<kind, warp, Value, Operator>>;
    if constexpr (way == reduce_way::one_warp) {
      return reduce_own_warp<kind>(group, group.rank(), value, op);
    } else if constexpr (way == reduce_way::few_totals) {
      return reduce_few_totals<kind>(group, value, op, slots_of<Value>(group));
    } else if constexpr (way == reduce_way::rake) {
      return reduce_rake<kind>(group, value, op, slots_of<Value>(group));
    } else {
      return reduce_totals_of_warps<kind>(group, value, op, slots_of<Value>(group));
    }
  }
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
