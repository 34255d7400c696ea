// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// What each operation gives to each lane, and what is legal however odd it looks.

#include <algorithm>
#include <cstring>
#include <set>
#include <type_traits>

#include <lanefold/shuffle.cuh>
#include <lanefold/sim/operation.hpp>
#include <lanefold/sim/operations.hpp>

#include "harness.hpp"

namespace {

class Semantics : public Simulator {
 protected:
  /// Runs the test's body under lane order, reversed, and random orders of both kinds.
  template <class Body>
  void under_every_order(Body const& body) {
    for (auto const order : {sim::order::lane, sim::order::reverse, sim::order::priority, sim::order::uniform})
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        SCOPED_TRACE("order " + std::to_string(static_cast<int>(order)) + " seed " + std::to_string(seed));
        options.order = order;
        options.seed = seed;
        apply();
        body();
      }
  }
};

TEST_F(Semantics, CoordinatesAreNumbersToTemplatesToo) {
  static_assert(std::is_same_v<std::decay_t<decltype(threadIdx.x)>, unsigned>);
  unsigned first[32], same[32];
  auto const* report = run(32, [&] {
    first[threadIdx.x] = __shfl_sync(all, threadIdx.x, 3);
    same[threadIdx.x] = __match_any_sync(all, threadIdx.x);
  });
  ASSERT_EQ(report, nullptr) << text(report);
  for (unsigned l = 0; l < 32; ++l) {
    EXPECT_EQ(first[l], 3u) << l;
    EXPECT_EQ(same[l], 1u << l) << l;
  }
}

TEST_F(Semantics, CoordinatesPassThroughTheVerbs) {
  unsigned got[32];
  auto const* report = run(32, [&] { got[threadIdx.x] = lanefold::shuffle(lanefold::warp{}, threadIdx.x, 3); });
  ASSERT_EQ(report, nullptr) << text(report);
  for (unsigned l = 0; l < 32; ++l) EXPECT_EQ(got[l], 3u) << l;
}

// ---------------------------------------------------------------- shuffles

/// The tables of the CUDA programming guide, worked out without the arithmetic of the PTX ISA: segments of `width`
/// lanes; idx is taken modulo the width; up, down and xor that leave the segment give the lane's own value, but that
/// xor reads earlier segments.
int expected_source(sim::operation const* op, int lane, int operand, int width) {
  int const begin = lane / width * width, end = begin + width;
  int const by = operand & 31;
  int source = lane;
  if (op == &sim::operations::shuffle) source = begin + (operand & (width - 1));
  if (op == &sim::operations::shuffle_up) source = lane - by < begin ? lane : lane - by;
  if (op == &sim::operations::shuffle_down) source = lane + by >= end ? lane : lane + by;
  if (op == &sim::operations::shuffle_xor) source = (lane ^ by) >= end ? lane : lane ^ by;
  return source;
}

TEST_F(Semantics, ShufflesReadWhatTheHardwareReads) {
  for (auto const op : {&sim::operations::shuffle, &sim::operations::shuffle_up, &sim::operations::shuffle_down,
                        &sim::operations::shuffle_xor})
    for (int width = 1; width <= 32; width *= 2)
      for (int operand : {0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, -1, -5}) {
        int got[32];
        bool flag[32];
        ASSERT_EQ(
            run(32,
                [&] {
                  int const lane = static_cast<int>(threadIdx.x), value = 1000 + lane;
                  sim::collective(
                      {op, all, 4, operand, width, &value, &got[lane], &flag[lane], {"shuffle", __FILE__, __LINE__}});
                }),
            nullptr);
        for (int lane = 0; lane < 32; ++lane) {
          int const source = expected_source(op, lane, operand, width);
          ASSERT_EQ(got[lane], 1000 + source)
              << "operation " << op->name << " lane " << lane << " operand " << operand << " width " << width;
          bool const stays = op == &sim::operations::shuffle || source != lane || (operand & 31) == 0;
          ASSERT_EQ(flag[lane], stays) << "operation " << op->name << " lane " << lane << " operand " << operand;
        }
      }
}

