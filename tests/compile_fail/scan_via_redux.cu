// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: redux.sync reduces, it does not scan: use via_shuffle or no wish
#include <lanefold/scan.cuh>

namespace lf = lanefold;

LANEFOLD_KERNEL kernel(int* out) {
#ifdef FIXED
  *out = lf::inclusive_scan(lf::via_shuffle(lf::warp{}), *out);
#else
  *out = lf::inclusive_scan(lf::via_redux(lf::warp{}), *out);
#endif
}
