// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Orders and seeds: the same seed the same run, and what random orders find.

#include "harness.hpp"

namespace {

class Schedule : public Simulator {
 protected:
  /// The order in which the threads of two warps take tickets, a barrier in between.
  std::vector<unsigned> tickets() {
    std::vector<unsigned> order;
    EXPECT_EQ(run(64,
                  [&] {
                    order.push_back(threadIdx.x);
                    __syncwarp();
                    order.push_back(threadIdx.x);
                    __syncthreads();
                    order.push_back(threadIdx.x);
                  }),
              nullptr);
    return order;
  }
};

TEST_F(Schedule, TheSameSeedRunsTheSame) {
  std::vector<std::vector<unsigned>> seen;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    use_seed(seed);
    seen.push_back(tickets());
    EXPECT_EQ(tickets(), seen.back()) << "seed " << seed;
    for (std::uint64_t before = 0; before < seed; ++before) EXPECT_NE(seen[before], seen[seed]);
  }
}

TEST_F(Schedule, LaneOrderAndItsReverse) {
  auto const order = tickets();
  for (unsigned t = 0; t < 32; ++t) EXPECT_EQ(order[t], t);
  options.order = sim::order::reverse;
  apply();
  auto const reversed = tickets();
  for (unsigned t = 0; t < 32; ++t) EXPECT_EQ(reversed[t], 63 - t);
}

/// How many of `seeds` show that the kernel is wrong.
template <class Kernel>
int found_by(std::vector<std::uint64_t> const& seeds, sim::options options, Kernel const& is_right) {
  int found = 0;
  for (std::uint64_t const seed : seeds) {
    options.seed = seed;
    sim::set_options(options);
    found += !is_right();
  }
  return found;
}

TEST_F(Schedule, OddSeedsFindAMissingBarrierThatLaneOrderHides) {
  std::vector<std::uint64_t> odd, even;
  for (std::uint64_t s = 1; s <= 40; ++s) (s % 2 != 0 ? odd : even).push_back(s);
  auto const neighbour = [](bool barrier) {
    int wrong = 0;
    EXPECT_EQ(run(256,
                  [&] {
                    LANEFOLD_SHARED(values, unsigned[257]);
                    unsigned const t = threadIdx.x;
                    if (t == 0) values[0] = 0;
                    values[t + 1] = t + 1;
                    if (barrier) __syncthreads();
                    wrong += values[t] != t;
                  }),
              nullptr);
    return wrong == 0;
  };
  EXPECT_EQ(found_by({0}, options, [&] { return neighbour(false); }), 0);
  EXPECT_GE(found_by(odd, options, [&] { return neighbour(false); }), 10);
  EXPECT_EQ(found_by(odd, options, [&] { return neighbour(true); }), 0);
  EXPECT_EQ(found_by(even, options, [&] { return neighbour(true); }), 0);
}

TEST_F(Schedule, OddSeedsFindAMissingBarrierBetweenReadingAndWritingAgain) {
  std::vector<std::uint64_t> odd;
  for (std::uint64_t s = 1; s <= 79; s += 2) odd.push_back(s);
  auto const rounds = [](bool barrier) {
    int wrong = 0;
    EXPECT_EQ(run(64,
                  [&] {
                    LANEFOLD_SHARED(total, unsigned);
                    for (unsigned round = 0; round < 4; ++round) {
                      if (threadIdx.x == 63) total = round;
                      __syncthreads();
                      wrong += total != round;
                      if (barrier) __syncthreads();
                    }
                  }),
              nullptr);
    return wrong == 0;
  };
  EXPECT_GE(found_by(odd, options, [&] { return rounds(false); }), 10);
  EXPECT_EQ(found_by(odd, options, [&] { return rounds(true); }), 0);
}

TEST_F(Schedule, OddSeedsFindAMissingWarpBarrier) {
  std::vector<std::uint64_t> odd;
  for (std::uint64_t s = 1; s <= 79; s += 2) odd.push_back(s);
  auto const is_right = [] {
    int wrong = 0;
    EXPECT_EQ(run(32,
                  [&] {
                    LANEFOLD_SHARED(values, unsigned[32]);
                    unsigned const l = threadIdx.x;
                    __shfl_sync(all, l, 0);  // orders nothing
                    values[l] = l;
                    wrong += l > 0 && values[l - 1] != l - 1;
                  }),
              nullptr);
    return wrong == 0;
  };
  EXPECT_GE(found_by(odd, options, is_right), 30);
}

TEST_F(Schedule, AFaultIsReplayedByItsSeed) {
  int found = 0;
  for (std::uint64_t seed = 1; seed < 40; ++seed) {
    use_seed(seed);
    auto const kernel = [] {
      LANEFOLD_SHARED(flag, int);
      if (threadIdx.x == 0) flag = 1;
      if (threadIdx.x == 50 && flag != 1) __syncwarp(0);
    };
    auto const* report = run(shape{{4, 1, 1}, {64, 1, 1}, 0}, kernel);
    if (report == nullptr) continue;
    ++found;
    std::string const first = report->text();
    EXPECT_NE(first.find("LANEFOLD_SIM_SEED=" + std::to_string(seed)), std::string::npos);
    options.threads = 3;
    apply();
    EXPECT_EQ(text(run(shape{{4, 1, 1}, {64, 1, 1}, 0}, kernel)), first);
    options.threads = 1;
  }
  EXPECT_GT(found, 0);
}

}  // namespace
