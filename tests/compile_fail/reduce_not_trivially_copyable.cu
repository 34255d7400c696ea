// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: collectives move values between lanes as bytes: the value must be trivially copyable
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

struct point {
  int x = 1, y = 2;
  LANEFOLD_HD point() {}
#ifndef FIXED
  LANEFOLD_HD point(point const& other) : x(other.x), y(other.y) {}
#endif
};
struct add_points {
  LANEFOLD_HD point operator()(point a, point b) const {
    a.x += b.x;
    a.y += b.y;
    return a;
  }
};

LANEFOLD_KERNEL kernel(int* out) { *out = lf::reduce(lf::warp{}, point(), add_points{}).x; }