TEST_F(Semantics, LanesMayAskForDifferentSources) {
  unsigned got[32];
  under_every_order([&] {
    ASSERT_EQ(run(32, [&] { got[threadIdx.x] = __shfl_sync(all, unsigned(threadIdx.x), int(31 - threadIdx.x)); }),
              nullptr);
    for (unsigned l = 0; l < 32; ++l) EXPECT_EQ(got[l], 31 - l);
  });
}

template <std::size_t bytes>
struct blob {
  unsigned char data[bytes];
};

template <std::size_t bytes>
void shuffles_a_blob() {
  bool right[32] = {};
  ASSERT_EQ(run(32,
                [&] {
                  blob<bytes> mine, expected;
                  std::memset(mine.data, static_cast<int>(threadIdx.x) * 7, bytes);
                  std::memset(expected.data, static_cast<int>((threadIdx.x + 1) % 32) * 7, bytes);
                  blob<bytes> const got = __shfl_sync(all, mine, int(threadIdx.x + 1));
                  right[threadIdx.x] = std::memcmp(&got, &expected, bytes) == 0;
                }),
            nullptr);
  for (bool r : right) EXPECT_TRUE(r) << bytes << " bytes";
}

TEST_F(Semantics, AnySizeCanBeShuffled) {
  shuffles_a_blob<1>();
  shuffles_a_blob<2>();
  shuffles_a_blob<3>();
  shuffles_a_blob<4>();
  shuffles_a_blob<8>();
  shuffles_a_blob<12>();
  shuffles_a_blob<16>();
  shuffles_a_blob<100>();
}

// ---------------------------------------------------------------- votes, matches, reductions

TEST_F(Semantics, Votes) {
  under_every_order([&] {
    unsigned const masks[] = {all, 0xffffu, 0x80000001u, 0x10u};
    for (unsigned const mask : masks)
      for (unsigned const yes : {0u, all, 0x1u, 0xaaaaaaaau}) {
        bool right[32] = {};
        ASSERT_EQ(run(32,
                      [&] {
                        unsigned const l = threadIdx.x;
                        if ((mask >> l & 1) == 0) return;
                        int const p = static_cast<int>(yes >> l & 1);
                        unsigned const here = yes & mask;
                        right[l] = __ballot_sync(mask, p) == here && __any_sync(mask, p) == (here != 0) &&
                                   __all_sync(mask, p) == (here == mask) &&
                                   __uni_sync(mask, p) == (here == 0 || here == mask);
                      }),
                  nullptr);
        for (unsigned l = 0; l < 32; ++l) EXPECT_EQ(right[l], (mask >> l & 1) != 0) << "lane " << l;
      }
  });
}

TEST_F(Semantics, Matches) {
  under_every_order([&] {
    bool right[32] = {};
    ASSERT_EQ(run(32,
                  [&] {
                    unsigned const l = threadIdx.x;
                    unsigned same = 0;
                    for (unsigned other = 0; other < 32; ++other) same |= unsigned(other % 3 == l % 3) << other;
                    int everyone = 2;
                    right[l] = __match_any_sync(all, l % 3) == same &&
                               __match_any_sync(all, static_cast<long long>(l % 3) << 40) == same &&
                               __match_all_sync(all, 5.0, &everyone) == all && everyone == 1 &&
                               __match_all_sync(all, l == 9, &everyone) == 0 && everyone == 0;
                  }),
              nullptr);
    for (unsigned l = 0; l < 32; ++l) EXPECT_TRUE(right[l]) << "lane " << l;
  });
}

