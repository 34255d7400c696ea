// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Counts of warp instructions are exact, by kind and by call site, in any order and with any number of threads.

#include "harness.hpp"

namespace {

class Counts : public Simulator {};

TEST_F(Counts, ByKindAndBySite) {
  int shuffle_line = 0, vote_line = 0, barrier_line = 0;
  for (std::uint64_t seed = 0; seed < 5; ++seed)
    for (unsigned threads : {1u, 3u}) {
      options.threads = threads;
      use_seed(seed);
      sim::reset_counts();
      // Not inside a macro: all of its lines would count as one.
      auto const* const report = run(shape{{5, 1, 1}, {80, 1, 1}, 0},  // two whole warps and half of one
                                     [&] {
                                       unsigned const mask = threadIdx.x < 64 ? all : 0xffffu;
                                       for (int i = 0; i < 3; ++i) shuffle_line = __LINE__, __shfl_xor_sync(mask, 1, 1);
                                       __shfl_sync(mask, 1.0, 0);
                                       struct {
                                         char bytes[13];
                                       } odd{};
                                       __shfl_sync(mask, odd, 0);
                                       vote_line = __LINE__, __ballot_sync(mask, 1), __any_sync(mask, 1);
                                       __match_any_sync(mask, 1);
                                       __reduce_add_sync(mask, 1);
                                       __syncwarp(mask);
                                       barrier_line = __LINE__, __syncthreads();
                                       __syncthreads();
                                     });
      EXPECT_EQ(report, nullptr);
      auto const counts = sim::take_counts();
      EXPECT_EQ(counts.total.shuffles, 5u * 3 * (3 + 2 + 4)) << "one for each 4 bytes";
      EXPECT_EQ(counts.total.votes, 5u * 3 * 2);
      EXPECT_EQ(counts.total.matches, 15u);
      EXPECT_EQ(counts.total.redux, 15u);
      EXPECT_EQ(counts.total.warp_syncs, 15u);
      EXPECT_EQ(counts.total.barriers, 5u * 2);
      EXPECT_EQ(counts.total.yields, 0u);
      bool shuffle_seen = false, ballot_seen = false, barrier_seen = false;
      for (auto const& at : counts.by_site) {
        EXPECT_EQ(at.file, __FILE__);
        if (at.line == shuffle_line) shuffle_seen = at.verb == "__shfl_xor_sync" && at.of.shuffles == 45;
        if (at.line == vote_line && at.verb == "__ballot_sync") ballot_seen = at.of.votes == 15;
        if (at.line == barrier_line) barrier_seen = at.of.barriers == 5;
      }
      EXPECT_TRUE(shuffle_seen && ballot_seen && barrier_seen);
      EXPECT_EQ(sim::take_counts().by_site.size(), 0u) << "taken once";
    }
}

TEST_F(Counts, EachPartOfAWarpCounts) {
  sim::reset_counts();
  EXPECT_EQ(run(32, [] { __shfl_sync(0xffu << (threadIdx.x / 8 * 8), 1, 0, 8); }), nullptr);
  EXPECT_EQ(sim::take_counts().total.shuffles, 4u);
}

TEST_F(Counts, Yields) {
  sim::reset_counts();
  int sum = 0;
  EXPECT_EQ(run(32, [&] { atomicAdd(&sum, 1); }), nullptr);
  EXPECT_EQ(sim::take_counts().total.yields, 32u);
}

}  // namespace
