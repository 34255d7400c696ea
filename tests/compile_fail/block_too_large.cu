// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: block<X, Y, Z>: X * Y * Z must be 1..1024, and Z at most 64
#include <lanefold/groups.cuh>

namespace lf = lanefold;

#ifdef FIXED
using group = lf::block<32, 32>;
#else
using group = lf::block<32, 33>;
#endif

LANEFOLD_KERNEL kernel(int* out) { *out = group::size(); }