TEST_F(Semantics, Reductions) {
  under_every_order([&] {
    bool right[32] = {};
    ASSERT_EQ(run(32,
                  [&] {
                    unsigned const l = threadIdx.x, odd = 0xaaaaaaaau;
                    int const s = static_cast<int>(l) - 16;
                    if (l % 2 == 0) return;
                    right[l] = __reduce_add_sync(odd, l) == 256 && __reduce_add_sync(odd, s) == 0 &&
                               __reduce_min_sync(odd, s) == -15 && __reduce_max_sync(odd, s) == 15 &&
                               __reduce_min_sync(odd, unsigned(s)) == 1u &&
                               __reduce_max_sync(odd, unsigned(s)) == ~0u && __reduce_and_sync(odd, l) == 1u &&
                               __reduce_or_sync(odd, l) == 31u && __reduce_xor_sync(odd, l | 64) == 0u;
                  }),
              nullptr);
    for (unsigned l = 1; l < 32; l += 2) EXPECT_TRUE(right[l]) << "lane " << l;
  });
}

// ---------------------------------------------------------------- legal, however odd it looks

TEST_F(Semantics, BothArmsOfAnIfMayMeetInOneCollective) {
  under_every_order([&] {
    unsigned got[32];
    ASSERT_EQ(run(32,
                  [&] {
                    unsigned const l = threadIdx.x;
                    if (l % 2 == 0)
                      got[l] = __ballot_sync(all, 1);
                    else
                      got[l] = __ballot_sync(all, 0);
                  }),
              nullptr);
    for (unsigned const g : got) EXPECT_EQ(g, 0x55555555u);
  });
}

TEST_F(Semantics, PartsOfAWarpMayBeInDifferentCollectivesAtOnce) {
  under_every_order([&] {
    unsigned got[32];
    ASSERT_EQ(run(32,
                  [&] {
                    unsigned const l = threadIdx.x;
                    if (l < 8)
                      got[l] = __ballot_sync(0xffu, l == 3);
                    else if (l < 16)
                      got[l] = __shfl_sync(0xff00u, l, 9);
                    else
                      for (unsigned i = 0; i < 10; ++i) got[l] = __reduce_add_sync(0xffff0000u, i);
                  }),
              nullptr);
    for (unsigned l = 0; l < 32; ++l) EXPECT_EQ(got[l], l < 8 ? 8u : l < 16 ? 9u : 144u);
  });
}

TEST_F(Semantics, OverlappingMasksOneAfterAnother) {
  under_every_order([&] {
    unsigned got[32][3];
    ASSERT_EQ(run(32,
                  [&] {
                    unsigned const l = threadIdx.x;
                    if (l < 20) got[l][0] = __ballot_sync(0x000fffffu, 1);
                    if (l >= 10) got[l][1] = __ballot_sync(0xfffffc00u, 1);
                    got[l][2] = __ballot_sync(all, 1);
                  }),
              nullptr);
    for (unsigned l = 0; l < 32; ++l) EXPECT_EQ(got[l][2], all);
    EXPECT_EQ(got[15][0], 0x000fffffu);
    EXPECT_EQ(got[15][1], 0xfffffc00u);
  });
}

TEST_F(Semantics, LanesThatAreNotNamedMayExitOrWaitElsewhere) {
  under_every_order([&] {
    ASSERT_EQ(run(64,
                  [&] {
                    unsigned const l = threadIdx.x % 32;
                    if (l == 31) return;
                    if (l < 16)
                      for (int i = 0; i < 5; ++i) __syncwarp(0xffffu);
                    __syncthreads();
                    __syncwarp(all >> 1);
                  }),
              nullptr);
  });
}

TEST_F(Semantics, ActiveMaskGivesEachLaneASetThatHoldsIt) {
  bool split = false;
  under_every_order([&] {
    unsigned got[32] = {};
    ASSERT_EQ(run(32,
                  [&] {
                    unsigned const l = threadIdx.x;
                    if (l >= 8 && l < 12) return;
                    if (l < 16) got[l] = __activemask();
                    __syncwarp(~0xf00u);
                  }),
              nullptr);
    for (unsigned l = 0; l < 16; ++l) {
      if (l >= 8 && l < 12) continue;
      EXPECT_TRUE(got[l] >> l & 1);
      EXPECT_EQ(got[l] & ~0xf0ffu, 0u);
      split |= got[l] != 0xf0ffu;
      for (unsigned other = 0; other < 16; ++other) EXPECT_TRUE((got[l] >> other & 1) == 0 || got[l] == got[other]);
    }
  });
  EXPECT_TRUE(split) << "random orders show that lanes need not converge";
  use_seed(0);
  options.order = sim::order::lane;
  apply();
  unsigned got = 0;
  ASSERT_EQ(run(32, [&] { got = __activemask(); }), nullptr);
  EXPECT_EQ(got, all) << "in lane order they do";
}

