// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: launch: pass one argument for each kernel parameter
#include <lanefold/host/launch.hpp>

namespace lf = lanefold;

LANEFOLD_KERNEL kernel(int*, int) {}

bool start() {
#ifdef FIXED
  return lf::launch(kernel, {1, 32}, nullptr, 1).ok();
#else
  return lf::launch(kernel, {1, 32}, nullptr).ok();
#endif
}
