// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: via_shared needs a shared_scratch<Group, Value> of this group, or of one with more ranks
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

#ifdef FIXED
using group = lf::warp;
#else
using group = lf::tile<16>;
#endif

LANEFOLD_KERNEL kernel(int* out) {
  LANEFOLD_SHARED(scratch, lf::shared_scratch<group, int>);
  *out = lf::sum(lf::via_shared(lf::warp{}, scratch), *out);
}
