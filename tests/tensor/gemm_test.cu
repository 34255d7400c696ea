// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// gemm of bfloat16: every tile, layouts, tails, splits, epilogues, what is promised of bits, and errors.

#include <cuda_bf16.h>
#include <lanefold/tensor/gemm.hpp>

#include "support/products.hpp"

namespace {

using row = lf::row_major;
using column = lf::column_major;
using bf16 = __nv_bfloat16;
using lf::gemm_way;

lf::gemm_options planned(gemm_way way, int tile, int splits = 1) {
  lf::gemm_options options;
  options.plan = {way, tile, splits};
  return options;
}

/// Small integers exactly.
template <class C, class LayoutA, class LayoutB, class LayoutC>
void exactly(shape s, lf::gemm_options options = {}) {
  SCOPED_TRACE(testing::Message() << "way " << static_cast<int>(options.plan.way) << " tile " << options.plan.tile
                                  << " splits " << options.plan.splits);
  small_integers values;
  check_product<bf16, C, LayoutA, LayoutB, LayoutC>(
      s, [&] { return values.of<bf16>(); },
      [](int r, int c, double sum, double, C got) {
        ASSERT_EQ(to_double(got), to_double(from_double<C>(sum))) << "row " << r << " column " << c;
      },
      [&](lf::queue& q, auto a, auto b, auto c) { return lf::tensor::gemm(q, a, b, c, {}, options); });
}

// Strides are multiples of 16 bytes, or not: then operands are repacked.
TEST(Gemm, EveryTileOfWgmma) {
  for (int tile = 0; tile < lf::tensor::detail::wgmma_tiles::count; ++tile) {
    exactly<bf16, row, column, row>({150, 270, 200, 0, 0}, planned(gemm_way::wgmma, tile));
    exactly<bf16, row, column, row>({65, 97, 130, 1, 3}, planned(gemm_way::wgmma, tile, 2));
  }
}
TEST(Gemm, EveryTileOfMma) {
  for (int tile = 0; tile < lf::tensor::detail::mma_tiles<bf16>::count; ++tile) {
    exactly<bf16, row, column, row>({130, 140, 100, 8, 8}, planned(gemm_way::mma, tile));
    exactly<bf16, row, column, row>({65, 97, 130, 1, 3}, planned(gemm_way::mma, tile, 2));
  }
}
// The second tile takes up to 16 lines. C by columns: the narrow side of C^T is the other one.
TEST(Gemm, EveryTileOfSkinny) {
  for (int tile = 0; tile < lf::tensor::detail::skinny_tiles<bf16>::count; ++tile)
    for (int const splits : {1, 2}) {
      exactly<bf16, row, column, row>({5 + 6 * tile, 100, 304, 8, 0}, planned(gemm_way::skinny, tile, splits));
      exactly<float, row, column, column>({70, 3 + 8 * tile, 44, 8, 4}, planned(gemm_way::skinny, tile, splits));
    }
}
TEST(Gemm, ManyTilesForEachBlock) {
  exactly<bf16, row, column, row>({520, 700, 70}, planned(gemm_way::wgmma, 1));
  exactly<bf16, row, column, row>({700, 520, 70}, planned(gemm_way::wgmma, 3));
}
TEST(Gemm, SmallAndOddProblems) {
  for (shape const s :
       {shape{1, 1, 1}, shape{7, 9, 5, 1, 1}, shape{64, 64, 64}, shape{63, 65, 1}, shape{3, 200, 33},
        shape{200, 16, 320}, shape{1, 90, 2064, 8, 0}, shape{33, 31, 0}, shape{0, 5, 5}, shape{129, 1, 72, 8, 8}})
    exactly<bf16, row, column, row>(s);
}
// C by columns is the transposed problem.
TEST(Gemm, OtherLayouts) {
  for (shape const s : {shape{72, 104, 88}, shape{70, 33, 50, 3, 1}}) {
    exactly<float, row, row, row>(s);
    exactly<float, column, column, column>(s);
  }
}

TEST(Gemm, RandomProductsAreWithinTheBound) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  shape const s{70, 66, 500};
  for (auto const& options : {planned(gemm_way::wgmma, 4), planned(gemm_way::wgmma, 6, 3)})
    check_product<bf16, bf16, row, column, row>(
        s, [&] { return bf16(normal(random)); },
        [&](int r, int c, double sum, double magnitudes, bf16 got) {
          // Terms are cut off by 2^-22 of the partial sum at most, which no more than all magnitudes is; C is rounded.
          ASSERT_NEAR(to_double(got), sum, magnitudes * s.k * std::ldexp(1, -22) + std::fabs(sum) * std::ldexp(1, -8))
              << "row " << r << " column " << c;
        },
        [&](lf::queue& q, auto a, auto b, auto c) { return lf::tensor::gemm(q, a, b, c, {}, options); });
}

// ---- epilogues

