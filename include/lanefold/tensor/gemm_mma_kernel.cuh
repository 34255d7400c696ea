// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/mbarrier.cuh>
#include <lanefold/tensor/partial_sums.cuh>
#include <lanefold/tensor/tile_order.cuh>
#include <lanefold/tensor/tile_product.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

namespace detail {

/// A product, or those of a batch.
template <class T, class C, class Epilogue>
struct mma_product {
  operand<T> a, b;
  int depth;
  tile_order tiles;
  int first, number;  ///< among other products: its first tile, and what its epilogue is told
  output<C, Epilogue> out;
};

/// What the kernel is given: a batch, along y, or several products, which have no splits. The splits of a tile are
/// neighbours along x.
template <class T, class C, class Epilogue, int Products = 1>
struct mma_problem {
  mma_product<T, C, Epilogue> products[Products];
  partial_sums<accumulator_of<T>> partials;  ///< without data the runs of a tile are those of a cluster
  int splits;
  int steps, longer;  ///< steps of Tile::k in a run, and how many of the first runs have one more
};

/// The sums as they are handed on: themselves, and of halves floats.
template <class T, int M, int N>
LANEFOLD_FN auto const& as_sums(accumulator_of<T> const (&sums)[M][N][4]) {
  return sums;
}
template <int M, int N>
struct widened_sums {
  float sums[M][N][4];
  LANEFOLD_FN float const (&operator[](int i) const)[N][4] { return sums[i]; }
};
template <class T, int M, int N>
LANEFOLD_FN widened_sums<M, N> as_sums(unsigned const (&pairs)[M][N][2]) {
  widened_sums<M, N> all;
  LANEFOLD_UNROLL
  for (int i = 0; i < M; ++i) {
    LANEFOLD_UNROLL
    for (int j = 0; j < N; ++j) {
      typename accumulator_registers<T>::half halves[4];
      memcpy(static_cast<void*>(halves), pairs[i][j], 8);
      LANEFOLD_UNROLL
      for (int of = 0; of < 4; ++of) all.sums[i][j][of] = static_cast<float>(halves[of]);
    }
  }
  return all;
}

template <class Tile, class T, bool AlongA, bool AlongB, int Bytes, class C, class Epilogue, int Products = 1>
LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(Tile::threads)
    gemm_mma(LANEFOLD_GRID_CONSTANT mma_problem<T, C, Epilogue, Products> const problem) {
  using sum = accumulator_of<T>;
  using memory = mma_memory<Tile, T, AlongA, AlongB>;
  auto const site = call_site::here().in("gemm_mma");
  char* const shared = dynamic_shared<char>();
  int const thread = static_cast<int>(thread_index().x), splits = problem.splits;
  int tile = static_cast<int>(block_index().x), run = 0, current = 0;
  if constexpr (Products > 1) {
    while (current + 1 < Products && tile >= problem.products[current + 1].first) ++current;
    tile -= problem.products[current].first;
  } else if (splits > 1) {
    run = tile % splits;
    tile /= splits;
  }
  auto const& product = problem.products[current];
  int const batch = Products > 1 ? product.number : static_cast<int>(block_index().y), depth = product.depth;
  auto const place = product.tiles[tile];
  int const row = place.row * Tile::m, column = place.column * Tile::n;
  int const begin = (run * problem.steps + (run < problem.longer ? run : problem.longer)) * Tile::k;
  int const beyond = (problem.steps + (run < problem.longer)) * Tile::k;
  int const end = Products == 1 && beyond < depth - begin ? begin + beyond : depth;

  backend::let_next_grid_start();
  backend::wait_for_previous_grid();
  typename tile_product<Tile, T, AlongA, AlongB, Bytes>::sums registers = {};
  tile_product<Tile, T, AlongA, AlongB, Bytes>(product.a.of(batch), product.b.of(batch), row, column, begin, end,
                                               shared, thread, site)
      .add(registers);
  auto const& d = as_sums<T>(registers);
  backend::sync_block(site);  // the ring has been read

  constexpr int strips = Tile::warp_m / 16;
  int const warp = static_cast<int>(thread_index().x) / 32;
  int const my_row = warp % Tile::warps_m * Tile::warp_m,
            my_column = warp / Tile::warps_m * Tile::warp_n;  // in the tile
  if (splits == 1) {
    LANEFOLD_UNROLL
    for (int i = 0; i < strips; ++i)
      strip<sum, C, Epilogue, Tile::warp_n>::store(d[i][0], row + my_row + 16 * i, column + my_column, product.out,
                                                   shared + warp * strip_bytes, site, batch);
    return;
  }
  if (problem.partials.data != nullptr) {
    LANEFOLD_UNROLL
    for (int i = 0; i < strips; ++i)
      problem.partials.template leave<Tile::warp_n>(d[i][0], batch * splits + run, row + my_row + 16 * i,
                                                    column + my_column, site);
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
      strip<sum, C, Epilogue, columns>::store(total, row + r, column + s, product.out,
                                              shared + memory::sums_bytes + warp * strip_bytes, site, batch);
    }
  }
  backend::arrive_cluster_relaxed(site);  // what has been read has been added: it is here
  backend::wait_cluster(site);
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
