// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// gemm_skinny: extents, tails of k, types, layouts of C, splits, epilogues, what is promised of bits, and errors.

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>
#include <lanefold/tensor/gemm_skinny.hpp>

#include "support/products.hpp"

namespace {

using row = lf::row_major;
using column = lf::column_major;
using bf16 = __nv_bfloat16;
using lf::tensor::skinny_tile;
using few = skinny_tile<16, 8, 4>;
using more = skinny_tile<16, 16, 4>;

/// `s` with the gap that makes lines of both operands begin at multiples of 16 bytes, and `pieces` of 16 bytes more.
template <class T>
shape aligned(int m, int n, int k, int pieces = 0) {
  int const in_piece = 16 / static_cast<int>(sizeof(T));
  return {m, n, k, in_piece, (in_piece - k % in_piece) % in_piece + pieces * in_piece};
}

/// Small integers exactly.
template <class Tile, class T, class C, class LayoutC>
void exactly(shape s, int splits = 1) {
  SCOPED_TRACE(testing::Message() << "splits " << splits);
  small_integers values;
  check_product<T, C, row, column, LayoutC>(
      s, [&] { return values.of<T>(); },
      [](int r, int c, double sum, double, C got) {
        ASSERT_EQ(to_double(got), to_double(from_double<C>(sum))) << "row " << r << " column " << c;
      },
      [&](lf::queue& q, auto a, auto b, auto c) {
        return lf::tensor::gemm_skinny<Tile>(q, a, b, c, lf::tensor::identity{}, splits);
      });
}

TEST(GemmSkinny, EveryExtentOfTheNarrowSide) {
  for (int narrow = 1; narrow <= 16; ++narrow) {
    int const wide = 13 + 3 * narrow;
    exactly<more, bf16, float, row>(aligned<bf16>(narrow, wide, 40 + narrow));
    exactly<more, bf16, bf16, column>(aligned<bf16>(wide, narrow, 140 + narrow, 1));
    if (narrow > 8) continue;
    exactly<few, bf16, float, column>(aligned<bf16>(narrow, wide, 40 + narrow, 2));
    exactly<few, bf16, bf16, row>(aligned<bf16>(wide, narrow, 140 + narrow));
  }
}

// Around pieces of 8 terms, spans of 32, runs of 128, and turns of 8 warps: 1024.
TEST(GemmSkinny, EveryTailOfK) {
  for (int const k : {0,   1,   2,   3,   7,   8,   9,   15,  16,  31,   32,   33,   40,   63,   65,  96,
                      100, 127, 128, 129, 135, 200, 255, 257, 300, 1023, 1024, 1025, 1160, 2048, 3001})
    exactly<few, bf16, float, row>(aligned<bf16>(2, 17, k));
}

TEST(GemmSkinny, EveryTile) {
  for (int const k : {90, 700, 1337}) {
    shape const s = aligned<bf16>(5, 70, k);
    exactly<skinny_tile<16, 8, 1>, bf16, float, row>(s);
    exactly<skinny_tile<16, 8, 2>, bf16, float, row>(s);
    exactly<skinny_tile<32, 8, 4>, bf16, float, row>(s);
    exactly<skinny_tile<32, 16, 2>, bf16, float, row>(s);
    exactly<skinny_tile<16, 8, 4, 4>, bf16, float, row>(s);
    exactly<skinny_tile<16, 8, 2, 16>, bf16, float, row>(s);
  }
}

TEST(GemmSkinny, SplitsAreExact) {
  for (int const splits : {2, 3, 8})
    for (int const k : {5, 300, 1025, 5000}) {
      exactly<few, bf16, float, row>(aligned<bf16>(3, 40, k), splits);
      exactly<more, bf16, bf16, column>(aligned<bf16>(35, 13, k), splits);
    }
}

template <class T, class C>
void both_ways() {
  for (int const k : {1, 13, 64, 77, 300, 4500 / static_cast<int>(sizeof(T)) + 3}) {
    exactly<few, T, C, row>(aligned<T>(3, 37, k));
    exactly<more, T, C, column>(aligned<T>(21, 11, k, 1));
  }
}
TEST(GemmSkinny, Half) { both_ways<__half, float>(); }
TEST(GemmSkinny, Tf32) { both_ways<float, float>(); }
TEST(GemmSkinny, SignedChar) { both_ways<signed char, int>(); }
TEST(GemmSkinny, Fp8e4m3) { both_ways<__nv_fp8_e4m3, float>(); }
TEST(GemmSkinny, Fp8e5m2) { both_ways<__nv_fp8_e5m2, float>(); }
TEST(GemmSkinny, Double) { both_ways<double, double>(); }

TEST(GemmSkinny, SignedCharWithExtremesAndToSignedChar) {
  std::mt19937 random(5);
  check_product<signed char, signed char, row, column, row>(
      aligned<signed char>(4, 33, 150), [&] { return static_cast<signed char>(random() % 4 == 0 ? 0x80 : random()); },
      [](int, int, double sum, double, int got) {
        ASSERT_EQ(got, std::fmax(-128, std::fmin(127, std::nearbyint(sum / 1024))));
      },
      [](lf::queue& q, auto a, auto b, auto c) {
        return lf::tensor::gemm_skinny<few>(q, a, b, c, lf::tensor::scale{1.0f / 1024});
      });
}

// A vector has its elements side by side whatever its layout is called.
TEST(GemmSkinny, VectorsOfEitherLayout) {
  small_integers values;
  auto const make = [&] { return values.of<bf16>(); };
  auto const expect = [](int, int, double sum, double, float got) { ASSERT_EQ(got, sum); };
  auto const multiply = [](lf::queue& q, auto a, auto b, auto c) { return lf::tensor::gemm_skinny<few>(q, a, b, c); };
  check_product<bf16, float, row, row, row>({40, 1, 72}, make, expect, multiply);
  check_product<bf16, float, column, column, row>({1, 40, 72}, make, expect, multiply);
}

TEST(GemmSkinny, RandomProductsAreWithinTheBound) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  shape const s = aligned<bf16>(7, 50, 2500);
  for (int const splits : {1, 4})
    check_product<bf16, float, row, column, row>(
        s, [&] { return bf16(normal(random)); },
        [&](int r, int c, double sum, double magnitudes, float got) {
          // Each of k terms is cut off by 2^-22 of the partial sum at most, which no more than all magnitudes is.
          ASSERT_NEAR(got, sum, magnitudes * s.k * std::ldexp(1, -22)) << "row " << r << " column " << c;
        },
        [&](lf::queue& q, auto a, auto b, auto c) {
          return lf::tensor::gemm_skinny<few>(q, a, b, c, lf::tensor::identity{}, splits);
        });
}

