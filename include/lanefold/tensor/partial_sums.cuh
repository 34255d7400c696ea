// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the blocks that add different runs of a sum leave what they have, and what adds that up.

#include <lanefold/base/packed.cuh>
#include <lanefold/tensor/store_strip.cuh>

#ifndef __CUDACC_RTC__
#include <lanefold/host/launch.hpp>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

namespace detail {

/// The sums of each run of an m x n product: by run, 16 rows, 8 columns, and lane, whose four lie side by side as mma and
/// wgmma lay accumulators out. m and n are filled up to multiples of 16.
template <class Sum>
struct partial_sums {
  Sum* data;
  int rows, columns;  ///< of blocks of 16 x 8

  LANEFOLD_HD partial_sums(Sum* data_, int m, int n) : data(data_), rows((m + 15) / 16), columns((n + 15) / 16 * 2) {}
  LANEFOLD_HD size_t bytes(long long runs) const {
    return sizeof(Sum) * 128 * static_cast<size_t>(rows) * static_cast<size_t>(columns) * static_cast<size_t>(runs);
  }
  /// This lane's sums in the block at `row`, `column`; those of the next 8 columns are 128 further on.
  LANEFOLD_FN Sum* at(int run, int row, int column) const {
    return data + ((static_cast<long long>(run) * rows + row / 16) * columns + column / 8) * 128 + lane_id() * 4;
  }
  /// A warp leaves a strip of 16 rows and Columns columns; what is beyond the matrix stays away.
  template <int Columns>
  LANEFOLD_FN void leave(Sum const* d, int run, int row, int column, call_site here) const {
    constexpr int in_store = 16 / static_cast<int>(sizeof(Sum));
    if (row >= 16 * rows) return;
    Sum* const to = at(run, row, column);
    LANEFOLD_UNROLL
    for (int i = 0; i < Columns / 2; i += in_store) {
      packed<Sum> some;
      LANEFOLD_UNROLL
      for (int j = 0; j < in_store; ++j) some[j] = d[i + j];
      if (column + 2 * i < 8 * columns) some.store(to + i / 4 * 128 + i % 4, here);
    }
  }
};

/// Adds a strip's sums of all runs, from the first to the last. `from(run)`: where this lane's begin. `columns`: those that
/// there are.
template <int Count, class Sum, class From>
LANEFOLD_FN void add_runs(Sum (&total)[Count], int runs, int columns, From from, call_site here) {
  constexpr int in_load = 16 / static_cast<int>(sizeof(Sum));
  LANEFOLD_UNROLL_BY(16 / sizeof(Sum))  // whose loads are under way together
  for (int run = 0; run < runs; ++run) {
    Sum const* const theirs = from(run);
    LANEFOLD_UNROLL
    for (int i = 0; i < Count; i += in_load) {
      auto const some = packed<Sum>::load(theirs + (2 * i < columns ? i / 4 * 128 : 0) + i % 4, here);
      LANEFOLD_UNROLL
      for (int j = 0; j < in_load; ++j) total[i + j] = run == 0 ? some[j] : total[i + j] + some[j];
    }
  }
}

/// Adds the sums of all runs, so many for each of a batch, and writes C: a warp for 16 rows and 32 columns; batches along y.
template <class Sum, class C, class Epilogue>
LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(128)
    add_partials(partial_sums<Sum> partials, int runs, output<C, Epilogue> out) {
  constexpr int columns = 32;
  LANEFOLD_SHARED(strips, unsigned char[4][strip_bytes]);
  call_site const here = call_site::here().in("gemm");
  int const warp = static_cast<int>(thread_index().x) / 32, across = (8 * partials.columns + columns - 1) / columns;
  int const number = 4 * static_cast<int>(block_index().x) + warp;
  int const row = number / across * 16, column = number % across * columns, batch = static_cast<int>(block_index().y);
  backend::let_next_grid_start();
  backend::wait_for_previous_grid();
  if (row >= out.m) return;
  Sum total[columns / 2];
  detail::add_runs(
      total, runs, 8 * partials.columns - column, [&](int run) { return partials.at(batch * runs + run, row, column); },
      here);
  strip<Sum, C, Epilogue, columns>::store(total, row, column, out, strips[warp], here, batch);
}

#ifndef __CUDACC_RTC__
template <class Sum, class C, class Epilogue>
status start_add_partials(queue& q, partial_sums<Sum> const& partials, int runs, output<C, Epilogue> const& out,
                          bool programmatic_dependent_launch) {
  long long const strips = static_cast<long long>(partials.rows) * ((partials.columns + 3) / 4);
  launch_shape shape{{static_cast<unsigned>((strips + 3) / 4), static_cast<unsigned>(out.batches)}, 128};
  shape.programmatic_dependent_launch = programmatic_dependent_launch;
  return launch(q, add_partials<Sum, C, Epilogue>, shape, partials, runs, out);
}
#endif

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
