// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: argmin and argmax over a block need a scratch<Group, extremum<Value>>
#include <lanefold/argmin.cuh>

namespace lf = lanefold;

#ifdef FIXED
using value = lf::extremum<float>;
#else
using value = float;
#endif

LANEFOLD_KERNEL kernel(float* out) {
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<64>, value>);
  *out = lf::argmin(lf::block<64>{}.with(scratch), *out).value;
}
