// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/backend.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

constexpr int warp_size = 32;
constexpr unsigned full_mask = 0xffffffffu;

/// This lane's place in its warp, 0..31.
LANEFOLD_FN int lane_id() { return static_cast<int>(backend::lane_id()); }
/// Where this thread stands in its block, and its block in the grid; and their extents.
LANEFOLD_FN index3 thread_index() { return backend::thread_index(); }
LANEFOLD_FN index3 block_index() { return backend::block_index(); }
LANEFOLD_FN index3 block_extent() { return backend::block_extent(); }
LANEFOLD_FN index3 grid_extent() { return backend::grid_extent(); }
/// The launch's dynamic shared memory, 128-byte aligned.
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

/// The aligned run of Size lanes (1, 2, 4 ... 32) that this lane is in. WholeWarp: see warp_tile.
template <int Size, bool WholeWarp = false>
struct tile {
  static_assert(Size >= 1 && Size <= 32 && (Size & (Size - 1)) == 0, "tile<Size>: Size must be 1, 2, 4, 8, 16 or 32");
  /// Whether the compiler knows that all lanes of the warp call together.
  static constexpr bool whole_warp = WholeWarp || Size == 32;
  static LANEFOLD_HD constexpr int size() { return Size; }
  static LANEFOLD_FN int rank() { return lane_id() & (Size - 1); }
  static LANEFOLD_FN unsigned mask() {
    if constexpr (Size == 32) return full_mask;
    return detail::lowest_lanes(Size) << (lane_id() & ~(Size - 1));
  }
  /// The lanes that call together: those of the tile, or all of the warp.
  static LANEFOLD_FN unsigned callers() {
    if constexpr (WholeWarp) return full_mask;
    return mask();
  }
  /// The lane of the warp whose rank in this group is `rank`, 0..size()-1.
  static LANEFOLD_FN int lane_of(int rank) { return (lane_id() & ~(Size - 1)) | rank; }
};

/// A tile whose caller promises that every tile of the warp makes the same calls together with it. Then the lanes that
/// meet are always all 32, which the compiler knows, and no instruction is spent on comparing masks.
template <int Size>
using warp_tile = tile<Size, true>;

/// All 32 lanes of the warp.
struct warp : tile<32, true> {
  static LANEFOLD_HD constexpr unsigned mask() { return full_mask; }
};

/// Any set of lanes of one warp. Every lane of the set holds the same set.
class lanes {
 public:
  static constexpr bool whole_warp = false;  ///< as a tile's
  /// The set of the lanes whose bit is set in `mask`; this lane's own bit must be.
  explicit LANEFOLD_HD lanes(unsigned mask) : mask_(mask) {}
  LANEFOLD_FN int size() const { return backend::popcount(mask_); }
  LANEFOLD_FN int rank() const { return backend::popcount(mask_ & detail::lanes_below(lane_id())); }
  LANEFOLD_HD unsigned mask() const { return mask_; }
  LANEFOLD_HD unsigned callers() const { return mask_; }
  LANEFOLD_FN int lane_of(int rank) const { return detail::select_bit(mask_, rank); }

 private:
  unsigned mask_;
};

/// The thread block, its extent known at compile time: block<256>, block<16, 16>, block<8, 8, 4>; or known at run time
/// only: block<>. Ranks run along x first, then y, then z.
template <int X = 0, int Y = 1, int Z = 1>
struct block {
  static_assert(X >= 1 && Y >= 1 && Z >= 1 && X * Y * Z <= 1024 && Z <= 64,
                "block<X, Y, Z>: X * Y * Z must be 1..1024, and Z at most 64");
  static LANEFOLD_HD constexpr int size() { return X * Y * Z; }
  static constexpr int max_size = X * Y * Z;
  static LANEFOLD_FN int rank() {
    index3 const i = thread_index();
    int rank = static_cast<int>(i.x);
    if constexpr (Y > 1 || Z > 1) rank += X * static_cast<int>(i.y);
    if constexpr (Z > 1) rank += X * Y * static_cast<int>(i.z);
    return rank;
  }
};

template <>
struct block<0, 1, 1> {
  static constexpr int max_size = 1024;
  static LANEFOLD_FN int size() {
    index3 const n = block_extent();
    return static_cast<int>(n.x * n.y * n.z);
  }
  static LANEFOLD_FN int rank() {
    index3 const i = thread_index(), n = block_extent();
    return static_cast<int>(i.x + n.x * (i.y + n.y * i.z));
  }
};

template <class T>
constexpr bool is_tile_v = false;
template <int Size, bool WholeWarp>
constexpr bool is_tile_v<tile<Size, WholeWarp>> = true;
template <>
constexpr inline bool is_tile_v<warp> = true;

/// Whether T is a group within one warp: warp, tile<N>, warp_tile<N> or lanes.
template <class T>
constexpr bool is_lane_group_v = is_tile_v<T> || traits::same<T, lanes>;

/// Whether T is a thread block: block<X, Y, Z> or block<>.
template <class T>
constexpr bool is_block_v = false;
template <int X, int Y, int Z>
constexpr bool is_block_v<block<X, Y, Z>> = true;

namespace detail {
template <class T>
constexpr bool is_runtime_block_v = traits::same<T, block<>>;
}  // namespace detail

namespace detail {
/// In checked builds and on the simulator: the block was launched with the extent that its type states.
template <int X, int Y, int Z>
LANEFOLD_FN void check_block(block<X, Y, Z>, call_site site) {
  if constexpr (X != 0) backend::check_extent({X, Y, Z}, site);
}
}  // namespace detail

/// Waits for every lane of the group, and makes their earlier memory accesses visible to one another.
template <class Group>
LANEFOLD_FN void sync(Group group, call_site site = call_site::here()) {
  static_assert(is_lane_group_v<Group> || is_block_v<Group>, "sync: pass warp, tile<N>, lanes or block");
  if constexpr (is_block_v<Group>) {
    detail::check_block(group, site.in("sync"));
    backend::sync_block(site.in("sync"));
  } else {
    backend::sync_warp(group.callers(), site.in("sync"));
  }
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
