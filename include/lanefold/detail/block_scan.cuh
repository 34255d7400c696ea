// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/detail/block_reduce.cuh>

// Scans of a block, all in tree order: a rank's prefix within its run of 32, 128 or 256 ranks, preceded by one total for
// each set bit of the run's index, lowest bit first. Exact operators give the same bits either way.

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {

/// A prefix that rank 0 of an exclusive scan lacks. With an exact identity it is always present.
template <class Value>
struct optional_prefix {
  Value value;
  bool present;

  template <class Operator>
  LANEFOLD_FN void prepend(Value const& left, Operator op) {
    value = present ? op(left, value) : left;
    present = true;
  }
  template <class Operator>
  LANEFOLD_FN void prepend_where(unsigned wanted, Value const& left, Operator op) {
    if constexpr (has_exact_identity<Operator, Value>) {  // always present: an exact identity stands for nothing
      value = combine_where(wanted, left, value, op);
    } else {
      if (wanted) prepend(left, op);
    }
  }
};

/// What a rank takes that has none before it: an identity if there is an exact one, else nothing.
template <class Operator, class Value>
LANEFOLD_FN optional_prefix<Value> first_or(bool first, Value const& before, Value const& identity) {
  if constexpr (has_exact_identity<Operator, Value>) {
    return {first ? identity : before, true};
  } else {
    return {before, !first};
  }
}

/// The exact identity; of operators without one, which do not look at it, anything.
template <class Operator, class Value>
LANEFOLD_FN Value identity_or(Value const& anything) {
  if constexpr (has_exact_identity<Operator, Value>) return exact_identity<Operator, Value>();
  return anything;
}

/// Precedes `prefix` with the tree over totals[0 .. index-1], one total of a run for each bit set in `index`, which is at
/// most Count. Without branches: the totals of bits not set are read all the same, where there are as many, and left out.
template <int Count, int Level = 0, class Value, class Operator>
LANEFOLD_FN void prepend_totals(unsigned index, Value const* totals, optional_prefix<Value>& prefix, Operator op) {
  constexpr unsigned run = 1u << Level;
  if constexpr (Count == 3 && Level == 0 && 4 * sizeof(Value) <= 16) {
    Value all[4];  // one load for both levels
    rake_layout<Value, 4, false>::load(totals, 0, all);
    prefix.prepend_where(index & 1, index & 2 ? all[2] : all[0], op);
    prefix.prepend_where(index & 2, op(all[0], all[1]), op);
  } else if constexpr (run <= Count) {
    unsigned const wanted = index & run;
    Value values[run];
    constexpr bool all_there = (Count & (Count + 1)) == 0;
    unsigned const first = all_there || wanted ? index & ~(2 * run - 1) : 0;
    rake_layout<Value, run, false>::load(totals, first / run, values);
    prefix.prepend_where(wanted, reduce_array(values, op), op);
    prepend_totals<Count, Level + 1>(index, totals, prefix, op);
  }
}

/// The same for the prefixes that a lane has of run `index`, in a warp that has no others: what need not be read is not.
template <int Count, int Level = 0, int Prefixes, class Value, class Operator>
LANEFOLD_FN void prepend_totals(unsigned index, Value const* totals, optional_prefix<Value> (&prefixes)[Prefixes],
                                Operator op) {
  constexpr unsigned run = 1u << Level;
  if constexpr (run <= Count) {
    if (index & run) {
      Value values[run];
      unsigned const first = run == 1 ? index - 1 : index & ~(2 * run - 1);
      rake_layout<Value, run, false>::load(totals, first / run, values);
      Value const left = reduce_array(values, op);
      for (optional_prefix<Value>& prefix : prefixes) prefix.prepend(left, op);
    }
    prepend_totals<Count, Level + 1>(index, totals, prefixes, op);
  }
}

/// The scan of 32 * share values by one warp, in place. Of several `Runs`, warp i scans run i, its total being totals[i];
/// the warps wait for one another and put the totals before their run in front.
template <bool Exclusive, int share, int Runs, class Value, class Operator>
LANEFOLD_FN void scan_rake(Value* x, unsigned rank, Value& total, Value nothing, Operator op, call_site site) {
  using rake = rake_layout<Value, share>;
  unsigned const lane = Runs == 1 ? backend::lane_id() : rank % 32;
  Value v[share];
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
    Value const sibling = backend::shuffle_xor(full_mask, all, s, 32, site).value;
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
    Value const before = backend::shuffle_up(full_mask, v[share - 1], 1, 32, site).value;
    for (int i = share - 1; i > 0; --i) v[i] = v[i - 1];
    v[0] = before;  // nothing, in lane 0
  }
  if constexpr (Runs > 1) {
    optional_prefix<Value> prefixes[share];
    for (int i = 0; i < share; ++i) prefixes[i] = {v[i], !Exclusive || shift_here || i > 0 || lane > 0};
    backend::sync_block_apart(site);
    prepend_totals<Runs - 1>(rank / 32, &total - rank / 32, prefixes, op);
    for (int i = 0; i < share; ++i) v[i] = prefixes[i].value;
  }
  rake::store(x, lane, v);
}

/// The tree over totals[0 .. Count-1], by every thread alone.
template <int Count, class Value, class Operator>
LANEFOLD_FN Value fold_totals(Value const* totals, Value anything, Operator op) {
  optional_prefix<Value> all = first_or<Operator>(true, anything, identity_or<Operator>(anything));
  prepend_totals<Count>(Count, totals, all, op);
  return all.value;
}