TEST_F(Semantics, SpinningOnALockMakesProgress) {
  under_every_order([&] {
    options.threads = 2;
    apply();
    int lock = 0, counter = 0;
    ASSERT_EQ(run(shape{{4, 1, 1}, {64, 1, 1}, 0},
                  [&] {
                    while (atomicCAS(&lock, 0, 1) != 0) {
                    }
                    ++counter;
                    atomicExch(&lock, 0);
                  }),
              nullptr);
    EXPECT_EQ(counter, 256);
  });
}

TEST_F(Semantics, AWarpMaySpinOnAnotherWarpAndABlockOnAnEarlierBlock) {
  under_every_order([&] {
    int flags[9] = {1};
    ASSERT_EQ(run(shape{{8, 1, 1}, {64, 1, 1}, 0},
                  [&] {
                    unsigned const b = blockIdx.x;
                    if (threadIdx.x == 0)
                      while (atomicAdd(&flags[b], 0) == 0) __nanosleep(10);
                    if (threadIdx.x == 40) {
                      while (atomicAdd(&flags[b], 0) == 0) __nanosleep(10);
                      atomicExch(&flags[b + 1], 1);
                    }
                  }),
              nullptr);
    EXPECT_EQ(flags[8], 1);
  });
}

// ---------------------------------------------------------------- blocks, identities, shared memory

TEST_F(Semantics, EveryThreadKnowsItsPlace) {
  for (shape const& s : {shape{{3, 2, 2}, {5, 3, 4}, 0}, shape{{1, 1, 1}, {1, 1, 1}, 0},
                         shape{{2, 1, 1}, {1024, 1, 1}, 0}, shape{{1, 1, 5}, {2, 8, 64}, 0}}) {
    std::set<std::uint64_t> seen;
    bool right = true;
    ASSERT_EQ(run(s,
                  [&] {
                    auto const& me = sim::self();
                    unsigned const rank = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
                    unsigned const block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
                    right &= me.thread_rank == rank && me.lane == rank % 32 && threadIdx.x < blockDim.x &&
                             threadIdx.y < blockDim.y && threadIdx.z < blockDim.z && blockIdx.x < gridDim.x &&
                             me.thread_count == blockDim.x * blockDim.y * blockDim.z;
                    seen.insert(std::uint64_t{block} << 32 | rank);
                  }),
              nullptr);
    EXPECT_TRUE(right);
    EXPECT_EQ(seen.size(), std::size_t{s.grid.x} * s.grid.y * s.grid.z * s.block.x * s.block.y * s.block.z);
  }
}

TEST_F(Semantics, BlocksOfEverySize) {
  for (unsigned threads = 1; threads <= 1024; ++threads) {
    std::vector<unsigned> got(threads);
    ASSERT_EQ(run(threads,
                  [&] {
                    LANEFOLD_SHARED(values, unsigned[1024]);
                    unsigned const t = threadIdx.x;
                    unsigned const left = threads - t / 32 * 32;
                    values[t] = __reduce_add_sync(left < 32 ? (1u << left) - 1 : all, 1u);
                    __syncthreads();
                    got[t] = values[threads - 1 - t];
                  }),
              nullptr);
    for (unsigned t = 0; t < threads; ++t)
      ASSERT_EQ(got[t], std::min(32u, threads - (threads - 1 - t) / 32 * 32)) << threads << " threads";
  }
}

