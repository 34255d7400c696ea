// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: exclusive_scan: this operator states no identity for rank 0; pass an initial value after the operator
#include <lanefold/scan.cuh>

namespace lf = lanefold;

#ifdef FIXED
using join = lf::plus;
#else
struct join {
  LANEFOLD_HD int operator()(int a, int b) const { return a + b; }
};
#endif

LANEFOLD_KERNEL kernel(int* out) { *out = lf::exclusive_scan_with_total(lf::warp{}, *out, join{}).total; }
