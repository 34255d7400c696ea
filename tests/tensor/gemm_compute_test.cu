// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Kinds of computation: what gemm's first template argument promises.

#include <cuda_fp16.h>
#include <cuda_fp8.h>
#include <lanefold/tensor/gemm.hpp>

#include <cstring>

#include "support/products.hpp"

namespace {

namespace compute = lf::tensor::compute;
using row = lf::row_major;
using column = lf::column_major;

/// Of all magnitudes from 2^-4 to 2^4, with all 24 bits.
struct any_floats {
  std::mt19937 random{17};
  float operator()() {
    auto const bits = static_cast<std::uint32_t>(random());
    return std::ldexp(static_cast<float>(bits >> 8) * 0x1p-24f + 0x1p-24f, static_cast<int>(bits % 9) - 4) *
           (bits & 16 ? -1.0f : 1.0f);
  }
};

std::uint32_t bits_of(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, 4);
  return bits;
}

/// A (m x k) and B^T (n x k) by lines, and their product by gemm.
struct by_hand {
  int m, n, k;
  std::vector<float> a, b;
  template <class Make>
  by_hand(int m_, int n_, int k_, Make make) : m(m_), n(n_), k(k_) {
    for (int i = 0; i < m * k; ++i) a.push_back(make());
    for (int i = 0; i < n * k; ++i) b.push_back(make());
  }
  template <class Compute>
  std::vector<float> product(lf::gemm_options const& options = {}) const {
    lf::device_array<float> const in_a(a), in_b(b);
    lf::device_array<float> out(static_cast<std::size_t>(m * n));
    lf::queue q;
    lf::status ran = lf::tensor::gemm<Compute>(
        q, lf::matrix_view<float const>(in_a.data(), m, k), lf::matrix_view<float const, column>(in_b.data(), k, n),
        lf::matrix_view<float>(out.data(), m, n), lf::tensor::identity{}, options);
    if (ran) ran = lf::synchronize(q);
    EXPECT_TRUE(ran.ok()) << ran.message();
    return out.to_host();
  }
};

/// The bits of a scalar loop, with strangers around the operands.
template <class LayoutA, class LayoutB, class LayoutC>
void is_the_loop(shape s, int tile) {
  SCOPED_TRACE(testing::Message() << s << " tile " << tile);
  matrix<float, LayoutA> a(s.m, s.k, s.before, s.gap);
  matrix<float, LayoutB> b(s.k, s.n, s.before, s.gap);
  matrix<float, LayoutC> c(s.m, s.n, s.before, s.gap);
  any_floats any;
  a.fill(NAN, any);
  b.fill(NAN, any);
  c.fill(77, [] { return 77; });
  lf::queue q;
  lf::gemm_options options;
  options.plan = {lf::gemm_way::simt, tile, 1};
  lf::status ran = lf::tensor::gemm<compute::f32>(q, lf::matrix_view<float const, LayoutA>(a.view()),
                                                  lf::matrix_view<float const, LayoutB>(b.view()), c.view(),
                                                  lf::tensor::identity{}, options);
  if (ran) ran = lf::synchronize(q);
  ASSERT_TRUE(ran.ok()) << ran.message();
  std::vector<float> got = c.device.to_host();
  for (int r = 0; r < s.m; ++r)
    for (int j = 0; j < s.n; ++j) {
      float sum = 0;
      for (int k = 0; k < s.k; ++k) sum = std::fma(a.values[a.at(r, k)], b.values[b.at(k, j)], sum);
      float& here = got[c.at(r, j)];
      ASSERT_EQ(bits_of(here), bits_of(sum)) << "row " << r << " column " << j << " got " << here << " not " << sum;
      here = 77;
    }
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], 77) << "element " << i << " outside of C";
}

TEST(GemmComputeF32, IsTheScalarLoop) {
  for (int tile = 0; tile < 3; ++tile) {
    is_the_loop<row, column, row>({33, 70, 37}, tile);
    is_the_loop<row, column, row>({130, 20, 32, 3, 1}, tile);
    is_the_loop<column, row, row>({36, 68, 19}, tile);
    is_the_loop<column, row, row>({35, 33, 40, 1, 2}, tile);
  }
  is_the_loop<row, row, column>({29, 40, 18, 4, 4}, 2);
  is_the_loop<column, column, column>({40, 31, 50}, 2);
}

