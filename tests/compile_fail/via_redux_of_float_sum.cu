// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: via_redux: redux.sync combines integers by plus, min, max, and, or, xor, and floats by min and max; use via_shuffle for this operator and type
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

#ifdef FIXED
using path = lf::via_shuffle<>;
#else
using path = lf::via_redux<>;
#endif

LANEFOLD_KERNEL kernel(float* out) { *out = lf::sum(lf::warp{}, *out, path{}); }
