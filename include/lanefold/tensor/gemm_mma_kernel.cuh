// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/mbarrier.cuh>
#include <lanefold/base/packed.cuh>
#include <lanefold/base/views.cuh>
#include <lanefold/tensor/operand_copy.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// How gemm_mma shares the work out: TileM x TileN of C a block, TileK terms of the sum a step; WarpsM x WarpsN warps, each
/// with its part of the tile; Stages steps of operands in shared memory, of which all but one are on their way.
///
/// - `TileK`: 32, 64 or 128 bytes of elements, and two fragments at least. Warps' parts: multiples of 16, powers of two.
template <int TileM, int TileN, int TileK, int WarpsM, int WarpsN, int Stages>
struct mma_tile {
  static constexpr int m = TileM, n = TileN, k = TileK, warps_m = WarpsM, warps_n = WarpsN, stages = Stages;
  static constexpr int threads = 32 * WarpsM * WarpsN;
  static constexpr int warp_m = TileM / WarpsM, warp_n = TileN / WarpsN;
  static_assert(warp_m * WarpsM == TileM && warp_n * WarpsN == TileN, "mma_tile: warps share the tile evenly");
  static_assert(warp_m % 16 == 0 && warp_n % 16 == 0 && (warp_m & (warp_m - 1)) == 0 && (warp_n & (warp_n - 1)) == 0,
                "mma_tile: a warp's part is a power of two, and 16 at least");
  static_assert(Stages >= 2, "mma_tile: two stages at least");
};

