// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// gemm of views whose layouts are values, and tune_gemm on them: one set of kernels for all.

#include <cuda_fp16.h>
#include <lanefold/tensor/gemm_tune.hpp>

#include "support/products.hpp"

namespace {

using lf::gemm_way;
using lf::matrix_order;

/// Knows where it is: rows shift their results, and every third column is negated.
struct placed {
  LANEFOLD_HD float operator()(float x, int r, int c) const { return c % 3 == 0 ? -x : x + static_cast<float>(r); }
};

/// A matrix of small integers, in an order that is a value, with strangers between its lines.
template <class T>
struct any_matrix {
  int rows, columns, stride;
  matrix_order order;
  std::vector<T> values;
  lf::device_array<T> device;

  any_matrix(int rows_, int columns_, matrix_order order_)
      : rows(rows_),
        columns(columns_),
        stride((order_ == matrix_order::by_rows ? columns_ : rows_) + 3),
        order(order_),
        values(static_cast<std::size_t>(stride * (rows_ > columns_ ? rows_ : columns_)), T(77.0f)),
        device(values) {}
  std::size_t at(int r, int c) const {
    return static_cast<std::size_t>(order == matrix_order::by_rows ? r * stride + c : c * stride + r);
  }
  void fill(small_integers& numbers) {
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c) values[at(r, c)] = numbers.of<T>();
    device = lf::device_array<T>(values);
  }
  lf::matrix_view<T, lf::any_major> view() { return {device.data(), rows, columns, stride, order}; }
};

struct problem {
  any_matrix<__half> a, b;
  any_matrix<float> c;
  lf::queue q;

  problem(int m, int n, int k, matrix_order of_a, matrix_order of_b, matrix_order of_c)
      : a(m, k, of_a), b(k, n, of_b), c(m, n, of_c) {
    small_integers numbers;
    a.fill(numbers);
    b.fill(numbers);
  }
  lf::matrix_view<__half const, lf::any_major> view_a() { return a.view(); }
  lf::matrix_view<__half const, lf::any_major> view_b() { return b.view(); }

  void check() {
    ASSERT_TRUE(lf::synchronize(q).ok());
    auto got = c.device.to_host();
    for (int i = 0; i < c.rows; ++i)
      for (int j = 0; j < c.columns; ++j) {
        float sum = 0;
        for (int k = 0; k < a.columns; ++k)
          sum += static_cast<float>(a.values[a.at(i, k)]) * static_cast<float>(b.values[b.at(k, j)]);
        ASSERT_EQ(got[c.at(i, j)], placed()(sum, i, j)) << "row " << i << " column " << j;
        got[c.at(i, j)] = 77;
      }
    for (float const x : got) ASSERT_EQ(x, 77) << "an element outside of C was written to";
  }
};

TEST(GemmLayouts, EveryOrderIsAValue) {
  constexpr matrix_order orders[] = {matrix_order::by_rows, matrix_order::by_columns};
  for (auto const of_a : orders)
    for (auto const of_b : orders)
      for (auto const of_c : orders)
        for (lf::gemm_plan const plan : {lf::gemm_plan{gemm_way::mma, 1, 1}, lf::gemm_plan{gemm_way::wgmma, 6, 1}}) {
          if (plan.way == gemm_way::wgmma && !LANEFOLD_ON_SIMULATOR) continue;  // a GPU may be another one
          SCOPED_TRACE(testing::Message() << "a " << static_cast<int>(of_a) << " b " << static_cast<int>(of_b) << " c "
                                          << static_cast<int>(of_c) << " way " << static_cast<int>(plan.way));
          problem p(37, 70, 40, of_a, of_b, of_c);
          lf::gemm_options options;
          options.plan = plan;
          lf::status const ran = lf::tensor::gemm(p.q, p.view_a(), p.view_b(), p.c.view(), placed(), options);
          ASSERT_TRUE(ran.ok()) << ran.message();
          p.check();
        }
}

