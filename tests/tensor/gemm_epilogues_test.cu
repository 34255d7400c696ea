// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// What happens to results on their way out, in each way they have: from and to few bits with scales, and gated units.

#include <cuda_bf16.h>
#include <cuda_fp8.h>

#include <lanefold/tensor/gemm.hpp>

#include "support/ways.hpp"

namespace {

using bf16 = __nv_bfloat16;
constexpr int m = 37, n = 75;

std::vector<float> powers_of_two(int count, int period) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) values[static_cast<std::size_t>(i)] = std::ldexp(1.0f, i % period - 4);
  return values;
}

struct scales {
  std::vector<float> row = powers_of_two(m, 5), column = powers_of_two(2 * n, 3);
  lf::device_array<float> device_row{row}, device_column{column};
  double of(int r, int c) const {
    return double(row[static_cast<std::size_t>(r)]) * column[static_cast<std::size_t>(c)];
  }
};

TEST(Dequantise, IntegersTimesTheScalesOfRowAndColumnAndThenABias) {
  integer_product<signed char> product(m, n, 160);
  scales const s;
  auto const epilogue =
      tensor::chain(tensor::scale_of_row{s.device_row.data()}, tensor::scale_of_column{s.device_column.data()},
                    tensor::bias_of_column{s.device_column.data()});
  product.expect_in_all_ways<float>(n, epilogue, [&](int r, int c, float got) {
    ASSERT_EQ(got, product.sum(r, c) * s.of(r, c) + s.column[static_cast<std::size_t>(c)]) << r << ", " << c;
  });
}

/// The nearest of all the fp8 numbers, the one with an even code where two are as near; beyond the largest the largest.
double nearest_fp8(double x) {
  double best = 0;
  for (int code = 0; code < 0x7f; ++code) {
    __nv_fp8_e4m3 number;
    number.__x = static_cast<unsigned char>(code);
    double const value = to_double(number), now = std::fabs(value - std::fabs(x)),
                 before = std::fabs(best - std::fabs(x));
    if (now < before || (now == before && code % 2 == 0)) best = value;
  }
  return std::copysign(best, x);
}

TEST(Quantise, ToBytesAndFp8ByScalesOfRowColumnAndTensor) {
  integer_product<bf16> product(m, n, 144);
  scales const s;
  auto const epilogue = tensor::chain(tensor::scale_of_row{s.device_row.data()},
                                      tensor::scale_of_column{s.device_column.data()}, tensor::scale{4.0f});
  auto const exact = [&](int r, int c) { return product.sum(r, c) * s.of(r, c) * 4; };
  product.expect_in_all_ways<signed char>(n, epilogue, [&](int r, int c, signed char got) {
    ASSERT_EQ(got, std::fmin(127, std::fmax(-128, std::nearbyint(exact(r, c))))) << r << ", " << c;
  });
  product.expect_in_all_ways<__nv_fp8_e4m3>(n, epilogue, [&](int r, int c, __nv_fp8_e4m3 got) {
    ASSERT_EQ(to_double(got), nearest_fp8(exact(r, c))) << r << ", " << c;
  });
}

// ---- what is read for columns and elements: wide where it may be, and the same where not

/// The product and biases and residuals of small integers from any address, in rows of any stride.
template <class Element, class Bias>
void expect_reads(int columns, int offset, int padding) {
  integer_product<bf16> product(m, columns, 144);
  small_integers values;
  auto const some = [&](auto element, int count) {
    std::vector<decltype(element)> all(static_cast<std::size_t>(count));
    for (auto& each : all) each = values.of<decltype(element)>();
    return all;
  };
  int const stride = columns + padding;
  auto const bias = some(Bias(), columns + offset);
  auto const before = some(Element(), m * stride + offset);
  lf::device_array<Bias> const device_bias(bias);
  lf::device_array<Element> const device_before(before);
  lf::matrix_view<Element const> const c(device_before.data() + offset, m, columns, stride);
  tensor::bias_of_column<Bias const> const add{device_bias.data() + offset};
  auto const exact = [&](int r, int column) {
    return product.sum(r, column) + to_double(bias[static_cast<std::size_t>(column + offset)]);
  };
  product.expect_in_all_ways<float>(
      columns, tensor::chain(add, tensor::residual{2.0f, c}), [&](int r, int column, float got) {
        double const read = to_double(before[static_cast<std::size_t>(r * stride + column + offset)]);
        ASSERT_EQ(got, exact(r, column) + 2 * read) << r << ", " << column << ", offset " << offset;
      });
  lf::matrix_view<Element const> const nowhere(nullptr, m, columns);
  product.expect_in_all_ways<float>(columns, tensor::chain(tensor::residual{0.0f, nowhere}, add),
                                    [&](int r, int column, float got) { ASSERT_EQ(got, exact(r, column)); });
}
TEST(Reads, AreTheSameFromAnyAddress) {
  expect_reads<bf16, float>(128, 0, 0);  // wide
  expect_reads<bf16, float>(128, 1, 0);
  expect_reads<bf16, float>(128, 0, 3);
  expect_reads<float, bf16>(75, 4, 1);
  expect_reads<double, signed char>(128, 0, 0);
}

