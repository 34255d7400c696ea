// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// The smallest kernel on tensor cores: each warp multiplies a tile of 16 x 16, out of fragments and swizzled lines.

#include <lanefold/base/packed.cuh>
#include <lanefold/base/views.cuh>
#include <lanefold/host/device_array.hpp>
#include <lanefold/host/launch.hpp>
#include <lanefold/tensor/fragment.cuh>
#include <lanefold/tensor/swizzle.cuh>

#include <cstdio>
#include <exception>
#include <vector>

namespace lf = lanefold;

// [product-by-fragments]
using bytes = signed char;
using lines = lf::tensor::swizzle<32>;  // 16 lines of 32 bytes, without bank conflicts

struct operands {
  alignas(128) bytes a[16 * 32], b[16 * 32];
};

/// C = A B, one warp for each 16 x 16 of C; the extents are multiples of 16, and A's columns of 32.
LANEFOLD_KERNEL multiply(lf::matrix_view<bytes const> a, lf::matrix_view<bytes const, lf::column_major> b,
                         lf::matrix_view<int> c) {
  LANEFOLD_SHARED(shared, operands);
  lf::warp const warp;
  int const row = static_cast<int>(lf::block_index().y) * 16, column = static_cast<int>(lf::block_index().x) * 16;
  int const line = warp.rank() / 2, half = warp.rank() % 2 * 16;  // what this lane copies: 16 bytes of each operand
  lf::tensor::accumulator<bytes> d[2];
  for (int k = 0; k < a.columns(); k += 32) {
    lf::packed<bytes>::load(a.row(row + line) + k + half).store(shared.a + lines::at(line, half));
    lf::packed<bytes>::load(b.column(column + line) + k + half).store(shared.b + lines::at(line, half));
    warp.sync();
    lf::tensor::fragment_a<bytes> of_a;
    lf::tensor::fragment_b<bytes> of_b[2];
    load(warp, of_a, [&](int r, int i) { return shared.a + lines::at(r, i); });
    load(warp, of_b, [&](int i, int r) { return shared.b + lines::at(r, i); });
    mma(warp, d[0], of_a, of_b[0]);
    mma(warp, d[1], of_a, of_b[1]);
    warp.sync();  // before the lines are written again
  }
  for (int j = 0; j < 2; ++j)
    for (int i = 0; i < d[j].size(); ++i) c(row + d[j].row(i), column + 8 * j + d[j].column(i)) = d[j].value[i];
}
// [/product-by-fragments]

int main() try {
  int const m = 64, n = 48, k = 128;
  std::vector<bytes> a(m * k), b(k * n);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<bytes>(i * 37 + i / k);
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<bytes>(i * 23 + i / n);
  lf::device_array<bytes> const device_a(a), device_b(b);
  lf::device_array<int> c(m * n);
  lf::status const done = lf::launch(
      multiply, {{n / 16, m / 16}, 32}, lf::matrix_view<bytes const>(device_a.data(), m, k),
      lf::matrix_view<bytes const, lf::column_major>(device_b.data(), k, n), lf::matrix_view<int>(c.data(), m, n));
  if (!done) std::printf("%s\n", done.message());
  std::vector<int> const got = c.to_host();
  int wrong = 0;
  for (int row = 0; row < m; ++row)
    for (int column = 0; column < n; ++column) {
      int sum = 0;
      for (int i = 0; i < k; ++i)
        sum += a[static_cast<std::size_t>(row * k + i)] * b[static_cast<std::size_t>(column * k + i)];
      wrong += got[static_cast<std::size_t>(row * n + column)] != sum;
    }
  std::printf("%d x %d x %d by fragments: %d of %d elements are wrong\n", m, n, k, wrong, m * n);
  return done && wrong == 0 ? 0 : 1;
} catch (std::exception const& error) {
  std::printf("%s\n", error.what());
  return 1;
}
