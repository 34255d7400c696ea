// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: via_redux: redux.sync needs sm_80 or newer; use via_shuffle or no tag
// nvcc only: -arch=sm_75
#include <lanefold/reduce.cuh>

LANEFOLD_KERNEL kernel(int* out) {
#ifdef FIXED
  *out = lanefold::sum(lanefold::via_shuffle(lanefold::warp{}), *out);
#else
  *out = lanefold::sum(lanefold::via_redux(lanefold::warp{}), *out);
#endif
}
