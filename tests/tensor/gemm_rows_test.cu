// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Statistics of the rows of C, found while it is written.

#include <cuda_bf16.h>

#include <lanefold/tensor/epilogue_rows.cuh>

#include <algorithm>
#include <numeric>
#include <string>

#include "support/ways.hpp"

namespace {

using bf16 = __nv_bfloat16;

/// A statistic, and where its partials and results are.
template <class Sum, class Statistic>
struct kept {
  using partial = typename Statistic::partial;
  using result = decltype(Statistic().result(partial()));
  int m, runs;
  lf::device_array<partial> partials;
  lf::device_array<result> results;
  kept(int m_, int n, int taken = 1)
      : m(m_),
        runs((n * taken + tensor::row_run<Sum> - 1) / tensor::row_run<Sum>),
        partials(std::vector<partial>(static_cast<std::size_t>(m * runs))),
        results(static_cast<std::size_t>(m)) {}
  lf::matrix_view<partial> view() { return {partials.data(), m, runs}; }
  tensor::row_statistic<Statistic> epilogue() { return tensor::row_statistic{Statistic{}, view()}; }
  std::vector<result> finish(lf::queue& q) {
    lf::status ran = tensor::finish_rows(q, view(), lf::view<result>(results.data(), m), Statistic{});
    if (ran) ran = lf::synchronize(q);
    EXPECT_TRUE(ran.ok()) << ran.message();
    return results.to_host();
  }
};

/// A statistic of a user's own: how many elements are negative, and in which column the first of them is.
struct negatives {
  struct partial {
    int count, first;
  };
  static LANEFOLD_HD partial nothing() { return {0, 1000}; }
  LANEFOLD_HD partial operator()(float x, int, int column) const { return {x < 0, x < 0 ? column : 1000}; }
  LANEFOLD_HD partial operator()(partial a, partial b) const {
    return {a.count + b.count, a.first < b.first ? a.first : b.first};
  }
  LANEFOLD_HD int result(partial all) const { return all.count * 1001 + all.first; }
};

struct row_of {
  std::vector<double> x;
  double sum() const { return std::accumulate(x.begin(), x.end(), 0.0); }
  double squares() const { return std::inner_product(x.begin(), x.end(), x.begin(), 0.0); }
  int argmax() const { return static_cast<int>(std::max_element(x.begin(), x.end()) - x.begin()); }
  double log_sum_exp() const {
    double all = 0, max = x[static_cast<std::size_t>(argmax())];
    for (double e : x) all += std::exp(e - max);
    return max + std::log(all);
  }
  int negatives() const {
    auto const first = std::find_if(x.begin(), x.end(), [](double e) { return e < 0; });
    int const count = static_cast<int>(std::count_if(x.begin(), x.end(), [](double e) { return e < 0; }));
    return count * 1001 + (count > 0 ? static_cast<int>(first - x.begin()) : 1000);
  }
};

// In the middle of a chain: what is before a statistic is seen by it, and what is behind is not.
TEST(RowStatistics, AreThoseOfTheRowsInEveryWay) {
  constexpr int m = 37, n = 75;
  integer_product<bf16> product(m, n, 144);
  kept<float, tensor::row_sum<>> sums(m, n);
  kept<float, tensor::row_sum_of_squares<>> squares(m, n);
  kept<float, tensor::row_max<>> maxima(m, n);
  kept<float, tensor::row_argmax<>> places(m, n);
  kept<float, tensor::row_log_sum_exp<>> logs(m, n);
  kept<float, negatives> own(m, n);
  auto const epilogue = tensor::chain(tensor::scale{0.125f}, sums.epilogue(), squares.epilogue(), maxima.epilogue(),
                                      places.epilogue(), logs.epilogue(), own.epilogue(), tensor::scale{-2.0f});
  std::vector<float> first_logs;
  product.expect_in_all_ways<float>(
      n, epilogue, [&](int r, int c, float got) { ASSERT_EQ(got, product.sum(r, c) * -0.25) << r << ", " << c; },
      [&](lf::queue& q) {
        auto const got_sums = sums.finish(q), got_squares = squares.finish(q), got_maxima = maxima.finish(q),
                   got_logs = logs.finish(q);
        auto const got_places = places.finish(q);
        auto const got_own = own.finish(q);
        for (int r = 0; r < m; ++r) {
          auto const i = static_cast<std::size_t>(r);
          row_of row{std::vector<double>(n)};
          for (int c = 0; c < n; ++c) row.x[static_cast<std::size_t>(c)] = product.sum(r, c) / 8;
          ASSERT_EQ(got_sums[i], row.sum()) << "row " << r;
          ASSERT_EQ(got_squares[i], row.squares()) << "row " << r;
          ASSERT_EQ(got_maxima[i], row.x[static_cast<std::size_t>(row.argmax())]) << "row " << r;
          ASSERT_EQ(got_places[i].rank, row.argmax()) << "row " << r;
          ASSERT_EQ(got_places[i].value, got_maxima[i]) << "row " << r;
          ASSERT_NEAR(got_logs[i], row.log_sum_exp(), 1e-6 * std::fabs(row.log_sum_exp()) + 1e-6) << "row " << r;
          ASSERT_EQ(got_own[i], row.negatives()) << "row " << r;
        }
        if (first_logs.empty()) first_logs = got_logs;
        ASSERT_EQ(got_logs, first_logs) << "not the same bits in every way";
      });
}

TEST(RowStatistics, BehindAGateAndOfDoublesRunsAreHalfAsLong) {
  constexpr int m = 20, n = 41;
  integer_product<double> product(m, 2 * n, 32);
  kept<double, tensor::row_max<double>> maxima(m, n, 2);
  auto const epilogue = tensor::chain(tensor::gated{tensor::relu{}}, maxima.epilogue());
  auto const expected = [&](int r, int c) { return std::fmax(product.sum(r, 2 * c), 0) * product.sum(r, 2 * c + 1); };
  product.expect_in_all_ways<double>(
      n, epilogue, [&](int r, int c, double got) { ASSERT_EQ(got, expected(r, c)) << r << ", " << c; },
      [&](lf::queue& q) {
        auto const got = maxima.finish(q);
        for (int r = 0; r < m; ++r) {
          double max = expected(r, 0);
          for (int c = 1; c < n; ++c) max = std::fmax(max, expected(r, c));
          ASSERT_EQ(got[static_cast<std::size_t>(r)], max) << "row " << r;
        }
      });
}

TEST(RowStatistics, SayWhenPartialsAreTooFew) {
  lf::device_array<bf16> a(40 * 16), b(16 * 130), c(40 * 65);
  using tile = tensor::mma_tile<32, 64, 32, 2, 2, 2>;
  auto const message = [&](int rows, int runs) -> std::string {
    lf::matrix_view<float> const partials(nullptr, rows, runs);
    lf::queue q;
    lf::status const ran = tensor::gemm_mma<tile>(
        q, lf::matrix_view<bf16 const>(a.data(), 40, 16),
        lf::matrix_view<bf16 const, lf::column_major>(b.data(), 16, 130), lf::matrix_view<bf16>(c.data(), 40, 65),
        tensor::chain(tensor::gated{tensor::relu{}}, tensor::row_statistic{tensor::row_max<>{}, partials}));
    EXPECT_EQ(ran.kind(), lf::status_kind::bad_argument);
    return ran.message();
  };
  for (auto const& [rows, runs] : {std::pair{39, 5}, {40, 4}})
    EXPECT_EQ(message(rows, runs),
              "lanefold: gemm: partials of row_statistic is " + std::to_string(rows) + " x " + std::to_string(runs) +
                  ", and must be at least 40 x 5: a row for each of C, and a column for each run of "
                  "128 bytes of sums");
}

// ---- what is no number, and what combines many runs

template <class Statistic>
auto finished(std::vector<typename Statistic::partial> const& partials, int rows) {
  lf::device_array<typename Statistic::partial> const device(partials);
  using result = decltype(Statistic().result(Statistic::nothing()));
  lf::device_array<result> results(static_cast<std::size_t>(rows));
  lf::queue q;
  lf::status ran = tensor::finish_rows(q, {device.data(), rows, static_cast<int>(partials.size()) / rows},
                                       lf::view<result>(results.data(), rows), Statistic{});
  if (ran) ran = lf::synchronize(q);
  EXPECT_TRUE(ran.ok()) << ran.message();
  return results.to_host();
}

/// An operator that does not commute: of two runs the later one's value counts, if there is one.
struct last_one {
  using partial = int;
  static LANEFOLD_HD int nothing() { return -1; }
  LANEFOLD_HD int operator()(int a, int b) const { return b < 0 ? a : b; }
  LANEFOLD_HD int result(int all) const { return all; }
};
TEST(FinishRows, CombinesRunsInOrder) {
  for (int const runs : {1, 31, 32, 33, 100}) {
    std::vector<int> partials(static_cast<std::size_t>(5 * runs));
    for (std::size_t i = 0; i < partials.size(); ++i) partials[i] = static_cast<int>(i);
    auto const got = finished<last_one>(partials, 5);
    for (int r = 0; r < 5; ++r) ASSERT_EQ(got[static_cast<std::size_t>(r)], (r + 1) * runs - 1) << runs << " runs";
  }
}

TEST(FinishRows, NanAndInfinityPass) {
  float const inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  using logs = tensor::row_log_sum_exp<>;
  auto const log_of = [](std::vector<float> const& x) {
    std::vector<logs::partial> partials;
    for (float e : x) partials.push_back(logs()(e, 0, 0));
    return finished<logs>(partials, 1)[0];
  };
  EXPECT_EQ(log_of({1, inf, 2}), inf);
  EXPECT_EQ(log_of({inf, inf}), inf);
  EXPECT_EQ(log_of({-inf, -inf}), -inf);
  EXPECT_EQ(log_of({-inf, 3}), 3);
  EXPECT_TRUE(std::isnan(log_of({1, nan, inf})));
  EXPECT_TRUE(std::isnan(finished<tensor::row_max<>>({1, nan, inf}, 1)[0]));
  auto const place = finished<tensor::row_argmax<>>({{1, 0}, {nan, 1}, {inf, 2}, {nan, 3}}, 1)[0];
  EXPECT_EQ(place.rank, 1);
  EXPECT_EQ(finished<tensor::row_argmax<>>({{1, 0}, {-inf, 1}, {1, 2}}, 1)[0].rank, 0);
  EXPECT_EQ(finished<tensor::row_argmax<>>({{-inf, 0}, {-inf, 1}}, 1)[0].rank, 0);
}

TEST(FinishRows, SaysWhatDoesNotFit) {
  lf::queue q;
  lf::status const failed = tensor::finish_rows(q, {nullptr, 4, 3}, lf::view<int>(nullptr, 5), last_one{});
  EXPECT_EQ(failed.kind(), lf::status_kind::bad_argument);
  EXPECT_EQ(std::string(failed.message()),
            "lanefold: finish_rows: partials has 4 rows and results 5 values, and they must be as many");
}

}  // namespace
