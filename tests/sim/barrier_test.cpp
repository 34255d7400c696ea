// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Barriers of a part of the block, in shared memory, and of blocks that run together.

#include <lanefold/backend/mbarrier.cuh>

#include <set>

#include "harness.hpp"

namespace {

namespace backend = lanefold::backend;
using lanefold::call_site;

class Barrier : public Simulator {
 protected:
  template <class Body>
  void under_all_orders(Body body) {
    for (std::uint64_t seed : {0, 1, 2, 3, 4, 5, 7, 9}) {
      use_seed(seed);
      body();
    }
    options.seed = 0;
    options.order = sim::order::reverse;
    apply();
    body();
  }
};

// ---------------------------------------------------------------- named barriers

TEST_F(Barrier, NamedBarriersHoldTheirPartOfTheBlock) {
  under_all_orders([] {
    unsigned sum[2] = {};
    auto const* report = run(128, [&] {
      LANEFOLD_SHARED(values, unsigned[128]);
      unsigned const half = threadIdx.x / 64;
      for (int round = 0; round < 3; ++round) {
        values[threadIdx.x] = threadIdx.x + 1;
        backend::sync_barrier(1 + half, 64, call_site::here());
        unsigned total = 0;
        for (unsigned i = 0; i < 64; ++i) total += values[half * 64 + i];
        backend::sync_barrier(1 + half, 64, call_site::here());
        values[threadIdx.x] = 0;
        if (threadIdx.x % 64 == 63) sum[half] = total;
      }
    });
    ASSERT_EQ(report, nullptr) << text(report);
    EXPECT_EQ(sum[0], 64u * 65 / 2);
    EXPECT_EQ(sum[1], 64u * 64 + 64 * 65 / 2);
  });
}

TEST_F(Barrier, ArrivingGoesOn) {
  under_all_orders([] {
    unsigned seen = 0;
    auto const* report = run(64, [&] {
      LANEFOLD_SHARED(value, unsigned);
      if (threadIdx.x < 32) {
        if (threadIdx.x == 0) value = 42;
        backend::arrive_barrier(3, 64, call_site::here());
      } else {
        backend::sync_barrier(3, 64, call_site::here());
        seen = value;
      }
    });
    ASSERT_EQ(report, nullptr) << text(report);
    EXPECT_EQ(seen, 42u);
  });
}

TEST_F(Barrier, IdZeroWithAllThreadsIsTheBlockBarrier) {
  auto const* report = run(64, [&] { backend::sync_barrier(0, 64, call_site::here()); });
  EXPECT_EQ(report, nullptr) << text(report);
}

TEST_F(Barrier, WrongCountsAndIdsAreReported) {
  struct wrong {
    unsigned id, threads;
    char const* says;
  };
  for (wrong const w : {wrong{16, 32, "the id of a barrier is 0..15; it is 16"}, wrong{1, 0, "here they are 0"},
                        wrong{1, 33, "here they are 33"}, wrong{1, 96, "up to the block's 64; here they are 96"},
                        wrong{0, 32, "barrier 0 is that of the block"}}) {
    int line = 0;
    auto const* report = run(64, [&] { line = __LINE__, backend::sync_barrier(w.id, w.threads, call_site::here()); });
    EXPECT_FAULT(report, "PRECONDITION", 0, 0, line);
    EXPECT_NE(report->message.find(w.says), std::string::npos) << report->message;
  }
}

TEST_F(Barrier, DifferentCountsForOneBarrierAreReported) {
  auto const* report = run(128, [&] { backend::sync_barrier(2, threadIdx.x < 32 ? 128 : 64, call_site::here()); });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "BARRIER-MISMATCH");
  EXPECT_EQ(report->message, "this thread counts 64 threads at barrier 2; the 32 that have arrived count 128");
}

TEST_F(Barrier, DeadlockNamesTheBarrier) {
  under_all_orders([] {
    int line = 0;
    auto const* report = run(64, [&] {
      if (threadIdx.x < 32) line = __LINE__, backend::sync_barrier(5, 64, call_site::here());
    });
    EXPECT_FAULT(report, "DEADLOCK", 0, 0, line);
    EXPECT_EQ(report->message, "threads wait at barrier 5, where 32 of 64 have arrived, and no lane can run");
    EXPECT_EQ(report->others[0].where, "wait at barrier 5");
  });
}

// ---------------------------------------------------------------- mbarriers