TEST(GemmSkinny, NanReachesItsRowAndColumnAlone) {
  int count = 0;
  check_product<bf16, float, row, column, row>(
      {6, 36, 48}, [&] { return bf16(count++ == 3 * 48 + 7 ? NAN : 1.0f); },
      [](int r, int, double, double, float got) { ASSERT_EQ(std::isnan(got), r == 3) << "row " << r; },
      [](lf::queue& q, auto a, auto b, auto c) { return lf::tensor::gemm_skinny<few>(q, a, b, c); });
}

// ---- epilogues

/// One that no library has: rows shift their results, and every third column is squared.
struct odd_one {
  LANEFOLD_HD float operator()(float x, int r, int c) const { return c % 3 == 0 ? x * x : x + static_cast<float>(r); }
};
template <class LayoutC>
void epilogues_know_the_place(shape s, int splits) {
  small_integers values;
  check_product<bf16, float, row, column, LayoutC>(
      s, [&] { return values.of<bf16>(); },
      [](int r, int c, double sum, double, float got) {
        ASSERT_EQ(got, c % 3 == 0 ? sum * sum : sum + r) << "row " << r << " column " << c;
      },
      [&](lf::queue& q, auto a, auto b, auto c) {
        return lf::tensor::gemm_skinny<few>(q, a, b, c, odd_one{}, splits);
      });
}
TEST(GemmSkinny, EpiloguesAreToldThePlaceInC) {
  for (int const splits : {1, 2}) {
    epilogues_know_the_place<row>(aligned<bf16>(7, 43, 50), splits);
    epilogues_know_the_place<row>(aligned<bf16>(43, 7, 50), splits);
    epilogues_know_the_place<column>(aligned<bf16>(7, 43, 50), splits);
    epilogues_know_the_place<column>(aligned<bf16>(43, 7, 50), splits);
  }
}

// ---- bits

std::vector<bf16> random_values(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<bf16> values(static_cast<std::size_t>(count));
  for (bf16& x : values) x = bf16(normal(random));
  return values;
}
template <class Tile>
std::vector<float> product(lf::device_array<bf16> const& a, lf::device_array<bf16> const& b, int m, int n, int k,
                           int splits) {
  lf::device_array<float> c(static_cast<std::size_t>(m * n));
  lf::queue q;
  lf::status ran = lf::tensor::gemm_skinny<Tile>(
      q, lf::matrix_view<bf16 const>(a.data(), m, k), lf::matrix_view<bf16 const, column>(b.data(), k, n),
      lf::matrix_view<float>(c.data(), m, n), lf::tensor::identity{}, splits);
  if (ran) ran = lf::synchronize(q);
  EXPECT_TRUE(ran.ok()) << ran.message();
  return c.to_host();
}

