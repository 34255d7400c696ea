// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// A small matrix product as Hopper does it: one warp fetches tiles into a ring, four others multiply them and store the
// result through shared memory. On the simulator under many seeds. sm_90a.

#include <lanefold/backend/bulk_copy.cuh>
#include <lanefold/backend/tensor_map.hpp>
#include <lanefold/backend/wgmma.cuh>
#if LANEFOLD_ON_SIMULATOR
#include <lanefold/sim/simulator.hpp>
#endif

#include <cstring>
#include <random>
#include <vector>

#include "../support/hopper.cuh"

namespace lf = lanefold;

namespace {

constexpr int tile = 64, stages = 2;

struct ring {
  alignas(1024) unsigned char a[stages][tile * 128], b[stages][tile * 128], c[2][tile * 128];
  lf::backend::mbarrier full[stages], empty[stages];
};

struct problem {
  lf::backend::tensor_map a, b, c;
  int tiles, k_tiles;
};

/// C (rows x 64) = A (rows x k) B^T, B being 64 x k. Each block takes every other tile of 64 rows.
LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(256, 1) multiply(LANEFOLD_GRID_CONSTANT problem const p) {
#if ON_HOPPER
  ALIGNED_SHARED(memory);
  ring& shared = *reinterpret_cast<ring*>(memory);
  auto const here = lf::call_site::here();
  unsigned const thread = lf::backend::thread_index().x;
  if (thread == 0) {
    for (int s = 0; s < stages; ++s) {
      lf::backend::mbarrier_init(shared.full[s], 1, here);
      lf::backend::mbarrier_init(shared.empty[s], 4, here);
    }
    lf::backend::fence_mbarrier_init(here);
  }
  lf::backend::sync_block(here);
  int const first = static_cast<int>(lf::backend::block_index().x),
            step = static_cast<int>(lf::backend::grid_extent().x);
  int slot = 0;
  unsigned parity = 0;
  auto const next = [&] {
    if (++slot == stages) slot = 0, parity ^= 1;
  };

  if (thread < 128) {
    lf::backend::give_registers_back<40>();
    if (thread < 32 && lf::backend::elect_one()) {
      for (int t = first; t < p.tiles; t += step)
        for (int k = 0; k < p.k_tiles; ++k, next()) {
          lf::backend::mbarrier_wait(shared.empty[slot], parity ^ 1, here);
          lf::backend::mbarrier_arrive_expect(shared.full[slot], 2 * tile * 128, here);
          lf::backend::copy_box(shared.a[slot], p.a, k * tile, t * tile, shared.full[slot], here);
          lf::backend::copy_box(shared.b[slot], p.b, k * tile, 0, shared.full[slot], here);
        }
    }
    return;
  }
  lf::backend::take_registers<232>();
  unsigned const lane = thread % 32, warp = thread / 32 - 4;
  for (int t = first; t < p.tiles; t += step) {
    float d[tile / 2];
    int before = 0;
    for (int k = 0; k < p.k_tiles; ++k, next()) {
      lf::backend::mbarrier_wait(shared.full[slot], parity, here);
      auto const a = lf::backend::wgmma_operand::at(shared.a[slot], 16, 1024, 128);
      auto const b = lf::backend::wgmma_operand::at(shared.b[slot], 16, 1024, 128);
      lf::backend::wgmma_fence(here);
      for (unsigned s = 0; s < 4; ++s)
        lf::backend::wgmma_bf16<0, 0>(d, a.plus(32 * s), b.plus(32 * s), k > 0 || s > 0, here);
      lf::backend::wgmma_commit(here);
      if (k > 0) {
        lf::backend::wgmma_wait<1>(here);
        if (lane == 0) lf::backend::mbarrier_arrive(shared.empty[before], here);
      }
      before = slot;
    }
    lf::backend::wgmma_wait<0>(here);
    if (lane == 0) lf::backend::mbarrier_arrive(shared.empty[before], here);

    if (thread == 128) lf::backend::wait_stores_read<0>(here);
    lf::backend::sync_barrier(1, 128, here);
    for (unsigned i = 0; i < tile / 2; ++i) {
      unsigned const row = 16 * warp + lane / 4 + 8 * (i >> 1 & 1), column = 8 * (i >> 2) + 2 * (lane & 3) + (i & 1);
      int const at = swizzled(static_cast<int>(row * 128 + column % 32 * 4), 128);
      *reinterpret_cast<float*>(&shared.c[column / 32][at]) = d[i];
    }
    lf::backend::fence_async(here);
    lf::backend::sync_barrier(1, 128, here);
    if (thread == 128) {
      for (int half = 0; half < 2; ++half) lf::backend::store_box(p.c, 32 * half, t * tile, shared.c[half], here);
      lf::backend::commit_stores(here);
    }
  }
  if (thread == 128) lf::backend::wait_stores_read<0>(here);
#endif
}

class Pipeline : public Hopper {};

void expect_product(int rows, int columns, int k) {
  std::mt19937 random_bits(static_cast<unsigned>(rows + columns + k));
  auto const index = [](int i) { return static_cast<std::size_t>(i); };
  int const stride = (k + 7) / 8 * 8, stride_c = (columns + 3) / 4 * 4;
  std::vector<int> a(index(rows * k)), b(index(columns * k));
  for (int& x : a) x = static_cast<int>(random_bits() % 9) - 4;
  for (int& x : b) x = static_cast<int>(random_bits() % 9) - 4;
  auto const rows_of_bf16 = [&](std::vector<int> const& of, int count) {
    std::vector<unsigned short> result(index(count * stride), 0x7fc0);  // NaN in the gaps
    for (int r = 0; r < count; ++r)
      for (int i = 0; i < k; ++i) {
        auto const value = static_cast<float>(of[index(r * k + i)]);
        unsigned bits;
        std::memcpy(&bits, &value, 4);
        result[index(r * stride + i)] = static_cast<unsigned short>(bits >> 16);
      }
    return result;
  };
  lf::device_array<unsigned short> const device_a(rows_of_bf16(a, rows)), device_b(rows_of_bf16(b, columns));
  lf::device_array<float> c(std::vector<float>(index(rows * stride_c), -1));
  problem p{{}, {}, {}, (rows + tile - 1) / tile, (k + tile - 1) / tile};
  using lf::backend::make_tensor_map;
  ASSERT_TRUE(make_tensor_map(&p.a, {device_a.data(), 2, k, rows, stride * 2, 64, 64, 128}).ok());
  ASSERT_TRUE(make_tensor_map(&p.b, {device_b.data(), 2, k, columns, stride * 2, 64, 64, 128}).ok());
  ASSERT_TRUE(make_tensor_map(&p.c, {c.data(), 4, columns, rows, stride_c * 4, 32, 64, 128}).ok());
  lf::launch_shape shape{2, 256};
  shape.dynamic_shared_bytes = sizeof(ring) + 1024;
  lf::status const started = lf::launch(multiply, shape, p);
  ASSERT_TRUE(started.ok()) << started.message();
  std::vector<float> const got = c.to_host();
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {  // what is behind may be written to: store_box
      int sum = 0;
      for (int i = 0; i < k; ++i) sum += a[index(row * k + i)] * b[index(column * k + i)];
      ASSERT_EQ(got[index(row * stride_c + column)], static_cast<float>(sum)) << "row " << row << " column " << column;
    }
}

TEST_F(Pipeline, MultipliesMatricesOfAnySize) {
  expect_product(64, 64, 64);
  expect_product(128, 64, 256);
  expect_product(300, 59, 133);
  expect_product(7, 3, 1);
}

#if LANEFOLD_ON_SIMULATOR
TEST_F(Pipeline, TheSameUnderEverySchedule) {
  lf::sim::options const before = lf::sim::get_options();
  lf::sim::options options = before;
  for (unsigned seed = 0; seed < 24; ++seed) {
    options.seed = seed;
    options.order = seed < 23 ? lf::sim::order::by_seed : lf::sim::order::reverse;
    lf::sim::set_options(options);
    ASSERT_NO_FATAL_FAILURE(expect_product(200, 60, 300)) << "seed " << seed;
  }
  lf::sim::set_options(before);
}
#endif

}  // namespace
