// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Wavefronts and sectors, worked out from real addresses. Needs lanefold::simulator_counting.

#include <algorithm>

#include "harness.hpp"

namespace {

class MemoryCounts : public Simulator {
 protected:
  template <class Kernel>
  sim::counts counted(shape const& where, Kernel const& kernel) {
    sim::reset_counts();
    EXPECT_EQ(run(where, kernel), nullptr);
    return sim::take_counts().total;
  }
  template <class Kernel>
  sim::counts counted(Kernel const& kernel) {
    return counted(shape{}, kernel);
  }
};

/// Keeps the compiler from doing without the access.
template <class T>
__attribute__((noinline)) void write(T* at, T value) {
  *at = value;
  asm volatile("" : : : "memory");
}
template <class T>
__attribute__((noinline)) T read(T const* from) {
  T const value = *from;
  asm volatile("" : : "r"(value) : "memory");
  return value;
}

TEST_F(MemoryCounts, StrideDecidesTheWavefronts) {
  for (unsigned stride : {0u, 1u, 2u, 4u, 8u, 16u, 32u, 33u, 3u}) {
    auto const c = counted([=] {
      LANEFOLD_SHARED(words, unsigned[32 * 33]);
      write(&words[threadIdx.x * stride], 1u);
    });
    unsigned const ways = stride == 0 ? 1 : stride == 33 || stride == 3 ? 1 : stride;
    EXPECT_EQ(c.shared_stores, 1u) << "stride " << stride;
    EXPECT_EQ(c.shared_store_wavefronts, ways) << "stride " << stride;
    EXPECT_EQ(c.global_stores, 0u);
  }
}

TEST_F(MemoryCounts, ABroadcastIsFreeAndBytesShareAWord) {
  auto const c = counted([] {
    LANEFOLD_SHARED(bytes, unsigned char[128]);
    write(&bytes[threadIdx.x], static_cast<unsigned char>(1));
    __syncwarp();
    (void)read(&bytes[threadIdx.x % 4]);
  });
  EXPECT_EQ(c.shared_stores, 1u);
  EXPECT_EQ(c.shared_store_wavefronts, 1u);
  EXPECT_EQ(c.shared_loads, 1u);
  EXPECT_EQ(c.shared_load_wavefronts, 1u);
}

struct alignas(16) four {
  unsigned data[4];
};

TEST_F(MemoryCounts, WideAccessesGoByHalfAndQuarterWarps) {
  auto const c = counted([] {
    LANEFOLD_SHARED(doubles, double[32]);
    write(&doubles[threadIdx.x], 1.0);
  });
  EXPECT_EQ(c.shared_stores, 1u);
  EXPECT_EQ(c.shared_store_wavefronts, 2u);
  auto const q = counted([] {
    LANEFOLD_SHARED(wide, four[32]);
    write(&wide[threadIdx.x], four{{1, 2, 3, 4}});
  });
  // A compiler may split the store; each 4 bytes of it then conflict four ways.
  EXPECT_TRUE((q.shared_stores == 1 && q.shared_store_wavefronts == 4) ||
              (q.shared_stores == 2 && q.shared_store_wavefronts == 8) ||
              (q.shared_stores == 4 && q.shared_store_wavefronts == 16))
      << q.shared_stores << " stores, " << q.shared_store_wavefronts << " wavefronts";
}

TEST_F(MemoryCounts, SectorsOfGlobalAccesses) {
  alignas(128) static unsigned memory[32 * 32];
  for (unsigned stride : {1u, 2u, 8u, 32u}) {
    auto const c = counted([=] { write(&memory[threadIdx.x * stride], 1u); });
    EXPECT_EQ(c.global_stores, 1u) << "stride " << stride;
    EXPECT_EQ(c.global_store_sectors, std::min(32u, 4 * stride)) << "stride " << stride;
    EXPECT_EQ(c.shared_stores, 0u);
  }
  auto const shifted = counted([] { write(&memory[threadIdx.x + 1], 1u); });
  EXPECT_EQ(shifted.global_store_sectors, 5u);
  auto const one = counted([] { (void)read(&memory[5]); });
  EXPECT_EQ(one.global_loads, 1u);
  EXPECT_EQ(one.global_load_sectors, 1u);
}

TEST_F(MemoryCounts, LanesOwnMemoryAndParametersAreNotCounted) {
  unsigned const parameter = 5;
  auto const c = counted([=] {
    unsigned own[64];
    for (unsigned i = 0; i < 64; ++i) write(&own[i], i + threadIdx.x);
    unsigned sum = 0;
    for (unsigned i = 0; i < 64; ++i) sum += read(&own[i]);
    write(&own[0], sum + parameter + blockIdx.x);
  });
  EXPECT_EQ(c.global_loads + c.global_stores + c.shared_loads + c.shared_stores, 0u);
}

TEST_F(MemoryCounts, LoopsAndDivergenceAndOrdersAndLongRuns) {
  alignas(128) static unsigned memory[32];
  for (auto const order : {sim::order::lane, sim::order::reverse, sim::order::priority, sim::order::uniform}) {
    options.order = order;
    options.seed = 3;
    apply();
    // More accesses than are stored between two meetings of the warp; lane l does l more than lane 0.
    auto const c = counted(shape{{2, 1, 1}, {64, 1, 1}, 0}, [=] {
      for (unsigned i = 0; i < 5000 + threadIdx.x % 32; ++i) write(&memory[threadIdx.x % 32], i);
    });
    EXPECT_EQ(c.global_stores, 4 * 5031u);
    // Each instruction of the last 31 is by one lane less.
    std::uint64_t tail = 0;
    for (unsigned first = 1; first < 32; ++first) tail += 4 - first / 8;
    EXPECT_EQ(c.global_store_sectors, 4 * (5000 * 4 + tail));
  }
}

TEST_F(MemoryCounts, BothArmsAreInstructionsOfTheirOwn) {
  auto const c = counted([] {
    LANEFOLD_SHARED(words, unsigned[64]);
    if (threadIdx.x < 16)
      write(&words[threadIdx.x], 1u);
    else
      words[threadIdx.x + 16] = 2u;
    __syncthreads();
  });
  EXPECT_EQ(c.shared_stores, 2u);
  EXPECT_EQ(c.shared_store_wavefronts, 2u);
}

TEST_F(MemoryCounts, TilesThatMeetOneByOneStillShareTheirInstructions) {
  auto const c = counted([] {
    LANEFOLD_SHARED(words, unsigned[32]);
    unsigned const l = threadIdx.x;
    for (unsigned i = 0; i < 4; ++i) {
      write(&words[l], i);
      __shfl_xor_sync(0xffu << (l / 8 * 8), l, 1, 8);
    }
  });
  EXPECT_EQ(c.shared_stores, 4u);
}

TEST_F(MemoryCounts, Atomics) {
  static unsigned sum;
  sum = 0;
  auto const c = counted([] { atomicAdd(&sum, 1u); });
  EXPECT_EQ(sum, 32u);
  EXPECT_EQ(c.atomics, 1u);
}

TEST_F(MemoryCounts, TheInstructionIsNamed) {
  sim::reset_counts();
  static unsigned word;
  EXPECT_EQ(run(32, [] { write(&word, 1u); }), nullptr);
  bool named = false;
  for (auto const& at : sim::take_counts().by_site)
    named |= at.verb == "memory" && at.file.find("+0x") != std::string::npos && at.of.global_stores == 1;
  EXPECT_TRUE(named);
}

TEST_F(MemoryCounts, SpinningOnMemoryMakesProgressAndIsLeftAfterAFault) {
  static int volatile flag;
  flag = 0;
  EXPECT_EQ(run(64,
                [] {
                  if (threadIdx.x == 0)
                    while (flag == 0) {
                    }
                  if (threadIdx.x == 63) flag = 1;
                }),
            nullptr);
  flag = 0;
  shape together;
  together.grid = {4, 1, 1};
  together.cooperative = true;
  EXPECT_EQ(run(together,
                [] {
                  while (flag + static_cast<int>(blockIdx.x) < 3) {
                  }
                  if (threadIdx.x == 31) flag = flag + 1;
                }),
            nullptr);
  EXPECT_EQ(flag, 4);
  flag = 0;
  auto const* report = run(64, [] {
    if (threadIdx.x == 63) __syncwarp(0);
    while (flag == 0) {
    }
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "CALLER-NOT-IN-MASK");
}

}  // namespace
