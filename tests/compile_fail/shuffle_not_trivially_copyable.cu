// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: a shuffle moves bytes: the value must be trivially copyable
#include <lanefold/broadcast.cuh>

namespace lf = lanefold;

struct point {
  int x = 1, y = 2;
  LANEFOLD_HD point() {}
#ifndef FIXED
  LANEFOLD_HD point(point const& other) : x(other.x), y(other.y) {}
#endif
};

LANEFOLD_KERNEL kernel(int* out) { *out = lf::broadcast(lf::warp{}, point()).x; }
