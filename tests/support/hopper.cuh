// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests of what only sm_90a has.

#include <gtest/gtest.h>
#include <lanefold/host/device_array.hpp>
#include <lanefold/host/launch.hpp>

#include <vector>

/// Whether device code of this file is for Hopper: the body of a kernel that needs it stands under this.
#if LANEFOLD_ON_SIMULATOR || defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define ON_HOPPER 1
#else
#define ON_HOPPER 0
#endif

LANEFOLD_KERNEL say_whether_on_hopper(int* answer) { *answer = ON_HOPPER; }

inline bool on_hopper() {
  lanefold::device_array<int> answer(std::vector<int>(1));
  lanefold::status const started = lanefold::launch(say_whether_on_hopper, {1, 1}, answer.data());
  return started.ok() && answer.to_host()[0] != 0;
}

/// Tests of these instructions are skipped elsewhere.
class Hopper : public testing::Test {
 protected:
  void SetUp() override {
    if (!on_hopper()) GTEST_SKIP() << "needs sm_90a";
  }
};

/// The first multiple of 1024 bytes in dynamic shared memory: where a swizzle begins its pattern.
#define ALIGNED_SHARED(name)                                                        \
  unsigned char* name = static_cast<unsigned char*>(lf::backend::dynamic_shared()); \
  name += (1024 - reinterpret_cast<size_t>(name) % 1024) % 1024

/// Where byte `at` of a pattern is found: the 16-byte pieces of each 128 bytes trade places (PTX ISA 5.5.7).
LANEFOLD_HD constexpr int swizzled(int at, int swizzle_bytes) {
  return swizzle_bytes == 0 ? at : at ^ ((at >> 7 & (swizzle_bytes / 16 - 1)) << 4);
}