TEST_F(Barrier, MbarrierPhasesHandOverBetweenProducerAndConsumer) {
  under_all_orders([] {
    std::vector<unsigned> seen;
    auto const* report = run(64, [&] {
      LANEFOLD_SHARED(full, backend::mbarrier);
      LANEFOLD_SHARED(empty, backend::mbarrier);
      LANEFOLD_SHARED(value, unsigned);
      if (threadIdx.x == 0) {
        backend::mbarrier_init(full, 1, call_site::here());
        backend::mbarrier_init(empty, 32, call_site::here());
      }
      __syncthreads();
      for (unsigned round = 0; round < 5; ++round) {
        if (threadIdx.x == 0) {
          if (round > 0) backend::mbarrier_wait(empty, (round - 1) & 1, call_site::here());
          value = 100 + round;
          backend::mbarrier_arrive(full, call_site::here());
        } else if (threadIdx.x >= 32) {
          backend::mbarrier_wait(full, round & 1, call_site::here());
          if (threadIdx.x == 40) seen.push_back(value);
          backend::mbarrier_arrive(empty, call_site::here());
        }
      }
    });
    ASSERT_EQ(report, nullptr) << text(report);
    EXPECT_EQ(seen, (std::vector<unsigned>{100, 101, 102, 103, 104}));
  });
}

TEST_F(Barrier, MbarrierWaitsForItsBytes) {
  under_all_orders([] {
    bool early = true, late = false;
    auto const* report = run(64, [&] {
      LANEFOLD_SHARED(full, backend::mbarrier);
      if (threadIdx.x == 0) backend::mbarrier_init(full, 1, call_site::here());
      __syncthreads();
      if (threadIdx.x == 0) {
        backend::mbarrier_complete(full, 16, call_site::here());  // some may come before they are announced
        backend::mbarrier_arrive_expect(full, 64, call_site::here());
        early = backend::mbarrier_test(full, 0, call_site::here());
        backend::mbarrier_complete(full, 48, call_site::here());
        late = backend::mbarrier_test(full, 0, call_site::here());
      } else if (threadIdx.x == 32) {
        while (!backend::mbarrier_try_wait(full, 0, call_site::here())) {
        }
      }
    });
    ASSERT_EQ(report, nullptr) << text(report);
    EXPECT_FALSE(early);
    EXPECT_TRUE(late);
  });
}

