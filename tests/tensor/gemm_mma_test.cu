// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// gemm_mma of bfloat16: every layout, sizes around the tile, strides and alignment, splits, epilogues and errors. Other
// types are in gemm_mma_types_test.cu.

#include <cuda_bf16.h>

#include "support/products.hpp"

namespace {

using row = lf::row_major;
using column = lf::column_major;
using bf16 = __nv_bfloat16;
using tile = lf::tensor::mma_tile<32, 32, 32, 2, 1, 3>;
using wide_tile = lf::tensor::mma_tile<64, 128, 64, 1, 2, 2>;  // panels, and lines of 128 bytes

// Sizes around the tile and its parts, long sums, and strides that are multiples of 16, 4 and 2 bytes.
shape const shapes[] = {{1, 1, 1},           {7, 9, 5, 1, 1},     {32, 32, 32},       {33, 31, 64},
                        {31, 33, 40, 8, 7},  {40, 24, 200, 8, 8}, {65, 34, 95, 2, 3}, {32, 64, 129, 0, 1},
                        {16, 8, 16, 16, 16}, {64, 96, 96, 8, 0},  {5, 70, 31, 4, 2}};

template <class Tile, class A, class B>
void both_ways() {
  for (shape const& s : shapes) {
    exact_product<Tile, bf16, float, A, B, row>(s);
    exact_product<Tile, bf16, bf16, A, B, column>(s);
  }
}
TEST(GemmMma, RowsByRows) { both_ways<tile, row, row>(); }
TEST(GemmMma, RowsByColumns) { both_ways<tile, row, column>(); }
TEST(GemmMma, ColumnsByRows) { both_ways<tile, column, row>(); }
TEST(GemmMma, ColumnsByColumns) { both_ways<tile, column, column>(); }

TEST(GemmMma, TilesOfSeveralPanels) {
  for (shape const s : {shape{64, 128, 64}, shape{70, 130, 190, 8, 6}}) {
    exact_product<wide_tile, bf16, float, row, column, row>(s);
    exact_product<wide_tile, bf16, float, column, row, row>(s);
  }
}

TEST(GemmMma, RandomProductsAreWithinTheBound) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  shape const s{48, 40, 300};
  multiply_and_check<tile, bf16, float, row, column, row>(
      s, [&] { return bf16(normal(random)); },
      [&](int r, int c, double sum, double magnitudes, float got) {
        // Each of k terms is cut off by 2^-22 of the partial sum at most, which no more than all magnitudes is.
        ASSERT_NEAR(got, sum, magnitudes * s.k * std::ldexp(1, -22)) << "row " << r << " column " << c;
      });
}

TEST(GemmMma, NanReachesItsRowAndColumnAlone) {
  int count = 0;
  shape const s{40, 36, 50};
  multiply_and_check<tile, bf16, float, row, column, row>(
      s, [&] { return bf16(count++ == 3 * 50 + 7 ? NAN : 1.0f); },
      [](int r, int, double, double, float got) { ASSERT_EQ(std::isnan(got), r == 3) << "row " << r; });
}

TEST(GemmMma, AnEmptySumIsZero) { exact_product<tile, bf16, float, row, column, row>({5, 9, 0}); }

/// More than 8 rows of tiles: supergroups, the last of them short.
TEST(GemmMma, EveryTileIsMultipliedOnce) {
  exact_product<tile, bf16, float, row, column, row>({9 * 32 - 5, 40, 32});
  exact_product<tile, bf16, float, row, column, row>({17 * 32, 33, 8}, 2);
}

TEST(GemmMma, MayStartBeforeTheGridAhead) {
  lf::tensor::mma_options options;
  options.programmatic_dependent_launch = true;
  exact_product<tile, bf16, float, row, column, row>({40, 40, 100, 8, 0}, options);
}

TEST(GemmMma, TheStrideOfASingleLineDoesNotCount) {
  lf::device_array<bf16> const a(std::vector<bf16>(64, bf16(2.0f))), b(std::vector<bf16>(64 * 40, bf16(0.5f)));
  lf::device_array<float> c(40);
  lf::queue q;
  lf::status ran = lf::tensor::gemm_mma<tile>(q, lf::matrix_view<bf16 const>(a.data(), 1, 64, 65),
                                              lf::matrix_view<bf16 const, column>(b.data(), 64, 40),
                                              lf::matrix_view<float>(c.data(), 1, 40));
  if (ran) ran = lf::synchronize(q);
  ASSERT_TRUE(ran.ok()) << ran.message();
  EXPECT_EQ(c.to_host(), std::vector<float>(40, 64.0f));
}

// ---- splits

TEST(GemmMma, SplitsAreExactByClusterAndThroughMemory) {
  for (int const splits : {2, 3, 8})
    for (bool const through_memory : {false, true}) {
      lf::tensor::mma_options options(splits);
      options.through_memory = through_memory;
      exact_product<tile, bf16, bf16, row, column, row>({40, 35, 300, 0, 1}, options);
      exact_product<tile, bf16, float, column, row, column>({33, 70, 100}, options);  // runs without a step
    }
}

