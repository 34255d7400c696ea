// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: minimum and maximum take arithmetic types: for a type of your own pass your own operator
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

struct point {
  int x, y;
};
#ifdef FIXED
using value = int;
#else
using value = point;
#endif

LANEFOLD_KERNEL kernel(value* out) { *out = lf::reduce(lf::warp{}, *out, lf::minimum{}); }
