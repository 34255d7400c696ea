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

namespace detail {
/// The prefix of the rank before, from every rank's inclusive prefix.
template <class Operator, class Group, class Value>
LANEFOLD_FN optional_prefix<Value> previous_rank(Group group, Value value, Value nothing, call_site site) {
  if constexpr (is_tile_v<Group>) {
    Value const before = backend::shuffle_up(group.callers(), value, 1, group.size(), site).value;
    return first_or<Operator>(group.rank() == 0, before, nothing);
  } else {
    unsigned const below = group.mask() & lanes_below(lane_id());
    int const source = below ? backend::highest_bit(below) : lane_id();
    return first_or<Operator>(below == 0, backend::shuffle(group.mask(), value, source, 32, site).value, nothing);
  }
}

template <bool Exclusive, bool WithTotal, class Group, class Value, class Operator, class Path>
LANEFOLD_FN optional_prefix<Value> scan(Group group, Value value, Operator op, Value nothing, Path& path, Value* total,
                                        call_site site) {
  using place = path_t<Path>;
  static_assert(can_combine<Group, Value, Operator, place>());
  static_assert(place::kind != path_kind::redux, "redux.sync reduces, it does not scan: use via_shuffle or no tag");
  auto* const scratch = as_path(path).scratch;
  if constexpr (place::kind == path_kind::shared) {
    Value* const x = slots_of<Value>(scratch, site);
    value = scan_in_shared(group, value, op, x, site);
    int const rank = group.rank();
    optional_prefix<Value> result{value, true};
    if constexpr (Exclusive) result = first_or<Operator>(rank == 0, x[rank > 0 ? rank - 1 : 0], nothing);
    if constexpr (WithTotal) *total = x[group.size() - 1];
    if constexpr (place::trailing_sync) sync(group, site);
    return result;
  } else if constexpr (is_block_v<Group>) {
    return scan_block<Exclusive, WithTotal, place::trailing_sync>(group, value, op, nothing,
                                                                  slots_of<Value>(scratch, site), total, site);
  } else {
    value = scan_by_shuffle(group, value, op, site);
    if constexpr (WithTotal) {
      int const last = is_tile_v<Group> ? group.size() - 1 : backend::highest_bit(group.mask());
      *total = backend::shuffle(group.callers(), value, last, is_tile_v<Group> ? max_size_v<Group> : 32, site).value;
    }
    if constexpr (Exclusive) return previous_rank<Operator>(group, value, nothing, site);
    return {value, true};
  }
}

/// The scan shifted by one rank. Where the operator can be undone to the bit, no lane has to ask its neighbour.
template <bool WithTotal, class Group, class Value, class Operator, class Path>
LANEFOLD_FN optional_prefix<Value> scan_before(Group group, Value value, Operator op, Value nothing, Path& path,
                                               Value* total, call_site site) {
  if constexpr (traits::integral<Value> && !traits::same<Value, bool> && traits::same<Operator, plus>) {
    Value const inclusive = scan<false, WithTotal>(group, value, op, value, path, total, site).value;
    using bits = traits::bits_t<Value>;  // wraps, as plus does
    return {static_cast<Value>(0u + static_cast<bits>(inclusive) - static_cast<bits>(value)), true};
  } else {
    return scan<true, WithTotal>(group, value, op, nothing, path, total, site);
  }
}

/// The scan shifted by one rank, where rank 0 gets the identity.
template <bool WithTotal, class Group, class Value, class Operator, class Path>
LANEFOLD_FN Value scan_or_identity(Group group, Value value, Operator op, Path& path, Value* total, call_site site) {
  static_assert(can_combine<Group, Value, Operator, path_t<Path>>());
  Value const identity = identity_of<Operator, Value>();
  optional_prefix<Value> const prefix = scan_before<WithTotal>(group, value, op, identity, path, total, site);
  return prefix.present ? prefix.value : identity;
}
/// The scan shifted by one rank and preceded by `init`, where rank 0 gets `init` itself.
template <bool WithTotal, class Group, class Value, class Operator, class Path>
LANEFOLD_FN Value scan_after(Value init, Group group, Value value, Operator op, Path& path, Value* total,
                             call_site site) {
  Value const nothing = identity_or<Operator>(value);
  optional_prefix<Value> const prefix = scan_before<WithTotal>(group, value, op, nothing, path, total, site);
  return prefix.present ? op(init, prefix.value) : init;
}
}  // namespace detail

/// Combines the values of the ranks up to and with this one: tree(0..rank), the bits of a reduce over those ranks.
///
/// - Group, value, operator, path, call: as reduce. Operator: plus when not given.
/// - Result: each lane its own.  Memory: a lane group orders nothing; a block of more than 32 threads
///   synchronises.
/// - Cost: log2(size) shuffles for each 4 bytes; a block one to three barriers, and work for one warp or a few.
template <class Group, class Value, class Operator = plus, class Path = automatic, detail::if_path<Path> = 0,
          detail::if_path<Operator, false> = 0>
LANEFOLD_FN Value inclusive_scan(Group group, Value value, Operator op = {}, Path&& path = automatic{},
                                 call_site site = call_site::here()) {
  return detail::scan<false, false>(group, value, op, value, path, &value, site.in("inclusive_scan")).value;
}

/// inclusive_scan with plus, on a path: `inclusive_scan(block, value, scratch)`.
template <class Group, class Value, class Path, detail::if_path<Path> = 0>
LANEFOLD_FN Value inclusive_scan(Group group, Value value, Path&& path, call_site site = call_site::here()) {
  return lanefold::inclusive_scan(group, value, plus{}, path, site);
}

