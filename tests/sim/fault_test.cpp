// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Each kind of fault, provoked by a wrong kernel: the report names both sides.

#undef NDEBUG  // assert is one of the faults

#include <lanefold/reduce.cuh>
#include <lanefold/scratch.cuh>
#include <lanefold/sim/operations.hpp>

#include <cassert>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "harness.hpp"

namespace {

class Fault : public Simulator {};

TEST_F(Fault, CallerNotInMask) {
  int line = 0;
  auto const* report = run(32, [&] {
    if (threadIdx.x == 5) line = __LINE__, __syncwarp(0xf);
  });
  EXPECT_FAULT(report, "CALLER-NOT-IN-MASK", 0, 5, line);
  EXPECT_EQ(report->mask, 0xfu);
  EXPECT_EQ(report->verb, "__syncwarp");
  EXPECT_NE(report->message.find("{0-3}"), std::string::npos) << report->message;
}

TEST_F(Fault, MaskMismatchNamesBothSides) {
  int low = 0, high = 0;
  auto const* report = run(32, [&] {
    if (threadIdx.x < 16)
      low = __LINE__, __shfl_sync(all, 1, 0);
    else
      high = __LINE__, __shfl_sync(0xffff0003u, 1, 0);
  });
  EXPECT_FAULT(report, "MASK-MISMATCH", 0, 16, high);
  EXPECT_EQ(report->mask, 0xffff0003u);
  ASSERT_EQ(report->others.size(), 1u);
  EXPECT_EQ(report->others[0].lanes, 0xffffu);
  EXPECT_EQ(report->others[0].line, low);
  EXPECT_EQ(report->others[0].mask, all);
  std::string const file = __FILE__;
  EXPECT_EQ(report->text(),
            "SIMT-FAULT MASK-MISMATCH block(0,0,0) thread(16,0,0) warp 0 lane 16 seed 0\n"
            "  __shfl_sync at " +
                file + ":" + std::to_string(high) +
                ": this lane passes {0-1,16-31}; lanes {0-15} wait for it with {0-31}\n"
                "  lanes {0-15} wait: __shfl_sync at " +
                file + ":" + std::to_string(low) +
                " with {0-31}\n"
                "  replay: LANEFOLD_SIM_SEED=0");
}

TEST_F(Fault, CollectiveMismatchOfOperations) {
  int low = 0, high = 0;
  auto const* report = run(64, [&] {
    if (threadIdx.x < 32) return;
    if (threadIdx.x < 40)
      low = __LINE__, __ballot_sync(all, 1);
    else
      high = __LINE__, __any_sync(all, 1);
  });
  EXPECT_FAULT(report, "COLLECTIVE-MISMATCH", 1, 8, high);
  ASSERT_EQ(report->others.size(), 1u);
  EXPECT_EQ(report->others[0].lanes, 0xffu);
  EXPECT_EQ(report->others[0].line, low);
  EXPECT_EQ(report->thread.x, 40u);
}

TEST_F(Fault, CollectiveMismatchOfSizes) {
  auto const* report = run(32, [&] {
    if (threadIdx.x % 2 == 0)
      __shfl_sync(all, 1, 0);
    else
      __shfl_sync(all, 1.0, 0);
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "COLLECTIVE-MISMATCH");
  EXPECT_NE(report->message.find("8-byte shuffle"), std::string::npos) << report->message;
  EXPECT_NE(report->message.find("4-byte shuffle"), std::string::npos) << report->message;
}

TEST_F(Fault, CollectiveMismatchNamesTheVerbsOfTheLibrary) {
  auto const call = [](sim::operation const& op, unsigned value, char const* verb) {
    unsigned result = 0;
    sim::collective({&op, all, 4, 1, 32, &value, &result, nullptr, {verb, __FILE__, __LINE__}});
  };
  auto const* report = run(32, [&] {
    if (threadIdx.x < 16)
      call(sim::operations::redux_add, 1, "sum");
    else
      call(sim::operations::shuffle_up, 1, "inclusive_scan");
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(
      report->message,
      "this lane calls 4-byte shuffle_up of inclusive_scan; lanes {0-15} wait for it in redux_add of sum with the "
      "same mask {0-31}: let every lane of the mask come here, or form the set before the branch, by partition");
}

TEST_F(Fault, InactiveRead) {
  int line = 0;
  auto const* report = run(32, [&] {
    if (threadIdx.x < 16) line = __LINE__, __shfl_down_sync(0xffffu, 1, 2);
  });
  EXPECT_FAULT(report, "INACTIVE-READ", 0, 14, line);
  EXPECT_NE(report->message.find("lanes {14-15} read"), std::string::npos) << report->message;
  EXPECT_NE(report->message.find("reads lane 16"), std::string::npos) << report->message;
}

TEST_F(Fault, InactiveReadMayBeIgnoredAndThenGivesPoison) {
  options.inactive_read = sim::policy::ignore;
  apply();
  unsigned got[16] = {};
  EXPECT_EQ(run(32,
                [&] {
                  if (threadIdx.x < 16) got[threadIdx.x] = __shfl_down_sync(0xffffu, 100 + threadIdx.x, 2);
                }),
            nullptr);
  EXPECT_EQ(got[13], 115u);
  EXPECT_EQ(got[14], options.poison);
}

TEST_F(Fault, ExitedLaneInMaskSeenByTheOneThatArrivesLater) {
  int line = 0;
  auto const* report = run(32, [&] {
    if (threadIdx.x == 0) return;
    line = __LINE__, __syncwarp();
  });
  EXPECT_FAULT(report, "EXITED-LANE-IN-MASK", 0, 1, line);
  EXPECT_NE(report->message.find("lanes {0} have exited: let every lane of the mask come here, or form the set before "
                                 "the branch, by partition"),
            std::string::npos)
      << report->message;
}

TEST_F(Fault, ExitedLaneInMaskNamesAllThatABranchKeptAway) {
  int line = 0;
  for (sim::order const order : {sim::order::lane, sim::order::reverse, sim::order::uniform}) {
    options.order = order;
    apply();
    auto const* report = run(64, [&] {
      if (threadIdx.x % 32 < 16) line = __LINE__, __syncwarp();
    });
    ASSERT_NE(report, nullptr);
    EXPECT_EQ(report->kind, "EXITED-LANE-IN-MASK");
    EXPECT_EQ(report->lane, 0u);
    EXPECT_EQ(report->line, line);
    EXPECT_NE(report->message.find("lanes {16-31} have exited"), std::string::npos) << report->message;
    ASSERT_EQ(report->others.size(), 2u) << report->text();
    EXPECT_EQ(report->others[0].lanes, 0xffffu);
    EXPECT_EQ(report->others[1].lanes, 0xffff0000u);
    EXPECT_EQ(report->others[1].where, "exited");
  }
}

TEST_F(Fault, ExitedLaneInMaskShowsTheOtherMaskWithWhichItsLanesMet) {
  int low = 0, high = 0;
  auto const* report = run(32, [&] {
    if (threadIdx.x < 16)
      low = __LINE__, __ballot_sync(all, 1);
    else
      high = __LINE__, __ballot_sync(0xffff0000u, 1);
  });
  EXPECT_FAULT(report, "EXITED-LANE-IN-MASK", 0, 0, low);
  ASSERT_EQ(report->others.size(), 3u) << report->text();
  EXPECT_EQ(report->others[2].lanes, 0xffff0000u);
  EXPECT_EQ(report->others[2].where, "met meanwhile");
  EXPECT_EQ(report->others[2].line, high);
  EXPECT_EQ(report->others[2].mask, 0xffff0000u);
}

TEST_F(Fault, ExitedLaneInMaskShowsOnlyTheLanesOfThatOtherMask) {
  auto const* report = run(32, [] {
    if (threadIdx.x < 16)
      __syncwarp();
    else if (threadIdx.x < 24)
      __ballot_sync(0x00ff0000u, 1);
    else
      __any_sync(0xff000000u, 1);
  });
  ASSERT_NE(report, nullptr);
  ASSERT_EQ(report->others.size(), 3u) << report->text();
  EXPECT_EQ(report->others[2].lanes, 0xff000000u);
  EXPECT_EQ(report->others[2].mask, 0xff000000u);
}

TEST_F(Fault, ExitedLaneInMaskIsToldEvenWhereTheRestOfTheLanesWaitElsewhere) {
  int line = 0;
  auto const* report = run(32, [&] {
    if (threadIdx.x >= 24) return;
    if (threadIdx.x < 16)
      line = __LINE__, __syncwarp();
    else
      __syncthreads();
  });
  EXPECT_FAULT(report, "EXITED-LANE-IN-MASK", 0, 0, line);
  ASSERT_EQ(report->others.size(), 3u) << report->text();
  EXPECT_EQ(report->others[1].where, "wait at the block barrier");
}

TEST_F(Fault, ExitedLaneInMaskSeenByThoseThatWaited) {
  int line = 0;
  auto const* report = run(32, [&] {
    if (threadIdx.x == 31) return;
    line = __LINE__, __syncwarp();
  });
  EXPECT_FAULT(report, "EXITED-LANE-IN-MASK", 0, 0, line);
  EXPECT_NE(report->message.find("lanes {31} have exited"), std::string::npos) << report->message;
}

TEST_F(Fault, ExitedLaneInMaskIsToldWhileOtherLanesSpin) {
  int line = 0;
  unsigned words[2] = {};
  for (bool progress : {false, true}) {
    auto const* report = run(32, [&] {
      if (threadIdx.x < 16)
        line = __LINE__, __syncwarp();
      else if (threadIdx.x >= 24)
        while (atomicAdd(&words[0], 0u) == 0) atomicAdd(&words[1], progress ? 1u : 0u);
    });
    EXPECT_FAULT(report, "EXITED-LANE-IN-MASK", 0, 0, line);
    EXPECT_NE(report->message.find("lanes {16-23} have exited"), std::string::npos) << report->message;
  }
}

TEST_F(Fault, ExitedLaneInMaskIsTheKindWhereABarrierLacksTheSameThreads) {
  for (sim::order const order : {sim::order::lane, sim::order::reverse}) {
    options.order = order;
    apply();
    int line = 0;
    auto const* report = run(32, [&] {
      if (threadIdx.x < 8) return;
      if (threadIdx.x < 16)
        line = __LINE__, __syncwarp();
      else
        sim::sync_block({"sync", __FILE__, __LINE__}, true);
    });
    EXPECT_FAULT(report, "EXITED-LANE-IN-MASK", 0, 8, line);
  }
}

TEST_F(Fault, ExitedLaneInMaskIsWarnedOfBeforeADeadlock) {
  options.exited_lane = sim::policy::warning;
  apply();
  testing::internal::CaptureStderr();
  auto const* report = run(32, [] {
    if (threadIdx.x < 8) return;
    if (threadIdx.x < 16)
      __syncwarp();
    else
      __syncthreads();
  });
  EXPECT_NE(testing::internal::GetCapturedStderr().find("SIMT-WARNING EXITED-LANE-IN-MASK"), std::string::npos);
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "DEADLOCK");
}

TEST_F(Fault, LanesThatNeverExistedAreToldFromThoseThatExited) {
  auto const* report = run(48, [&] {
    if (threadIdx.x >= 32) __syncwarp();
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "EXITED-LANE-IN-MASK");
  EXPECT_NE(report->message.find("{16-31} never existed: the block has 48 threads"), std::string::npos)
      << report->message;
}

TEST_F(Fault, LanesThatNeverExistedComeWithAdviceAndTheNameOfThePolicy) {
  auto const* report = run(48, [&] { __syncwarp(); });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(
      report->message,
      "this lane passes {0-31}; lanes {16-31} never existed: the block has 48 threads; launch whole warps, or name "
      "only lanes that there are; hardware obliges, and so does the simulator with "
      "LANEFOLD_SIM_EXITED_LANE=warning");
}

TEST_F(Fault, CollectivesOfABlockAreNotToldOfMasks) {
  for (std::uint64_t seed : {0, 1, 2, 3, 4, 5}) {
    use_seed(seed);
    auto const* report = run(64, [&] {
      unsigned const value = 1;
      unsigned result;
      if (threadIdx.x < 40)
        sim::collective(
            {&sim::operations::redux_add, all, 4, 0, 32, &value, &result, nullptr, {"sum", __FILE__, __LINE__, true}});
    });
    ASSERT_NE(report, nullptr);
    EXPECT_EQ(report->message,
              "this lane is in a collective of the block; lanes {8-31} have exited: all threads of a block call its "
              "collectives; guard the value, not the call");
  }
}

TEST_F(Fault, CollectivesOfABlockBehindABranchGetTheSameAdviceInEveryOrder) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    use_seed(seed);
    auto const* report = run(64, [] {
      LANEFOLD_SHARED(scratch, lanefold::scratch<lanefold::block<64>, unsigned>);
      auto const block = lanefold::block<64>{}.with(scratch);
      if (threadIdx.x < 40) lanefold::sum(block, 1u);
    });
    ASSERT_NE(report, nullptr);
    EXPECT_NE(report->message.find("all threads of a block call its collectives; guard the value, not the call"),
              std::string::npos)
        << report->text();
    EXPECT_EQ(report->verb, "sum");
  }
}

TEST_F(Fault, LanesOfSeveralCallsThatMeetAreWarnedOf) {
  int low = 0, high = 0;
  auto const kernel = [&] {
    if (threadIdx.x < 20)
      low = __LINE__, __ballot_sync(all, 1);
    else
      high = __LINE__, __ballot_sync(all, 1);
  };
  testing::internal::CaptureStderr();
  EXPECT_EQ(run(32, kernel), nullptr) << "legal, hence a warning";
  std::string const warned = testing::internal::GetCapturedStderr();
  EXPECT_NE(warned.find("SIMT-WARNING DIVERGENT-COLLECTIVE"), std::string::npos) << warned;
  EXPECT_NE(warned.find("lanes {20-31} meet lanes {0-19} here"), std::string::npos) << warned;

  options.divergent_collective = sim::policy::error;
  apply();
  auto const* report = run(32, kernel);
  EXPECT_FAULT(report, "DIVERGENT-COLLECTIVE", 0, 20, high);
  ASSERT_EQ(report->others.size(), 2u) << report->text();
  EXPECT_EQ(report->others[0].line, low);

  options.divergent_collective = sim::policy::ignore;
  apply();
  testing::internal::CaptureStderr();
  EXPECT_EQ(run(32, kernel), nullptr);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Fault, ReportsRememberThatLanesOfSeveralCallsMet) {
  options.divergent_collective = sim::policy::ignore;
  for (sim::order const order : {sim::order::lane, sim::order::reverse, sim::order::priority, sim::order::uniform}) {
    options.order = order;
    apply();
    int first = 0, second = 0;
    auto const* report = run(32, [&] {  // meant: 20 lanes sum a, all lanes sum b
      if (threadIdx.x < 20) first = __LINE__, __reduce_add_sync(all, 1u);
      second = __LINE__, __reduce_add_sync(all, 2u);
    });
    EXPECT_FAULT(report, "EXITED-LANE-IN-MASK", 0, 0, second);
    ASSERT_EQ(report->others.size(), 4u) << report->text();
    EXPECT_EQ(report->others[2].where, "met others before, at another call");
    EXPECT_EQ(report->others[2].lanes, 0xfffffu);
    EXPECT_EQ(report->others[2].line, first);
    EXPECT_EQ(report->others[3].lanes, 0xfff00000u);
    EXPECT_EQ(report->others[3].line, second);
  }
}

TEST_F(Fault, DeadlocksComeWithAdvice) {
  auto const* report = run(32, [&] {
    if (threadIdx.x == 0)
      __syncwarp();
    else
      __syncthreads();
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->message,
            "lanes {0} wait for lanes {1-31} with {0-31}, and no lane of the block can run: let every lane of the mask "
            "come here, or form the set before the branch, by partition");
}

TEST_F(Fault, AssertInAKernelIsAReport) {
  int line = 0;
  use_seed(3);
  auto const* report = run(shape{{2, 1, 1}, {64, 1, 1}, 0}, [&] {
    bool const holds = blockIdx.x != 1 || threadIdx.x != 40;
    line = __LINE__, assert(holds);
    __syncthreads();
  });
  EXPECT_FAULT(report, "ASSERTION", 1, 8, line);
  EXPECT_EQ(report->message, "assertion failed: holds");
  EXPECT_EQ(report->block.x, 1u);
  EXPECT_EQ(report->seed, 3u);
  EXPECT_EQ(run(32, [] {}), nullptr) << "the next launch works";
}

TEST_F(Fault, AssertOutsideKernelsAbortsAsEver) {
  EXPECT_EXIT(assert(run(32, [] {}) != nullptr), testing::KilledBySignal(SIGABRT), "Assertion");
}

TEST_F(Fault, LivelockSaysHowManyYieldsItMeans) {
  options.livelock_yields = 5'000;
  apply();
  unsigned word = 0;
  sim::reset_counts();
  auto const* report = run(1, [&] {
    while (atomicAdd(&word, 0u) == 0) {
    }
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->message, "the lanes of the block yielded 5000 times and changed nothing");
  EXPECT_EQ(sim::take_counts().total.yields, 5000u);
}

TEST_F(Fault, ExitedLaneInMaskMayBeIgnored) {
  for (auto const policy : {sim::policy::ignore, sim::policy::warning})
    for (unsigned leaves : {0u, 7u, 31u}) {
      options.exited_lane = policy;
      apply();
      unsigned ballots[32] = {};
      testing::internal::CaptureStderr();
      EXPECT_EQ(run(32,
                    [&] {
                      if (threadIdx.x != leaves) ballots[threadIdx.x] = __ballot_sync(all, 1);
                    }),
                nullptr);
      std::string const warned = testing::internal::GetCapturedStderr();
      EXPECT_EQ(warned.find("SIMT-WARNING EXITED-LANE-IN-MASK") != std::string::npos, policy == sim::policy::warning);
      EXPECT_EQ(warned.find("SIMT-WARNING"), warned.rfind("SIMT-WARNING")) << "one warning for a call site: " << warned;
      for (unsigned l = 0; l < 32; ++l) EXPECT_EQ(ballots[l], l == leaves ? 0 : ~(1u << leaves));
    }
}

TEST_F(Fault, ReadingAnExitedLaneIsAnErrorEvenWhenNamingItIsNot) {
  options.exited_lane = sim::policy::ignore;
  apply();
  auto const* report = run(32, [&] {
    if (threadIdx.x == 9) return;
    __shfl_sync(all, 1, 9);
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "INACTIVE-READ");
  EXPECT_EQ(report->lane, 0u);
  ASSERT_EQ(report->others.size(), 1u);
  EXPECT_EQ(report->others[0].where, "exited");
}

TEST_F(Fault, DivergentBarrier) {
  int low = 0, high = 0;
  auto const kernel = [&] {
    if (threadIdx.x < 40)
      low = __LINE__, __syncthreads();
    else
      high = __LINE__, __syncthreads();
  };
  auto const* report = run(64, kernel);
  EXPECT_FAULT(report, "DIVERGENT-BARRIER", 1, 8, high);
  ASSERT_EQ(report->others.size(), 2u);
  EXPECT_EQ(report->others[0].lanes, all);
  EXPECT_EQ(report->others[0].line, low);
  EXPECT_EQ(report->others[1].lanes, 0xffu);
  options.divergent_barrier = sim::policy::ignore;
  apply();
  EXPECT_EQ(run(64, kernel), nullptr) << "hardware counts arrivals and does not ask where";
}

TEST_F(Fault, BarrierWithoutTheThreadsThatExited) {
  auto const kernel = [&] {
    if (threadIdx.x >= 32) __syncthreads();
  };
  EXPECT_EQ(run(64, kernel), nullptr) << "a barrier waits for the threads that have not exited";
  EXPECT_EQ(run(64,
                [&] {
                  if (threadIdx.x < 32) __syncthreads();
                }),
            nullptr);
  options.exited_thread = sim::policy::error;
  apply();
  auto const* report = run(64, kernel);
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "DIVERGENT-BARRIER");
  EXPECT_EQ(report->message, "32 threads of the block exited without this barrier");
  ASSERT_EQ(report->others.size(), 1u);
  EXPECT_EQ(report->others[0].warp, 0u);
  EXPECT_EQ(report->others[0].lanes, all);
  EXPECT_EQ(report->others[0].where, "exited");
}

TEST_F(Fault, DeadlockTellsWhereEveryoneIs) {
  int barrier = 0, ballot = 0;
  auto const* report = run(64, [&] {
    if (threadIdx.x == 33) return;
    if (threadIdx.x == 40)
      ballot = __LINE__, __ballot_sync(0x7f0, 1);
    else
      barrier = __LINE__, __syncthreads();
  });
  EXPECT_FAULT(report, "DEADLOCK", 1, 8, ballot);
  EXPECT_NE(report->message.find("lanes {8} wait for lanes {4-7,9-10}"), std::string::npos) << report->message;
  ASSERT_EQ(report->others.size(), 4u);
  auto const& o = report->others;
  EXPECT_EQ(o[0].warp, 0u);
  EXPECT_EQ(o[0].lanes, all);
  EXPECT_EQ(o[0].line, barrier);
  EXPECT_EQ(o[0].where, "wait at the block barrier");
  EXPECT_EQ(o[1].warp, 1u);
  EXPECT_EQ(o[1].lanes, ~0x102u);
  EXPECT_EQ(o[2].lanes, 0x2u);
  EXPECT_EQ(o[2].where, "exited");
  EXPECT_EQ(o[3].lanes, 0x100u);
  EXPECT_EQ(o[3].mask, 0x7f0u);
}

TEST_F(Fault, WarpsThatStandAlikeShareALine) {
  auto const* report = run(128, [&] {
    if (threadIdx.x == 40)
      __ballot_sync(0x300, 1);
    else
      __syncthreads();
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->others.size(), 5u);
  EXPECT_NE(report->text().find("\n  warps {0,2-3} lanes {0-31} wait at the block barrier: __syncthreads at "),
            std::string::npos)
      << report->text();
  EXPECT_NE(report->text().find("\n  lanes {0-7,9-31} wait at the block barrier: "), std::string::npos)
      << report->text();
}

TEST_F(Fault, DeadlockOfThreeGroupsThatWaitInACircle) {
  // 0 waits for 1, 1 for 2, 2 for 0; no two of them contradict one another.
  auto const* report = run(3, [&] {
    unsigned const l = threadIdx.x;
    __syncwarp(1u << l | 1u << (l + 1) % 3);
  });
  ASSERT_NE(report, nullptr);
  EXPECT_TRUE(report->kind == "DEADLOCK" || report->kind == "MASK-MISMATCH") << text(report);
}

TEST_F(Fault, Precondition) {
  int line = 0;
  auto const* report = run(32, [&] {
    if (threadIdx.x == 3)
      line = __LINE__, sim::fail("PRECONDITION", {"check", __FILE__, __LINE__}, "%s is one too many", "three");
  });
  EXPECT_FAULT(report, "PRECONDITION", 0, 3, line);
  EXPECT_EQ(report->message, "three is one too many");
  report = run(32, [&] { __shfl_sync(all, 1, 0, 12); });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "PRECONDITION");
}

TEST_F(Fault, Exception) {
  auto const* report = run(64, [&] {
    if (threadIdx.x == 34) throw std::runtime_error("no more paper");
    __syncthreads();
  });
  EXPECT_FAULT(report, "EXCEPTION", 1, 2, 0);
  EXPECT_NE(report->message.find("no more paper"), std::string::npos);
  report = run(64, [&] {
    if (threadIdx.x == 34) throw 17;
  });
  EXPECT_FAULT(report, "EXCEPTION", 1, 2, 0);
}

TEST_F(Fault, ExceptionThatLeavesANoexceptFunction) {
  auto const* report = run(64, [&]() {
    auto const careful = [] { throw std::runtime_error("out"); };
    auto const careless = [&]() noexcept { careful(); };
    if (threadIdx.x == 34) careless();
    __syncthreads();
  });
  EXPECT_FAULT(report, "EXCEPTION", 1, 2, 0);
  EXPECT_EQ(run(64, [] { __syncthreads(); }), nullptr);
}

TEST_F(Fault, SharedMemoryLimit) {
  auto const* report = run(1, [&] {
    LANEFOLD_SHARED(fits, char[48 * 1024]);
    fits[0] = 1;
    LANEFOLD_SHARED(one_more, char);
    one_more = 1;
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "SHARED-MEMORY-LIMIT");
  EXPECT_NE(report->message.find("49152"), std::string::npos) << report->message;
  EXPECT_EQ(run(shape{{1, 1, 1}, {1, 1, 1}, 227 * 1024}, [] {}), nullptr);
  report = run(shape{{1, 1, 1}, {1, 1, 1}, 227 * 1024 + 1}, [] {});
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "SHARED-MEMORY-LIMIT");
  report = run(shape{{1, 1, 1}, {1, 1, 1}, 227 * 1024}, [&] {
    LANEFOLD_SHARED(one_more, char);
    one_more = 1;
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "SHARED-MEMORY-LIMIT");
}

TEST_F(Fault, Livelock) {
  options.livelock_yields = 10'000;
  for (unsigned threads : {1u, 3u}) {
    options.threads = threads;
    apply();
    int lock = 1, line = 0;
    auto const* report = run(shape{{4, 1, 1}, {64, 1, 1}, 0}, [&] {
      if (threadIdx.x % 2 == 0)
        while (line = __LINE__, atomicCAS(&lock, 0, 1) != 0) {
        }
    });
    ASSERT_NE(report, nullptr);
    EXPECT_EQ(report->kind, "LIVELOCK");
    EXPECT_EQ(report->line, line);
    EXPECT_EQ(report->block.x, 0u);
  }
}

TEST_F(Fault, Launch) {
  auto const kind = [](shape const& s) {
    auto const* report = run(s, [] {});
    return report != nullptr ? report->kind : "";
  };
  EXPECT_EQ(kind({{0, 1, 1}, {32, 1, 1}}), "LAUNCH");
  EXPECT_EQ(kind({{1, 1, 0}, {32, 1, 1}}), "LAUNCH");
  EXPECT_EQ(kind({{1, 1, 1}, {0, 1, 1}}), "LAUNCH");
  EXPECT_EQ(kind({{1, 1, 1}, {1025, 1, 1}}), "LAUNCH");
  EXPECT_EQ(kind({{1, 1, 1}, {32, 33, 1}}), "LAUNCH");
  EXPECT_EQ(kind({{1, 1, 1}, {1, 1, 65}}), "LAUNCH");
  EXPECT_EQ(kind({{1, 65536, 1}, {1, 1, 1}}), "LAUNCH");
  EXPECT_EQ(kind({{1, 1, 1}, {1u << 31, 2, 1}}), "LAUNCH");
  EXPECT_EQ(kind({{1, 1, 1}, {16, 2, 32}}), "");
  EXPECT_NE(sim::launch({{1, 1, 1}, {1, 1, 1}, 0, nullptr, nullptr}), nullptr);
}

TEST_F(Fault, LaunchFromAKernel) {
  std::string inner;
  EXPECT_EQ(run(1,
                [&] {
                  char const* const report = sim::launch({{1, 1, 1}, {1, 1, 1}, 0, [](void*) {}, nullptr});
                  if (report != nullptr) inner = report;
                }),
            nullptr);
  EXPECT_NE(inner.find("SIMT-FAULT LAUNCH"), std::string::npos) << inner;
}

TEST_F(Fault, TheLowestBlockIsReportedHoweverManyThreadsRun) {
  options.threads = 4;
  apply();
  for (int round = 0; round < 50; ++round) {
    auto const* report = run(shape{{8, 4, 2}, {32, 1, 1}, 0}, [] {
      unsigned const block = blockIdx.x + 8 * (blockIdx.y + 4 * blockIdx.z);
      if (block == 19)
        for (int i = 0; i < 200; ++i) __syncwarp();
      if (block >= 19 && block % 2 == 1) __syncwarp(0);
    });
    ASSERT_NE(report, nullptr);
    EXPECT_EQ(report->block.x, 3u);
    EXPECT_EQ(report->block.y, 2u);
    EXPECT_EQ(report->block.z, 0u);
  }
}

TEST_F(Fault, ALaunchAfterAFaultWorks) {
  for (int round = 0; round < 20; ++round) {
    EXPECT_NE(run(256,
                  [] {
                    if (threadIdx.x != 77) __syncthreads();
                    if (threadIdx.x == 77) __syncwarp(1);
                  }),
              nullptr);
    int sum = 0;
    EXPECT_EQ(run(256,
                  [&] {
                    __syncthreads();
                    atomicAdd(&sum, static_cast<int>(__reduce_add_sync(all, 1u) == 32));
                  }),
              nullptr);
    EXPECT_EQ(sum, 256);
    EXPECT_EQ(sim::last_report(), nullptr);
  }
}

TEST_F(Fault, ReportsGoToAFileAsJsonLines) {
  options.report_path = testing::TempDir() + "lanefold_fault_test.json";
  std::remove(options.report_path.c_str());
  options.seed = 7;
  apply();
  auto const* report = run(32, [] { __syncwarp(0); });
  ASSERT_NE(report, nullptr);
  EXPECT_NE(report->json().find("\"kind\":\"CALLER-NOT-IN-MASK\""), std::string::npos);
  EXPECT_NE(report->json().find("\"seed\":7"), std::string::npos);
  EXPECT_NE(report->text().find("replay: LANEFOLD_SIM_SEED=7"), std::string::npos);
  run(32, [] { throw 1; });
  std::ifstream file(options.report_path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[0].find("\"CALLER-NOT-IN-MASK\""), std::string::npos);
  EXPECT_NE(lines[1].find("\"EXCEPTION\""), std::string::npos);
  EXPECT_NE(lines[1].find("\"severity\":\"fault\""), std::string::npos);
  std::remove(options.report_path.c_str());
}

}  // namespace
