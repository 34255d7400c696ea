// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: via_shared works in a shared_scratch, every other path in a scratch
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

#ifdef FIXED
using memory = lf::shared_scratch<lf::block<64>, int>;
#else
using memory = lf::scratch<lf::block<64>, int>;
#endif

LANEFOLD_KERNEL kernel(int* out) {
  LANEFOLD_SHARED(scratch, memory);
  *out = lf::sum(lf::via_shared(lf::block<64>{}, scratch), *out);
}
