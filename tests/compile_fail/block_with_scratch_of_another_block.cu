// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: this scratch is for another block: declare LANEFOLD_SHARED(s, lanefold::scratch<Group, Value>) with this very group type
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

#ifdef FIXED
using group = lf::block<64>;
#else
using group = lf::block<128>;
#endif

LANEFOLD_KERNEL kernel(int* out) {
  LANEFOLD_SHARED(scratch, lf::scratch<group, int>);
  *out = lf::sum(lf::block<64>{}.with(scratch), *out);
}
