// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: launch: a floating-point argument for an integer parameter of the kernel: convert it in the call
#include <lanefold/host/launch.hpp>

namespace lf = lanefold;

LANEFOLD_KERNEL needs_count(int) {}

lf::status start(double count) {
#ifdef FIXED
  return lf::launch(needs_count, {1, 32}, static_cast<int>(count));
#else
  return lf::launch(needs_count, {1, 32}, count);
#endif
}
