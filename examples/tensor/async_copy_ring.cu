// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// A ring of copies that go on behind the arithmetic: cp.async brings the slabs of k that come next while this one is
// multiplied. A warp makes 16 x 16 of a product with a long k.

#include <lanefold/backend/async_copy.cuh>
#include <lanefold/tensor/fragment.cuh>
#include <lanefold/tensor/swizzle.cuh>

#include "matrices.cuh"

// [ring]
constexpr int slots = 3, slab = 32;  // of k: lines of 64 bytes
using lines = lf::tensor::swizzle<64>;

struct ring {
  alignas(128) unsigned char a[slots][16 * 64], b[slots][16 * 64];
};

LANEFOLD_KERNEL multiply(half const* in_a, half const* in_b, int k, float* out) {
  LANEFOLD_SHARED(shared, ring);
  lf::warp const warp;
  auto const here = lf::call_site::here();
  auto const fetch = [&](int number) {  // slab `number` into its slot
    for (int chunk = lf::lane_id(); chunk < 16 * 4 && number < k / slab; chunk += 32) {
      int const line = chunk / 4, byte = chunk % 4 * 16, from = line * k + number * slab + byte / 2;
      lf::backend::cp_async<16>(shared.a[number % slots] + lines::at(line, byte), in_a + from, here);
      lf::backend::cp_async<16>(shared.b[number % slots] + lines::at(line, byte), in_b + from, here);
    }
    lf::backend::cp_async_commit();  // behind the end an empty group, which keeps the count
  };

  lf::tensor::accumulator<half> d[2];
  for (int number = 0; number < slots - 1; ++number) fetch(number);
  for (int number = 0; number < k / slab; ++number) {
    lf::backend::cp_async_wait<slots - 2>();  // this lane's copies of the slab have come,
    warp.sync();                              // and those of the others; and all have left the slot before
    fetch(number + slots - 1);
    auto const* const of_a = shared.a[number % slots];
    auto const* const of_b = shared.b[number % slots];
    for (int step = 0; step < slab; step += lf::tensor::depth_of<half>) {
      lf::tensor::fragment_a<half> a;
      lf::tensor::fragment_b<half> b[2];
      lf::tensor::load(warp, a, [&](int row, int i) { return of_a + lines::at(row, (step + i) * 2); });
      lf::tensor::load(warp, b, [&](int i, int column) { return of_b + lines::at(column, (step + i) * 2); });
      for (int side = 0; side < 2; ++side) lf::tensor::mma(warp, d[side], a, b[side]);
    }
  }
  for (int side = 0; side < 2; ++side)
    for (int i = 0; i < d[side].size(); ++i) out[d[side].row(i) * 16 + 8 * side + d[side].column(i)] = d[side].value[i];
}
// [/ring]

int main() {
  return run_example([] {
    constexpr int m = 16, n = 16, k = 320;
    auto const a = integers(m * k, 1), b = integers(k * n, 2);
    lf::device_array<half> const on_a(a), on_b(b);
    lf::device_array<float> c(m * n);
    lf::error::unless_ok(lf::launch(multiply, {1, 32}, on_a.data(), on_b.data(), k, c.data()));
    int const wrong = product_of{m, n, k, a, b}.wrong(c.to_host());
    std::printf("%d x %d x %d through a ring of %d slots: %d of %d elements wrong\n", m, n, k, slots, wrong, m * n);
    return wrong == 0;
  });
}
