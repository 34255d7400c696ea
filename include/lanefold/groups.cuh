// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who takes part. A group is whatever type states `level` and `max_size` and has `size()`, `rank()` and `sync()`; no list
// of group types is kept anywhere. Within a warp a group derives from tile or lanes. Of several warps it has ranks 32w ..
// 32w+31 in warp w, in the order of its lanes, and derives from detail::block_group; it may state `fixed_size`.

#include <lanefold/detail/group.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

constexpr int warp_size = 32;                ///< Lanes of a warp.
constexpr unsigned full_mask = 0xffffffffu;  ///< The mask that names all of them.

/// This lane's place in its warp, 0..31. In blocks of several dimensions the warps run along x, then y, then z.
LANEFOLD_FN int lane_id() { return static_cast<int>(backend::lane_id()); }
/// Where this thread stands in its block.
LANEFOLD_FN index3 thread_index() { return backend::thread_index(); }
/// Where this block stands in the grid.
LANEFOLD_FN index3 block_index() { return backend::block_index(); }
/// How many threads the block has.
LANEFOLD_FN index3 block_extent() { return backend::block_extent(); }
/// How many blocks the grid has.
LANEFOLD_FN index3 grid_extent() { return backend::grid_extent(); }
/// The launch's dynamic shared memory, aligned to 128 bytes; the same bytes for every T.
template <class T>
LANEFOLD_FN T* dynamic_shared() {
  static_assert(alignof(T) <= 128, "dynamic_shared: the block's memory is aligned to 128 bytes, and T asks for more");
  return static_cast<T*>(backend::dynamic_shared());
}

namespace detail {
/// The lowest `count` lanes, count in 0..32.
LANEFOLD_HD constexpr unsigned lowest_lanes(int count) { return count >= 32 ? full_mask : (1u << count) - 1u; }
LANEFOLD_FN unsigned lanes_below(int lane) { return (1u << lane) - 1u; }
/// The lane of the set bit with `rank` set bits below it; rank is less than popcount(mask). Binary search by popcount.
LANEFOLD_FN int select_bit(unsigned mask, int rank) {
  int position = 0;
  for (int half = 16; half > 0; half /= 2) {
    int const below = backend::popcount((mask >> position) & lowest_lanes(half));
    bool const upper = rank >= below;
    position += upper ? half : 0;
    rank -= upper ? below : 0;
  }
  return position;
}
}  // namespace detail

/// The aligned run of Size lanes (1, 2, 4 ... 32) that this lane is in: `tile<8>{}`. WholeWarp: see warp_tile.
///
/// - Cost: two or three integer instructions for mask().
template <int Size, bool WholeWarp = Size == 32>
class tile : public detail::lane_group<tile<Size, WholeWarp>> {
  static_assert(Size >= 1 && Size <= 32 && (Size & (Size - 1)) == 0, "tile<Size>: Size must be 1, 2, 4, 8, 16 or 32");
  static_assert(Size < 32 || WholeWarp, "a tile of 32 lanes is the whole warp");
  using base = detail::lane_group<tile>;

 public:
  static constexpr int max_size = Size;
  static constexpr bool fixed_size = true;
  static constexpr bool aligned = true;  // ranks are consecutive lanes, from a multiple of the size on
  // Whether the compiler knows that all lanes of the warp call together.
  static constexpr bool whole_warp = WholeWarp;

  LANEFOLD_HD constexpr tile(call_site here = call_site::here()) : base(here) {}
  LANEFOLD_HD constexpr tile(tile const& other, call_site here = call_site::here()) : base(other, here) {}

  /// The number of lanes.
  static LANEFOLD_HD constexpr int size() { return Size; }
  /// This lane's place among them, from 0 on.
  static LANEFOLD_FN int rank() { return lane_id() & (Size - 1); }
  /// Its lanes, bit l for lane l of the warp.
  static LANEFOLD_FN constexpr unsigned mask() {
    if constexpr (Size == 32)
      return full_mask;
    else
      return detail::lowest_lanes(Size) << (lane_id() & ~(Size - 1));
  }
  // The lanes that call together: those of the tile, or all of the warp.
  LANEFOLD_FN backend::callers callers() const { return {WholeWarp ? full_mask : mask(), this->site()}; }
  /// The lane of the warp whose rank in this group is `rank`, 0..size()-1.
  static LANEFOLD_FN int lane_of(int rank) { return (lane_id() & ~(Size - 1)) | rank; }
};

/// A tile whose caller promises that every tile of the warp makes the same calls together with it. Then the lanes that
/// meet are always all 32, which the compiler knows, and no instruction is spent on comparing masks. A promise not kept is
/// undefined on a GPU; the simulator reports it as for warp.
template <int Size>
using warp_tile = tile<Size, true>;

/// All 32 lanes of the warp, `warp{}`: the same type as tile<32> and warp_tile<32>.
///
/// - Cost: none; mask() is a constant.
/// - Errors: of a warp that lacks lanes (a block of 48 threads, an early return) the simulator reports EXITED-LANE-IN-MASK
///   or DEADLOCK; take partition instead.
using warp = tile<32>;

