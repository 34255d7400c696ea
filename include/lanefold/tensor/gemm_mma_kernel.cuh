// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/mbarrier.cuh>
#include <lanefold/tensor/partial_sums.cuh>
#include <lanefold/tensor/tile_product.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

namespace detail {

/// Who adds what. The grid is (rows of tiles in a supergroup, times splits) x columns of tiles x supergroups: blocks that run
/// together share operands, and no block has to divide to find its tile.
template <class Sum>
struct mma_schedule {
  partial_sums<Sum> partials;  ///< without data the runs of a tile are those of a cluster
  int splits, group_rows;
  int steps, longer;  ///< steps of Tile::k in a run, and how many of the first runs have one more
};

template <class Tile, class T, bool AlongA, bool AlongB, int Bytes, class C, class Epilogue>
LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(Tile::threads)
    gemm_mma(operand<T> a, operand<T> b, int depth, output<C, Epilogue> out, mma_schedule<accumulator_of<T>> schedule) {
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
  if (row >= out.m) return;  // the last supergroup may be short; of a cluster all return
  int const begin = (run * schedule.steps + (run < schedule.longer ? run : schedule.longer)) * Tile::k;
  int const beyond = (schedule.steps + (run < schedule.longer)) * Tile::k;
  int const end = beyond < depth - begin ? begin + beyond : depth;

  backend::let_next_grid_start();
  backend::wait_for_previous_grid();
  typename tile_product<Tile, T, AlongA, AlongB, Bytes>::sums d = {};
  tile_product<Tile, T, AlongA, AlongB, Bytes>(a, b, row, column, begin, end, shared, thread, site).add(d);
  backend::sync_block(site);  // the ring has been read

  constexpr int strips = Tile::warp_m / 16;
  int const warp = static_cast<int>(thread_index().x) / 32;
  int const my_row = warp % Tile::warps_m * Tile::warp_m,
            my_column = warp / Tile::warps_m * Tile::warp_n;  // in the tile
  if (splits == 1) {
    LANEFOLD_UNROLL
    for (int i = 0; i < strips; ++i)
      strip<sum, C, Epilogue, Tile::warp_n>::store(d[i][0], row + my_row + 16 * i, column + my_column, out,
                                                   shared + warp * strip_bytes, site);
    return;
  }
  if (schedule.partials.data != nullptr) {
    LANEFOLD_UNROLL
    for (int i = 0; i < strips; ++i)
      schedule.partials.template leave<Tile::warp_n>(d[i][0], run, row + my_row + 16 * i, column + my_column, site);
    return;
  }
  // The blocks of the cluster hold the runs of one tile: each leaves its sums in its shared memory, adds up the strips that
  // are its share, and stays until all have read.
  partial_sums<sum> const here(reinterpret_cast<sum*>(shared), Tile::m, Tile::n);
  LANEFOLD_UNROLL
  for (int i = 0; i < strips; ++i) here.template leave<Tile::warp_n>(d[i][0], 0, my_row + 16 * i, my_column, site);
  backend::arrive_cluster(site);
  backend::wait_cluster(site);
  if constexpr (backend::has_clusters) {
    constexpr int columns = Tile::warp_n % 32 == 0 ? 32 : 16, across = Tile::n / columns;
    for (int number = run + splits * warp; number < Tile::m / 16 * across; number += splits * (Tile::threads / 32)) {
      int const r = number / across * 16, s = number % across * columns;
      sum total[columns / 2];
      add_runs(
          total, splits, columns,
          [&](int q) { return backend::map_shared(here.at(0, r, s), static_cast<unsigned>(q), site); }, site);
      strip<sum, C, Epilogue, columns>::store(total, row + r, column + s, out,
                                              shared + memory::sums_bytes + warp * strip_bytes, site);
    }
  }
  backend::arrive_cluster_relaxed(site);  // what has been read has been added: it is here
  backend::wait_cluster(site);
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
