// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Whatever a kernel does with collectives: no hang, no crash, and what was on its lanes' stacks is destroyed.

#include <atomic>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>

#include "harness.hpp"

namespace {

class Robustness : public Simulator {};

// ---------------------------------------------------------------- unwinding

struct counted {
  explicit counted(int& alive) : alive_(alive) { ++alive_; }
  ~counted() { --alive_; }
  int& alive_;
};

TEST_F(Robustness, DestructorsRunInEveryLaneWhereverItWaits) {
  int alive = 0, most = 0;
  auto const* report = run(128, [&] {
    counted const one(alive);
    std::vector<int> const memory(1000, 1);
    most = std::max(most, alive);
    unsigned const t = threadIdx.x;
    if (t < 32) __syncthreads();
    if (t < 40) __ballot_sync(0x1ff, 1);
    if (t < 48) __activemask();
    if (t == 127) __syncwarp(0);
    __syncwarp();
    __syncthreads();
  });
  ASSERT_NE(report, nullptr);
  EXPECT_GT(most, 32);
  EXPECT_EQ(alive, 0);
}

TEST_F(Robustness, DestructorsMayCallBack) {
  struct waits {
    ~waits() {
      __syncthreads();
      __syncwarp();
      EXPECT_EQ(__shfl_sync(all, 17, 3), 0) << "a lane that unwinds receives zeros";
      EXPECT_EQ(__ballot_sync(0x1u, 1), 0u);
      __nanosleep(1);
      __activemask();
      LANEFOLD_SHARED(shared, int);
      shared = 1;
    }
  };
  auto const* report = run(64, [&] {
    waits const w;
    if (threadIdx.x == 63) __syncwarp(0);
    __syncthreads();
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "CALLER-NOT-IN-MASK");
}

TEST_F(Robustness, ADestructorThatFaultsDoesNotEndTheProcess) {
  struct faults {
    ~faults() { __syncwarp(0); }
  };
  auto const* report = run(64, [&] { faults const f; });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "CALLER-NOT-IN-MASK");
  struct fails {
    ~fails() { sim::fail("PRECONDITION", {"check", __FILE__, __LINE__}, "in a destructor"); }
  };
  report = run(64, [&] {
    fails const f;
    __syncthreads();
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(run(64, [] { __syncthreads(); }), nullptr);
}

TEST_F(Robustness, AKernelThatCatchesEverythingIsLeft) {
  for (int round = 0; round < 3; ++round) {
    auto const* report = run(64, [&] {
      for (;;) try {
          __syncwarp(threadIdx.x == 9 ? 0 : all);
        } catch (...) {
        }
    });
    ASSERT_NE(report, nullptr);
    EXPECT_EQ(report->kind, "CALLER-NOT-IN-MASK");
  }
  EXPECT_EQ(run(64, [] { __syncthreads(); }), nullptr);
}

TEST_F(Robustness, ExceptionsInsideAKernelAreItsOwn) {
  // A lane blocks in a handler, and another one throws and catches meanwhile: each keeps its own exception.
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    use_seed(seed);
    int right = 0;
    EXPECT_EQ(run(64,
                  [&] {
                    int const mine = static_cast<int>(threadIdx.x);
                    try {
                      throw mine;
                    } catch (int) {
                      __syncthreads();
                      try {
                        throw std::runtime_error(std::to_string(mine));
                      } catch (std::exception const& e) {
                        __syncwarp();
                        right += std::atoi(e.what()) == mine;
                      }
                      try {
                        __syncwarp();
                        throw;
                      } catch (int again) {
                        right += again == mine;
                      }
                    }
                    right += std::uncaught_exceptions() == 0;
                  }),
              nullptr);
    EXPECT_EQ(right, 3 * 64);
  }
}

TEST_F(Robustness, ADestructorMayWaitWhileAnExceptionOfTheKernelPasses) {
  struct waits {
    ~waits() { __syncthreads(); }
  };
  int right = 0;
  EXPECT_EQ(run(64,
                [&] {
                  try {
                    waits const w;
                    throw 5;
                  } catch (int five) {
                    right += five == 5;
                  }
                }),
            nullptr);
  EXPECT_EQ(right, 64);
}

#if !defined(__SANITIZE_ADDRESS__) && defined(__linux__)
__attribute__((noinline)) int deep(int levels) {
  int volatile frame[200];
  frame[0] = levels;
  return levels == 0 ? 0 : deep(levels - 1) + frame[0];
}

TEST_F(Robustness, AStackOverflowIsAFaultOfItsLane) {
  for (unsigned threads : {1u, 2u}) {
    options.threads = threads;
    apply();
    auto const* report = run(shape{{3, 1, 1}, {64, 1, 1}, 0}, [] {
      if (threadIdx.x == 40 && blockIdx.x > 0) deep(1'000'000);
      __syncthreads();
    });
    EXPECT_FAULT(report, "STACK-OVERFLOW", 1, 8, 0);
    EXPECT_EQ(report->block.x, 1u);
  }
  options.stack_bytes = 1 << 20;
  apply();
  EXPECT_EQ(run(64, [] { deep(900); }), nullptr) << "a larger stack holds it";
}
#endif

// ---------------------------------------------------------------- random programs

/// Wrong in every way that random masks, operations, barriers, exits and exceptions can be.
void random_lane(std::mt19937& random, unsigned const (&masks)[4]) {
  for (int step = 0; step < 12; ++step) {
    unsigned const mask = random() % 8 == 0 ? random() : masks[random() % 4];
    switch (random() % 16) {
      case 0:
        return;
      case 1:
        __syncthreads();
        break;
      case 2:
        __activemask();
        break;
      case 3:
        __ballot_sync(mask, 1);
        break;
      case 4:
        __shfl_sync(mask, 1.0, static_cast<int>(random()));
        break;
      case 5:
        __match_any_sync(mask, static_cast<int>(random() % 3));
        break;
      case 6:
        __reduce_add_sync(mask, 1u);
        break;
      case 7:
        __nanosleep(1);
        break;
      case 8:
        if (random() % 16 == 0) throw std::runtime_error("random");
        break;
      case 9:
        try {
          __shfl_xor_sync(mask, 1, 1, 16);
        } catch (...) {
        }
        break;
      default:
        __syncwarp(mask);
        break;
    }
  }
}

TEST_F(Robustness, RandomWrongKernelsNeitherHangNorCrash) {
  options.livelock_yields = 100'000;
  unsigned faults = 0;
  std::set<std::string> kinds;
  for (unsigned program = 0; program < 1000; ++program) {
    std::mt19937 shared_random(program);
    unsigned masks[4] = {all, 0xffffu, 0xffff0000u, static_cast<unsigned>(shared_random())};
    // Half of the programs are the same for all lanes, so that more than the first step is reached.
    bool const together = program % 2 == 0;
    unsigned const threads = 1 + shared_random() % 96;
    for (auto const policy : {sim::policy::error, sim::policy::ignore}) {
      options.seed = program;
      options.exited_lane = options.inactive_read = options.divergent_barrier = policy;
      options.threads = 1 + program % 2;
      apply();
      std::atomic<int> alive{0};
      auto const once = [&] {
        std::string const result = text(run(shape{{3, 1, 1}, {threads, 1, 1}, 0}, [&] {
          std::shared_ptr<void> const leaves(nullptr, [&](void*) { --alive; });
          ++alive;
          std::mt19937 random(together ? program : program * 4096 + blockIdx.x * 128 + threadIdx.x);
          random_lane(random, masks);
        }));
        return result;
      };
      std::string const first = once();
      EXPECT_EQ(once(), first) << "program " << program;
      EXPECT_EQ(alive, 0);
      faults += first != "no fault";
      kinds.insert(first.substr(0, first.find(" block")));
    }
  }
  EXPECT_GT(faults, 1000u);
  EXPECT_GE(kinds.size(), 7u) << "the programs should reach most kinds of fault";
}

TEST_F(Robustness, RandomRightKernelsRunWithoutAFault) {
  // Each step cuts the warp into random parts; each part does something together.
  for (unsigned program = 0; program < 300; ++program) {
    options.seed = program;
    apply();
    unsigned wrong = 0;
    EXPECT_EQ(run(96,
                  [&] {
                    std::mt19937 random(program * 4 + threadIdx.x / 32);  // the same in all lanes of a warp
                    unsigned const l = threadIdx.x % 32;
                    for (int step = 0; step < 20; ++step) {
                      unsigned const cut = random(), finer = random(), yes = random(), what = random() % 4;
                      unsigned mask = cut >> l & 1 ? cut : ~cut;
                      mask &= finer >> l & 1 ? finer : ~finer;
                      if (what == 0)
                        wrong += __ballot_sync(mask, int(yes >> l & 1)) != (yes & mask);
                      else if (what == 1)
                        wrong += __match_any_sync(mask, yes >> l & 1) != (mask & (yes >> l & 1 ? yes : ~yes));
                      else if (what == 2)
                        wrong += __shfl_sync(mask, l, __ffs(int(mask)) - 1) != unsigned(__ffs(int(mask)) - 1);
                      else
                        wrong += __reduce_or_sync(mask, 1u << l) != mask;
                    }
                    __syncthreads();
                  }),
              nullptr)
        << "program " << program;
    EXPECT_EQ(wrong, 0u) << "program " << program;
  }
}

// ---------------------------------------------------------------- many callers

TEST_F(Robustness, ManyThreadsMayLaunchAtOnce) {
  options.threads = 3;
  apply();
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 8; ++c)
    callers.emplace_back([&wrong, c] {
      for (int round = 0; round < 30; ++round) {
        bool const faulty = (round + c) % 3 == 0;
        unsigned sums[5] = {};
        unsigned const threads = 32 + 32 * unsigned(c);
        auto const kernel = [&] {
          __syncthreads();
          if (faulty && blockIdx.x == 2 && threadIdx.x == 7) __syncwarp(1);
          atomicAdd(&sums[blockIdx.x], __reduce_add_sync(all, 1u) / 32);
        };
        auto const entry = [](void* closure) { (*static_cast<decltype(kernel)*>(closure))(); };
        char const* const report =
            sim::launch({{5, 1, 1}, {threads, 1, 1}, 0, entry, const_cast<void*>(static_cast<void const*>(&kernel))});
        if (faulty)
          wrong += report == nullptr || sim::last_report() == nullptr || sim::last_report()->block.x != 2;
        else
          for (unsigned const sum : sums) wrong += report != nullptr || sum != threads;
      }
    });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
