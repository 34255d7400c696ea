// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// One product on the tensor cores: a warp multiplies 16 x 16 by 16 x 8. Each lane holds some elements of each matrix, and
// fragments know which.

#include <lanefold/tensor/fragment.cuh>

#include "matrices.cuh"

// [fragment]
LANEFOLD_KERNEL multiply(lf::matrix_view<half const> in_a, lf::matrix_view<half const, lf::column_major> in_b,
                         lf::matrix_view<float> out) {
  lf::tensor::fragment_a<half> a;
  lf::tensor::fragment_b<half> b;
  lf::tensor::accumulator<half> d;  // begins as 0
  for (int i = 0; i < a.size(); ++i) a.set(i, in_a(a.row(i), a.column(i)));
  for (int i = 0; i < b.size(); ++i) b.set(i, in_b(b.row(i), b.column(i)));
  lf::tensor::mma(lf::warp{}, d, a, b);  // d += a b
  for (int i = 0; i < d.size(); ++i) out(d.row(i), d.column(i)) = d.value[i];
}
// [/fragment]

int main() {
  return run_example([] {
    constexpr int m = 16, n = 8, k = lf::tensor::depth_of<half>;
    auto const a = integers(m * k, 1), b = integers(k * n, 2);
    lf::device_array<half> const on_a(a), on_b(b);
    lf::device_array<float> c(m * n);
    lf::error::unless_ok(lf::launch(multiply, {1, 32}, lf::matrix_view<half const>(on_a.data(), m, k),
                                    lf::matrix_view<half const, lf::column_major>(on_b.data(), k, n),
                                    lf::matrix_view<float>(c.data(), m, n)));
    int const wrong = product_of{m, n, k, a, b}.wrong(c.to_host());
    std::printf("%d x %d x %d by one mma: %d of %d elements wrong\n", m, n, k, wrong, m * n);
    return wrong == 0;
  });
}
