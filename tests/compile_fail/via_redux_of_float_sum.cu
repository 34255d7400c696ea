// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: via_redux: redux.sync combines integers by plus, min, max, and, or, xor, and floats by min and max; use via_shuffle for this operator and type
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

LANEFOLD_KERNEL kernel(float* out) {
#ifdef FIXED
  *out = lf::sum(lf::via_shuffle(lf::warp{}), *out);
#else
  *out = lf::sum(lf::via_redux(lf::warp{}), *out);
#endif
}