/// The scan of the lanes that the block has in this thread's warp.
template <bool Crowded, class Block, class Value, class Operator>
LANEFOLD_FN Value scan_own_warp(Block block, unsigned rank, Value value, Operator op, call_site site) {
  if constexpr (!whole_warps_v<Block>) {
    unsigned const together = lanes_of_own_warp(block, rank);
    if (together != full_mask) return scan_by_shuffle<Crowded>(lanes(together), value, op, site);
  }
  return scan_by_shuffle<Crowded>(warp{}, value, op, site);
}

/// Everything a scan of a block can be asked for. `Exclusive` shifts by one rank; rank 0 then gets `nothing`, if the
/// operator has an exact identity. The total is of all ranks.
template <bool Exclusive, bool WithTotal, bool TrailingSync, class Block, class Value, class Operator>
LANEFOLD_FN optional_prefix<Value> scan_block(Block block, Value value, Operator op, Value nothing, Value* x,
                                              Value* total, call_site site) {
  using layout = block_layout<Block, Value>;
  constexpr int warps = layout::warps;
  constexpr bool exact = is_exact<Operator, Value>;
  // Eight bytes of 1024 threads are raked only where the tree order asks for it.
  constexpr bool rakes = layout::rakes_scan && !(exact && layout::threads == 1024 && layout::bytes == 8);
  check_block(block, site);
  unsigned const rank = block.rank(), warp_rank = rank / 32, count = warp_count(block);
  if constexpr (Exclusive) {
    if (rank != 0) nothing = identity_or<Operator>(nothing);
  }
  if constexpr (rakes) {
    constexpr int runs = layout::threads / layout::rake;
    // Who puts the totals of earlier runs in front: the warps that scan the runs, after one more barrier, or later every
    // thread, which costs each warp the loads.
    constexpr bool once = layout::bytes == 8 && runs >= 4;
    unsigned const index = rank / layout::rake;
    Value* const run = x + layout::scan + index * layout::rake;
    Value* const totals = x + layout::results;
    Value& own = run[rake_layout<Value, layout::rake / 32>::slot(rank % layout::rake)];
    own = value;
    backend::sync_block(site);
    if (rank < 32 * runs) {
      scan_rake<Exclusive, layout::rake / 32, once ? runs : 1>(x + layout::scan + warp_rank * layout::rake, rank,
                                                               totals[warp_rank], nothing, op, site);
    } else if constexpr (once) {
      backend::sync_block(site);
    }
    backend::sync_block(site);
    bool const first = once ? rank == 0 : rank % layout::rake == 0;
    optional_prefix<Value> result{own, !Exclusive || has_exact_identity<Operator, Value> || !first};
    if constexpr (runs > 1 && !once) prepend_totals<runs - 1>(index, totals, result, op);
    if constexpr (WithTotal) *total = fold_totals<runs>(totals, value, op);
    return result;
  } else {
    Value const inclusive = scan_own_warp<!layout::direct_scan>(block, rank, value, op, site);
    unsigned const together = lanes_of_own_warp(block, rank);
    Value* const place = static_cast<Value*>(backend::pin_shared(x + warp_rank));  // or each use works it out anew
    if constexpr (warps > 1) {
      if (rank % 32 == static_cast<unsigned>(backend::highest_bit(together))) *place = inclusive;
      backend::sync_block(site);
    } else if constexpr (WithTotal) {
      *total = backend::shuffle(together, inclusive, block.size() - 1, 32, site).value;
    }
    optional_prefix<Value> result{inclusive, true};
    if constexpr (Exclusive) {
      auto const before = backend::shuffle_up(together, inclusive, 1, 32, site);  // its own word spares an instruction
      result = first_or<Operator>(!before.valid, before.value, nothing);
    }
    if constexpr (warps > 1 && layout::direct_scan) {
      prepend_totals<warps - 1>(warp_rank, x, result, op);
      if constexpr (WithTotal) *total = fold_totals<warps>(x, value, op);
      if constexpr (TrailingSync) backend::sync_block(site);
    } else if constexpr (warps > 1) {
      // One warp finds what the others lack: one prefix a warp of an exact operator, else every level's totals.
      constexpr int lacking = layout::results + 1;
      if (count == 1) {  // a run-time block of one warp, which may lack lanes
        if (rank == 0) x[layout::results] = x[0];
      } else if (rank < 32) {
        Value const mine = x[rank < count ? rank : 0];
        if constexpr (exact) {
          Value const all = scan_by_shuffle<true>(warp{}, mine, op, site);
          if (rank < count) x[lacking + rank] = all;
          if (rank == count - 1) x[layout::results] = all;
        } else {
          Value const all = reduce_totals<warps>(
              mine, count, op,
              [&](int level, Value const& sibling) {
                if (rank < count) x[lacking + level * warps + rank] = sibling;
              },
              site);
          if (rank == 0) x[layout::results] = all;
        }
      }
      backend::sync_block(site);
      if constexpr (exact) {
        if (warp_rank > 0) result.prepend(place[lacking - 1], op);
      } else {
        for (int level = 0; (1 << level) < warps; ++level) {
          if (warp_rank >> level & 1) result.prepend(place[lacking + level * warps], op);
        }
      }
      if constexpr (WithTotal) *total = x[layout::results];
    }
    return result;
  }
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
