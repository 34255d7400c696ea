// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: the scratch of this group is for other value types than the call's
#include <lanefold/scan.cuh>

namespace lf = lanefold;

#ifdef FIXED
using value = float;
#else
using value = double;
#endif

LANEFOLD_KERNEL kernel(float* out) {
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<64>, value>);
  *out = lf::inclusive_scan(lf::block<64>{}.with(scratch), *out);
}
