// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/detail/block_scan.cuh>
#include <lanefold/reduce.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// What a scan with total returns: this rank's prefix, and the reduction of all ranks.
template <class Value>
struct prefix_and_total {
  Value prefix;
  Value total;
};

/// What try_exclusive_scan returns: this rank's prefix, and whether it has one. Rank 0 has none, and `value` is its own.
template <class Value>
struct prefix_if_any {
  Value value;
  bool present;
};

namespace detail {
/// The prefix of the rank before, from every rank's inclusive prefix.
template <class Operator, class Group, class Value>
LANEFOLD_FN optional_prefix<Value> previous_rank(Group group, Value value, Value nothing) {
  if constexpr (Group::aligned) {
    Value const before = backend::shuffle_up(group.callers(), value, 1, group.size()).value;
    return first_or<Operator>(group.rank() == 0, before, nothing);
  } else {
    unsigned const below = group.mask() & lanes_below(lane_id());
    int const source = below ? backend::highest_bit(below) : lane_id();
    return first_or<Operator>(below == 0, backend::shuffle(group.callers(), value, source, 32).value, nothing);
  }
}

template <bool Exclusive, bool WithTotal, class Group, class Value, class Operator>
LANEFOLD_FN optional_prefix<Value> scan(Group group, Value value, Operator op, Value nothing, Value* total) {
  using wishes = wishes_of<Group>;
  static_assert(wishes::path != path_kind::redux, "redux.sync reduces, it does not scan: use via_shuffle or no wish");
  if constexpr (!can_combine<Group, Value, Operator>()) {
    return {value, true};
  } else if constexpr (wishes::path == path_kind::shared) {
    Value* const x = slots_of<Value>(group);
    value = scan_in_shared(group, value, op, x);
    int const rank = group.rank();
    optional_prefix<Value> result{value, true};
    if constexpr (Exclusive) result = first_or<Operator>(rank == 0, x[rank > 0 ? rank - 1 : 0], nothing);
    if constexpr (WithTotal) *total = x[group.size() - 1];
    if constexpr (wishes::trailing_sync) group.sync();
    return result;
  } else if constexpr (is_block_v<Group>) {
    return scan_block<Exclusive, WithTotal>(group, value, op, nothing, total);
  } else {
    value = scan_by_shuffle(group, value, op);
    if constexpr (WithTotal) {
      int const last = Group::aligned ? group.size() - 1 : backend::highest_bit(group.mask());
      *total = backend::shuffle(group.callers(), value, last, Group::aligned ? Group::max_size : 32).value;
    }
    if constexpr (Exclusive) return previous_rank<Operator>(group, value, nothing);
    return {value, true};
  }
}

/// The scan shifted by one rank. Where the operator can be undone to the bit, no lane has to ask its neighbour.
template <bool WithTotal, class Group, class Value, class Operator>
LANEFOLD_FN optional_prefix<Value> scan_before(Group group, Value value, Operator op, Value nothing, Value* total) {
  if constexpr (traits::integral<Value> && !traits::same<Value, bool> && traits::same<Operator, plus>) {
    Value const inclusive = scan<false, WithTotal>(group, value, op, value, total).value;
    using bits = traits::bits_t<Value>;  // wraps, as plus does
    return {static_cast<Value>(0u + static_cast<bits>(inclusive) - static_cast<bits>(value)), true};
  } else {
    return scan<true, WithTotal>(group, value, op, nothing, total);
  }
}

/// The scan shifted by one rank, where rank 0 gets the identity.
template <bool WithTotal, class Group, class Value, class Operator>
LANEFOLD_FN Value scan_or_identity(Group group, Value value, Operator op, Value* total) {
  constexpr bool states_one = has_identity_v<recognised_t<Operator, Value>, Value>;
  static_assert(
      states_one || !combines<Operator, Value>,
      "exclusive_scan: this operator states no identity for rank 0; pass an initial value after the operator, "
      "or call try_exclusive_scan, which gives rank 0 nothing");
  if constexpr (can_combine<Group, Value, Operator>() && states_one) {
    auto const known = recognised<Value>(op);
    Value const identity = identity_of<recognised_t<Operator, Value>, Value>();
    optional_prefix<Value> const prefix = scan_before<WithTotal>(group, value, known, identity, total);
    return prefix.present ? prefix.value : identity;
  }
}
/// The scan shifted by one rank and preceded by `init`, where rank 0 gets `init` itself.
template <bool WithTotal, class Group, class Value, class Operator>
LANEFOLD_FN Value scan_after(Value init, Group group, Value value, Operator op, Value* total) {
  Value const nothing = identity_or<Operator>(value);
  optional_prefix<Value> const prefix = scan_before<WithTotal>(group, value, op, nothing, total);
  return prefix.present ? op(init, prefix.value) : init;
}
}  // namespace detail

