// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Prefixes that lack what stands before their run, and how the totals of earlier runs are put in front.

#include <lanefold/detail/rake.cuh>
#include <lanefold/detail/tree.cuh>

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
    registers<Value, 4> all;  // one load for both levels
    rake_layout<Value, 4, false>::load(totals, 0, all.at);
    prefix.prepend_where(index & 1, index & 2 ? all.at[2] : all.at[0], op);
    prefix.prepend_where(index & 2, op(all.at[0], all.at[1]), op);
  } else if constexpr (run <= Count) {
    unsigned const wanted = index & run;
    registers<Value, run> values;
    constexpr bool all_there = (Count & (Count + 1)) == 0;
    unsigned const first = all_there || wanted ? index & ~(2 * run - 1) : 0;
    rake_layout<Value, run, false>::load(totals, first / run, values.at);
    prefix.prepend_where(wanted, reduce_array(values.at, op), op);
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
      registers<Value, run> values;
      unsigned const first = run == 1 ? index - 1 : index & ~(2 * run - 1);
      rake_layout<Value, run, false>::load(totals, first / run, values.at);
      Value const left = reduce_array(values.at, op);
      for (optional_prefix<Value>& prefix : prefixes) prefix.prepend(left, op);
    }
    prepend_totals<Count, Level + 1>(index, totals, prefixes, op);
  }
}

/// The tree over totals[0 .. Count-1], by every thread alone.
template <int Count, class Value, class Operator>
LANEFOLD_FN Value fold_totals(Value const* totals, Value anything, Operator op) {
  optional_prefix<Value> all = first_or<Operator>(true, anything, identity_or<Operator>(anything));
  prepend_totals<Count>(Count, totals, all, op);
  return all.value;
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
