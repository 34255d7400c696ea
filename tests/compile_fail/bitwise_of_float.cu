// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: bit_and, bit_or and bit_xor take integers
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

#ifdef FIXED
using value = unsigned;
#else
using value = float;
#endif

LANEFOLD_KERNEL kernel(value* out) { *out = lf::reduce(lf::warp{}, *out, lf::bit_or{}); }