struct alignas(128) wide {
  char bytes[256];
};

TEST_F(Semantics, SharedMemoryIsOneForABlockAndAlignedAndPoisoned) {
  bool right = true;
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(run(shape{{4, 1, 1}, {64, 1, 1}, 100},
                  [&] {
                    LANEFOLD_SHARED(small, char);
                    LANEFOLD_SHARED(number, double);
                    LANEFOLD_SHARED(aligned, wide);
                    auto* const dynamic = static_cast<unsigned*>(sim::dynamic_shared_memory());
                    right &= reinterpret_cast<std::uintptr_t>(&aligned) % 128 == 0;
                    right &= reinterpret_cast<std::uintptr_t>(&number) % 8 == 0;
                    right &= reinterpret_cast<std::uintptr_t>(dynamic) % 128 == 0;
                    right &= sim::dynamic_shared_bytes() == 100;
                    if (threadIdx.x == 0) {
                      right &= number != number && dynamic[24] == 0xfffbfffbu && small == char(0xfb);
                      number = blockIdx.x;
                      small = 5;
                      for (int i = 0; i < 25; ++i) dynamic[i] = blockIdx.x;
                    }
                    __syncthreads();
                    right &= number == blockIdx.x && small == 5 && dynamic[24] == blockIdx.x;
                  }),
              nullptr);
  }
  EXPECT_TRUE(right);
}

TEST_F(Semantics, Atomics) {
  int i = 5;
  unsigned u = 5, wraps = 0;
  unsigned long long ull = 1;
  float f = 0;
  double d = 0;
  ASSERT_EQ(run(64,
                [&] {
                  atomicAdd(&i, 2);
                  atomicSub(&i, 1);
                  atomicMax(&u, threadIdx.x);
                  atomicAdd(&ull, 1ull << 33);
                  atomicAdd(&f, 0.5f);
                  atomicAdd(&d, 0.25);
                  atomicInc(&wraps, 9);
                }),
            nullptr);
  EXPECT_EQ(i, 69);
  EXPECT_EQ(u, 63u);
  EXPECT_EQ(ull, (64ull << 33) + 1);
  EXPECT_EQ(f, 32.f);
  EXPECT_EQ(d, 16.);
  EXPECT_EQ(wraps, 4u);
  unsigned bits = 0xf0, low = 9, exchanged = 1;
  int before = 0;
  ASSERT_EQ(run(1,
                [&] {
                  atomicOr(&bits, 0x0f);
                  atomicAnd(&bits, 0x3c);
                  atomicXor(&bits, 0xff);
                  atomicMin(&low, 3);
                  before = static_cast<int>(atomicExch(&exchanged, 7));
                  atomicCAS(&exchanged, 6, 8);
                  atomicCAS(&exchanged, 7, 9);
                }),
            nullptr);
  EXPECT_EQ(bits, 0xc3u);
  EXPECT_EQ(low, 3u);
  EXPECT_EQ(before, 1);
  EXPECT_EQ(exchanged, 9u);
}

TEST_F(Semantics, IntegerFunctions) {
  EXPECT_EQ(__popc(0xf0f0u), 8);
  EXPECT_EQ(__ffs(0), 0);
  EXPECT_EQ(__ffs(8), 4);
  EXPECT_EQ(__clz(0), 32);
  EXPECT_EQ(__clz(1), 31);
  EXPECT_EQ(__brev(0x80000001u), 0x80000001u);
  EXPECT_EQ(__brev(0x00000012u), 0x48000000u);
  EXPECT_EQ(__fns(0xf0u, 0, 1), 4u);
  EXPECT_EQ(__fns(0xf0u, 0, 4), 7u);
  EXPECT_EQ(__fns(0xf0u, 0, 5), ~0u);
  EXPECT_EQ(__fns(0xf0u, 5, -2), 4u);
  EXPECT_EQ(__fns(0xf0u, 5, 0), 5u);
  EXPECT_EQ(__fns(0xf0u, 3, 0), ~0u);
}

}  // namespace
