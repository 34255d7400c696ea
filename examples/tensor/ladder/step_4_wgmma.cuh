// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Step 4: Hopper's instructions. One thread asks the copy engine for whole panels, and a warpgroup multiplies them straight
// from shared memory, 64 x 128 of C by one instruction, twice. No lane works out addresses any more; but copies and products
// still wait for each other.

#include <lanefold/backend/bulk_copy.cuh>
#include <lanefold/backend/tensor_map.hpp>
#include <lanefold/tensor/tile_order.cuh>
#include <lanefold/tensor/wgmma.cuh>

#include "ladder.cuh"

namespace ladder {

template <int Rows>
using panel = lf::tensor::wgmma_panel<half, lf::tensor::major::k, Rows>;

/// `count` lines of k elements, in boxes of `rows` lines and 128 bytes, swizzled as wgmma reads them.
inline lf::status make_map(lf::backend::tensor_map* map, half const* data, int count, int k, int rows) {
  lf::backend::tensor_map_request request{};
  request.data = data;
  request.bytes = sizeof(half);
  request.columns = k;
  request.rows = count;
  request.stride_bytes = k * static_cast<long long>(sizeof(half));
  request.box_columns = panel<8>::depth;
  request.box_rows = rows;
  request.swizzle_bytes = lf::tensor::panel_bytes;
  return lf::backend::make_tensor_map(map, request);
}

/// d += a b, over the panels' 128 bytes of k.
template <int Rows, int Length>
LANEFOLD_FN void multiply_panels(float (&d)[Length], panel<Rows> const& a, int first_row, panel<2 * Length> const& b,
                                 bool add, lf::call_site here) {
  using lf::tensor::major;
  LANEFOLD_UNROLL
  for (int step = 0; step < lf::tensor::panel_bytes / lf::tensor::step_bytes; ++step)
    lf::tensor::wgmma<half, half, major::k, major::k>(d, a.at(step, first_row), b.at(step), add || step > 0, here);
}

/// 64 rows of C from a warpgroup's accumulators.
template <int Length>
LANEFOLD_FN void store_warpgroup(rows_of_c const& c, int row, int column, float const (&d)[Length]) {
  int const thread = static_cast<int>(lf::thread_index().x) % 128, lane = thread % 32;
  LANEFOLD_UNROLL
  for (int i = 0; i < Length; i += 2)
    store_pair(c, row + thread / 32 * 16 + lane / 4 + 8 * (i / 2 % 2), column + i / 4 * 8 + lane % 4 * 2, d[i],
               d[i + 1]);
}

struct one_slot {
  alignas(1024) unsigned char a[panel<128>::bytes], b[panel<128>::bytes];
  lf::backend::mbarrier full;
};

LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(128)
    by_warpgroup(LANEFOLD_GRID_CONSTANT lf::backend::tensor_map const map_a,
                 LANEFOLD_GRID_CONSTANT lf::backend::tensor_map const map_b, int k, rows_of_c out) {
#if FOR_HOPPER
  LANEFOLD_SHARED(shared, one_slot);
  auto const here = lf::call_site::here();
  lf::block<128> const block;
  lf::tensor::tile_order const tiles{out.rows() / 128, out.columns() / 128};
  auto const tile = tiles[static_cast<int>(lf::block_index().x)];
  bool const asks = lf::thread_index().x == 0;
  if (asks) {
    lf::backend::mbarrier_init(shared.full, 1, here);
    lf::backend::fence_mbarrier_init(here);
  }
  lf::sync(block);

  float d[2][64];
  for (int slab = 0; slab < k / panel<128>::depth; ++slab) {
    if (asks) {
      lf::backend::mbarrier_arrive_expect(shared.full, sizeof shared.a + sizeof shared.b, here);
      lf::backend::copy_box(shared.a, map_a, slab * panel<128>::depth, tile.row * 128, shared.full, here);
      lf::backend::copy_box(shared.b, map_b, slab * panel<128>::depth, tile.column * 128, shared.full, here);
    }
    lf::backend::mbarrier_wait(shared.full, static_cast<unsigned>(slab % 2), here);
    panel<128> const a(shared.a), b(shared.b);
    lf::backend::wgmma_fence(here);
    LANEFOLD_UNROLL
    for (int half_of = 0; half_of < 2; ++half_of) multiply_panels(d[half_of], a, 64 * half_of, b, slab > 0, here);
    lf::backend::wgmma_commit(here);
    lf::backend::wgmma_wait<0>(here);
    lf::sync(block);  // all four warps have read the panels
  }
  LANEFOLD_UNROLL
  for (int half_of = 0; half_of < 2; ++half_of)
    store_warpgroup(out, tile.row * 128 + 64 * half_of, tile.column * 128, d[half_of]);
#endif
}

inline lf::status step_4(lf::queue& queue, rows_of_a a, columns_of_b b, rows_of_c c) {
  lf::backend::tensor_map map_a{}, map_b{};
  if (lf::status made = make_map(&map_a, a.data(), a.rows(), a.columns(), 128); !made) return made;
  if (lf::status made = make_map(&map_b, b.data(), b.columns(), b.rows(), 128); !made) return made;
  lf::launch_shape const shape{static_cast<unsigned>(c.rows() / 128 * (c.columns() / 128)), 128};
  return lf::launch(queue, by_warpgroup, shape, map_a, map_b, a.columns(), c);
}

}  // namespace ladder
