// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: shuffles work within a warp: pass warp, tile<N> or lanes
#include <lanefold/shuffle.cuh>

namespace lf = lanefold;

#ifdef FIXED
using group = lf::warp;
#else
using group = lf::block<64>;
#endif

LANEFOLD_KERNEL kernel(int* out) { *out = lf::shuffle_up(group{}, 1, 1); }