namespace detail {

template <class Tile, class T, bool AlongA, bool AlongB>
struct mma_memory {
  // What cannot be transposed on its way to registers is on its way to shared memory.
  using a = operand_tile<T, true, Tile::m, Tile::k, AlongA || bytes_of<T> != 2>;
  using b = operand_tile<T, false, Tile::n, Tile::k, AlongB || bytes_of<T> != 2>;
  static constexpr int stage_bytes = a::bytes + b::bytes;
  static constexpr int ring_bytes = Tile::stages * stage_bytes;
  static constexpr int sum_stride = Tile::n + 8;  // of partial sums, which come after the ring: 8 rows in all the banks
  static constexpr int sums_bytes = Tile::m * sum_stride * static_cast<int>(sizeof(accumulator_of<T>));
  static constexpr int bytes = ring_bytes > sums_bytes ? ring_bytes : sums_bytes;
  static_assert(a::bytes % 128 == 0 && b::bytes % 128 == 0, "a stage begins at a multiple of 128 bytes");
};

/// The sums of one warp: its part of A B over depth begin .. end, in steps of Tile::k forward.
template <class Tile, class T, bool AlongA, bool AlongB, int Bytes>
LANEFOLD_FN void multiply_tile(accumulator_of<T> (&d)[Tile::warp_m / 16][Tile::warp_n / 8][4], operand<T> const& a,
                               operand<T> const& b, int row, int column, int begin, int end, char* shared, int thread,
                               call_site site) {
  using memory = mma_memory<Tile, T, AlongA, AlongB>;
  using tile_a = typename memory::a;
  using tile_b = typename memory::b;
  constexpr int blocks_m = Tile::warp_m / 16, blocks_n = Tile::warp_n / 16, steps = Tile::k / depth_of<T>;
  constexpr int stages = Tile::stages, stage_bytes = memory::stage_bytes;
  static_assert(steps >= 2, "mma_tile: TileK holds two fragments at least: 64 bytes of elements");
  backend::callers const who{full_mask, site};

  int const tiles = (end - begin + Tile::k - 1) / Tile::k;
  if (tiles <= 0) return;
  operand_copy<tile_a, T, Tile::m, Tile::k, AlongA, AlongA || bytes_of<T> != 2, Tile::threads, Bytes> copy_a(
      a, row, begin, end, thread);
  operand_copy<tile_b, T, Tile::n, Tile::k, AlongB, AlongB || bytes_of<T> != 2, Tile::threads, Bytes> copy_b(
      b, column, begin, end, thread);
  int filled = 0, written = 0;  // tiles begun to be copied, and the offset of the next one's stage
  auto const fill = [&](auto copy) {
    copy();
    ++filled;
    written = written == (stages - 1) * stage_bytes ? 0 : written + stage_bytes;
    backend::cp_async_commit();  // empty groups keep the count
  };
  auto const copy_whole = [&] {
    copy_a.next_whole(shared + written, site);
    copy_b.next_whole(shared + written + tile_a::bytes, site);
  };
  auto const copy_any = [&] {
    if (filled >= tiles) return;
    copy_a.next(shared + written, site);
    copy_b.next(shared + written + tile_a::bytes, site);
  };
  for (int stage = 0; stage < stages - 1; ++stage) fill(copy_any);

  int const warp = thread / 32;
  int const pointed_a = tile_a::pointed(warp % Tile::warps_m * Tile::warp_m);
  int const pointed_b = tile_b::pointed(warp / Tile::warps_m * Tile::warp_n) + tile_a::bytes;
  unsigned words_a[2][blocks_m][4], words_b[2][blocks_n][4];
  int read = 0;  // the offset of the stage that is multiplied
  auto const load = [&](int into, int step) {
    LANEFOLD_UNROLL
    for (int i = 0; i < blocks_m; ++i) tile_a::load(words_a[into][i], shared, pointed_a + read, i, step, who);
    LANEFOLD_UNROLL
    for (int j = 0; j < blocks_n; ++j) tile_b::load(words_b[into][j], shared, pointed_b + read, j, step, who);
  };

  // One stage: multiplies fragments while the next ones are loaded, and begins to fill the stage that was read last.
  auto const multiply_stage = [&](auto copy) {
    LANEFOLD_UNROLL
    for (int step = 0; step < steps; ++step) {
      if (step == steps - 1) {
        // All warps have loaded the last of this stage, and the next one is there: it may be read, and this one filled.
        backend::cp_async_wait<stages - 2>();
        backend::sync_block(site);
        read = read == (stages - 1) * stage_bytes ? 0 : read + stage_bytes;
      }
      load((step + 1) % 2, (step + 1) % steps);  // behind the last stage: of what nobody needs
      if (step == 0) fill(copy);
      LANEFOLD_UNROLL
      for (int i = 0; i < blocks_m; ++i) {
        LANEFOLD_UNROLL
        for (int j = 0; j < 2 * blocks_n; ++j) {
          auto const& pair = words_b[step % 2][j / 2];
          multiply_add<T>(d[i][j], words_a[step % 2][i], {pair[j % 2 * 2], pair[j % 2 * 2 + 1]}, who);
        }
      }
    }
  };
  [[maybe_unused]] int const whole =
      row + Tile::m <= a.extent && column + Tile::n <= b.extent ? (end - begin) / Tile::k : 0;

  backend::cp_async_wait<stages - 2>();
  backend::sync_block(site);
  load(0, 0);
  int tile = 0;
  if constexpr (Bytes == 16) {  // one block of code, without a branch
    for (; tile + stages - 1 < whole; ++tile) multiply_stage(copy_whole);
  }
  for (; tile < tiles; ++tile) multiply_stage(copy_any);
}

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

template <class Tile, class T, bool AlongA, bool AlongB, int Bytes, class Result>
LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(Tile::threads)
    gemm_mma(operand<T> a, operand<T> b, int depth, Result c, mma_schedule<accumulator_of<T>> schedule) {
  using sum = accumulator_of<T>;
  using memory = mma_memory<Tile, T, AlongA, AlongB>;
  auto const site = call_site::here().in("gemm_mma");
  char* const shared = dynamic_shared<char>();
  int const thread = static_cast<int>(thread_index().x), warp = thread / 32, splits = schedule.splits;
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
  sum d[Tile::warp_m / 16][Tile::warp_n / 8][4] = {};
  multiply_tile<Tile, T, AlongA, AlongB, Bytes>(d, a, b, row, column, begin, end, shared, thread, site);

  int const warp_row = warp % Tile::warps_m * Tile::warp_m + accumulator<T>::row(0);
  int const warp_column = warp / Tile::warps_m * Tile::warp_n + accumulator<T>::column(0);
  auto const for_each_pair = [&](auto take) {
    LANEFOLD_UNROLL
    for (int i = 0; i < Tile::warp_m / 16; ++i) {
      LANEFOLD_UNROLL
      for (int j = 0; j < Tile::warp_n / 8; ++j) {
        take(d[i][j][0], d[i][j][1], warp_row + 16 * i, warp_column + 8 * j);
        take(d[i][j][2], d[i][j][3], warp_row + 16 * i + 8, warp_column + 8 * j);
      }
    }
  };
  bool const whole = c.whole(row, column, Tile::m, Tile::n);
  if (splits == 1) {
    if (whole)
      for_each_pair(
          [&](sum left, sum right, int r, int s) { c.template store<true>(left, right, row + r, column + s, site); });
    else
      for_each_pair(
          [&](sum left, sum right, int r, int s) { c.template store<false>(left, right, row + r, column + s, site); });
    return;
  }
  if (schedule.partials != nullptr) {
    sum* const mine = schedule.partials + static_cast<long long>(run) * c.rows * c.columns;
    for_each_pair([&](sum left, sum right, int r, int s) {
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
  for_each_pair([&](sum left, sum right, int r, int s) {
    sums[r * memory::sum_stride + s] = left;
    sums[r * memory::sum_stride + s + 1] = right;
  });
  backend::arrive_cluster(site);
  backend::wait_cluster(site);
  if constexpr (backend::has_clusters) {
    for (int pair = run * Tile::threads + thread; pair < Tile::m * Tile::n / 2; pair += splits * Tile::threads) {
      int const r = pair / (Tile::n / 2), s = pair % (Tile::n / 2) * 2;
      sum* const here = sums + r * memory::sum_stride + s;
      sum left{}, right{};
      LANEFOLD_UNROLL_BY(4)
      for (int q = 0; q < splits; ++q) {
        auto const there =
            packed<sum, 2 * sizeof(sum)>::load(backend::map_shared(here, static_cast<unsigned>(q), site), site);
        left = q == 0 ? there[0] : left + there[0];
        right = q == 0 ? there[1] : right + there[1];
      }
      if (whole)
        c.template store<true>(left, right, row + r, column + s, site);
      else
        c.template store<false>(left, right, row + r, column + s, site);
    }
  }
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
