// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: the scratch of this group is for other value types than the call's
#include <lanefold/argmin.cuh>

namespace lf = lanefold;

#ifdef FIXED
using value = lf::extremum<float>;
#else
using value = float;
#endif

LANEFOLD_KERNEL kernel(float* out) {
  LANEFOLD_SHARED(scratch, lf::shared_scratch<lf::warp, value>);
  *out = lf::argmin(lf::via_shared(lf::warp{}, scratch), *out).value;
}
