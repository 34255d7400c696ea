// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: the operators of namespace std cannot be called by device code: pass lanefold's operator of that name, such as lanefold::plus{}
#include <functional>
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

struct point {
  float x, y;
};
LANEFOLD_HD point operator+(point a, point b) { return {a.x + b.x, a.y + b.y}; }
#ifdef FIXED
using join = lf::plus;
#else
using join = std::plus<>;
#endif

LANEFOLD_KERNEL kernel(point* out) { *out = lf::reduce(lf::warp{}, *out, join{}); }
