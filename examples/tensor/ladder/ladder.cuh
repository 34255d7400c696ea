// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the steps of the ladder share: C = A B of half precision with sums in float, A and C by rows, B by columns. m and n are
// multiples of 256, k is one of 64, so that a step shows its idea and nothing else.

#include <lanefold/base/packed.cuh>
#include <lanefold/base/views.cuh>
#include <lanefold/tensor/fragment.cuh>

#include "../matrices.cuh"

namespace ladder {

using rows_of_a = lf::matrix_view<half const>;
using columns_of_b = lf::matrix_view<half const, lf::column_major>;
using rows_of_c = lf::matrix_view<half>;

/// Two neighbours of a row of C at once.
LANEFOLD_FN void store_pair(rows_of_c const& c, int row, int column, float left, float right) {
  lf::packed<half, 4> pair;
  pair[0] = half(left);
  pair[1] = half(right);
  pair.store(&c(row, column));
}

/// An accumulator fragment, whose corner is at (row, column).
LANEFOLD_FN void store(rows_of_c const& c, int row, int column, lf::tensor::accumulator<half> const& d) {
  for (int i = 0; i < d.size(); i += 2) store_pair(c, row + d.row(i), column + d.column(i), d.value[i], d.value[i + 1]);
}

}  // namespace ladder
