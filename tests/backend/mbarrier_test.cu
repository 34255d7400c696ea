// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Named barriers, mbarriers and clusters: the same on both backends. sm_90.

#include <gtest/gtest.h>
#include <lanefold/backend/mbarrier.cuh>
#include <lanefold/host/device_array.hpp>
#include <lanefold/host/launch.hpp>

#include <vector>

namespace lf = lanefold;

namespace {

struct sixty_four {
  unsigned at[64];
};

/// Each half of the block adds up what its other threads wrote.
LANEFOLD_KERNEL halves_meet(unsigned* out) {
  LANEFOLD_SHARED(first, sixty_four);
  LANEFOLD_SHARED(second, sixty_four);
  unsigned const thread = lf::backend::thread_index().x, half = thread / 64, i = thread % 64;
  sixty_four& mine = half == 0 ? first : second;
  mine.at[i] = thread;
  lf::backend::sync_barrier(1 + half, 64, lf::call_site::here());
  unsigned total = 0;
  for (unsigned const value : mine.at) total += value;
  out[thread] = total;
}

/// One thread hands five values to a warp, through one word.
LANEFOLD_KERNEL hand_over(unsigned* out) {
  LANEFOLD_SHARED(full, lf::backend::mbarrier);
  LANEFOLD_SHARED(empty, lf::backend::mbarrier);
  LANEFOLD_SHARED(word, unsigned);
  auto const site = lf::call_site::here();
  unsigned const thread = lf::backend::thread_index().x;
  if (thread == 0) {
    lf::backend::mbarrier_init(full, 1, site);
    lf::backend::mbarrier_init(empty, 32, site);
  }
  lf::backend::sync_block(site);
  for (unsigned round = 0; round < 5; ++round) {
    if (thread == 0) {
      if (round > 0) lf::backend::mbarrier_wait(empty, (round - 1) & 1, site);
      word = 100 + round;
      lf::backend::mbarrier_arrive(full, site);
    } else if (thread >= 32) {
      lf::backend::mbarrier_wait(full, round & 1, site);
      out[round * 32 + thread - 32] = word;
      lf::backend::mbarrier_arrive(empty, site);
    }
  }
}

/// A phase waits for the bytes that were announced.
LANEFOLD_KERNEL bytes_come(unsigned* out) {
  LANEFOLD_SHARED(full, lf::backend::mbarrier);
  auto const site = lf::call_site::here();
  if (lf::backend::thread_index().x == 0) {
    lf::backend::mbarrier_init(full, 1, site);
    lf::backend::mbarrier_arrive_expect(full, 64, site);
    out[0] = lf::backend::mbarrier_test(full, 0, site);
    lf::backend::mbarrier_complete(full, 64, site);
    lf::backend::mbarrier_wait(full, 0, site);
    out[1] = lf::backend::mbarrier_test(full, 0, site);
    out[2] = lf::backend::mbarrier_test(full, 1, site);
  }
}

/// Each block of a cluster of two adds up what its neighbour wrote to shared memory.
LANEFOLD_KERNEL read_neighbour(unsigned* out) {
  LANEFOLD_SHARED(mine, sixty_four);
  auto const site = lf::call_site::here();
  unsigned const thread = lf::backend::thread_index().x, block = lf::backend::block_index().x;
  mine.at[thread] = 1000 * block + thread;
  lf::backend::arrive_cluster(site);
  lf::backend::wait_cluster(site);
  sixty_four const& theirs = *lf::backend::map_shared(&mine, lf::backend::cluster_rank() ^ 1, site);
  unsigned total = 0;
  for (unsigned const value : theirs.at) total += value;
  out[block * 64 + thread] = total;
  lf::backend::arrive_cluster(site);
  lf::backend::wait_cluster(site);
}

template <class Kernel>
std::vector<unsigned> results(Kernel kernel, lf::launch_shape shape, std::size_t count) {
  lf::device_array<unsigned> out{std::vector<unsigned>(count)};
  lf::status const started = lf::launch(kernel, shape, out.data());
  EXPECT_TRUE(started.ok()) << started.message();
  return out.to_host();
}

TEST(NamedBarrier, HoldsAPartOfTheBlock) {
  auto const got = results(halves_meet, {1, 128}, 128);
  for (unsigned thread = 0; thread < 128; ++thread) EXPECT_EQ(got[thread], thread < 64 ? 2016u : 6112u) << thread;
}

TEST(Mbarrier, HandsOverBetweenPhases) {
  auto const got = results(hand_over, {1, 64}, 5 * 32);
  for (unsigned i = 0; i < 5 * 32; ++i) EXPECT_EQ(got[i], 100 + i / 32) << i;
}

TEST(Mbarrier, WaitsForItsBytes) { EXPECT_EQ(results(bytes_come, {1, 32}, 3), (std::vector<unsigned>{0, 1, 0})); }

TEST(Cluster, ReadsItsNeighboursSharedMemory) {
  lf::launch_shape shape{4, 64};
  shape.cluster = 2;
  auto const got = results(read_neighbour, shape, 4 * 64);
  for (unsigned i = 0; i < 4 * 64; ++i) EXPECT_EQ(got[i], 64000 * (i / 64 ^ 1) + 2016) << i;
}

}  // namespace
