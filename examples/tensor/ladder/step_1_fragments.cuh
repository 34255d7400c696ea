// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Step 1: the tensor cores, and nothing else. A warp makes 16 x 8 of C, its fragments come element by element from global
// memory, and each element of A is read by as many warps as C has columns by eights.

#include "ladder.cuh"

namespace ladder {

LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(128) by_fragments(rows_of_a in_a, columns_of_b in_b, rows_of_c out) {
  int const warp = static_cast<int>(lf::thread_index().x) / 32;
  int const row = static_cast<int>(lf::block_index().x) * 16,
            column = (static_cast<int>(lf::block_index().y) * 4 + warp) * 8;
  lf::tensor::accumulator<half> d;
  for (int k = 0; k < in_a.columns(); k += lf::tensor::depth_of<half>) {
    lf::tensor::fragment_a<half> a;
    lf::tensor::fragment_b<half> b;
    for (int i = 0; i < a.size(); ++i) a.set(i, in_a(row + a.row(i), k + a.column(i)));
    for (int i = 0; i < b.size(); ++i) b.set(i, in_b(k + b.row(i), column + b.column(i)));
    lf::tensor::mma(lf::warp{}, d, a, b);
  }
  store(out, row, column, d);
}

inline lf::status step_1(lf::queue& queue, rows_of_a a, columns_of_b b, rows_of_c c) {
  lf::launch_shape const shape{{static_cast<unsigned>(c.rows() / 16), static_cast<unsigned>(c.columns() / 32)}, 128};
  return lf::launch(queue, by_fragments, shape, a, b, c);
}

}  // namespace ladder
