// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: match_any works within a warp: pass warp, tile<N> or lanes
#include <lanefold/match.cuh>

namespace lf = lanefold;

#ifdef FIXED
using group = lf::warp;
#else
using group = lf::block<64>;
#endif

LANEFOLD_KERNEL kernel(unsigned* out) { *out = lf::match_any(group{}, 1); }
