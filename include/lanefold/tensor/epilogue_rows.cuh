// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is worth knowing of a row of C, found while C is written: the lanes that hold a row's elements reduce them, run by
// run, and a small kernel combines the runs of each row.

#include <lanefold/argmin.cuh>
#include <lanefold/tensor/epilogue_neighbours.cuh>

#ifndef __CUDACC_RTC__
#include <lanefold/host/launch.hpp>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

// ---- statistics: what one element is, what two parts make together (associative), what nothing is, and what it all means

/// The sum of a row.
template <class Value = float>
struct row_sum {
  using partial = Value;
  static LANEFOLD_HD partial nothing() { return Value(0); }
  LANEFOLD_HD partial operator()(Value x, int, int) const { return x; }
  LANEFOLD_HD partial operator()(partial a, partial b) const { return a + b; }
  LANEFOLD_HD Value result(partial all) const { return all; }
};

/// The sum of a row's squares.
template <class Value = float>
struct row_sum_of_squares : row_sum<Value> {
  using row_sum<Value>::operator();
  LANEFOLD_HD Value operator()(Value x, int, int) const { return x * x; }
};

/// The largest element of a row; NaN if there is one; of no columns -infinity.
template <class Value = float>
struct row_max {
  using partial = Value;
  static LANEFOLD_HD partial nothing() { return lanefold::identity<maximum, Value>::value(); }
  LANEFOLD_HD partial operator()(Value x, int, int) const { return x; }
  LANEFOLD_HD partial operator()(partial a, partial b) const { return maximum()(a, b); }
  LANEFOLD_HD Value result(partial all) const { return all; }
};

/// Where the largest element of a row is, as extremum{value, column}: the first among equals, the first NaN if there is one.
template <class Value = float>
struct row_argmax {
  using partial = extremum<Value>;
  static LANEFOLD_HD partial nothing() { return {lanefold::identity<maximum, Value>::value(), 0x7fffffff}; }
  LANEFOLD_HD partial operator()(Value x, int, int column) const { return {x, column}; }
  LANEFOLD_HD partial operator()(partial a, partial b) const {
    bool const nan_a = a.value != a.value, nan_b = b.value != b.value;
    bool const greater = nan_a || nan_b ? nan_b && !nan_a : b.value > a.value;
    bool const equal = nan_a == nan_b && (nan_a || a.value == b.value);
    return greater || (equal && b.rank < a.rank) ? b : a;
  }
  LANEFOLD_HD extremum<Value> result(partial all) const { return all; }
};

/// The logarithm of the sum of a row's exponentials; what softmax and cross entropy divide by. NaN and +infinity pass.
template <class Value = float>
struct row_log_sum_exp {
  struct partial {
    Value max, sum;  ///< of exp(x - max)
  };
  static LANEFOLD_HD partial nothing() { return {lanefold::identity<maximum, Value>::value(), Value(0)}; }
  LANEFOLD_HD partial operator()(Value x, int, int) const { return {x, Value(1)}; }
  LANEFOLD_HD partial operator()(partial a, partial b) const {
    Value const max = maximum()(a.max, b.max);
    auto const scaled = [&](partial x) { return x.max == max ? x.sum : x.sum * exp(x.max - max); };  // equal infinities
    return {max, scaled(a) + scaled(b)};
  }
  LANEFOLD_HD Value result(partial all) const { return all.max + log(all.sum); }
};

/// The columns of a run for sums of that type: 128 bytes of them.
template <class Sum = float>
constexpr int row_run = 128 / static_cast<int>(sizeof(Sum));

