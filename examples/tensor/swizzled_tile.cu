// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// ldmatrix and the layout it wants. A warp keeps 16 rows of A and 16 columns of B in shared memory, lines of 128 bytes, and
// loads fragments by ldmatrix: one instruction reads 16 bytes of each of 8 lines at once. Side by side, the same 16 bytes of
// 8 lines would be in the same four banks; swizzled, they are in all 32.

#include <lanefold/base/packed.cuh>
#include <lanefold/tensor/fragment.cuh>
#include <lanefold/tensor/swizzle.cuh>

#include "matrices.cuh"

// [swizzle]
using lines = lf::tensor::swizzle<128>;

/// How many of the 8 groups of 16 bytes in the banks are hit by the 16 bytes at `byte` of lines 0..7.
constexpr int groups_hit(int byte) {
  unsigned hit = 0;
  for (int line = 0; line < 8; ++line) hit |= 1u << lines::at(line, byte) % 128 / 16;
  int count = 0;
  for (; hit != 0; hit &= hit - 1) ++count;
  return count;
}
static_assert(groups_hit(0) == 8 && groups_hit(48) == 8, "ldmatrix meets no bank twice");
// [/swizzle]

// [ldmatrix]
struct tile {
  alignas(128) unsigned char a[16 * 128], b[16 * 128];
};

LANEFOLD_KERNEL multiply(half const* in_a, half const* in_b, float* out) {
  constexpr int k = 64, per_chunk = 8;
  LANEFOLD_SHARED(shared, tile);
  lf::warp const warp;
  auto const a_at = [&](int row, int i) { return reinterpret_cast<half*>(shared.a + lines::at(row, i * 2)); };
  auto const b_at = [&](int i, int column) { return reinterpret_cast<half*>(shared.b + lines::at(column, i * 2)); };
  for (int chunk = lf::lane_id(); chunk < 16 * k / per_chunk; chunk += 32) {  // 16 bytes a lane
    int const line = chunk / (k / per_chunk), i = chunk % (k / per_chunk) * per_chunk;
    lf::packed<half>::load(in_a + line * k + i).store(a_at(line, i));
    lf::packed<half>::load(in_b + line * k + i).store(b_at(i, line));
  }
  warp.sync();

  lf::tensor::accumulator<half> d[2];  // columns 0..7 and 8..15
  for (int step = 0; step < k; step += lf::tensor::depth_of<half>) {
    lf::tensor::fragment_a<half> a;
    lf::tensor::fragment_b<half> b[2];
    lf::tensor::load(warp, a, [&](int row, int i) { return a_at(row, step + i); });
    lf::tensor::load(warp, b, [&](int i, int column) { return b_at(step + i, column); });
    lf::tensor::mma(warp, d[0], a, b[0]);
    lf::tensor::mma(warp, d[1], a, b[1]);
  }
  for (int side = 0; side < 2; ++side)
    for (int i = 0; i < d[side].size(); ++i) out[d[side].row(i) * 16 + 8 * side + d[side].column(i)] = d[side].value[i];
}
// [/ldmatrix]

int main() {
  return run_example([] {
    constexpr int m = 16, n = 16, k = 64;
    auto const a = integers(m * k, 1), b = integers(k * n, 2);
    lf::device_array<half> const on_a(a), on_b(b);
    lf::device_array<float> c(m * n);
    lf::error::unless_ok(lf::launch(multiply, {1, 32}, on_a.data(), on_b.data(), c.data()));
    int const wrong = product_of{m, n, k, a, b}.wrong(c.to_host());
    std::printf("%d x %d x %d from swizzled shared memory: %d of %d elements wrong\n", m, n, k, wrong, m * n);
    return wrong == 0;
  });
}
