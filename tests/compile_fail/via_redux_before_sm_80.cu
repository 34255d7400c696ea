// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: via_redux: redux.sync needs sm_80 or newer; use via_shuffle or no tag
// nvcc only: -arch=sm_75
#include <lanefold/reduce.cuh>

#ifdef FIXED
using path = lanefold::via_shuffle<>;
#else
using path = lanefold::via_redux<>;
#endif

LANEFOLD_KERNEL kernel(int* value) { *value = lanefold::sum(lanefold::warp{}, *value, path{}); }
