// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: min over a user type needs an operator: pass one, e.g. reduce(group, value, my_less_min{})
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

LANEFOLD_KERNEL kernel(value* out) { *out = lf::min(lf::warp{}, *out); }
