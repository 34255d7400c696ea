// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: match_any compares bytes: the value must be trivially copyable
#include <lanefold/groups.cuh>
#include <lanefold/match.cuh>

struct point {
  int x = 1, y = 2;
  LANEFOLD_HD point() {}
#ifndef FIXED
  LANEFOLD_HD point(point const& other) : x(other.x), y(other.y) {}
#endif
};

LANEFOLD_KERNEL kernel(unsigned* out) { *out = lanefold::match_any(lanefold::warp{}, point()); }
