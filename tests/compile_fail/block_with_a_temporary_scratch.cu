// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: this scratch is a temporary, which is in no shared memory: declare LANEFOLD_SHARED(s, lanefold::scratch<Group, Value>) and pass s
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

LANEFOLD_KERNEL kernel(int* out) {
#ifdef FIXED
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<64>, int>);
  *out = lf::sum(lf::block<64>{}.with(scratch), *out);
#else
  *out = lf::sum(lf::block<64>{}.with(lf::scratch<lf::block<64>, int>{}), *out);
#endif
}
