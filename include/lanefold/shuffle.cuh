// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/groups.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// What a shuffle received, and whether its source was in range. When it was not, `value` is the lane's own.
template <class Value>
struct received {
  Value value;
  bool in_range;
};

namespace detail {
template <class Group, class Value>
LANEFOLD_HD constexpr bool can_shuffle() {
  static_assert(is_lane_group_v<Group>, "shuffles work within a warp: pass warp, tile<N> or lanes");
  static_assert(traits::trivially_copyable<Value>, "a shuffle moves bytes: the value must be trivially copyable");
  return is_lane_group_v<Group> && traits::trivially_copyable<Value>;
}
template <class Value>
LANEFOLD_FN received<Value> to_received(backend::in_range<Value> r) {
  return {r.value, r.valid};
}
// A lane set has no hardware shuffle of its own: every lane names the lane that it reads, itself where there is none.
template <class Value>
LANEFOLD_FN received<Value> shuffle_lane(lanes group, Value const& value, bool valid, int lane) {
  return {backend::shuffle(group.callers(), value, valid ? lane : lane_id(), 32).value, valid};
}
template <class Value>
LANEFOLD_FN received<Value> shuffle_rank(lanes group, Value const& value, int source) {
  bool const valid = source >= 0 && source < group.size();
  return shuffle_lane(group, value, valid, valid ? group.lane_of(source) : 0);
}
}  // namespace detail

/// The value of the lane of rank `source`.
///
/// - Group: warp, tile or lanes; every lane of it calls.
/// - Value: trivially copyable, any size.
/// - `source`: may differ from lane to lane; taken modulo the group's size, as the hardware does within a width (older
///   course texts say an out-of-range index returns the lane's own value: it does not).
/// - Result: in every lane.
/// - Memory: orders nothing.
/// - Cost: one shuffle for each 4 bytes; a lane set adds the look-up of the source's lane (about 25 instructions).
/// - Errors: a block, or a value that is not trivially copyable, does not compile; the simulator reports INACTIVE-READ.
template <class Group, class Value>
LANEFOLD_FN Value shuffle(Group group, Value value, int source) {
  mark(group, "shuffle");
  if constexpr (!detail::can_shuffle<Group, Value>()) {
    return value;
  } else if constexpr (Group::aligned) {
    return backend::shuffle(group.callers(), value, source, group.size()).value;
  } else {
    int const size = group.size();
    if (source < 0 || source >= size) source = (source % size + size) % size;
    return backend::shuffle(group.callers(), value, group.lane_of(source), 32).value;
  }
}

/// The value of the lane `distance` ranks below, and whether there is one; without it, the lane's own value. All else as
/// shuffle.
///
/// - `distance`: 0..32, the same in every lane.
/// - Cost: as shuffle; in a tile one comparison more.
/// - Errors: as shuffle; another distance is a PRECONDITION on the simulator and in checked builds.
template <class Group, class Value>
LANEFOLD_FN received<Value> try_shuffle_up(Group group, Value value, int distance) {
  mark(group, "try_shuffle_up");
  backend::check_range("distance", distance, 0, 32, group.site());
  if constexpr (!detail::can_shuffle<Group, Value>()) {
    return {value, false};
  } else if constexpr (Group::aligned) {
    // Compared rather than asked of the shuffle, which would lengthen the chain.
    return {backend::shuffle_up(group.callers(), value, distance, group.size()).value, group.rank() >= distance};
  } else {
    if (distance >= 1 && distance <= 4) {  // a few steps from lane to lane; unrolled where distance is a constant
      unsigned below = group.mask() & detail::lanes_below(lane_id());
      for (int i = 1; i < distance; ++i) below &= ~(1u << backend::highest_bit(below | 1));
      return detail::shuffle_lane(group, value, below != 0, backend::highest_bit(below | 1));
    }
    return detail::shuffle_rank(group, value, group.rank() - distance);
  }
}

/// The value of the lane `distance` ranks above, and whether there is one; without it, the lane's own value.
/// All else as try_shuffle_up.
template <class Group, class Value>
LANEFOLD_FN received<Value> try_shuffle_down(Group group, Value value, int distance) {
  mark(group, "try_shuffle_down");
  backend::check_range("distance", distance, 0, 32, group.site());
  if constexpr (!detail::can_shuffle<Group, Value>()) {
    return {value, false};
  } else if constexpr (Group::aligned) {
    return detail::to_received(backend::shuffle_down(group.callers(), value, distance, group.size()));
  } else {
    if (distance >= 1 && distance <= 4) {
      unsigned above = group.mask() & ~detail::lanes_below(lane_id()) & ~(1u << lane_id());
      for (int i = 1; i < distance; ++i) above &= above - 1;
      return detail::shuffle_lane(group, value, above != 0, backend::lowest_bit(above | 1u << 31));
    }
    return detail::shuffle_rank(group, value, group.rank() + distance);
  }
}

/// The value of the lane whose rank is this lane's rank xor `bits`, and whether there is one; without it, the lane's
/// own value. All else as try_shuffle_up.
///
/// - `bits`: 0..31, the same in every lane; at or above the group's size they are out of range.
template <class Group, class Value>
LANEFOLD_FN received<Value> try_shuffle_xor(Group group, Value value, int bits) {
  mark(group, "try_shuffle_xor");
  backend::check_range("bits", bits, 0, 31, group.site());
  if constexpr (!detail::can_shuffle<Group, Value>()) {
    return {value, false};
  } else if constexpr (Group::aligned) {
    // On hardware, bits beyond the width reach lower segments but not higher ones: not lanes of this tile either way.
    bool const valid = bits < group.size();
    return {backend::shuffle_xor(group.callers(), value, valid ? bits : 0, group.size()).value, valid};
  } else {
    return detail::shuffle_rank(group, value, group.rank() ^ bits);
  }
}

/// try_shuffle_up without the flag: the value `distance` ranks below, or the lane's own.
template <class Group, class Value>
LANEFOLD_FN Value shuffle_up(Group group, Value value, int distance) {
  mark(group, "shuffle_up");
  return lanefold::try_shuffle_up(group, value, distance).value;
}

/// try_shuffle_down without the flag: the value `distance` ranks above, or the lane's own.
template <class Group, class Value>
LANEFOLD_FN Value shuffle_down(Group group, Value value, int distance) {
  mark(group, "shuffle_down");
  return lanefold::try_shuffle_down(group, value, distance).value;
}

/// try_shuffle_xor without the flag: the value of rank xor `bits`, or the lane's own.
template <class Group, class Value>
LANEFOLD_FN Value shuffle_xor(Group group, Value value, int bits) {
  mark(group, "shuffle_xor");
  return lanefold::try_shuffle_xor(group, value, bits).value;
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
