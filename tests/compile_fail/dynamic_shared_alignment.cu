// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: dynamic_shared: the block's memory is aligned to 128 bytes, and T asks for more
#include <lanefold/groups.cuh>

namespace lf = lanefold;

#ifdef FIXED
constexpr int alignment = 128;
#else
constexpr int alignment = 256;
#endif
struct alignas(alignment) line {
  int word;
};

LANEFOLD_KERNEL kernel(int* out) { *out = lf::dynamic_shared<line>()->word; }
