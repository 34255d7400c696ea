// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/mbarrier.cuh>
#include <lanefold/base/packed.cuh>
#include <lanefold/base/views.cuh>
#include <lanefold/tensor/epilogue.cuh>
#include <lanefold/tensor/tile_product.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

namespace detail {

/// Where results go: C by rows, or C^T whose epilogue is told the place in C.
template <class C, class Epilogue, bool Swapped>
struct mma_result {
  static constexpr bool swapped = Swapped;
  C* data;
  int rows, columns;
  long long stride;
  bool by_pairs;  ///< two elements may be stored at once
  Epilogue epilogue;

  template <class Sum>
  LANEFOLD_FN C made(Sum sum, int row, int column) const {
    return to_element<C>(Swapped ? epilogue(sum, column, row) : epilogue(sum, row, column));
  }
  /// Two sums side by side; `column` is even. Nothing outside of the matrix is touched or told to the epilogue. `Whole`: both
  /// are inside, and may be stored at once.
  template <bool Whole, class Sum>
  LANEFOLD_FN void store(Sum left, Sum right, int row, int column, call_site site) const {
    C* const to = data + row * stride + column;
    if constexpr (Whole && sizeof(C) >= 2) {
      packed<C, 2 * sizeof(C)> both;
      both[0] = made(left, row, column);
      both[1] = made(right, row, column + 1);
      both.store(to, site);
    } else {
      if (Whole || (row < rows && column < columns)) to[0] = made(left, row, column);
      if (Whole || (row < rows && column + 1 < columns)) to[1] = made(right, row, column + 1);
    }
  }
  /// Whether all pairs of a block's tile are `Whole`.
  LANEFOLD_FN bool whole(int row, int column, int tile_m, int tile_n) const {
    return by_pairs && row + tile_m <= rows && column + tile_n <= columns;
  }
};

/// Who adds what. The grid is (rows of tiles in a supergroup, times splits) x columns of tiles x supergroups: blocks that run
/// together share operands, and no block has to divide to find its tile.
template <class Sum>
struct mma_schedule {
  Sum* partials;  ///< null: the runs of a tile are those of a cluster. Else run q begins at q rows columns
  int splits, group_rows;
  int steps, longer;  ///< steps of Tile::k in a run, and how many of the first runs have one more
};

/// Of the tile that the blocks of a cluster hold the runs of, adds and stores the share of block `run`: every so many fours of
/// elements. Several are on their way at once, since one takes long to come from another block.
template <class Tile, class Result, class Sum>
LANEFOLD_FN void add_shares(Result const& c, Sum* sums, int stride, int run, int splits, int row, int column,
                            int thread, call_site site) {
  constexpr int at_once = 8, fours_of_row = Tile::n / 4, fours = Tile::m * fours_of_row;
  constexpr int in_load = 16 / static_cast<int>(sizeof(Sum));
  bool const whole = c.whole(row, column, Tile::m, Tile::n);
  int const step = splits * Tile::threads;
  for (int first = run * Tile::threads + thread; first < fours; first += at_once * step) {
    Sum total[at_once][4] = {};
    for (int q = 0; q < splits; ++q) {
      LANEFOLD_UNROLL
      for (int i = 0; i < at_once; ++i) {
        int const four = first + i * step < fours ? first + i * step : first;
        Sum* const here = sums + four / fours_of_row * stride + four % fours_of_row * 4;
        Sum const* const there = backend::map_shared(here, static_cast<unsigned>(q), site);
        LANEFOLD_UNROLL
        for (int j = 0; j < 4; j += in_load) {
          auto const some = packed<Sum>::load(there + j, site);
          LANEFOLD_UNROLL
          for (int k = 0; k < in_load; ++k) total[i][j + k] = q == 0 ? some[k] : total[i][j + k] + some[k];
        }
      }
    }
    LANEFOLD_UNROLL
    for (int i = 0; i < at_once; ++i) {
      int const four = first + i * step, r = row + four / fours_of_row, s = column + four % fours_of_row * 4;
      if (four >= fours) break;
      LANEFOLD_UNROLL
      for (int j = 0; j < 4; j += 2) {
        if (whole)
          c.template store<true>(total[i][j], total[i][j + 1], r, s + j, site);
        else
          c.template store<false>(total[i][j], total[i][j + 1], r, s + j, site);
      }
    }
  }
}

template <class Tile, class T, bool AlongA, bool AlongB, int Bytes, class Result>
LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(Tile::threads)
    gemm_mma(operand<T> a, operand<T> b, int depth, Result c, mma_schedule<accumulator_of<T>> schedule) {
  using sum = accumulator_of<T>;
  using memory = mma_memory<Tile, T, AlongA, AlongB>;
  auto const site = call_site::here().in("gemm_mma");
  char* const shared = dynamic_shared<char>();
  int const thread = static_cast<int>(thread_index().x), splits = schedule.splits;
  int tile_row = static_cast<int>(block_index().x), run = 0;
  if (splits > 1) {
    run = tile_row % splits;
    tile_row /= splits;
  }
  int const row = (static_cast<int>(block_index().z) * schedule.group_rows + tile_row) * Tile::m;
  int const column = static_cast<int>(block_index().y) * Tile::n;
  if (row >= c.rows) return;  // the last supergroup may be short; of a cluster all return
  int const begin = (run * schedule.steps + (run < schedule.longer ? run : schedule.longer)) * Tile::k;
  int const beyond = (schedule.steps + (run < schedule.longer)) * Tile::k;
  int const end = beyond < depth - begin ? begin + beyond : depth;

  backend::let_next_grid_start();
  backend::wait_for_previous_grid();
  typename tile_product<Tile, T, AlongA, AlongB, Bytes>::sums d = {};
  tile_product<Tile, T, AlongA, AlongB, Bytes>(a, b, row, column, begin, end, shared, thread, site).add(d);

  if (splits == 1) {
    if (c.whole(row, column, Tile::m, Tile::n))
      for_each_pair<Tile>(d, thread, [&](sum left, sum right, int r, int s) {
        c.template store<true>(left, right, row + r, column + s, site);
      });
    else
      for_each_pair<Tile>(d, thread, [&](sum left, sum right, int r, int s) {
        c.template store<false>(left, right, row + r, column + s, site);
      });
    return;
  }
  if (schedule.partials != nullptr) {
    sum* const mine = schedule.partials + static_cast<long long>(run) * c.rows * c.columns;
    for_each_pair<Tile>(d, thread, [&](sum left, sum right, int r, int s) {
      sum* const to = mine + static_cast<long long>(row + r) * c.columns + column + s;
      if (row + r < c.rows && column + s < c.columns) to[0] = left;
      if (row + r < c.rows && column + s + 1 < c.columns) to[1] = right;
    });
    return;
  }
  // The blocks of the cluster hold the runs of one tile: each leaves its sums in its shared memory, adds up a share of the
  // tile, and stays until all have read.
  sum* const sums = reinterpret_cast<sum*>(shared);
  backend::sync_block(site);  // the ring has been read
  for_each_pair<Tile>(d, thread, [&](sum left, sum right, int r, int s) {
    sums[r * memory::sum_stride + s] = left;
    sums[r * memory::sum_stride + s + 1] = right;
  });
  backend::arrive_cluster(site);
  backend::wait_cluster(site);
  if constexpr (backend::has_clusters)
    add_shares<Tile>(c, sums, memory::sum_stride, run, splits, row, column, thread, site);
  backend::arrive_cluster_relaxed(site);  // what has been read has been added: it is here
  backend::wait_cluster(site);
}

/// What the blocks of a cluster do, in a kernel of its own: each thread adds the runs of two elements.
template <class Result, class Sum>
LANEFOLD_KERNEL add_partials(Result c, mma_schedule<Sum> schedule) {
  auto const site = call_site::here().in("gemm_mma");
  int const pairs = (c.columns + 1) / 2;
  long long const pair = 256ll * block_index().x + thread_index().x;
  int const row = static_cast<int>(pair / pairs), column = static_cast<int>(pair % pairs) * 2;
  if (row >= c.rows) return;
  long long const size = static_cast<long long>(c.rows) * c.columns;
  Sum const* from = schedule.partials + static_cast<long long>(row) * c.columns + column;
  bool const both = column + 1 < c.columns;
  Sum left = from[0], right = both ? from[1] : Sum();
  for (int q = 1; q < schedule.splits; ++q) {
    from += size;
    left = left + from[0];
    if (both) right = right + from[1];
  }
  c.template store<false>(left, right, row, column, site);
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
