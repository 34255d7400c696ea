// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// One product in each way that gemm has for results to leave: by wgmma and by mma, split and not. A by rows, B by columns.

#include <lanefold/tensor/gemm_wgmma.hpp>

#include "support/products.hpp"

namespace tensor = lanefold::tensor;

template <class C, class Epilogue>
tensor::output<C, Epilogue> output_to(lf::matrix_view<C> c, Epilogue const& epilogue) {
  bool const aligned = reinterpret_cast<std::size_t>(c.data()) % 16 == 0 && c.stride() * sizeof(C) % 16 == 0;
  return {c.data(), c.stride(), c.rows(), c.columns(), aligned, epilogue};
}

/// C = epilogue(A B) by a small tile of wgmma; elements of 8 and 16 bits and float.
template <class T, class C, class Epilogue>
lf::status by_wgmma(lf::queue& q, lf::matrix_view<T const> a, lf::matrix_view<T const, lf::column_major> b,
                    lf::matrix_view<C> c, Epilogue const& epilogue, int splits) {
  using tile = tensor::wgmma_tile<64, 64, 2, tensor::schedule::single>;
  auto const out = output_to(c, epilogue);
  using sums = tensor::detail::partial_sums<tensor::accumulator_of<T>>;
  if (lf::status failed = q.reserve(sums(nullptr, out.m, out.columns()).bytes(splits)); !failed) return failed;
  return tensor::detail::start_gemm_wgmma<tile, tensor::major::k, tensor::major::k>(
      q, tensor::operand<T>{a.data(), a.rows(), a.stride()}, tensor::operand<T>{b.data(), b.columns(), b.stride()},
      a.columns(), out, splits, q.workspace(), 4);
}
/// By a small tile of mma. Addresses and strides are multiples of 16 bytes.
template <class T, class C, class Epilogue>
lf::status by_mma(lf::queue& q, lf::matrix_view<T const> a, lf::matrix_view<T const, lf::column_major> b,
                  lf::matrix_view<C> c, Epilogue const& epilogue, tensor::mma_options options) {
  using tile = tensor::mma_tile<32, 64, 64 / tensor::bytes_of<T>, 2, 2, 2>;
  return tensor::detail::start_gemm_mma<tile, T, true, true, 16>(q, tensor::operand<T>{a.data(), a.rows(), a.stride()},
                                                                 tensor::operand<T>{b.data(), b.columns(), b.stride()},
                                                                 a.columns(), output_to(c, epilogue), options);
}

/// Small integers in A (m x k) and B (k x columns), and their product.
template <class T>
struct integer_product {
  int m, columns, k;
  matrix<T, lf::row_major> a;
  matrix<T, lf::column_major> b;
  integer_product(int m_, int columns_, int k_) : m(m_), columns(columns_), k(k_), a(m, k, 0, 0), b(k, columns, 0, 0) {
    small_integers values;
    a.fill(from_double<T>(0), [&] { return values.of<T>(); });
    b.fill(from_double<T>(0), [&] { return values.of<T>(); });
  }
  double sum(int row, int column) const {
    double all = 0;
    for (int i = 0; i < k; ++i) all += to_double(a.values[a.at(row, i)]) * to_double(b.values[b.at(i, column)]);
    return all;
  }

  /// `expect(row, column, element)` for each element of C (m x n), whichever way it is made; `after` each time. Nothing
  /// around C is written to.
  template <class C, class Epilogue, class Expect, class After>
  void expect_in_all_ways(int n, Epilogue const& epilogue, Expect expect, After after) {
    auto const check = [&](int before, int gap, auto multiply) {
      matrix<C, lf::row_major> c(m, n, before, gap);
      C const untouched = from_double<C>(72);
      c.fill(untouched, [&] { return untouched; });
      lf::queue q;
      lf::status ran = multiply(q, lf::matrix_view<T const>(a.view()),
                                lf::matrix_view<T const, lf::column_major>(b.view()), c.view());
      if (ran) ran = lf::synchronize(q);
      ASSERT_TRUE(ran.ok()) << ran.message();
      std::vector<C> got = c.device.to_host();
      for (int row = 0; row < m; ++row)
        for (int column = 0; column < n; ++column) {
          expect(row, column, got[c.at(row, column)]);
          if (testing::Test::HasFatalFailure()) return;
          got[c.at(row, column)] = untouched;
        }
      for (C const& x : got) ASSERT_EQ(to_double(x), 72) << "outside of C";
      after(q);
    };
    for (int const splits : {1, 2})
      for (int const gap : {0, 16 - n % 16}) {  // lines that begin anywhere, and at multiples of 16 elements
        SCOPED_TRACE(testing::Message() << splits << " splits, gap " << gap);
        if constexpr (!std::is_same_v<T, double>)
          check(gap == 0 ? 1 : 0, gap,
                [&](lf::queue& q, auto x, auto y, auto z) { return by_wgmma(q, x, y, z, epilogue, splits); });
        for (bool const through_memory : {false, true}) {
          tensor::mma_options options(splits);
          options.through_memory = through_memory;
          check(gap == 0 ? 1 : 0, gap,
                [&](lf::queue& q, auto x, auto y, auto z) { return by_mma(q, x, y, z, epilogue, options); });
        }
      }
  }
  template <class C, class Epilogue, class Expect>
  void expect_in_all_ways(int n, Epilogue const& epilogue, Expect expect) {
    expect_in_all_ways<C>(n, epilogue, expect, [](lf::queue&) {});
  }
};
