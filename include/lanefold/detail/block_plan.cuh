// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which way a block's reduction or scan goes, and how its scratch is laid out: every threshold stands here, the ways
// themselves in block_reduce.cuh and block_scan.cuh. Measured on an H100, see docs/design.md.

#include <lanefold/base/traits.cuh>
#include <lanefold/detail/group.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {

/// The greatest of some sizes, as an array's extent.
template <class... Sizes>
LANEFOLD_HD constexpr unsigned long most(unsigned long first, Sizes... others) {
  ((first = first < others ? static_cast<unsigned long>(others) : first), ...);
  return first;
}

// The scratch of a block, in values:
//   staging [0, scan)       written before a call's first barrier, read after it by the warps that combine;
//   scan    [scan, results) a scan's values, each written before the first barrier by the thread that reads it last;
//   results [results, end)  written after the first barrier, read after the second.
// No call writes staging or another thread's place in scan while an earlier one may still be read: a call that ends
// with reading results needs no barrier behind it.
template <int Threads, bool Fixed, class Value>
struct block_layout {
  static constexpr int threads = Threads, warps = (Threads + 31) / 32;
  static constexpr int bytes = sizeof(Value);
  /// Whether each warp of the block is known to have all its lanes.
  static constexpr bool whole_warps = Fixed && threads % 32 == 0;

  // Reductions of 64, 128 .. 1024 threads: one warp combines everything. Over 64 bytes a lane all warps first shuffle
  // once, which halves it; then on until it is 128 at most.
  static constexpr bool rakes_reduction = Fixed && warps > 1 && (threads & (threads - 1)) == 0;
  static LANEFOLD_HD constexpr int share() {
    int values = threads / 32;
    if (values > 1 && values * bytes > 64) values /= 2;
    while (values > 1 && values * bytes > 128) values /= 2;
    return values;
  }
  // Where it goes on by shuffles over 4- or 8-byte values, up to 2 KiB of them, it stops short of its last steps, with
  // 16 bytes of results, and every thread takes those steps alone.
  static constexpr int parts = threads * bytes <= 2048 && (bytes == 4 || bytes == 8) ? 16 / bytes : 1;

  // Scans of more than 128 threads: each run of 128 or 256 ranks is scanned by one warp, four or eight values a lane.
  static constexpr bool vectors = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
  static constexpr int rake = threads >= 512 && threads % 256 == 0 && bytes <= 4 ? 256 : 128;
  static constexpr bool rakes_scan = Fixed && vectors && threads > 128 && threads % rake == 0;
  static constexpr int runs = threads / rake;
  // Who puts the totals of earlier runs in front: the warps that scan the runs, after one more barrier, or later every
  // thread, which costs each warp the loads.
  static constexpr bool prepends_once = bytes == 8 && runs >= 4;
  static constexpr bool direct_scan = warps <= 4;

  static constexpr int scan = rakes_reduction ? 32 * share() : (warps + 3) / 4 * 4;
  static constexpr int results = scan + (rakes_scan ? threads : 0);
  static constexpr int result_count = 1 + (direct_scan ? 0 : rakes_scan ? warps : 5 * warps);
  static constexpr int slots = results + (result_count + 3) / 4 * 4;
  static_assert(!rakes_reduction || parts == 1 || (slots - results >= parts && results * bytes % 16 == 0));
};
template <class Group, class Value>
using layout_of = block_layout<Group::max_size, fixed_size_v<Group>, Value>;

enum class reduce_way {
  one_warp,    ///< the block is one warp
  few_totals,  ///< each warp finds its total by redux, and every thread combines the few totals alone
  rake,        ///< one warp combines everything
  totals,      ///< each warp finds its total, and one warp combines them
};
/// ByRedux: whether a whole warp's reduction goes by redux.
template <class Layout, class Value, bool ByRedux>
constexpr reduce_way reduce_way_of = Layout::warps == 1 ? reduce_way::one_warp
                                     // Floats, which need keys, are better raked.
                                     : Layout::whole_warps && Layout::warps <= 4 && sizeof(Value) <= 4 && ByRedux &&
                                             (traits::integral<Value> || !Layout::rakes_reduction)
                                         ? reduce_way::few_totals
                                     : Layout::rakes_reduction ? reduce_way::rake
                                                               : reduce_way::totals;

enum class scan_way {
  one_warp,  ///< the block is one warp
  rake,      ///< a few warps scan runs of 128 or 256 ranks
  direct,    ///< each warp scans, and every thread puts the few totals before its warp in front
  prefixes,  ///< each warp scans, and one warp scans their totals
  levels,    ///< each warp scans, and one warp finds the totals of each level of the tree
};
/// Exact: whether any order of combining gives the same bits.
template <class Layout, bool Exact>
constexpr scan_way scan_way_of =
    // Eight bytes of 1024 threads are raked only where the tree order asks for it.
    Layout::rakes_scan && !(Exact && Layout::threads == 1024 && Layout::bytes == 8) ? scan_way::rake
    : Layout::warps == 1                                                            ? scan_way::one_warp
    : Layout::direct_scan                                                           ? scan_way::direct
    : Exact                                                                         ? scan_way::prefixes
                                                                                    : scan_way::levels;

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