/// Any set of lanes of one warp. Every lane of the set holds the same set. From partition, partition_by, first_lanes or
/// opportunistic_lanes; size(), rank(), mask() and lane_of(rank) as of tile.
///
/// - Cost: size() and rank() a popcount, lane_of about 25 instructions.
/// - Errors: the simulator reports CALLER-NOT-IN-MASK and MASK-MISMATCH.
class lanes : public detail::lane_group<lanes> {
 public:
  static constexpr int max_size = 32;
  static constexpr bool fixed_size = false;
  static constexpr bool aligned = false, whole_warp = false;  // as a tile's

  /// The set of the lanes whose bit is set in `mask`; this lane's own bit must be.
  explicit LANEFOLD_HD lanes(unsigned mask, call_site here = call_site::here()) : lane_group(here), mask_(mask) {}
  LANEFOLD_HD lanes(lanes const& other, call_site here = call_site::here())
      : lane_group(other, here), mask_(other.mask_) {}

  LANEFOLD_FN int size() const { return backend::popcount(mask_); }
  LANEFOLD_FN int rank() const { return backend::popcount(mask_ & detail::lanes_below(lane_id())); }
  LANEFOLD_HD unsigned mask() const { return mask_; }
  LANEFOLD_HD backend::callers callers() const { return {mask_, site()}; }
  LANEFOLD_FN int lane_of(int rank) const { return detail::select_bit(mask_, rank); }

 private:
  unsigned mask_;
};

/// The first `count` lanes of the warp, for the lanes in it: all of them from 32 on. Of no lanes (count 0 and below) the
/// set is empty, and nobody may use it: guard the call, as in `if (lane_id() < count)`.
LANEFOLD_FN lanes first_lanes(int count, call_site here = call_site::here()) {
  return lanes(detail::lowest_lanes(count < 0 ? 0 : count), here);
}

/// The thread block, its extent known at compile time: block<256>, block<16, 16>, block<8, 8, 4>; or known at run time
/// only: block<>. size() and rank(): along x first, then y, then z. Its collectives need `.with(scratch)`. Called by every
/// thread of the block, none of which has exited.
///
/// - Errors: more than 1024 threads, or Z above 64, does not compile; an extent that differs from the launch's is reported
///   by the simulator and by checked builds.
template <int X = 0, int Y = 1, int Z = 1>
class block : public detail::block_group<block<X, Y, Z>> {
  static_assert(X >= 1 && Y >= 1 && Z >= 1 && X * Y * Z <= 1024 && Z <= 64,
                "block<X, Y, Z>: X * Y * Z must be 1..1024, and Z at most 64");
  using base = detail::block_group<block>;

 public:
  static constexpr int max_size = X * Y * Z;
  static constexpr bool fixed_size = true;

  LANEFOLD_HD constexpr block(call_site here = call_site::here()) : base(here) {}
  LANEFOLD_HD constexpr block(block const& other, call_site here = call_site::here()) : base(other, here) {}

  static LANEFOLD_HD constexpr int size() { return X * Y * Z; }
  static LANEFOLD_FN int rank() {
    index3 const i = thread_index();
    int rank = static_cast<int>(i.x);
    if constexpr (Y > 1 || Z > 1) rank += X * static_cast<int>(i.y);
    if constexpr (Z > 1) rank += X * Y * static_cast<int>(i.z);
    return rank;
  }
  // In checked builds and on the simulator: the block was launched with the extent that its type states.
  LANEFOLD_FN void check(char const* verb) const { backend::check_extent({X, Y, Z}, this->site().in(verb)); }
};

template <>
class block<0, 1, 1> : public detail::block_group<block<>> {
 public:
  static constexpr int max_size = 1024;
  static constexpr bool fixed_size = false;

  LANEFOLD_HD constexpr block(call_site here = call_site::here()) : block_group(here) {}
  LANEFOLD_HD constexpr block(block const& other, call_site here = call_site::here()) : block_group(other, here) {}

  static LANEFOLD_FN int size() {
    index3 const n = block_extent();
    return static_cast<int>(n.x * n.y * n.z);
  }
  static LANEFOLD_FN int rank() {
    index3 const i = thread_index(), n = block_extent();
    return static_cast<int>(i.x + n.x * (i.y + n.y * i.z));
  }
};

/// Waits for every lane of the group, and makes their earlier memory accesses visible to one another.
///
/// - Group: any; every lane of it calls.
/// - Memory: what the group's lanes accessed before is ordered before what they access after.
/// - Cost: one instruction.
/// - Errors: the simulator reports DIVERGENT-BARRIER, MASK-MISMATCH, DEADLOCK.
template <class Group>
LANEFOLD_FN void sync(Group group) {
  static_assert(is_lane_group_v<Group> || is_block_v<Group>, "sync: pass warp, tile<N>, lanes or block");
  mark(group, "sync");
  if constexpr (is_lane_group_v<Group> || is_block_v<Group>) group.sync();
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
