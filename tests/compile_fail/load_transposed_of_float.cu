// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: load_transposed: ldmatrix transposes elements of 16 bits alone
#include <lanefold/tensor/fragment.cuh>

namespace lf = lanefold;

LANEFOLD_KERNEL kernel(float* data) {
  lf::tensor::fragment_a<float> a;
  auto const at = [&](int row, int column) { return data + 16 * row + column; };
#ifdef FIXED
  load(lf::warp{}, a, at);
#else
  load_transposed(lf::warp{}, a, at);
#endif
  data[0] = a.get(0);
}