/// Leaves what a statistic makes of each run of a row, and passes the elements on: in a chain, what the epilogues before it
/// made is looked at, in their type, before it is rounded to C's.
///
/// - `partials`: m rows, and a column for each run of row_run<Sum> columns of the product (32, of double 16), the last one
///   maybe short: ceil(n / 32). Behind gated a run is half as many columns of C. Of a batch row r of matrix i is row i m + r.
/// - Result: a run is combined as `reduce` does it, by tile<8>, of what each lane has combined from left to right: four
///   columns, of double or behind gated two. The same for all kernels, tiles and plans.
/// - Cost: a few shuffles for each four elements, and one store a run.
/// - Errors: C by columns does not compile; gemm_skinny does not take it; a tile of gemm_mma whose warps have no multiple of
///   32 columns (of double 16) does not compile; bad_argument by gemm where partials has too few rows or columns.
template <class Statistic>
struct row_statistic {
  static constexpr bool takes_rows = true;
  Statistic statistic;
  matrix_view<typename Statistic::partial> partials;

#ifndef __CUDACC_RTC__
  /// Asked before a product is started: `rows` of all matrices of a batch, and `runs` of columns.
  status check(long long rows, int runs) const {
    if (partials.rows() >= rows && partials.columns() >= runs) return status();
    return status::failure(
        status_kind::bad_argument,
        "lanefold: gemm: partials of row_statistic is %d x %d, and must be at least %lld x %d: a row "
        "for each of C, and a column for each run of 128 bytes of sums",
        partials.rows(), partials.columns(), rows, runs);
  }
#endif
  /// All lanes of a row call, each with `Count` elements from `column` on, of which the first `count` are there.
  template <class Group, class Value, int Count>
  LANEFOLD_FN void see(Group group, Value const (&values)[Count], int count, int row, int column) const {
    auto mine = count > 0 ? statistic(values[0], row, column) : Statistic::nothing();
    LANEFOLD_UNROLL
    for (int i = 1; i < Count; ++i)
      if (i < count) mine = statistic(mine, statistic(values[i], row, column + i));
    auto const all = reduce(group, mine, statistic);
    if (group.rank() == 0 && count > 0) partials(row, column / (Count * Group::max_size)) = all;
  }
};
template <class Statistic, class Partial>
row_statistic(Statistic, matrix_view<Partial>) -> row_statistic<Statistic>;

namespace detail {
/// A warp for each row: 32 runs at a time are reduced, and added to those before them.
template <class Statistic, class Result>
LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(128)
    combine_runs(matrix_view<typename Statistic::partial const> partials, Result* results, Statistic statistic) {
  warp const group(call_site::here().in("finish_rows"));
  int const row = static_cast<int>(block_index().x * 4 + thread_index().x / 32), lane = group.rank();
  if (row >= partials.rows()) return;
  auto all = Statistic::nothing();
  for (int first = 0; first < partials.columns(); first += 32) {
    int const run = first + lane;
    auto const of_32 = reduce(group, run < partials.columns() ? partials(row, run) : Statistic::nothing(), statistic);
    all = first == 0 ? of_32 : statistic(all, of_32);
  }
  if (lane == 0) results[row] = statistic.result(all);
}
}  // namespace detail

#ifndef __CUDACC_RTC__
/// What row_statistic left of each row becomes one result, run by run: `results[row] = statistic.result(...)`.
///
/// - `partials`: as of row_statistic; `results`: as many as it has rows.
/// - Result: 32 runs at a time are combined as `reduce` does it, and these from the first to the last.
/// - Cost: one read of the partials.
/// - Errors: bad_argument if results are not as many as rows.
template <class Statistic, class Result>
[[nodiscard]] status finish_rows(queue& q,
                                 traits::type_identity_t<matrix_view<typename Statistic::partial const>> partials,
                                 view<Result> results, Statistic statistic) {
  if (results.size() != partials.rows())
    return status::failure(
        status_kind::bad_argument,
        "lanefold: finish_rows: partials has %d rows and results %lld values, and they must be as many",
        partials.rows(), results.size());
  if (partials.rows() == 0) return status();
  return launch(q, detail::combine_runs<Statistic, Result>, {(static_cast<unsigned>(partials.rows()) + 3) / 4, 128},
                partials, results.data(), statistic);
}
#endif

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
