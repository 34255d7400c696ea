// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: none_of works within a warp: pass warp, tile<N> or lanes
#include <lanefold/vote.cuh>

namespace lf = lanefold;

#ifdef FIXED
using group = lf::warp;
#else
using group = lf::block<64>;
#endif

LANEFOLD_KERNEL kernel(unsigned* out) { *out = lf::none_of(group{}, true); }
