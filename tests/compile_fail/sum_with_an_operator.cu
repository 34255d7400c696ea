// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: the last argument is no path: pass nothing, a block's scratch, via_shuffle, via_redux or via_shared
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

#ifdef FIXED
using last = lf::via_shuffle<>;
#else
using last = lf::plus;
#endif

LANEFOLD_KERNEL kernel(int* out) { *out = lf::sum(lf::warp{}, *out, last{}); }
