// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Each epilogue on the device against its definition in double.

#include <gtest/gtest.h>
#include <lanefold/groups.cuh>
#include <lanefold/host/device_array.hpp>
#include <lanefold/host/launch.hpp>
#include <lanefold/tensor/epilogue.cuh>

#include <cmath>
#include <limits>
#include <vector>

namespace lf = lanefold;
namespace tensor = lanefold::tensor;

namespace {

constexpr int rows = 4, columns = 32;

template <class Epilogue, class Value, class Result>
LANEFOLD_KERNEL apply(Epilogue epilogue, Value const* in, Result* out) {
  int const column = lf::lane_id();
  for (int row = 0; row < rows; ++row) out[row * columns + column] = epilogue(in[row * columns + column], row, column);
}

template <class Value, class Epilogue, class Oracle>
void expect_each(Epilogue epilogue, std::vector<Value> const& in, double units, Oracle oracle) {
  using result = decltype(epilogue(Value(), 0, 0));
  lf::device_array<Value> const device_in(in);
  lf::device_array<result> out(in.size());
  lf::status const ran = lf::launch(apply<Epilogue, Value, result>, {1, 32}, epilogue, device_in.data(), out.data());
  ASSERT_TRUE(ran.ok()) << ran.message();
  auto const got = out.to_host();
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      auto const i = static_cast<std::size_t>(row * columns + column);
      double const x = static_cast<double>(in[i]), expected = oracle(x, row, column);
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(static_cast<double>(got[i]))) << "of " << x;
      } else if (std::isinf(expected)) {
        ASSERT_EQ(static_cast<double>(got[i]), expected) << "of " << x;
      } else {
        double const epsilon = std::is_same_v<result, double> ? std::ldexp(1, -52) : std::ldexp(1, -23);
        ASSERT_NEAR(static_cast<double>(got[i]), expected,
                    units * epsilon * std::fmax(std::fabs(expected), std::fabs(x)))
            << "of " << x << " row " << row << " column " << column;
      }
    }
}

template <class Value>
std::vector<Value> values() {
  std::vector<Value> all(rows * columns);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Value>((static_cast<double>(i) - 64) * 0.17);
  all[5] = Value(100);
  all[6] = Value(-100);
  all[7] = std::numeric_limits<Value>::quiet_NaN();
  all[8] = std::numeric_limits<Value>::infinity();
  all[9] = Value(1e-6);
  return all;
}

template <class Value>
class Epilogue : public testing::Test {};
using floats = testing::Types<float, double>;
TYPED_TEST_SUITE(Epilogue, floats);

// The bounds are in units of the last place of the result or the argument, whichever is larger.
TYPED_TEST(Epilogue, IsItsDefinition) {
  auto const in = values<TypeParam>();
  expect_each<TypeParam>(tensor::identity{}, in, 0, [](double x, int, int) { return x; });
  expect_each<TypeParam>(tensor::relu{}, in, 0, [](double x, int, int) { return x < 0 ? 0 : x; });
  expect_each<TypeParam>(tensor::scale{TypeParam(0.375)}, in, 1, [](double x, int, int) { return 0.375 * x; });
  expect_each<TypeParam>(tensor::sigmoid{}, in, 4, [](double x, int, int) { return 1 / (1 + std::exp(-x)); });
  expect_each<TypeParam>(tensor::tanh{}, in, 4, [](double x, int, int) { return std::tanh(x); });
  expect_each<TypeParam>(tensor::silu{}, in, 4, [](double x, int, int) { return x / (1 + std::exp(-x)); });
  expect_each<TypeParam>(tensor::gelu{}, in, 8,
                         [](double x, int, int) { return 0.5 * x * (1 + std::erf(x * std::sqrt(0.5))); });
  expect_each<TypeParam>(tensor::gelu_tanh{}, in, 8, [](double x, int, int) {
    return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
  });
}

TYPED_TEST(Epilogue, ReadsBiasesAndResiduals) {
  auto const in = values<TypeParam>();
  std::vector<float> bias(columns), other(rows * (columns + 3));
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<float>(i) * 0.25f - 3;
  for (std::size_t i = 0; i < other.size(); ++i) other[i] = static_cast<float>(i % 17) - 8;
  lf::device_array<float> const device_bias(bias), device_other(other);
  auto const at = [](int row, int column) { return static_cast<std::size_t>(row * (columns + 3) + column); };
  expect_each<TypeParam>(tensor::bias_of_row{device_bias.data()}, in, 4,
                         [&](double x, int row, int) { return x + bias[static_cast<std::size_t>(row)]; });
  expect_each<TypeParam>(tensor::bias_of_column{device_bias.data()}, in, 4,
                         [&](double x, int, int column) { return x + bias[static_cast<std::size_t>(column)]; });
  lf::matrix_view<float const> const view(device_other.data(), rows, columns, columns + 3);
  expect_each<TypeParam>(tensor::residual{0.5f, view}, in, 4,
                         [&](double x, int row, int column) { return x + 0.5 * other[at(row, column)]; });
  // Nothing is read: there is nothing to be read.
  expect_each<TypeParam>(tensor::residual{0.0f, lf::matrix_view<float const>(nullptr, rows, columns)}, in, 0,
                         [](double x, int, int) { return x; });
}

TYPED_TEST(Epilogue, ChainsFromLeftToRight) {
  auto const in = values<TypeParam>();
  expect_each<TypeParam>(tensor::chain(tensor::relu{}, tensor::scale{TypeParam(-2)}), in, 1,
                         [](double x, int, int) { return -2 * (x < 0 ? 0 : x); });
  expect_each<TypeParam>(tensor::chain(tensor::scale{TypeParam(-2)}, tensor::relu{}, tensor::identity{}), in, 1,
                         [](double x, int, int) { return -2 * x < 0 ? 0 : -2 * x; });
  expect_each<TypeParam>(tensor::chain_of<tensor::relu>{{}}, in, 0, [](double x, int, int) { return x < 0 ? 0 : x; });
}

TEST(EpilogueOfIntegers, ScalesToFloat) {
  std::vector<int> in(rows * columns);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<int>(i) * 1000 - 60000;
  expect_each<int>(tensor::chain(tensor::scale{0.125f}, tensor::relu{}), in, 0,
                   [](double x, int, int) { return x < 0 ? 0 : x / 8; });
}

}  // namespace
