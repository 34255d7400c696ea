// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/operators.cuh>
#include <lanefold/scratch.cuh>

// The combine order of every reduction and scan, and the two ways to walk it.
//
// tree(0..n-1) halves the ranks at the largest power of two below n: tree(lower half) . tree(upper half). So sixteen
// ranks are ((0.1).(2.3)).((4.5).(6.7)) . ..., and a ragged end just lacks leaves. reduce is tree(0..n-1), and
// inclusive_scan at rank r is tree(0..r): the same bits as a reduction over the ranks up to r. Both come from one
// network (Sklansky, "Conditional-sum addition logic", 1960): at step s = 1, 2, 4 ... every rank with bit s set takes
// the value of the last rank of the lower half of its aligned run of 2s ranks.

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {

/// Where any of `bits` is set: op(left, value); elsewhere: value.
template <class Value, class Operator>
LANEFOLD_FN Value combine_where(unsigned bits, Value left, Value value, Operator op) {
  if constexpr (traits::same<Operator, plus> && traits::same<Value, float>) {
    return backend::add_where(bits, left, value);
  } else if constexpr (traits::same<Operator, plus> && traits::integral<Value> && sizeof(Value) == 4) {
    using word = traits::bits_t<Value>;
    return static_cast<Value>(backend::add_where(bits, static_cast<word>(left), static_cast<word>(value)));
  } else {
    if (bits) {
      backend::keep_predicated();
      value = op(left, value);
    }
    return value;
  }
}

/// The scan network by shuffles. Group: tile or lanes. `Crowded`: in a block of many warps, where the number of
/// instructions matters more than their latency.
template <bool Crowded = false, class Group, class Value, class Operator>
LANEFOLD_FN Value scan_by_shuffle(Group group, Value value, Operator op) {
  backend::callers const who = group.callers();
  int const lane = lane_id();
  if constexpr (Group::aligned) {
    for (int s = 1; s < group.size(); s *= 2) {
      Value const lower = backend::shuffle(who, value, s - 1, 2 * s).value;
      if constexpr (sizeof(Value) == 8 && has_exact_identity<Operator, Value> &&
                    (!Group::whole_warp || traits::floating<Value> || Crowded)) {
        // A select of both words: predicated, 64-bit integers are the shorter chain but leave moves behind, and more of
        // them where the shuffle has a mask to compare.
        value = op(lane & s ? lower : exact_identity<Operator, Value>(), value);
      } else {
        value = combine_where(lane & s, lower, value, op);
      }
    }
  } else {
    int const rank = group.rank();
    unsigned const mask = who.mask;
    auto const walk = [&](backend::callers together, int size) {
      unsigned run_ends = mask;  // the last lane of each run of s ranks
      for (int s = 1; s < size; s *= 2) {
        bool const upper = rank & s;
        int const source = upper ? backend::highest_bit(run_ends & lanes_below(lane)) : lane;
        Value const lower = backend::shuffle(together, value, source, 32).value;
        value = combine_where(upper, lower, value, op);
        run_ends = mask & backend::ballot(together, (rank & (2 * s - 1)) == 2 * s - 1);
      }
    };
    if (backend::whole_warp_here(who.site)) {
      walk({full_mask, who.site}, 32);
    } else {
      walk(who, group.size());
    }
  }
  return value;
}

/// The tree over each aligned run of `Run` lanes: after step s all lanes of a run of 2s hold its total, so that partners
/// combine the same pair.
template <int Run, class Value, class Operator>
LANEFOLD_FN Value reduce_runs(backend::callers who, Value value, Operator op) {
  for (int s = 1; s < Run; s *= 2) {
    Value const other = backend::shuffle_xor(who, value, s, 32).value;
    if constexpr (is_commutative_v<Operator, Value>) {
      value = op(value, other);
    } else {
      bool const lower = (lane_id() & s) == 0;
      value = op(lower ? value : other, lower ? other : value);
    }
  }
  return value;
}

/// The scan network in shared memory; on return x[r] holds rank r's prefix, synchronised. Any group.
template <class Group, class Value, class Operator>
LANEFOLD_FN Value scan_in_shared(Group group, Value value, Operator op, Value* x) {
  int const rank = group.rank(), size = group.size();
  x[rank] = value;
  group.sync();
  for (int s = 1; s < size; s *= 2) {
    // Writers have bit s set and sources have not: no rank is read and written in one step.
    if (rank & s) x[rank] = value = op(x[(rank & -(2 * s)) + s - 1], value);
    group.sync();
  }
  return value;
}

/// The tree in shared memory. Any group.
template <class Group, class Value, class Operator>
LANEFOLD_FN Value reduce_in_shared(Group group, Value value, Operator op, Value* x) {
  int const rank = group.rank(), size = group.size();
  x[rank] = value;
  group.sync();
  for (int s = 1; s < size; s *= 2) {
    if ((rank & (2 * s - 1)) == 0 && rank + s < size) x[rank] = value = op(value, x[rank + s]);
    group.sync();
  }
  value = x[0];
  if constexpr (wishes_of<Group>::trailing_sync) group.sync();
  return value;
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
