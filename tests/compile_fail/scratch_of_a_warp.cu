// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: scratch is for blocks: within a warp only via_shared needs memory, a shared_scratch
#include <lanefold/scratch.cuh>

namespace lf = lanefold;

#ifdef FIXED
using group = lf::block<32>;
#else
using group = lf::warp;
#endif

LANEFOLD_KERNEL kernel(unsigned* out) { *out = sizeof(lf::scratch<group, int>); }