TEST_F(Barrier, MbarrierThatNothingCompletesIsADeadlock) {
  auto const* report = run(32, [&] {
    LANEFOLD_SHARED(full, backend::mbarrier);
    if (threadIdx.x == 0) {
      backend::mbarrier_init(full, 2, call_site::here());
      backend::mbarrier_arrive_expect(full, 64, call_site::here());
      backend::mbarrier_wait(full, 0, call_site::here());
    }
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "DEADLOCK");
  EXPECT_EQ(report->message,
            "threads wait at the mbarrier at byte 0 of shared memory, where 1 of 2 have arrived and 64 bytes are "
            "missing, and no lane can run");
}

TEST_F(Barrier, MbarriersUsedWronglyAreReported) {
  auto const says = [](auto kernel) {
    auto const* report = run(1, kernel);
    return report != nullptr ? report->message : "no fault";
  };
  EXPECT_EQ(says([] {
              LANEFOLD_SHARED(full, backend::mbarrier);
              backend::mbarrier_arrive(full, call_site::here());
            }),
            "no mbarrier has been initialised at this address");
  EXPECT_EQ(says([] {
              backend::mbarrier on_the_stack;
              backend::mbarrier_init(on_the_stack, 1, call_site::here());
            }),
            "an mbarrier lies in shared memory, at a multiple of 8");
  EXPECT_EQ(says([] {
              LANEFOLD_SHARED(full, backend::mbarrier);
              backend::mbarrier_init(full, 0, call_site::here());
            }),
            "an mbarrier expects 1..1048575 arrivals; here 0");
  EXPECT_EQ(says([] {
              LANEFOLD_SHARED(full, backend::mbarrier);
              backend::mbarrier_init(full, 1, call_site::here());
              backend::mbarrier_complete(full, 4, call_site::here());
              backend::mbarrier_arrive(full, call_site::here());
              backend::mbarrier_arrive(full, call_site::here());
            }),
            "1 arrivals at an mbarrier that still expects 0 of 1");
}

// ---------------------------------------------------------------- blocks that run together

TEST_F(Barrier, ClusterReadsItsNeighboursSharedMemory) {
  for (unsigned threads : {1u, 2u}) {
    options.threads = threads;
    under_all_orders([] {
      shape four;
      four.grid = {4, 1, 1};
      four.block = {64, 1, 1};
      four.cluster = {2, 1, 1};
      unsigned got[4] = {}, ranks[4] = {};
      auto const* report = run(four, [&] {
        LANEFOLD_SHARED(mine, unsigned[64]);
        mine[threadIdx.x] = 1000 * blockIdx.x + threadIdx.x;
        backend::arrive_cluster(call_site::here());
        backend::wait_cluster(call_site::here());
        unsigned const rank = backend::cluster_rank();
        unsigned const* const theirs = backend::map_shared(&mine[0], rank ^ 1, call_site::here());
        unsigned total = 0;
        for (unsigned i = 0; i < 64; ++i) total += theirs[i];
        if (threadIdx.x == 5) got[blockIdx.x] = total, ranks[blockIdx.x] = rank;
        backend::arrive_cluster(call_site::here());
        backend::wait_cluster(call_site::here());
        mine[threadIdx.x] = 0;
      });
      ASSERT_EQ(report, nullptr) << text(report);
      for (unsigned block = 0; block < 4; ++block) {
        EXPECT_EQ(got[block], 64000 * (block ^ 1) + 63 * 32) << block;
        EXPECT_EQ(ranks[block], block % 2) << block;
      }
    });
  }
}

TEST_F(Barrier, ClustersMayHaveThreeExtents) {
  shape where;
  where.grid = {4, 6, 2};
  where.cluster = {2, 3, 1};
  std::set<std::pair<unsigned, unsigned>> seen;  // block, rank
  options.threads = 1;
  apply();
  auto const* report = run(where, [&] {
    if (threadIdx.x == 0) seen.insert({blockIdx.x + 4 * (blockIdx.y + 6 * blockIdx.z), backend::cluster_rank()});
  });
  ASSERT_EQ(report, nullptr) << text(report);
  EXPECT_EQ(seen.size(), 48u);
  for (auto const& [block, rank] : seen) EXPECT_EQ(rank, block % 4 % 2 + block / 4 % 6 % 3 * 2) << block;
}

TEST_F(Barrier, ThreadsThatHaveExitedAreNotWaitedForInACluster) {
  shape two;
  two.grid = two.cluster = {2, 1, 1};
  under_all_orders([&] {
    auto const* report = run(two, [] {
      if (threadIdx.x > 3) return;
      backend::arrive_cluster(call_site::here());
      backend::wait_cluster(call_site::here());
    });
    EXPECT_EQ(report, nullptr) << text(report);
  });
}

TEST_F(Barrier, ClusterBarriersUsedWronglyAreReported) {
  shape two;
  two.grid = two.cluster = {2, 1, 1};
  auto const* report = run(two, [] { backend::wait_cluster(call_site::here()); });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->message, "this thread waits for the cluster barrier and has not arrived there");
  report = run(two, [] {
    backend::arrive_cluster(call_site::here());
    backend::arrive_cluster(call_site::here());
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->message, "this thread has arrived at the cluster barrier already, and must wait for it next");
  report = run(two, [] {
    LANEFOLD_SHARED(mine, unsigned);
    backend::map_shared(&mine, 2, call_site::here());
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->message, "the cluster has 2 blocks, and the rank asked for is 2");
}

shape cooperative(unsigned blocks, unsigned threads) {
  shape all_together;
  all_together.grid = {blocks, 1, 1};
  all_together.block = {threads, 1, 1};
  all_together.cooperative = true;
  return all_together;
}

TEST_F(Barrier, CooperativeGridMeetsAtItsBarrier) {
  under_all_orders([] {
    std::vector<unsigned> values(8 * 64), sums(8);
    auto const* report = run(cooperative(8, 64), [&] {
      for (unsigned round = 1; round <= 3; ++round) {
        values[blockIdx.x * 64 + threadIdx.x] = round * (blockIdx.x + threadIdx.x);
        backend::sync_grid(call_site::here());
        unsigned total = 0;
        for (unsigned const v : values) total += v;
        backend::sync_grid(call_site::here());
        if (threadIdx.x == 63) sums[blockIdx.x] = total;
      }
    });
    ASSERT_EQ(report, nullptr) << text(report);
    for (unsigned const sum : sums) EXPECT_EQ(sum, 3 * (64u * 28 + 8 * 63 * 32));
  });
}

TEST_F(Barrier, GridBarrierThatABlockNeverReachesIsADeadlock) {
  under_all_orders([] {
    auto const* report = run(cooperative(3, 32), [] {
      if (blockIdx.x != 1) backend::sync_grid(call_site::here());
    });
    ASSERT_NE(report, nullptr);
    EXPECT_EQ(report->kind, "DEADLOCK");
    EXPECT_EQ(report->message, "threads wait at the grid barrier, where 64 of 96 have arrived, and no lane can run");
  });
}

TEST_F(Barrier, GridBarrierNeedsACooperativeLaunch) {
  auto const* report = run(32, [] { backend::sync_grid(call_site::here()); });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->message, "only a cooperative launch has a grid barrier: its blocks all run together");
}

TEST_F(Barrier, FaultInOneBlockOfACooperativeGridUnwindsTheOthers) {
  struct guard {
    int& count;
    ~guard() { ++count; }
  };
  under_all_orders([] {
    int unwound = 0;
    auto const* report = run(cooperative(4, 32), [&] {
      guard const here{unwound};
      if (blockIdx.x == 2) __shfl_sync(1u, 0, 0);
      backend::sync_grid(call_site::here());
    });
    ASSERT_NE(report, nullptr);
    EXPECT_EQ(report->kind, "CALLER-NOT-IN-MASK") << text(report);
    EXPECT_EQ(report->block.x, 2u);
    EXPECT_LE(unwound, 4 * 32);
  });
}

TEST_F(Barrier, SpinsOnAnAcquireLoadMakeProgress) {
  under_all_orders([] {
    // Within a block, the waiting lanes first; and across blocks, each waiting for the next.
    unsigned flag = 0;
    auto const* report = run(64, [&] {
      if (threadIdx.x == 63)
        backend::store_release(&flag, 1, call_site::here());
      else
        while (backend::load_acquire(&flag, call_site::here()) == 0) {
        }
    });
    ASSERT_EQ(report, nullptr) << text(report);
    unsigned flags[9] = {0, 0, 0, 0, 0, 0, 0, 0, 1};
    report = run(cooperative(8, 32), [&] {
      while (backend::load_acquire(&flags[blockIdx.x + 1], call_site::here()) == 0) {
      }
      if (threadIdx.x == 0) backend::store_release(&flags[blockIdx.x], 1, call_site::here());
    });
    ASSERT_EQ(report, nullptr) << text(report);
    EXPECT_EQ(flags[0], 1u);
  });
}

TEST_F(Barrier, SpinThatNobodyEndsIsALivelock) {
  options.livelock_yields = 10'000;
  under_all_orders([] {
    unsigned const flag = 0;
    auto const* report = run(cooperative(2, 32), [&] {
      if (blockIdx.x == 1) backend::sync_grid(call_site::here());
      while (backend::load_acquire(&flag, call_site::here()) == 0) {
      }
    });
    ASSERT_NE(report, nullptr);
    EXPECT_EQ(report->kind, "LIVELOCK");
  });
}

TEST_F(Barrier, LaunchesOfImpossibleGangsAreRefused) {
  shape wrong;
  wrong.grid = {3, 1, 1};
  wrong.cluster = {2, 1, 1};
  EXPECT_NE(text(run(wrong, [] {})).find("the grid is no multiple of the cluster"), std::string::npos);
  wrong.grid = wrong.cluster = {17, 1, 1};
  EXPECT_NE(text(run(wrong, [] {})).find("the cluster has more than 16 blocks"), std::string::npos);
  EXPECT_NE(text(run(cooperative(257, 32), [] {})).find("at most 256 blocks"), std::string::npos);
}

// ---------------------------------------------------------------- who is here

TEST_F(Barrier, WholeWarpHereIsSeenByAllOrNone) {
  std::set<unsigned> answers;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    use_seed(seed);
    unsigned yes = 0;
    auto const* report = run(32, [&] {
      for (unsigned i = threadIdx.x % 5; i > 0; --i) sim::yield(call_site::here());
      if (backend::whole_warp_here(call_site::here())) yes |= 1u << threadIdx.x;
    });
    ASSERT_EQ(report, nullptr) << text(report);
    answers.insert(yes);
    if (seed == 0) {
      EXPECT_EQ(yes, 0u);
    }
  }
  EXPECT_EQ(answers, (std::set<unsigned>{0, all}));
}

TEST_F(Barrier, WholeWarpIsNotHereWhereLanesAreElsewhere) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    use_seed(seed);
    unsigned yes = 0;
    auto const* report = run(32, [&] {
      if (threadIdx.x == 7)
        __activemask();
      else if (backend::whole_warp_here(call_site::here()))
        yes |= 1u << threadIdx.x;
    });
    ASSERT_EQ(report, nullptr) << text(report);
    EXPECT_EQ(yes, 0u) << seed;
  }
}

TEST_F(Barrier, WholeWarpIsNotHereWhereOneVerbAsksTwice) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    use_seed(seed);
    auto const* report = run(32, [&] {
      call_site const site = call_site::here().in("verb");
      bool first = false;
      if (threadIdx.x % 2 != 0) first = backend::whole_warp_here(site);
      bool const second = backend::whole_warp_here(site);
      if (first) sim::fail("TEST", site, "16 lanes were taken for 32");
      if (second) __syncwarp();
    });
    ASSERT_EQ(report, nullptr) << text(report);
  }
}

}  // namespace
