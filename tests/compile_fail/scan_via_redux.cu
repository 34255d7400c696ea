// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: redux.sync reduces, it does not scan: use via_shuffle or no tag
#include <lanefold/scan.cuh>

namespace lf = lanefold;

#ifdef FIXED
using path = lf::via_shuffle<>;
#else
using path = lf::via_redux<>;
#endif

LANEFOLD_KERNEL kernel(int* out) { *out = lf::inclusive_scan(lf::warp{}, *out, lf::plus{}, path{}); }