// ---- pairs of columns

/// A unit of a user's own, told its place in C.
struct bilinear_and_place {
  static constexpr bool takes_pairs = true;
  LANEFOLD_HD float operator()(float first, float second, int row, int column) const {
    return first * second + static_cast<float>(row - column);
  }
};
double after_relu(double x) { return x < 0 ? 0 : x; }

TEST(Gated, AChainSeesTheProductsColumnsBeforeAndThoseOfCBehind) {
  integer_product<bf16> product(m, 2 * n, 144);
  scales const s;
  auto const epilogue = tensor::chain(tensor::scale_of_column{s.device_column.data()}, tensor::gated{tensor::relu{}},
                                      tensor::bias_of_column{s.device_column.data()});
  auto const scaled = [&](int r, int c) { return product.sum(r, c) * s.column[static_cast<std::size_t>(c)]; };
  auto const expected = [&](int r, int c) {
    return after_relu(scaled(r, 2 * c)) * scaled(r, 2 * c + 1) + s.column[static_cast<std::size_t>(c)];
  };
  product.expect_in_all_ways<float>(n, epilogue,
                                    [&](int r, int c, float got) { ASSERT_EQ(got, expected(r, c)) << r << ", " << c; });
}

TEST(Gated, AUnitOfOnesOwnOfDoubles) {
  integer_product<double> product(m, 2 * n, 32);
  product.expect_in_all_ways<double>(n, bilinear_and_place{}, [&](int r, int c, double got) {
    ASSERT_EQ(got, product.sum(r, 2 * c) * product.sum(r, 2 * c + 1) + r - c) << r << ", " << c;
  });
}

/// Gate and up are two views of one matrix of weights.
TEST(Gated, SwigluOfWeightsThatWereWrittenByTurns) {
  integer_product<bf16> product(5, 2 * 40, 64);
  lf::device_array<bf16> out(5 * 40);
  lf::queue q;
  lf::matrix_view<bf16, lf::column_major> const both = product.b.view();
  lf::matrix_view<bf16> const c(out.data(), 5, 40);
  auto const multiply = [&](lf::matrix_view<bf16> into, lf::gemm_options const& options = {}) {
    return tensor::gemm(q, lf::matrix_view<bf16 const>(product.a.view()),
                        lf::matrix_view<bf16 const, lf::column_major>(both), into,
                        tensor::chain(tensor::scale{0.125f}, tensor::gated{tensor::silu{}}), options);
  };
  lf::status ran = multiply(c);
  if (ran) ran = lf::synchronize(q);
  ASSERT_TRUE(ran.ok()) << ran.message();
  auto const got = out.to_host();
  lf::matrix_view<bf16, lf::column_major> const gates(product.b.values.data(), 64, 40, 2 * 64),
      ups(product.b.values.data() + 64, 64, 40, 2 * 64);
  for (int r = 0; r < 5; ++r)
    for (int column = 0; column < 40; ++column) {
      double gate = 0, up = 0;
      for (int k = 0; k < 64; ++k) {
        double const a = to_double(product.a.values[product.a.at(r, k)]) / 8;
        gate += a * to_double(gates(k, column));
        up += a * to_double(ups(k, column));
      }
      double const expected = gate / (1 + std::exp(-gate)) * up;
      ASSERT_NEAR(to_double(got[static_cast<std::size_t>(r * 40 + column)]), expected,
                  std::fabs(expected) / 256 + 1e-6);
    }

  EXPECT_EQ(std::string(multiply({out.data(), 5, 39}).message()),
            "lanefold: gemm: a is 5 x 64, b is 64 x 80 and c is 5 x 39, and they must be m x k, k x 2 n and m x n");
  lf::gemm_options skinny;
  skinny.plan.way = lf::gemm_way::skinny;
  EXPECT_EQ(std::string(multiply(c, skinny).message()),
            "lanefold: gemm_skinny: the epilogue takes neighbours of a row, which no lane of it has");
}

}  // namespace
