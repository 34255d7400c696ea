// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: a block's collective needs scratch: declare LANEFOLD_SHARED(s, lanefold::scratch<Group, Value>) with this very group and value type, and pass s last
#include <lanefold/scan.cuh>

namespace lf = lanefold;

#ifdef FIXED
using value = float;
#else
using value = double;
#endif

LANEFOLD_KERNEL kernel(float* out) {
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<64>, value>);
  *out = lf::inclusive_scan(lf::block<64>{}, *out, lf::plus{}, scratch);
}