TEST(GemmMma, SaysItsWorkspace) {
  lf::tensor::mma_options options(3);
  options.through_memory = true;
  EXPECT_EQ(lf::tensor::gemm_mma_workspace<bf16>(40, 36, options), 3u * 48 * 48 * sizeof(float));
  EXPECT_EQ(lf::tensor::gemm_mma_workspace<double>(40, 36, options), 3u * 48 * 48 * sizeof(double));
  EXPECT_EQ(lf::tensor::gemm_mma_workspace<bf16>(40, 36, 1), 0u);
}

/// The sum in the stated order, over runs whose own sums are exact: 2^24 and then ones, which are lost one by one.
TEST(GemmMma, SplitsAreAddedFromTheFirstToTheLast) {
  constexpr int splits = 4, k = 32 * splits;
  lf::device_array<bf16> a(k), b(k);
  lf::device_array<float> c(2);
  std::vector<bf16> left(k, bf16(0.0f)), right(k, bf16(1.0f));
  left[0] = bf16(16777216.0f);
  for (int run = 1; run < splits; ++run) left[static_cast<std::size_t>(32 * run)] = bf16(1.0f);
  left[k - 1] = bf16(1.0f);  // in the last run, so that it brings 2
  a = lf::device_array<bf16>(left);
  b = lf::device_array<bf16>(right);
  lf::queue q;
  for (bool const through_memory : {false, true}) {
    lf::tensor::mma_options options(splits);
    options.through_memory = through_memory;
    lf::status ran = lf::tensor::gemm_mma<tile>(
        q, lf::matrix_view<bf16 const>(a.data(), 1, k), lf::matrix_view<bf16 const>(b.data(), k, 1),
        lf::matrix_view<float>(c.data(), 1, 1), lf::tensor::identity{}, options);
    if (ran) ran = lf::synchronize(q);
    ASSERT_TRUE(ran.ok()) << ran.message();
    EXPECT_EQ(c.to_host()[0], 16777218.0f);  // ((2^24 + 1) + 1) + 2; from the last on it would be 2^24 + 4
  }
}

// ---- epilogues

struct place_of {  // one that no library has
  LANEFOLD_HD float operator()(float, int r, int c) const { return static_cast<float>(1000 * r + c); }
};
TEST(GemmMma, TheEpilogueIsToldThePlaceInC) {
  auto const ones = [] { return bf16(1.0f); };
  auto const expect = [](int r, int c, double, double, float got) { ASSERT_EQ(got, 1000 * r + c); };
  multiply_and_check<tile, bf16, float, row, column, row>({35, 37, 4}, ones, expect, place_of{});
  multiply_and_check<tile, bf16, float, row, column, column>({35, 37, 4}, ones, expect, place_of{});
  for (bool const through_memory : {false, true}) {
    lf::tensor::mma_options options(2);
    options.through_memory = through_memory;
    multiply_and_check<tile, bf16, float, row, column, column>({35, 37, 4}, ones, expect, place_of{}, options);
  }
}

TEST(GemmMma, ChainsFuse) {
  std::vector<float> bias(37);
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<float>(i) - 20;
  lf::device_array<float> const device_bias(bias);
  small_integers values;
  multiply_and_check<tile, bf16, float, row, column, row>(
      {35, 37, 20}, [&] { return values.of<bf16>(); },
      [&](int, int c, double sum, double, float got) {
        ASSERT_EQ(got, std::fmax(0.5 * sum + bias[static_cast<std::size_t>(c)], 0));
      },
      lf::tensor::chain(lf::tensor::scale{0.5f}, lf::tensor::bias_of_column{device_bias.data()}, lf::tensor::relu{}));
}

// ---- errors

TEST(GemmMma, WhatDoesNotFitIsToldAndNothingIsDone) {
  lf::device_array<bf16> x(64);
  lf::device_array<float> c(64);
  lf::queue q;
  auto const tell = [&](lf::matrix_view<bf16 const> a, lf::matrix_view<bf16 const> b, int splits = 1) {
    lf::status const s =
        lf::tensor::gemm_mma<tile>(q, a, b, lf::matrix_view<float>(c.data(), 4, 4), lf::tensor::identity{}, splits);
    EXPECT_EQ(s.kind(), lf::status_kind::bad_argument);
    return std::string(s.message());
  };
  lf::matrix_view<bf16 const> const four(x.data(), 4, 4);
  EXPECT_EQ(tell({x.data(), 4, 5}, four),
            "lanefold: gemm: a is 4 x 5, b is 4 x 4 and c is 4 x 4, and they must be m x k, k x n and m x n");
  EXPECT_EQ(tell({x.data(), 4, 4, 3}, four),
            "lanefold: gemm: a has stride 3, and it must be at least 4, the length of a line");
  EXPECT_EQ(tell({x.data(), -4, 4}, four), "lanefold: gemm: a is -4 x 4, and extents are 0 and more");
  EXPECT_EQ(tell(four, four, 17), "lanefold: gemm_mma: splits is 17, and must be 1..16");
}

}  // namespace
