// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Step 2: shared memory. A block makes 128 x 128 of C, and brings 128 rows of A and 128 columns of B once for all its warps,
// 32 terms at a time, by loads of 16 bytes. Each of 8 warps makes 32 x 64: a fragment of A meets 8 of B. While a slab comes,
// nobody multiplies; and fragments are still read element by element, with the banks in each other's way.

#include "ladder.cuh"

namespace ladder {

struct plain_slab {
  static constexpr int lines = 128, depth = 32;
  alignas(16) half a[lines][depth], b[lines][depth];
};

LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(256) by_shared_memory(rows_of_a in_a, columns_of_b in_b, rows_of_c out) {
  LANEFOLD_SHARED(shared, plain_slab);
  constexpr int depth = plain_slab::depth, chunks = depth / 8;  // of 16 bytes, in a line
  lf::block<256> const block;
  int const thread = static_cast<int>(lf::thread_index().x), warp = thread / 32;
  int const row = static_cast<int>(lf::block_index().x) * 128, column = static_cast<int>(lf::block_index().y) * 128;
  int const my_row = warp % 4 * 32, my_column = warp / 4 * 64;

  lf::tensor::accumulator<half> d[2][8];
  for (int k = 0; k < in_a.columns(); k += depth) {
    for (int chunk = thread; chunk < plain_slab::lines * chunks; chunk += 256) {
      int const line = chunk / chunks, i = chunk % chunks * 8;
      lf::packed<half>::load(&in_a(row + line, k + i)).store(&shared.a[line][i]);
      lf::packed<half>::load(&in_b(k + i, column + line)).store(&shared.b[line][i]);
    }
    lf::sync(block);  // the slab is there
    LANEFOLD_UNROLL
    for (int step = 0; step < depth; step += lf::tensor::depth_of<half>) {
      lf::tensor::fragment_a<half> a[2];
      LANEFOLD_UNROLL
      for (int y = 0; y < 2; ++y)
        for (int i = 0; i < a[y].size(); ++i)
          a[y].set(i, shared.a[my_row + 16 * y + a[y].row(i)][step + a[y].column(i)]);
      LANEFOLD_UNROLL
      for (int x = 0; x < 8; ++x) {
        lf::tensor::fragment_b<half> b;
        for (int i = 0; i < b.size(); ++i) b.set(i, shared.b[my_column + 8 * x + b.column(i)][step + b.row(i)]);
        for (int y = 0; y < 2; ++y) lf::tensor::mma(lf::warp{}, d[y][x], a[y], b);
      }
    }
    lf::sync(block);  // it has been read
  }
  LANEFOLD_UNROLL
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 8; ++x) store(out, row + my_row + 16 * y, column + my_column + 8 * x, d[y][x]);
}

inline lf::status step_2(lf::queue& queue, rows_of_a a, columns_of_b b, rows_of_c c) {
  lf::launch_shape const shape{{static_cast<unsigned>(c.rows() / 128), static_cast<unsigned>(c.columns() / 128)}, 256};
  return lf::launch(queue, by_shared_memory, shape, a, b, c);
}

}  // namespace ladder