TEST(GemmComputeF32, KeepsTheSignOfZero) {
  by_hand both(2, 2, 3, [] { return 0.0f; });
  both.a = {-1e-30f, 0, 0, 1e-30f, 0, -0.0f};
  both.b = {1e-30f, -0.0f, 0, 1, 0, 0};
  auto const got = both.product<compute::f32>();
  for (int i = 0; i < 4; ++i) {
    float sum = 0;
    for (int k = 0; k < 3; ++k)
      sum = std::fma(both.a[static_cast<std::size_t>(i / 2 * 3 + k)], both.b[static_cast<std::size_t>(i % 2 * 3 + k)],
                     sum);
    EXPECT_EQ(bits_of(got[static_cast<std::size_t>(i)]), bits_of(sum)) << "element " << i;
  }
}

TEST(GemmComputeF32, RefusesOtherPlans) {
  lf::queue q;
  lf::device_array<float> memory(64);
  lf::matrix_view<float> const x(memory.data(), 8, 8);
  for (lf::gemm_plan const plan : {lf::gemm_plan{lf::gemm_way::mma, 0, 1}, lf::gemm_plan{lf::gemm_way::simt, 3, 1},
                                   lf::gemm_plan{lf::gemm_way::simt, 0, 2}}) {
    lf::gemm_options options;
    options.plan = plan;
    EXPECT_EQ(lf::tensor::gemm<compute::f32>(q, x, x, x, lf::tensor::identity{}, options).kind(),
              lf::status_kind::bad_argument);
  }
}

// From plan to plan the runs of k differ; all are within the bound, which is far below what tf32 alone leaves.
TEST(GemmComputeTf32x3, IsWithinItsBound) {
  by_hand const both(70, 40, 100, any_floats());
  for (lf::gemm_plan const plan :
       {lf::gemm_plan{}, lf::gemm_plan{lf::gemm_way::wgmma, 3, 2}, lf::gemm_plan{lf::gemm_way::mma, 1, 2}}) {
    lf::gemm_options options;
    options.plan = plan;
    auto const got = both.product<compute::tf32x3>(options);
    double worst = 0;
    for (int r = 0; r < both.m; ++r)
      for (int c = 0; c < both.n; ++c) {
        double sum = 0, magnitudes = 0;
        for (int k = 0; k < both.k; ++k) {
          double const term = double(both.a[static_cast<std::size_t>(r * both.k + k)]) *
                              both.b[static_cast<std::size_t>(c * both.k + k)];
          sum += term;
          magnitudes += std::fabs(term);
        }
        double const error = std::fabs(got[static_cast<std::size_t>(r * both.n + c)] - sum);
        ASSERT_LE(error, (1.01 * both.k + 2) * 0x1p-22 * magnitudes) << "row " << r << " column " << c;
        worst = std::fmax(worst, error / magnitudes);
      }
    EXPECT_LT(worst, 0x1p-18) << "tf32 alone leaves about 2^-12";
  }
}

TEST(GemmComputeTf32x3, KeepsInfinityAndNan) {
  by_hand both(4, 4, 2, [] { return 0.0f; });
  float const largest = 3.4028235e38f;
  both.a = {INFINITY, 1, 1 + 0x1p-20f, -INFINITY, NAN, 0, largest, 0};
  both.b = {1, 1, 1 + 0x1p-20f, 3, INFINITY, 1, 1, 0};
  auto const got = both.product<compute::tf32x3>();
  for (int r = 0; r < 4; ++r)
    for (int c = 0; c < 4; ++c) {
      double sum = 0;
      for (int k = 0; k < 2; ++k)
        sum += double(both.a[static_cast<std::size_t>(r * 2 + k)]) * both.b[static_cast<std::size_t>(c * 2 + k)];
      float const x = got[static_cast<std::size_t>(r * 4 + c)];
      if (std::isnan(sum)) {
        EXPECT_TRUE(std::isnan(x)) << "row " << r << " column " << c << " got " << x;
      } else if (std::isinf(sum) || r < 3) {
        EXPECT_EQ(x, static_cast<float>(sum)) << "row " << r << " column " << c;
      } else if (sum < largest) {
        EXPECT_NEAR(x, sum, 0x1p-20 * sum) << "row " << r << " column " << c;
      }
    }
}

TEST(GemmComputeTf32x3, OfAnyLayoutAndOfNothing) {
  auto const nearly = [](int r, int c, double sum, double magnitudes, float got) {
    ASSERT_NEAR(got, sum, 0x1p-18 * magnitudes) << "row " << r << " column " << c;
  };
  auto const multiply = [](lf::queue& q, auto a, auto b, auto c) {
    return lf::tensor::gemm<compute::tf32x3>(q, a, b, c);
  };
  for (shape const& s : {shape{33, 20, 70, 1, 1}, shape{5, 6, 0}})
    check_product<float, float, column, row, row>(s, any_floats(), nearly, multiply);
}

