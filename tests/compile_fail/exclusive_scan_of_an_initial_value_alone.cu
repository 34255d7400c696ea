// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: a number is no operator: an initial value goes after one
#include <lanefold/scan.cuh>

namespace lf = lanefold;

LANEFOLD_KERNEL kernel(float* out) {
#ifdef FIXED
  *out = lf::exclusive_scan(lf::warp{}, *out, lf::plus{}, 5.0f);
#else
  *out = lf::exclusive_scan(lf::warp{}, *out, 5.0f);
#endif
}
