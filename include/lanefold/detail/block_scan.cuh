// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/detail/block_reduce.cuh>
#include <lanefold/detail/prefix.cuh>

// Scans of a block, all in tree order: a rank's prefix within its run of 32, 128 or 256 ranks, preceded by one total for
// each set bit of the run's index, lowest bit first. Exact operators give the same bits either way.

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {

/// The scan of 32 * share values by one warp, in place. Of several `Runs`, warp i scans run i, its total being totals[i];
/// the warps wait for one another and put the totals before their run in front.
template <bool Exclusive, int share, int Runs, class Block, class Value, class Operator>
LANEFOLD_FN void scan_run(Block block, Value* x, unsigned rank, Value& total, Value nothing, Operator op) {
  using rake = rake_layout<Value, share>;
  backend::callers const who{full_mask, site_of(block)};
  unsigned const lane = Runs == 1 ? backend::lane_id() : rank % 32;
  registers<Value, share> values;
  Value(&v)[share] = values.at;
  rake::load(x, lane, v);
  for (int s = 1; s < share; s *= 2) {
    for (int i = 0; i < share; ++i) {
      if (i & s) v[i] = op(v[(i & -(2 * s)) + s - 1], v[i]);
    }
  }
  Value all = v[share - 1];
  constexpr bool shift_here =
      Exclusive && has_exact_identity<Operator, Value>;  // an identity takes the place of nothing
  if constexpr (shift_here) {
    for (int i = share - 1; i > 0; --i) v[i] = v[i - 1];
    v[0] = nothing;
  }
  for (int s = 1; s < 32; s *= 2) {
    Value const sibling = backend::shuffle_xor(who, all, s, 32).value;
    bool const upper = lane & s;
    if constexpr (is_commutative_v<Operator, Value>) {
      all = op(all, sibling);
    } else {
      all = op(upper ? sibling : all, upper ? all : sibling);
    }
    if constexpr (has_exact_identity<Operator, Value>) {
      Value const left = upper ? sibling : exact_identity<Operator, Value>();  // one select for all values
      for (int i = 0; i < share; ++i) v[i] = op(left, v[i]);
    } else if (upper) {
      for (int i = 0; i < share; ++i) v[i] = op(sibling, v[i]);
    }
  }
  if (lane == 0) total = all;
  if constexpr (Exclusive && !shift_here) {
    Value const before = backend::shuffle_up(who, v[share - 1], 1, 32).value;
    for (int i = share - 1; i > 0; --i) v[i] = v[i - 1];
    v[0] = before;  // nothing, in lane 0
  }
  if constexpr (Runs > 1) {
    registers<optional_prefix<Value>, share> prefixes;
    for (int i = 0; i < share; ++i) prefixes.at[i] = {v[i], !Exclusive || shift_here || i > 0 || lane > 0};
    block.sync_apart();
    prepend_totals<Runs - 1>(rank / 32, &total - rank / 32, prefixes.at, op);
    for (int i = 0; i < share; ++i) v[i] = prefixes.at[i].value;
  }
  rake::store(x, lane, v);
}

/// The scan of the lanes that the block has in this thread's warp.
template <bool Crowded, class Block, class Value, class Operator>
LANEFOLD_FN Value scan_own_warp(Block block, unsigned rank, Value value, Operator op) {
  if constexpr (!whole_warps_v<Block>) {
    unsigned const together = lanes_of_own_warp(block, rank);
    if (together != full_mask) return scan_by_shuffle<Crowded>(lanes(together, site_of(block)), value, op);
  }
  return scan_by_shuffle<Crowded>(warp(site_of(block)), value, op);
}

// The ways of scan_way. Each takes the scratch's values; Exclusive shifts by one rank, and rank 0 then gets `nothing`, if
// the operator has an exact identity. With a total, `*total` is that of all ranks.

template <bool Exclusive, bool WithTotal, class Block, class Value, class Operator>
LANEFOLD_FN optional_prefix<Value> scan_rake(Block block, Value value, Operator op, Value nothing, Value* x,
                                             Value* total) {
  using layout = layout_of<Block, Value>;
  constexpr int rake = layout::rake, runs = layout::runs;
  constexpr bool once = layout::prepends_once;
  unsigned const rank = block.rank(), warp_rank = rank / 32, index = rank / rake;
  Value* const run = x + layout::scan + index * rake;
  Value* const totals = x + layout::results;
  Value& own = run[rake_layout<Value, rake / 32>::slot(rank % rake)];
  own = value;
  block.sync();
  if (rank < 32 * runs) {
    scan_run<Exclusive, rake / 32, once ? runs : 1>(block, x + layout::scan + warp_rank * rake, rank, totals[warp_rank],
                                                    nothing, op);
  } else if constexpr (once) {
    block.sync();
  }
  block.sync();
  bool const first = once ? rank == 0 : rank % rake == 0;
  optional_prefix<Value> result{own, !Exclusive || has_exact_identity<Operator, Value> || !first};
  if constexpr (runs > 1 && !once) prepend_totals<runs - 1>(index, totals, result, op);
  if constexpr (WithTotal) *total = fold_totals<runs>(totals, value, op);
  return result;
}

/// A warp's inclusive prefixes as they are, or shifted by one rank.
template <bool Exclusive, class Operator, class Value>
LANEFOLD_FN optional_prefix<Value> shift_if(backend::callers who, Value inclusive, Value nothing) {
  if constexpr (!Exclusive) return {inclusive, true};
  auto const before = backend::shuffle_up(who, inclusive, 1, 32);  // its own word spares an instruction
  return first_or<Operator>(!before.valid, before.value, nothing);
}

template <bool Exclusive, bool WithTotal, class Block, class Value, class Operator>
LANEFOLD_FN optional_prefix<Value> scan_one_warp(Block block, Value value, Operator op, Value nothing, Value* total) {
  unsigned const rank = block.rank();
  Value const inclusive = scan_own_warp<false>(block, rank, value, op);
  backend::callers const who{lanes_of_own_warp(block, rank), site_of(block)};
  if constexpr (WithTotal) *total = backend::shuffle(who, inclusive, block.size() - 1, 32).value;
  return shift_if<Exclusive, Operator>(who, inclusive, nothing);
}

/// What the other ways begin with: each warp's own scan, its total left in `*place`, x[index of the warp]; synchronised.
template <bool Exclusive, class Block, class Value, class Operator>
LANEFOLD_FN optional_prefix<Value> scan_warps(Block block, unsigned rank, Value value, Operator op, Value nothing,
                                              Value* x, Value*& place) {
  Value const inclusive = scan_own_warp<!layout_of<Block, Value>::direct_scan>(block, rank, value, op);
  backend::callers const who{lanes_of_own_warp(block, rank), site_of(block)};
  place = static_cast<Value*>(backend::pin_shared(x + rank / 32));  // or each use works it out anew
  if (rank % 32 == static_cast<unsigned>(backend::highest_bit(who.mask))) *place = inclusive;
  block.sync();
  return shift_if<Exclusive, Operator>(who, inclusive, nothing);
}

template <bool Exclusive, bool WithTotal, class Block, class Value, class Operator>
LANEFOLD_FN optional_prefix<Value> scan_direct(Block block, Value value, Operator op, Value nothing, Value* x,
                                               Value* total) {
  constexpr int warps = layout_of<Block, Value>::warps;
  unsigned const rank = block.rank(), warp_rank = rank / 32;
  Value* place;
  optional_prefix<Value> result = scan_warps<Exclusive>(block, rank, value, op, nothing, x, place);
  prepend_totals<warps - 1>(warp_rank, x, result, op);
  if constexpr (WithTotal) *total = fold_totals<warps>(x, value, op);
  if constexpr (wishes_of<Block>::trailing_sync) block.sync();
  return result;
}

/// scan_way::prefixes and scan_way::levels: one warp finds what the others lack, one prefix a warp of an exact operator,
/// else the totals of every level.
template <bool Exclusive, bool WithTotal, class Block, class Value, class Operator>
LANEFOLD_FN optional_prefix<Value> scan_by_one_warp(Block block, Value value, Operator op, Value nothing, Value* x,
                                                    Value* total) {
  using layout = layout_of<Block, Value>;
  constexpr int warps = layout::warps, lacking = layout::results + 1;
  constexpr bool exact = is_exact<Operator, Value>;
  unsigned const rank = block.rank(), warp_rank = rank / 32, count = warp_count(block);
  Value* place;
  optional_prefix<Value> result = scan_warps<Exclusive>(block, rank, value, op, nothing, x, place);
  if (count == 1) {  // a run-time block of one warp, which may lack lanes
    if (rank == 0) x[layout::results] = x[0];
  } else if (rank < 32) {
    Value const mine = x[rank < count ? rank : 0];
    if constexpr (exact) {
      Value const all = scan_by_shuffle<true>(warp(site_of(block)), mine, op);
      if (rank < count) x[lacking + rank] = all;
      if (rank == count - 1) x[layout::results] = all;
    } else {
      Value const all =
          reduce_totals<warps>({full_mask, site_of(block)}, mine, count, op, [&](int level, Value const& sibling) {
            if (rank < count) x[lacking + level * warps + rank] = sibling;
          });
      if (rank == 0) x[layout::results] = all;
    }
  }
  block.sync();
  if constexpr (exact) {
    if (warp_rank > 0) result.prepend(place[lacking - 1], op);
  } else {
    for (int level = 0; (1 << level) < warps; ++level) {
      if (warp_rank >> level & 1) result.prepend(place[lacking + level * warps], op);
    }
  }
  if constexpr (WithTotal) *total = x[layout::results];
  return result;
}

template <bool Exclusive, bool WithTotal, class Block, class Value, class Operator>
LANEFOLD_FN optional_prefix<Value> scan_block(Block block, Value value, Operator op, Value nothing, Value* total) {
  constexpr scan_way way = scan_way_of<layout_of<Block, Value>, is_exact<Operator, Value>>;
  if constexpr (Exclusive) {
    if (block.rank() != 0) nothing = identity_or<Operator>(nothing);
  }
  if constexpr (way == scan_way::one_warp) {
    return scan_one_warp<Exclusive, WithTotal>(block, value, op, nothing, total);
  } else {
    Value* const x = slots_of<Value>(block);
    if constexpr (way == scan_way::rake) {
      return scan_rake<Exclusive, WithTotal>(block, value, op, nothing, x, total);
    } else if constexpr (way == scan_way::direct) {
      return scan_direct<Exclusive, WithTotal>(block, value, op, nothing, x, total);
    } else {
      return scan_by_one_warp<Exclusive, WithTotal>(block, value, op, nothing, x, total);
    }
  }
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