bool on_hopper() {
  lf::backend::device_facts device;
  return lf::backend::ask_device(&device).ok() && device.sm == 90;
}

/// The element of a row by a column, the rest zeros, with a plan's tile.
template <class Compute>
float fp8_product(std::vector<float> const& of_a, std::vector<float> const& of_b, int tile, int splits = 1) {
  int const k = static_cast<int>(of_a.size());
  std::vector<__nv_fp8_e4m3> a(of_a.begin(), of_a.end()), b(of_b.begin(), of_b.end());
  lf::device_array<__nv_fp8_e4m3> const in_a(a), in_b(b);
  lf::device_array<float> out(1);
  lf::queue q;
  lf::gemm_options options;
  options.plan = {lf::gemm_way::wgmma, tile, splits};
  lf::status ran = lf::tensor::gemm<Compute>(q, lf::matrix_view<__nv_fp8_e4m3 const>(in_a.data(), 1, k),
                                             lf::matrix_view<__nv_fp8_e4m3 const, column>(in_b.data(), k, 1),
                                             lf::matrix_view<float>(out.data(), 1, 1), lf::tensor::identity{}, options);
  if (ran) ran = lf::synchronize(q);
  EXPECT_TRUE(ran.ok()) << ran.message();
  return out.to_host()[0];
}

// 2^24 from two panels, and a third one with a term in each of its four instructions: one by one they would be lost.
TEST(GemmComputeFp8, PanelsAreAddedInFloat) {
  if (!on_hopper()) GTEST_SKIP() << "wgmma is of sm_90";
  std::vector<float> a(384), b(384, 256.0f);
  for (std::size_t i = 0; i < 384; ++i) a[i] = i < 256 ? 256.0f : i % 32 == 0 ? 0x1p-8f : 0.0f;
  for (int tile = 0; tile < 5; ++tile)
    EXPECT_EQ(fp8_product<compute::standard>(a, b, tile), 0x1p24f + 4) << "tile " << tile;
  EXPECT_EQ(fp8_product<compute::standard>(a, b, 4, 3), 0x1p24f + 4) << "in three runs";
  EXPECT_EQ(fp8_product<compute::fast>(a, b, 6), 0x1p24f);
}

// Each panel's sum fits the bits that tensor cores keep, and all of it those of a float.
TEST(GemmComputeFp8, LongSumsKeepTheBitsOfFloat) {
  if (!on_hopper()) GTEST_SKIP() << "wgmma is of sm_90";
  std::mt19937 random(23);
  std::vector<float> a(16384), b(16384);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = std::ldexp(1.0f, static_cast<int>(random() % 3) - 1);
    b[i] = std::ldexp(1.0f, static_cast<int>(random() % 3) - 1);
    sum += double(a[i]) * b[i];
  }
  EXPECT_EQ(fp8_product<compute::standard>(a, b, 4), sum);
}

/// gemm of __half with sums in half, by the smaller tile.
template <class Make, class Expect>
void sums_in_half(shape s, Make make, Expect expect, int splits = 1) {
  check_product<__half, float, row, column, row>(s, make, expect, [&](lf::queue& q, auto a, auto b, auto c) {
    lf::gemm_options options;
    options.plan = {lf::gemm_way::mma, 1, splits};
    return lf::tensor::gemm<compute::f16_sums>(q, a, b, c, lf::tensor::identity{}, options);
  });
}

TEST(GemmComputeF16Sums, RoundsToHalf) {
  small_integers values;
  sums_in_half(
      {33, 20, 70}, [&] { return values.of<__half>(); },
      [](int, int, double sum, double, float got) { ASSERT_EQ(got, sum); });
  // 2048 and 16 more, of which none is felt one by one.
  sums_in_half(
      {3, 5, 2064}, [] { return __half(1.0f); },
      [](int, int, double, double, float got) { ASSERT_TRUE(got >= 2048 && got <= 2064 && std::fmod(got, 2) == 0); });
  sums_in_half(
      {3, 5, 64}, [] { return __half(64.0f); },
      [](int, int, double, double, float got) { ASSERT_EQ(got, INFINITY) << "beyond 65504"; });
  sums_in_half(
      {3, 5, 128}, [] { return __half(24.0f); },
      [](int, int, double sum, double, float got) { ASSERT_EQ(got, sum) << "each run fits a half"; }, 2);
}

}  // namespace
