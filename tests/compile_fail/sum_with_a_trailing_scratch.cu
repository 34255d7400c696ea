// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: scratch is no argument of a collective: bind it to the group, as in sum(block.with(scratch), value)
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

LANEFOLD_KERNEL kernel(int* out) {
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<64>, int>);
#ifdef FIXED
  *out = lf::sum(lf::block<64>{}.with(scratch), *out);
#else
  *out = lf::sum(lf::block<64>{}, *out, scratch);
#endif
}
