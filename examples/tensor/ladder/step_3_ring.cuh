// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Step 3: a ring, ldmatrix and a swizzle. cp.async brings the next slabs into a ring of three slots while this one is
// multiplied; a fragment comes by one ldmatrix instead of eight loads; and lines of 128 bytes are swizzled, so that it meets
// no bank twice. Blocks go down bands of 8 tiles, which share operands in the L2 cache. As far as mma.sync goes, this is it.

#include <lanefold/backend/async_copy.cuh>
#include <lanefold/tensor/swizzle.cuh>
#include <lanefold/tensor/tile_order.cuh>

#include "ladder.cuh"

namespace ladder {

struct copied_ring {
  static constexpr int slots = 3, depth = 64, line_bytes = 128, operand_bytes = 128 * line_bytes;
  unsigned char a[slots][operand_bytes], b[slots][operand_bytes];
};

LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(256) by_copied_ring(rows_of_a in_a, columns_of_b in_b, rows_of_c out) {
  using lines = lf::tensor::swizzle<copied_ring::line_bytes>;
  constexpr int slots = copied_ring::slots, depth = copied_ring::depth;
  auto& ring = *lf::dynamic_shared<copied_ring>();
  auto const here = lf::call_site::here();
  lf::block<256> const block;
  lf::warp const warp;
  lf::tensor::tile_order const tiles{out.rows() / 128, out.columns() / 128};
  auto const tile = tiles[static_cast<int>(lf::block_index().x)];
  int const row = tile.row * 128, column = tile.column * 128;
  int const thread = static_cast<int>(lf::thread_index().x), number = thread / 32;
  int const my_row = number % 4 * 32, my_column = number / 4 * 64, slabs = in_a.columns() / depth;

  auto const fetch = [&](int slab) {
    unsigned char *const of_a = ring.a[slab % slots], *const of_b = ring.b[slab % slots];
    LANEFOLD_UNROLL
    for (int pass = 0; pass < 4 && slab < slabs; ++pass) {
      int const line = thread / 8 + 32 * pass, byte = thread % 8 * 16, k = slab * depth + byte / 2;
      lf::backend::cp_async<16>(of_a + lines::at(line, byte), &in_a(row + line, k), here);
      lf::backend::cp_async<16>(of_b + lines::at(line, byte), &in_b(k, column + line), here);
    }
    lf::backend::cp_async_commit();
  };

  lf::tensor::accumulator<half> d[2][8];
  for (int slab = 0; slab < slots - 1; ++slab) fetch(slab);
  for (int slab = 0; slab < slabs; ++slab) {
    lf::backend::cp_async_wait<slots - 2>();
    lf::sync(block);  // the slab is there, and the slot of the one before has been read
    fetch(slab + slots - 1);
    unsigned char const *const of_a = ring.a[slab % slots], *const of_b = ring.b[slab % slots];
    LANEFOLD_UNROLL
    for (int step = 0; step < depth; step += lf::tensor::depth_of<half>) {
      lf::tensor::fragment_a<half> a[2];
      lf::tensor::fragment_b<half> b[4][2];
      LANEFOLD_UNROLL
      for (int y = 0; y < 2; ++y)
        lf::tensor::load(warp, a[y],
                         [&](int r, int k) { return of_a + lines::at(my_row + 16 * y + r, (step + k) * 2); });
      LANEFOLD_UNROLL
      for (int x = 0; x < 4; ++x)
        lf::tensor::load(warp, b[x],
                         [&](int k, int c) { return of_b + lines::at(my_column + 16 * x + c, (step + k) * 2); });
      LANEFOLD_UNROLL
      for (int x = 0; x < 8; ++x)
        for (int y = 0; y < 2; ++y) lf::tensor::mma(warp, d[y][x], a[y], b[x / 2][x % 2]);
    }
  }
  LANEFOLD_UNROLL
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 8; ++x) store(out, row + my_row + 16 * y, column + my_column + 8 * x, d[y][x]);
}

inline lf::status step_3(lf::queue& queue, rows_of_a a, columns_of_b b, rows_of_c c) {
  lf::launch_shape shape{static_cast<unsigned>(c.rows() / 128 * (c.columns() / 128)), 256};
  shape.dynamic_shared_bytes = sizeof(copied_ring);
  return lf::launch(queue, by_copied_ring, shape, a, b, c);
}

}  // namespace ladder