/// Combines the values of the ranks up to and with this one: tree(0..rank), the bits of a reduce over those ranks.
///
/// - Group: as reduce; every lane of it calls.
/// - Value: as reduce.
/// - Operator: as reduce; plus when not given.
/// - Result: each lane its own.
/// - Memory: a lane group orders nothing; a block of more than 32 threads synchronises.
/// - Cost: log2(size) shuffles for each 4 bytes, a lane set a vote a step more; a block one to three barriers, and work for
///   one warp or a few.
/// - Errors: as reduce; via_redux does not compile.
template <class Group, class Value, class Operator = plus>
LANEFOLD_FN Value inclusive_scan(Group group, Value value, Operator op = {}, detail::no_scratch = {}) {
  mark(group, "inclusive_scan");
  return detail::scan<false, false>(group, value, detail::recognised<Value>(op), value, &value).value;
}

/// The same after `init`: op(init, tree(0..rank)).
template <class Group, class Value, class Operator>
LANEFOLD_FN Value inclusive_scan(Group group, Value value, Operator op, traits::type_identity_t<Value> init) {
  mark(group, "inclusive_scan");
  auto const known = detail::recognised<Value>(op);
  return known(init, detail::scan<false, false>(group, value, known, value, &value).value);
}

/// Combines the values of the ranks below this one: tree(0..rank-1), and the operator's identity at rank 0. All else as
/// inclusive_scan.
///
/// - Cost: one shuffle more than inclusive_scan, but for sums of integers and in raked blocks.
/// - Errors: an operator that states no identity does not compile: pass an initial value, or call try_exclusive_scan.
template <class Group, class Value, class Operator = plus>
LANEFOLD_FN Value exclusive_scan(Group group, Value value, Operator op = {}, detail::no_scratch = {}) {
  mark(group, "exclusive_scan");
  return detail::scan_or_identity<false>(group, value, op, &value);
}

/// The same after `init`: op(init, tree(0..rank-1)), and `init` itself at rank 0.
template <class Group, class Value, class Operator>
LANEFOLD_FN Value exclusive_scan(Group group, Value value, Operator op, traits::type_identity_t<Value> init) {
  mark(group, "exclusive_scan");
  return detail::scan_after<false>(init, group, value, detail::recognised<Value>(op), &value);
}

/// exclusive_scan for an operator without an identity: rank 0, which has no rank below it, is told so.
template <class Group, class Value, class Operator>
LANEFOLD_FN prefix_if_any<Value> try_exclusive_scan(Group group, Value value, Operator op, detail::no_scratch = {}) {
  mark(group, "try_exclusive_scan");
  auto const known = detail::recognised<Value>(op);
  Value const nothing = detail::identity_or<detail::recognised_t<Operator, Value>>(value);
  detail::optional_prefix<Value> const prefix = detail::scan_before<false>(group, value, known, nothing, &value);
  bool const present = group.rank() != 0;
  return {present ? prefix.value : value, present};
}

/// inclusive_scan, and reduce in every lane: `auto [prefix, total] = inclusive_scan_with_total(group, value);`.
///
/// - Cost: one shuffle more for each 4 bytes; nothing, or a few shared loads, in a block.
template <class Group, class Value, class Operator = plus>
LANEFOLD_FN prefix_and_total<Value> inclusive_scan_with_total(Group group, Value value, Operator op = {},
                                                              detail::no_scratch = {}) {
  mark(group, "inclusive_scan_with_total");
  Value total = value;
  Value const prefix = detail::scan<false, true>(group, value, detail::recognised<Value>(op), value, &total).value;
  return {prefix, total};
}

/// The same after `init`; the total is of the values alone, without `init`.
template <class Group, class Value, class Operator>
LANEFOLD_FN prefix_and_total<Value> inclusive_scan_with_total(Group group, Value value, Operator op,
                                                              traits::type_identity_t<Value> init) {
  mark(group, "inclusive_scan_with_total");
  auto const known = detail::recognised<Value>(op);
  prefix_and_total<Value> const scanned = lanefold::inclusive_scan_with_total(group, value, known);
  return {known(init, scanned.prefix), scanned.total};
}

/// exclusive_scan, and reduce in every lane; cost as of the two above.
template <class Group, class Value, class Operator = plus>
LANEFOLD_FN prefix_and_total<Value> exclusive_scan_with_total(Group group, Value value, Operator op = {},
                                                              detail::no_scratch = {}) {
  mark(group, "exclusive_scan_with_total");
  Value total = value;
  Value const prefix = detail::scan_or_identity<true>(group, value, op, &total);
  return {prefix, total};
}

/// The same after `init`; the total is of the values alone, without `init`.
template <class Group, class Value, class Operator>
LANEFOLD_FN prefix_and_total<Value> exclusive_scan_with_total(Group group, Value value, Operator op,
                                                              traits::type_identity_t<Value> init) {
  mark(group, "exclusive_scan_with_total");
  Value total = value;
  Value const prefix = detail::scan_after<true>(init, group, value, detail::recognised<Value>(op), &total);
  return {prefix, total};
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
