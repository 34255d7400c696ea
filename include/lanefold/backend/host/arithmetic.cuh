// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Arithmetic with the same bits on every backend. Also the host half of what nvcc compiles.

#include <lanefold/backend/generic.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

using generic::add;
using generic::float_extremum;
using generic::multiply;
LANEFOLD_FN float fused_multiply_add(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
LANEFOLD_HD float positive_nan(float a) { return a != a ? __builtin_nanf("") : a; }

/// Two floats, rounded to the nearest, side by side in a word. T: __half, __nv_bfloat16.
template <class T>
LANEFOLD_FN unsigned narrow_pair(float first, float second) {
  T const pair[2] = {static_cast<T>(first), static_cast<T>(second)};
  unsigned word;
  memcpy(&word, pair, 4);
  return word;
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
