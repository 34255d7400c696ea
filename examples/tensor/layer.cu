// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// A layer of a network in one call: y = gelu(x w + bias), the bias and the activation on the product's way out.

#include <lanefold/tensor/gemm.hpp>

#include "matrices.cuh"

// [layer]
lf::status layer(lf::queue& queue, lf::matrix_view<half const> x, lf::matrix_view<half const, lf::column_major> w,
                 float const* bias, lf::matrix_view<half> y) {
  return lf::tensor::gemm(queue, x, w, y, lf::tensor::chain(lf::tensor::bias_of_column{bias}, lf::tensor::gelu{}));
}
// [/layer]

int main() {
  return run_example([] {
    constexpr int rows = 100, in_width = 96, out_width = 72;
    auto const x = normal_numbers(rows * in_width, 1), w = normal_numbers(in_width * out_width, 2);
    std::vector<float> bias(out_width);
    for (std::size_t i = 0; i < out_width; ++i) bias[i] = static_cast<float>(i) - 36;
    lf::device_array<half> const on_x(x), on_w(w);
    lf::device_array<float> const on_bias(bias);
    lf::device_array<half> y(rows * out_width);
    lf::queue queue;
    lf::error::unless_ok(layer(queue, {on_x.data(), rows, in_width}, {on_w.data(), in_width, out_width}, on_bias.data(),
                               {y.data(), rows, out_width}));
    auto const got = y.to_host(queue);
    product_of const product{rows, out_width, in_width, x, w};
    double worst = 0;  // in units of the last place of a result near it
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < out_width; ++column) {
        double const sum = product.at(row, column).sum + bias[static_cast<std::size_t>(column)];
        double const expected = 0.5 * sum * (1 + std::erf(sum * std::sqrt(0.5)));
        double const error =
            std::fabs(static_cast<float>(got[static_cast<std::size_t>(row * out_width + column)]) - expected);
        worst = std::fmax(worst, error / (std::ldexp(std::fabs(expected), -10) + 1e-4));
      }
    std::printf("gelu(x w + bias), %d x %d: errors are below %.2f units of the last place\n", rows, out_width, worst);
    return worst <= 1;
  });
}