/// One that no library has: rows shift their results, and every third column is squared.
struct odd_one {
  LANEFOLD_HD float operator()(float x, int r, int c) const { return c % 3 == 0 ? x * x : x + static_cast<float>(r); }
};
TEST(Gemm, EpiloguesAreToldThePlaceInC) {
  small_integers values;
  auto const make = [&] { return values.of<bf16>(); };
  auto const expect = [](int r, int c, double sum, double, float got) {
    ASSERT_EQ(got, c % 3 == 0 ? sum * sum : sum + r) << "row " << r << " column " << c;
  };
  for (auto const& options :
       {planned(gemm_way::wgmma, 5), planned(gemm_way::wgmma, 6, 2), planned(gemm_way::mma, 1, 2)})
    for (shape const s : {shape{67, 100, 150}, shape{67, 101, 150, 1, 2}})
      check_product<bf16, float, row, column, row>(s, make, expect, [&](lf::queue& q, auto a, auto b, auto c) {
        return lf::tensor::gemm(q, a, b, c, odd_one{}, options);
      });
}

// ---- bits

std::vector<bf16> random_values(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<bf16> values(count);
  for (bf16& x : values) x = bf16(normal(random));
  return values;
}
std::vector<float> product(lf::device_array<bf16> const& a, lf::device_array<bf16> const& b, int m, int n, int k,
                           lf::gemm_options const& options) {
  lf::device_array<float> c(static_cast<std::size_t>(m * n));
  lf::queue q;
  lf::status ran = lf::tensor::gemm(q, lf::matrix_view<bf16 const>(a.data(), m, k),
                                    lf::matrix_view<bf16 const, column>(b.data(), k, n),
                                    lf::matrix_view<float>(c.data(), m, n), {}, options);
  if (ran) ran = lf::synchronize(q);
  EXPECT_TRUE(ran.ok()) << ran.message();
  return c.to_host();
}

TEST(Gemm, BatchInvariantRowsHaveTheirBitsWhateverIsAround) {
  constexpr int k = 264, most = 200;
  lf::device_array<bf16> const a(random_values(most * k, 1)), b(random_values(most * k, 2));
  lf::gemm_options alone;
  alone.batch_invariant = true;
  auto const all = product(a, b, most, most, k, alone);
  for (int const m : {1, 3, 64, 130})
    for (int const n : {most, 8, 100}) {
      auto const some = product(a, b, m, n, k, alone);
      for (int r = 0; r < m; ++r)
        for (int c = 0; c < n; ++c)
          ASSERT_EQ(some[static_cast<std::size_t>(r * n + c)], all[static_cast<std::size_t>(r * most + c)])
              << m << " x " << n << " row " << r << " column " << c;
    }
}
TEST(Gemm, EveryRunHasTheSameBits) {
  constexpr int k = 512, m = 130, n = 70;
  lf::device_array<bf16> const a(random_values(m * k, 3)), b(random_values(n * k, 4));
  for (auto const& options :
       {planned(gemm_way::wgmma, 0, 4), planned(gemm_way::wgmma, 3, 2), planned(gemm_way::mma, 1, 4)}) {
    auto const first = product(a, b, m, n, k, options);
    for (int i = 0; i < 3; ++i) ASSERT_EQ(product(a, b, m, n, k, options), first);
  }
}

// ---- errors

TEST(Gemm, ErrorsNameTheArgumentAndTheLimit) {
  lf::queue q;
  bf16* const none = nullptr;
  lf::matrix_view<bf16 const> const a(none, 4, 8);
  lf::matrix_view<bf16 const, column> const b(none, 8, 6);
  lf::matrix_view<bf16> const c(none, 4, 6), narrow(none, 4, 5), close(none, 4, 6, 3);
  auto const message = [&](auto in_c, lf::gemm_options options = {}) {
    lf::status const failed = lf::tensor::gemm(q, a, b, in_c, {}, options);
    EXPECT_EQ(failed.kind(), lf::status_kind::bad_argument);
    return std::string(failed.message());
  };
  EXPECT_EQ(message(narrow),
            "lanefold: gemm: a is 4 x 8, b is 8 x 6 and c is 4 x 5, and they must be m x k, k x n and m x n");
  EXPECT_EQ(message(close), "lanefold: gemm: c has stride 3, and it must be at least 6, the length of a line");
  EXPECT_EQ(message(c, planned(gemm_way::mma, 99)), "lanefold: gemm: plan.tile is 99, and must be 0..1");
  EXPECT_EQ(message(c, planned(gemm_way::mma, 0, 17)), "lanefold: gemm: plan.splits is 17, and must be 1..16");
  EXPECT_EQ(message(c, planned(gemm_way::skinny, 2)), "lanefold: gemm: plan.tile is 2, and must be 0..1");
  lf::matrix_view<bf16 const> const many(none, 9, 8);
  lf::matrix_view<bf16 const, column> const also_many(none, 8, 10);
  lf::status const refused =
      lf::tensor::gemm(q, many, also_many, lf::matrix_view<bf16>(none, 9, 10), {}, planned(gemm_way::skinny, 0));
  EXPECT_EQ(refused.kind(), lf::status_kind::unsupported);
  EXPECT_EQ(std::string(refused.message()).substr(0, 60),
            "lanefold: gemm_skinny: it takes at most 8 rows of a or colum");
  lf::gemm_options invariant = planned(gemm_way::mma, 0, 2);
  invariant.batch_invariant = true;
  EXPECT_EQ(message(c, invariant), "lanefold: gemm: plan.splits is 2, and with batch_invariant it must be 1");
}

}  // namespace
