// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: sync: pass warp, tile<N>, lanes or block
#include <lanefold/groups.cuh>

namespace lf = lanefold;

#ifdef FIXED
using group = lf::warp;
#else
using group = unsigned;
#endif

LANEFOLD_KERNEL kernel() { lf::sync(group{}); }
