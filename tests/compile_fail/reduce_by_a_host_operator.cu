// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: calling a __host__ function("join::operator ()
// nvcc only: -arch=sm_90
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

struct join {
#ifdef FIXED
  LANEFOLD_HD
#endif
  int operator()(int a, int b) const {
    return a + b;
  }
};

LANEFOLD_KERNEL kernel(int* out) { *out = lf::reduce(lf::warp{}, *out, join{}); }
