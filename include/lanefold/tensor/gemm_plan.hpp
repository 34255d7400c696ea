// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which kernel multiplies: a choice by a model of the time, in clocks of a multiprocessor.

#include <lanefold/tensor/compute.cuh>
#include <lanefold/tensor/gemm_key.hpp>
#include <lanefold/tensor/gemm_mma.cuh>
#include <lanefold/tensor/gemm_skinny.hpp>
#include <lanefold/tensor/gemm_wgmma.hpp>

#include <math.h>

#include <initializer_list>

namespace lanefold {

inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

template <class... Tiles>
struct tile_list {
  static constexpr int count = sizeof...(Tiles);
  /// Calls `use` with the tile of that number.
  template <class Use>
  static status pick(int number, Use use) {
    status result;
    int i = 0;
    (void)((i++ == number && (result = use(Tiles()), true)) || ...);
    return result;
  }
  template <class Use>
  static void each(Use use) {
    int i = 0;
    (use(i++, Tiles()), ...);
  }
};

/// From the largest to the smallest.
using wgmma_tiles = tile_list<wgmma_tile<128, 256, 4, schedule::shared>, wgmma_tile<128, 192, 5, schedule::in_turns, 2>,
                              wgmma_tile<192, 128, 5, schedule::in_turns>, wgmma_tile<128, 128, 6, schedule::in_turns>,
                              wgmma_tile<64, 128, 8, schedule::single>, wgmma_tile<128, 64, 8, schedule::single>,
                              wgmma_tile<64, 64, 10, schedule::single>>;

/// Those with registers for the sums of a panel, and the sums of all.
using promoting_tiles =
    tile_list<wgmma_tile<128, 192, 5, schedule::shared, 2, 1, true>,
              wgmma_tile<128, 128, 6, schedule::shared, 1, 1, true>,
              wgmma_tile<64, 128, 8, schedule::single, 1, 1, true>, wgmma_tile<64, 96, 9, schedule::single, 1, 1, true>,
              wgmma_tile<64, 64, 10, schedule::single, 1, 1, true>>;

/// fp8 where nothing else is asked for, since tensor cores keep few bits of its sums; and what is to be near to float.
template <class T, class Compute>
constexpr bool promotes = traits::same<Compute, compute::tf32x3> ||
                          (traits::same<Compute, compute::standard> && traits::one_of<T, __nv_fp8_e4m3, __nv_fp8_e5m2>);
template <class T, class Compute = compute::standard>
using wgmma_tiles_of = traits::conditional_t<promotes<T, Compute>, promoting_tiles, wgmma_tiles>;

template <class T>
using mma_tiles =
    tile_list<mma_tile<128, 128, 64 / bytes_of<T>, 2, 4, 4>, mma_tile<64, 64, 128 / bytes_of<T>, 2, 2, 4>>;

/// By lines of the narrow side, from the least. Hopper multiplies fp8 as half, and has no registers for the conversions of
/// four spans of 16 lines.
template <class T>
using skinny_tiles = tile_list<skinny_tile<16, 8, 4, 16>,
                               skinny_tile<16, 16, bytes_of<T> == 1 && !traits::same<T, signed char> ? 2 : 4>>;

/// Clocks for one problem, or a batch of them, fitted to measurements of 70 problems on an H100. `k_bytes`: of a row of A.
///
/// A tile takes M N / 32 clocks of the tensor cores for each panel of k, a quarter more where B's part of shared memory is
/// read for few columns, or as long as its bytes take from the L2 cache, which gives 60 bytes a clock for each multiprocessor
/// of the chip. What follows a tile is partly hidden where warpgroups take turns. Of that and the time that memory takes, the
/// longer one tells, and neither hides the other one whole.
template <class Tile>
double wgmma_clocks(int m, int n, long long k_bytes, int splits, int result_bytes, int multiprocessors, int batches,
                    bool fused) {
  constexpr double l2 = 60, memory = 1900, write = 40, launch = 3300, of_cluster = 250, of_sums = 1000,
                   finish = 25;  // of an epilogue, for 128 elements
  constexpr double accumulators = Tile::m * Tile::n / 128.0;
  tile_order const clusters = clusters_of<Tile>(m, n);
  int const work = clusters.count() * batches * splits * Tile::cluster,
            at_once = multiprocessors / Tile::cluster * Tile::cluster;
  int const rounds = (work + at_once - 1) / at_once;
  double const busy = work < at_once ? work : at_once;
  double const bytes = (1.0 * Tile::m / Tile::cluster_n + 1.0 * Tile::n / Tile::cluster_m) * panel_bytes;
  double const from_l2 = bytes * busy / (l2 * multiprocessors);
  double panel = Tile::m * Tile::n / (Tile::n == 64 ? 25.6 : 32);
  if (Tile::promotes && Tile::single) panel += Tile::n / 2 + 60;  // nobody multiplies meanwhile
  if (panel < from_l2) panel = from_l2;

  long long const panels = (k_bytes + panel_bytes - 1) / panel_bytes;
  double const multiply = static_cast<double>((panels + splits - 1) / splits) * panel;
  // A block of one tile waits for its first panel, unless there is another one beside it.
  double const waits = panels < Tile::slots ? 500 : 1500;
  double const between = Tile::in_turns ? 16 * (accumulators - 30)
                         : Tile::single ? 350 + waits * (rounds - 1) / rounds
                                        : 4500;  // tiles
  double const results = 1.0 * Tile::m * Tile::n * (splits > 1 ? 4 : result_bytes) / write +
                         (fused && splits == 1 ? finish * accumulators : 0);
  double const hidden = Tile::in_turns ? (results < multiply ? results : multiply) * (rounds - 1) / rounds : 0;
  double const clocks = rounds * (multiply + results - hidden + between);
  double const again = clusters.rows > 1 ? 1.05 : 1;  // B is asked for once more
  double const all = 1.0 * m * n * batches;           // results
  double const from_memory =
      (1.0 * batches * (m + n) * static_cast<double>(k_bytes) + all * result_bytes) / memory * again;
  double const sums = of_sums + all * (4 * splits + result_bytes) / (6.0 * multiprocessors);
  return hypot(clocks, from_memory) + launch + (Tile::cluster > 1 ? of_cluster : 0) + (splits > 1 ? sums : 0);
}

/// The types that wgmma multiplies.
template <class T>
constexpr bool has_wgmma = is_element<T> && !traits::same<T, double>;

/// `use(plan, clocks)` for every plan of wgmma that is worth a thought.
template <class T, class Compute = compute::standard, class Use>
void each_wgmma_plan(int m, int n, int k, int result_bytes, int multiprocessors, bool may_split, int batches,
                     bool fused, Use use) {
  long long const k_bytes = 1ll * k * bytes_of<T>;
  wgmma_tiles_of<T, Compute>::each([&](int number, auto tile) {
    for (int const splits : {1, 2, 3, 4, 6, 8, 12, 16, 24, 32}) {
      if (splits > 1 && (!may_split || k_bytes < 8ll * splits * panel_bytes)) break;
      use(gemm_plan{gemm_way::wgmma, number, splits},
          wgmma_clocks<decltype(tile)>(m, n, k_bytes, splits, result_bytes, multiprocessors, batches, fused));
    }
  });
}

/// The plan for an operand type, where wgmma can fetch both operands.
template <class T, class Compute = compute::standard>
gemm_plan plan_wgmma(int m, int n, int k, int result_bytes, int multiprocessors, bool may_split, int batches = 1,
                     bool fused = false) {
  gemm_plan best;
  double least = -1;
  each_wgmma_plan<T, Compute>(m, n, k, result_bytes, multiprocessors, may_split, batches, fused,
                              [&](gemm_plan const& plan, double clocks) {
                                if (least >= 0 && clocks >= least) return;
                                least = clocks;
                                best = plan;
                              });
  return best;
}

/// Whether gemm_skinny takes it, and how: for up to 16 rows of A or columns of B. Splits where there are few lines; they meet
/// in clusters.
template <class T, bool AlongA, bool AlongB>
bool plan_skinny(gemm_plan* plan, operand<T> const& a, operand<T> const& b, int k, int multiprocessors, bool may_split,
                 int batches) {
  bool found = false;
  skinny_tiles<T>::each([&](int number, auto tile) {
    using Tile = decltype(tile);
    if (found || wide_side<Tile, AlongA, AlongB>(a, b, k) == skinny_side::none) return;
    found = true;
    *plan = {gemm_way::skinny, number, 1};
    int const wide = a.extent > b.extent ? a.extent : b.extent;
    long long const blocks = 1ll * batches * ((wide + Tile::wide - 1) / Tile::wide);
    constexpr int least = 4 * Tile::warps * run_bytes;  // of k, for each split
    while (may_split && plan->splits < 8 && 2 * plan->splits * blocks <= multiprocessors &&
           1ll * k * bytes_of<T> >= 2ll * plan->splits * least)
      plan->splits *= 2;
  });
  return found;
}

/// The tile of mma.sync: the largest that keeps the multiprocessors busy.
template <class T>
gemm_plan plan_mma(int m, int n, int k, int multiprocessors, bool may_split, int batches = 1) {
  gemm_plan plan{gemm_way::mma, mma_tiles<T>::count - 1};
  bool found = false;
  mma_tiles<T>::each([&](int number, auto tile) {
    using Tile = decltype(tile);
    long long const blocks = 1ll * batches * ((m + Tile::m - 1) / Tile::m) * ((n + Tile::n - 1) / Tile::n);
    if (found || blocks < multiprocessors) return;
    found = true;
    plan.tile = number;
  });
  if (!found && may_split) {
    long long const blocks = 1ll * batches * ((m + 63) / 64) * ((n + 63) / 64);
    while (plan.splits < 8 && 2 * plan.splits * blocks <= multiprocessors && k * bytes_of<T> >= 2048 * plan.splits)
      plan.splits *= 2;
  }
  return plan;
}

/// What plans there are.
template <class T, class Compute = compute::standard>
constexpr int tiles_of(gemm_way way) {
  return way == gemm_way::wgmma    ? (has_wgmma<T> ? wgmma_tiles_of<T, Compute>::count : 0)
         : way == gemm_way::mma    ? mma_tiles<T>::count
         : way == gemm_way::skinny ? skinny_tiles<T>::count
                                   : 0;
}
constexpr int most_splits_of(gemm_way way) { return way == gemm_way::wgmma ? 32 : 16; }

/// Whether there is such a plan; `what` it is called begins the sentence.
template <class T, class Compute = compute::standard>
status check_plan(char const* what, gemm_plan const& plan, bool batch_invariant) {
  int const tiles = tiles_of<T, Compute>(plan.way), most_splits = most_splits_of(plan.way);
  if (tiles == 0)
    return status::failure(status_kind::bad_argument, "%s.way is none that multiplies elements of this type", what);
  if (plan.tile < 0 || plan.tile >= tiles)
    return status::failure(status_kind::bad_argument, "%s.tile is %d, and must be 0..%d", what, plan.tile, tiles - 1);
  if (plan.splits < 1 || plan.splits > most_splits)
    return status::failure(status_kind::bad_argument, "%s.splits is %d, and must be 1..%d", what, plan.splits,
                           most_splits);
  if (batch_invariant && plan.splits > 1)
    return status::failure(status_kind::bad_argument, "%s.splits is %d, and with batch_invariant it must be 1", what,
                           plan.splits);
  return status();
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