// The simulator has no time to tell: every plan runs, and the model's is the result.
TEST(TuneGemm, FindsAPlanThatGemmTakes) {
  problem p(9, 70, 300, matrix_order::by_rows, matrix_order::by_columns, matrix_order::by_rows);
  lf::gemm_options options;
  options.batch_invariant = true;
  auto const tuned = lf::tensor::tune_gemm(p.q, p.view_a(), p.view_b(), p.c.view(), placed(), options);
  ASSERT_TRUE(tuned.done.ok()) << tuned.done.message();
  p.check();
  auto const planned = lf::tensor::plan_gemm(p.view_a(), p.view_b(), p.c.view(), options);
  EXPECT_EQ(tuned.key.m, planned.key.m);
  EXPECT_EQ(tuned.plan.splits, 1);
#if LANEFOLD_ON_SIMULATOR
  EXPECT_EQ(tuned.plan.way, planned.plan.way);
  EXPECT_EQ(tuned.plan.tile, planned.plan.tile);
  EXPECT_EQ(tuned.microseconds, 0);
#else
  EXPECT_GT(tuned.microseconds, 0);
#endif
  options.plan = tuned.plan;
  ASSERT_TRUE(lf::tensor::gemm(p.q, p.view_a(), p.view_b(), p.c.view(), placed(), options).ok());
  p.check();
}
// Each way has an order of its own, and which one it is must not depend on m.
TEST(TuneGemm, BatchInvariantKeepsToTheModelsWay) {
  for (int const m : {3, 40}) {
    problem p(m, 70, 300, matrix_order::by_rows, matrix_order::by_columns, matrix_order::by_rows);
    lf::gemm_options options;
    options.batch_invariant = true;
    auto const tuned = lf::tensor::tune_gemm(p.q, p.view_a(), p.view_b(), p.c.view(), placed(), options);
    ASSERT_TRUE(tuned.done.ok()) << tuned.done.message();
    EXPECT_EQ(tuned.plan.way, lf::tensor::plan_gemm(p.view_a(), p.view_b(), p.c.view(), options).plan.way);
  }
}
TEST(TuneGemm, KeepsToAWay) {
  problem p(9, 70, 300, matrix_order::by_rows, matrix_order::by_columns, matrix_order::by_rows);
  lf::gemm_options options;
  options.plan.way = gemm_way::mma;
  auto const tuned = lf::tensor::tune_gemm(p.q, p.view_a(), p.view_b(), p.c.view(), placed(), options);
  ASSERT_TRUE(tuned.done.ok()) << tuned.done.message();
  EXPECT_EQ(tuned.plan.way, gemm_way::mma);
}
TEST(TuneGemm, WithoutABudgetTriesOnePlan) {
  problem p(9, 70, 300, matrix_order::by_rows, matrix_order::by_columns, matrix_order::by_rows);
  lf::tune_options limits;
  limits.budget_milliseconds = 0;
  limits.slack = 1;
  auto const tuned = lf::tensor::tune_gemm(p.q, p.view_a(), p.view_b(), p.c.view(), placed(), {}, limits);
  ASSERT_TRUE(tuned.done.ok()) << tuned.done.message();
  auto const planned = lf::tensor::plan_gemm(p.view_a(), p.view_b(), p.c.view());
  if (planned.plan.way != gemm_way::wgmma) return;
  EXPECT_EQ(tuned.plan.tile, planned.plan.tile);
  EXPECT_EQ(tuned.plan.splits, planned.plan.splits);
}
TEST(TuneGemm, RefusesWhatGemmRefuses) {
  problem p(9, 70, 300, matrix_order::by_rows, matrix_order::by_columns, matrix_order::by_rows);
  auto const tuned = lf::tensor::tune_gemm(
      p.q, p.view_a(), p.view_b(),
      lf::matrix_view<float, lf::any_major>(p.c.device.data(), 9, 71, 73, matrix_order::by_rows), placed());
  EXPECT_EQ(tuned.done.kind(), lf::status_kind::bad_argument);
}

/// Plans to try are plans, each but once, gemm's own first.
TEST(TuneGemm, TriesFewPlans) {
  for (int const m : {1, 16, 100, 4096})
    for (int const n : {33, 1000, 16384})
      for (int const k : {0, 64, 65536})
        for (int const sm : {80, 90})
          for (bool const invariant : {false, true}) {
            lf::gemm_key key;
            key.m = m, key.n = n, key.k = k, key.sm = sm, key.multiprocessors = 132, key.batch_invariant = invariant;
            lf::gemm_plan const usual{gemm_way::mma, 0, 1};
            auto const list = lf::tensor::detail::plans_to_try<__half>(key, usual, 2, 1.5);
            ASSERT_GE(list.count, 2);
            ASSERT_LT(list.count, 40) << m << " x " << n << " x " << k;
            for (int i = 0; i < list.count; ++i) {
              lf::gemm_plan const& plan = list.plans[i];
              ASSERT_TRUE(lf::tensor::detail::check_plan<__half>("plan", plan, invariant).ok());
              ASSERT_TRUE(sm == 90 || plan.way != gemm_way::wgmma);
              bool const first = plan.way == usual.way && plan.tile == usual.tile && plan.splits == usual.splits;
              ASSERT_EQ(first, i == 0) << m << " x " << n << " x " << k << " plan " << i;
            }
          }
}

}  // namespace
