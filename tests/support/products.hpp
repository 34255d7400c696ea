// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Matrix products for tests: operands with whatever is around them, the product by its definition, and what C may be.

#include <gtest/gtest.h>
#include <lanefold/host/device_array.hpp>
#include <lanefold/tensor/gemm_mma.cuh>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace lf = lanefold;

/// Between numbers and elements of any type.
template <class T>
double to_double(T x) {
  if constexpr (std::is_arithmetic_v<T>)
    return static_cast<double>(x);
  else
    return static_cast<double>(static_cast<float>(x));
}
template <class T>
T from_double(double x) {
  if constexpr (std::is_arithmetic_v<T>)
    return static_cast<T>(x);
  else
    return T(static_cast<float>(x));
}

/// A matrix in device memory with strangers around it: `before` elements, `gap` between lines, and some behind.
template <class T, class Layout>
struct matrix {
  static constexpr int behind = 24;
  int rows, columns, before, gap;
  std::vector<T> values;
  lf::device_array<T> device;

  matrix(int rows_, int columns_, int before_, int gap_)
      : rows(rows_), columns(columns_), before(before_), gap(gap_), values(size()), device(size()) {}
  bool by_rows() const { return std::is_same_v<Layout, lf::row_major>; }
  int line() const { return by_rows() ? columns : rows; }
  int lines() const { return by_rows() ? rows : columns; }
  int stride() const { return line() + gap; }
  std::size_t size() const { return static_cast<std::size_t>(before + lines() * stride() + behind); }
  std::size_t at(int row, int column) const {
    return static_cast<std::size_t>(before + (by_rows() ? row * stride() + column : column * stride() + row));
  }
  template <class Make>
  void fill(T around, Make make) {
    for (T& x : values) x = around;
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < columns; ++column) values[at(row, column)] = make();
    device = lf::device_array<T>(values);
  }
  lf::matrix_view<T, Layout> view() { return {device.data() + before, rows, columns, stride()}; }
};

/// C, and what is around it, of a product: `expect(row, column, sum, largest)` is told the exact sum, and the sum of the
/// terms' magnitudes.
struct shape {
  int m, n, k;
  int before = 0, gap = 0;
  friend std::ostream& operator<<(std::ostream& out, shape const& s) {
    return out << s.m << " x " << s.n << " x " << s.k << " before " << s.before << " gap " << s.gap;
  }
};

/// `multiply(queue, a, b, c)`: the product, however it is made.
template <class T, class C, class LayoutA, class LayoutB, class LayoutC, class Make, class Expect, class Multiply>
void check_product(shape s, Make make, Expect expect, Multiply multiply) {
  SCOPED_TRACE(testing::Message() << s);
  matrix<T, LayoutA> a(s.m, s.k, s.before, s.gap);
  matrix<T, LayoutB> b(s.k, s.n, s.before, s.gap);
  matrix<C, LayoutC> c(s.m, s.n, s.before, s.gap);
  // A stranger that is read would show: NaN where there is one.
  T const strange = from_double<T>(std::is_integral_v<T> ? 99 : NAN);
  a.fill(strange, make);
  b.fill(strange, make);
  C const untouched = from_double<C>(77);
  c.fill(untouched, [&] { return untouched; });
  lf::queue q;
  lf::status ran =
      multiply(q, lf::matrix_view<T const, LayoutA>(a.view()), lf::matrix_view<T const, LayoutB>(b.view()), c.view());
  if (ran) ran = lf::synchronize(q);
  ASSERT_TRUE(ran.ok()) << ran.message();
  std::vector<C> got = c.device.to_host();
  for (int row = 0; row < s.m; ++row)
    for (int column = 0; column < s.n; ++column) {
      double sum = 0, magnitudes = 0;
      for (int k = 0; k < s.k; ++k) {
        double const term = to_double(a.values[a.at(row, k)]) * to_double(b.values[b.at(k, column)]);
        sum += term;
        magnitudes += std::fabs(term);
      }
      C& here = got[c.at(row, column)];
      expect(row, column, sum, magnitudes, here);
      if (testing::Test::HasFatalFailure()) return;
      here = untouched;
    }
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_EQ(to_double(got[i]), 77) << "element " << i << " outside of C was written to";
}

template <class Tile, class T, class C, class LayoutA, class LayoutB, class LayoutC, class Make, class Expect,
          class Epilogue = lf::tensor::identity>
void multiply_and_check(shape s, Make make, Expect expect, Epilogue epilogue = {},
                        lf::tensor::mma_options options = {}) {
  check_product<T, C, LayoutA, LayoutB, LayoutC>(s, make, expect, [&](lf::queue& q, auto a, auto b, auto c) {
    return lf::tensor::gemm_mma<Tile>(q, a, b, c, epilogue, options);
  });
}

/// Small integers, of which all sums are exact.
struct small_integers {
  std::mt19937 random{11};
  template <class T>
  T of() {
    return from_double<T>(static_cast<int>(random() % 9) - 4);
  }
};

template <class Tile, class T, class C, class LayoutA, class LayoutB, class LayoutC>
void exact_product(shape s, lf::tensor::mma_options options = {}) {
  small_integers values;
  multiply_and_check<Tile, T, C, LayoutA, LayoutB, LayoutC>(
      s, [&] { return values.of<T>(); },
      [](int row, int column, double sum, double, C got) {
        ASSERT_EQ(to_double(got), to_double(from_double<C>(sum))) << "row " << row << " column " << column;
      },
      lf::tensor::identity{}, options);
}
