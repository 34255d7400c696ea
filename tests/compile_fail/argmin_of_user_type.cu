// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: argmin and argmax take arithmetic types: for others reduce a {value, rank} struct with an operator of your own
#include <lanefold/argmin.cuh>

namespace lf = lanefold;

struct point {
  int x, y;
};
#ifdef FIXED
using value = int;
#else
using value = point;
#endif

LANEFOLD_KERNEL kernel(value* out) { *out = lf::argmin(lf::warp{}, *out).value; }
