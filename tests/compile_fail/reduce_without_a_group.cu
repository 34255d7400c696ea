// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: collectives take a group first: warp, tile<N>, lanes or block<N>
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

#ifdef FIXED
using group = lf::warp;
#else
using group = unsigned;
#endif

LANEFOLD_KERNEL kernel(int* out) { *out = lf::sum(group{}, *out); }
