// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: tile<Size>: Size must be 1, 2, 4, 8, 16 or 32
#include <lanefold/groups.cuh>

#ifdef FIXED
constexpr int size = 16;
#else
constexpr int size = 12;
#endif

LANEFOLD_KERNEL kernel(int* out) { *out = lanefold::tile<size>::size(); }