/// The same after `init`: op(init, tree(0..rank)).
template <class Group, class Value, class Operator, class Path = automatic>
LANEFOLD_FN Value inclusive_scan(Group group, Value value, Operator op, type_identity_t<Value> init,
                                 Path&& path = automatic{}, call_site site = call_site::here()) {
  return op(init, detail::scan<false, false>(group, value, op, value, path, &value, site.in("inclusive_scan")).value);
}

/// Combines the values of the ranks below this one: tree(0..rank-1), and the operator's identity at rank 0.
/// Everything else as inclusive_scan; one shuffle more, but for sums of integers and in raked blocks.
template <class Group, class Value, class Operator = plus, class Path = automatic, detail::if_path<Path> = 0,
          detail::if_path<Operator, false> = 0>
LANEFOLD_FN Value exclusive_scan(Group group, Value value, Operator op = {}, Path&& path = automatic{},
                                 call_site site = call_site::here()) {
  static_assert(
      has_identity_v<Operator, Value> || !detail::combines<Operator, Value>,
      "exclusive_scan: this operator states no identity for rank 0; pass an initial value after the operator");
  return detail::scan_or_identity<false>(group, value, op, path, &value, site.in("exclusive_scan"));
}

/// exclusive_scan with plus, on a path: `exclusive_scan(block, value, scratch)`.
template <class Group, class Value, class Path, detail::if_path<Path> = 0>
LANEFOLD_FN Value exclusive_scan(Group group, Value value, Path&& path, call_site site = call_site::here()) {
  return lanefold::exclusive_scan(group, value, plus{}, path, site);
}

/// The same after `init`: op(init, tree(0..rank-1)), and `init` itself at rank 0.
template <class Group, class Value, class Operator, class Path = automatic>
LANEFOLD_FN Value exclusive_scan(Group group, Value value, Operator op, type_identity_t<Value> init,
                                 Path&& path = automatic{}, call_site site = call_site::here()) {
  return detail::scan_after<false>(init, group, value, op, path, &value, site.in("exclusive_scan"));
}

/// inclusive_scan and reduce in one: `auto [prefix, total] = inclusive_scan_with_total(group, value);`.
template <class Group, class Value, class Operator = plus, class Path = automatic, detail::if_path<Path> = 0,
          detail::if_path<Operator, false> = 0>
LANEFOLD_FN prefix_and_total<Value> inclusive_scan_with_total(Group group, Value value, Operator op = {},
                                                              Path&& path = automatic{},
                                                              call_site site = call_site::here()) {
  Value total = value;
  Value const prefix =
      detail::scan<false, true>(group, value, op, value, path, &total, site.in("inclusive_scan_with_total")).value;
  return {prefix, total};
}

/// inclusive_scan_with_total with plus, on a path: `inclusive_scan_with_total(block, value, scratch)`.
template <class Group, class Value, class Path, detail::if_path<Path> = 0>
LANEFOLD_FN prefix_and_total<Value> inclusive_scan_with_total(Group group, Value value, Path&& path,
                                                              call_site site = call_site::here()) {
  return lanefold::inclusive_scan_with_total(group, value, plus{}, path, site);
}

/// The same after `init`; the total is of the values alone, without `init`.
template <class Group, class Value, class Operator, class Path = automatic>
LANEFOLD_FN prefix_and_total<Value> inclusive_scan_with_total(Group group, Value value, Operator op,
                                                              type_identity_t<Value> init, Path&& path = automatic{},
                                                              call_site site = call_site::here()) {
  prefix_and_total<Value> const scanned =
      lanefold::inclusive_scan_with_total(group, value, op, path, site.in("inclusive_scan_with_total"));
  return {op(init, scanned.prefix), scanned.total};
}

/// exclusive_scan and reduce in one.
template <class Group, class Value, class Operator = plus, class Path = automatic, detail::if_path<Path> = 0,
          detail::if_path<Operator, false> = 0>
LANEFOLD_FN prefix_and_total<Value> exclusive_scan_with_total(Group group, Value value, Operator op = {},
                                                              Path&& path = automatic{},
                                                              call_site site = call_site::here()) {
  static_assert(
      has_identity_v<Operator, Value> || !detail::combines<Operator, Value>,
      "exclusive_scan: this operator states no identity for rank 0; pass an initial value after the operator");
  Value total = value;
  Value const prefix =
      detail::scan_or_identity<true>(group, value, op, path, &total, site.in("exclusive_scan_with_total"));
  return {prefix, total};
}

/// exclusive_scan_with_total with plus, on a path: `exclusive_scan_with_total(block, value, scratch)`.
template <class Group, class Value, class Path, detail::if_path<Path> = 0>
LANEFOLD_FN prefix_and_total<Value> exclusive_scan_with_total(Group group, Value value, Path&& path,
                                                              call_site site = call_site::here()) {
  return lanefold::exclusive_scan_with_total(group, value, plus{}, path, site);
}

/// The same after `init`; the total is of the values alone, without `init`.
template <class Group, class Value, class Operator, class Path = automatic>
LANEFOLD_FN prefix_and_total<Value> exclusive_scan_with_total(Group group, Value value, Operator op,
                                                              type_identity_t<Value> init, Path&& path = automatic{},
                                                              call_site site = call_site::here()) {
  Value total = value;
  Value const prefix =
      detail::scan_after<true>(init, group, value, op, path, &total, site.in("exclusive_scan_with_total"));
  return {prefix, total};
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
