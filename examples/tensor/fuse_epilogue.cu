// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// A matrix product with an epilogue of one's own: bias, SiLU, and a dropout whose mask is made of the element's place.

#include <lanefold/host/device_array.hpp>
#include <lanefold/tensor/gemm_mma.cuh>

#include <cmath>
#include <cstdio>
#include <exception>
#include <vector>

namespace lf = lanefold;

// [fuse-epilogue]
/// Any function object that takes an element and its place: this one drops every fourth or so, the same ones on every GPU.
struct dropout {
  unsigned seed;
  LANEFOLD_HD bool drops(int row, int column) const {
    unsigned hash = seed ^ (static_cast<unsigned>(row) * 0x9e3779b9u + static_cast<unsigned>(column) * 0x85ebca6bu);
    hash = (hash ^ hash >> 15) * 0x2c1b3c6du;
    return (hash ^ hash >> 12) % 4 == 0;
  }
  LANEFOLD_HD float operator()(float value, int row, int column) const {
    return drops(row, column) ? 0.0f : value * (4.0f / 3.0f);
  }
};

lf::status layer(lf::queue& q, lf::matrix_view<float const> x, lf::matrix_view<float const, lf::column_major> weights,
                 float const* bias, lf::matrix_view<float> y) {
  namespace tensor = lf::tensor;
  return tensor::gemm_mma<tensor::mma_tile<64, 32, 32, 2, 1, 3>>(
      q, x, weights, y, tensor::chain(tensor::bias_of_column{bias}, tensor::silu{}, dropout{42}));
}
// [/fuse-epilogue]

int main() try {
  int const m = 70, n = 50, k = 96;
  std::vector<float> x(m * k), weights(n * k), bias(n);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7 % 17) / 8 - 1;
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i * 5 % 13) / 8 - 0.75f;
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<float>(i) / 16;

  lf::queue q;
  lf::device_array<float> device_x(x), device_weights(weights), device_bias(bias), y(m * n);
  lf::status done =
      layer(q, {device_x.data(), m, k}, {device_weights.data(), k, n}, device_bias.data(), {y.data(), m, n});
  if (done) done = lf::synchronize(q);
  if (!done) std::printf("%s\n", done.message());

  std::vector<float> const got = y.to_host();
  double worst = 0;
  int dropped = 0;
  for (int row = 0; row < m; ++row)
    for (int column = 0; column < n; ++column) {
      double sum = bias[static_cast<std::size_t>(column)];
      for (int i = 0; i < k; ++i)
        sum += static_cast<double>(x[static_cast<std::size_t>(row * k + i)]) *
               weights[static_cast<std::size_t>(column * k + i)];
      bool const drops = dropout{42}.drops(row, column);
      dropped += drops;
      double const expected = drops ? 0 : sum / (1 + std::exp(-sum)) * 4 / 3;
      worst = std::fmax(worst, std::fabs(got[static_cast<std::size_t>(row * n + column)] - expected));
    }
  std::printf("a layer of %d x %d, %d elements dropped, within 1e-4: %s\n", m, n, dropped, worst < 1e-4 ? "yes" : "no");
  return done && worst < 1e-4 ? 0 : 1;
} catch (std::exception const& error) {
  std::printf("%s\n", error.what());
  return 1;
}
