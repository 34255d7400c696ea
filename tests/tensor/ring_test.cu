// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// A ring between one warp that fills and two that read, each slot by both or in turns. sm_90.

#include <lanefold/groups.cuh>
#include <lanefold/tensor/ring.cuh>

#include <vector>

#include "support/hopper.cuh"

namespace lf = lanefold;

namespace {

constexpr int slots = 3, items = 20;

struct ring_memory {
  int values[slots];
  lf::tensor::ring_barriers<slots> barriers;
};

/// Reader w writes what it read of item i to out[w * items + i]. In turns: reader w reads the items w, w + 2, w + 4 ...
template <bool InTurns>
LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(96) pass_through(int* out) {
#if ON_HOPPER
  LANEFOLD_SHARED(shared, ring_memory);
  auto const here = lf::call_site::here();
  int const warp = static_cast<int>(lf::thread_index().x) / 32, lane = lf::lane_id();
  if (lf::thread_index().x == 0) shared.barriers.init(1, InTurns ? 1 : 2, here);
  lf::backend::sync_block(here);
  lf::tensor::ring_position<slots> at;
  if (warp == 2) {
    if (lane != 0) return;
    for (int item = 0; item < items; ++item, at.next()) {
      at.wait_empty(shared.barriers, here);
      shared.values[at.slot()] = 100 + item;
      lf::backend::mbarrier_arrive(shared.barriers.full[at.slot()], here);
    }
    return;
  }
  if (InTurns) at.skip(warp);
  for (int item = InTurns ? warp : 0; item < items; item += InTurns ? 2 : 1, at.skip(InTurns ? 2 : 1)) {
    at.wait_full(shared.barriers, here);
    int const value = shared.values[at.slot()];
    lf::sync(lf::warp{});
    if (lane == 0) {
      out[warp * items + item] = value;
      lf::backend::mbarrier_arrive(shared.barriers.empty[at.slot()], here);
    }
  }
#endif
}

class Ring : public Hopper {};

TEST_F(Ring, GivesEachReaderEverything) {
  lf::device_array<int> out(2 * items);
  ASSERT_TRUE(lf::launch(pass_through<false>, {1, 96}, out.data()).ok());
  auto const got = out.to_host();
  for (int i = 0; i < 2 * items; ++i) ASSERT_EQ(got[static_cast<std::size_t>(i)], 100 + i % items) << i;
}
TEST_F(Ring, GivesReadersTheirTurns) {
  lf::device_array<int> out(std::vector<int>(2 * items));
  ASSERT_TRUE(lf::launch(pass_through<true>, {1, 96}, out.data()).ok());
  auto const got = out.to_host();
  for (int i = 0; i < 2 * items; ++i)
    ASSERT_EQ(got[static_cast<std::size_t>(i)], i % items % 2 == i / items ? 100 + i % items : 0) << i;
}

// `skip` is as many times `next`, over any number of rounds.
template <int Slots>
LANEFOLD_KERNEL skip_and_next(int* differences) {
#if ON_HOPPER
  LANEFOLD_SHARED(barriers, lf::tensor::ring_barriers<Slots>);
  auto const here = lf::call_site::here();
  barriers.init(1, 1, here);
  for (int count = 0; count < 5 * Slots; ++count) {
    lf::tensor::ring_position<Slots> skipped, stepped;
    skipped.skip(count);
    for (int i = 0; i < count; ++i) stepped.next();
    *differences += skipped.slot() != stepped.slot() || skipped.slot() != count % Slots;
    // In even rounds empty slots may be filled at once, and in odd ones full slots may be read.
    if (count / Slots % 2 == 0)
      skipped.wait_empty(barriers, here);
    else
      skipped.wait_full(barriers, here);
  }
#endif
}
TEST_F(Ring, SkipsAsManySlotsAsItIsTold) {
  lf::device_array<int> differences(std::vector<int>(1));
  ASSERT_TRUE(lf::launch(skip_and_next<1>, {1, 1}, differences.data()).ok());
  ASSERT_TRUE(lf::launch(skip_and_next<4>, {1, 1}, differences.data()).ok());
  EXPECT_EQ(differences.to_host()[0], 0);
}

}  // namespace
