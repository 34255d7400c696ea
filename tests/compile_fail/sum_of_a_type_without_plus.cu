// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: plus over a user type needs its operator+
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

struct point {
  float x, y;
};
#ifdef FIXED
LANEFOLD_HD point operator+(point a, point b) { return {a.x + b.x, a.y + b.y}; }
#endif

LANEFOLD_KERNEL kernel(point* out) { *out = lf::sum(lf::warp{}, *out); }
