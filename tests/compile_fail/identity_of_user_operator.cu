// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: this operator states no identity for this type: pass an initial value, or specialise
#include <lanefold/operators.cuh>

namespace lf = lanefold;

#ifdef FIXED
using join = lf::plus;
#else
struct join {
  LANEFOLD_HD int operator()(int a, int b) const { return a + b; }
};
#endif

LANEFOLD_KERNEL kernel(int* out) { *out = lf::identity_of<join, int>(); }