TEST(GemmSkinny, ElementsHaveTheirBitsWhateverIsAround) {
  constexpr int k = 1304, m = 16, n = 50;
  lf::device_array<bf16> const a(random_values(m * k, 1)), b(random_values(n * k, 2));
  for (int const splits : {1, 3}) {
    auto const all = product<more>(a, b, m, n, k, splits);
    auto const expect_same = [&](std::vector<float> const& some, int rows, int columns) {
      for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c)
          ASSERT_EQ(some[static_cast<std::size_t>(r * columns + c)], all[static_cast<std::size_t>(r * n + c)])
              << rows << " x " << columns << " row " << r << " column " << c;
    };
    for (int const rows : {1, 3, 8}) {
      expect_same(product<few>(a, b, rows, n, k, splits), rows, n);
      expect_same(product<skinny_tile<32, 8, 2>>(a, b, rows, 20, k, splits), rows, 20);
    }
    expect_same(product<few>(a, b, m, 5, k, splits), m, 5);  // the other side is the wide one
  }
}

/// The sum in the stated order, over runs whose own sums are exact: 1, then 2^24, and then ones, which are lost one by one.
TEST(GemmSkinny, WarpsAndThenSplitsAreAddedFromTheFirstToTheLast) {
  constexpr int run = 128, warps = 8, k = 2 * warps * run;
  std::vector<bf16> left(k, bf16(0.0f));
  lf::device_array<bf16> const b(std::vector<bf16>(k, bf16(1.0f)));
  auto const term_of = [&](int turn) -> bf16& { return left[static_cast<std::size_t>(turn * run + 7 * turn)]; };
  for (int warp = 0; warp < warps; ++warp) term_of(warp) = bf16(warp == 1 ? 16777216.0f : 1.0f);
  EXPECT_EQ(product<few>(lf::device_array<bf16>(left), b, 1, 1, k, 1)[0], 16777216.0f);
  // The second block of two brings 2.
  term_of(warps) = bf16(1.0f);
  term_of(2 * warps - 1) = bf16(1.0f);
  EXPECT_EQ(product<few>(lf::device_array<bf16>(left), b, 1, 1, k, 2)[0], 16777218.0f);
}

// ---- errors

TEST(GemmSkinny, WhatDoesNotFitIsToldAndNothingIsDone) {
  lf::queue q;
  bf16* const none = nullptr;
  bf16* const odd = none + 4;
  lf::matrix_view<bf16 const> const a(none, 4, 8);
  lf::matrix_view<bf16 const, column> const b(none, 8, 24);
  lf::matrix_view<bf16> const c(none, 4, 24);
  auto const tell = [&](auto in_a, auto in_b, auto in_c, int splits = 1) {
    lf::status const failed = lf::tensor::gemm_skinny<few>(q, in_a, in_b, in_c, lf::tensor::identity{}, splits);
    EXPECT_FALSE(failed.ok());
    return std::string(failed.message());
  };
  EXPECT_EQ(tell(a, b, lf::matrix_view<bf16>(none, 4, 23)),
            "lanefold: gemm: a is 4 x 8, b is 8 x 24 and c is 4 x 23, and they must be m x k, k x n and m x n");
  EXPECT_EQ(tell(a, b, c, 17), "lanefold: gemm_skinny: splits is 17, and must be 1..16");
  std::string const takes =
      "lanefold: gemm_skinny: it takes at most 8 rows of a or columns of b, with elements side by side along k and "
      "lines of "
      "at most 2^30 bytes that begin at multiples of 16; ";
  auto const expect_refused = [&](std::string const& message) { EXPECT_EQ(message.substr(0, takes.size()), takes); };
  expect_refused(tell(lf::matrix_view<bf16 const>(none, 9, 8), b, lf::matrix_view<bf16>(none, 9, 24)));
  expect_refused(tell(lf::matrix_view<bf16 const>(odd, 4, 8), b, c));
  expect_refused(tell(a, lf::matrix_view<bf16 const, column>(none, 8, 24, 12), c));
  expect_refused(tell(a, lf::matrix_view<bf16 const>(none, 8, 24), c));
  expect_refused(tell(lf::matrix_view<bf16 const, column>(none, 4, 8), b, c));
  EXPECT_NE(tell(lf::matrix_view<bf16 const>(none, 9, 8), b, lf::matrix_view<bf16>(none, 9, 24))
                .find("a has 9 rows, 16 bytes apart"),
            std::string::npos);
}

}  // namespace
