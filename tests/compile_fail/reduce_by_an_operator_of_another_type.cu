// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: the operator cannot be called as Value(Value, Value) with this value type
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

struct point {
  float x, y;
};
#ifdef FIXED
using value = point;
#else
using value = int;
#endif
struct join {
  LANEFOLD_HD value operator()(value a, value) const { return a; }
};

LANEFOLD_KERNEL kernel(point* out) { *out = lf::reduce(lf::warp{}, *out, join{}); }
