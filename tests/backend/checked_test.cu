// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// LANEFOLD_CHECKED: what is right passes with every check on; what is wrong is named. (On a GPU a failed check traps and
// takes the context along, so only the simulator is shown wrong kernels.)

#define LANEFOLD_CHECKED 1

#include <gtest/gtest.h>

#include <cstring>
#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>
#include <numeric>

namespace lf = lanefold;

namespace {

LANEFOLD_KERNEL use_everything(int* data) {
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<64>, int>);
  int const i = static_cast<int>(lf::thread_index().x);
  int value = data[i];
  lf::lanes const thirds = lf::partition(lf::warp{}, lf::lane_id() % 3 == 0);
  int const of_set = lf::sum(thirds, 1);
  lf::prefix_and_total<int> const in_tile = lf::inclusive_scan_with_total(lf::tile<8>{}, value);
  lf::prefix_and_total<int> const in_block = lf::exclusive_scan_with_total(lf::block<64>{}.with(scratch), value);
  value = lf::shuffle(lf::warp_tile<4>{}, value, 3) - lf::shuffle_xor(lf::warp{}, value, 3);
  data[i] = of_set + in_tile.total - in_tile.prefix + in_block.total - in_block.prefix + value;
}

LANEFOLD_KERNEL sum_of_another_block(int* data) {
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<64>, int>);
  data[lf::thread_index().x] = lf::sum(lf::block<64>{}.with(scratch), 1);
}

LANEFOLD_KERNEL sum_in_a_local_scratch(int* data) {
  lf::scratch<lf::block<64>, int> scratch{};
  data[lf::thread_index().x] = lf::sum(lf::block<64>{}.with(scratch), 1);
}

LANEFOLD_KERNEL scan_in_a_local_shared_scratch(int* data) {
  lf::shared_scratch<lf::warp, int> scratch{};
  data[lf::thread_index().x] = lf::inclusive_scan(lf::via_shared(lf::warp{}, scratch), 1);
}

LANEFOLD_KERNEL shuffle_far(int* data, int verb, int distance) {
  int const lane = lf::lane_id();
  lf::tile<8> const tile;
  data[lane] = verb == 0   ? lf::shuffle_up(tile, lane, distance)
               : verb == 1 ? lf::shuffle_down(lf::lanes(lf::full_mask), lane, distance)
                           : lf::shuffle_xor(tile, lane, distance);
}

LANEFOLD_KERNEL sum_without_me(int* data) {
  int const lane = lf::lane_id();
  if (lane < 2) data[lane] = lf::sum(lf::lanes(1u), 1);
}

}  // namespace

TEST(Checked, RightCallsPassAndGiveTheSame) {
  std::vector<int> values(64);
  std::iota(values.begin(), values.end(), 1);
  lf::device_array<int> data(values);
  lf::status const started = lf::launch(use_everything, lf::launch_shape{1, 64}, data.data());
  ASSERT_TRUE(started.ok()) << started.message();
  lf::status const ended = lf::synchronize();
  ASSERT_TRUE(ended.ok()) << ended.message();
  std::vector<int> const got = data.to_host();
  for (int i = 0; i < 64; ++i) {
    int const lane = i % 32, of_set = lane % 3 == 0 ? 11 : 21;
    int in_tile_after = 0, in_block_from = 0;
    for (int j = i + 1; j < i / 8 * 8 + 8; ++j) in_tile_after += values[static_cast<std::size_t>(j)];
    for (int j = i; j < 64; ++j) in_block_from += values[static_cast<std::size_t>(j)];
    int const moved = (i / 4 * 4 + 3) - (i ^ 3);
    EXPECT_EQ(got[static_cast<std::size_t>(i)], of_set + in_tile_after + in_block_from + moved) << "thread " << i;
  }
}

TEST(Checked, ABlockOfAnotherExtentIsNamed) {
  if constexpr (lf::backend::simulated) {
    lf::device_array<int> data(32);
    lf::status const wrong = lf::launch(sum_of_another_block, lf::launch_shape{1, 32}, data.data());
    EXPECT_NE(std::strstr(wrong.message(), "stated as block<64, 1, 1>, and was launched with 32 x 1 x 1 threads"),
              nullptr)
        << wrong.message();
    EXPECT_NE(std::strstr(wrong.message(), "with at "), nullptr) << wrong.message();
  }
}

TEST(Checked, ALaneOutsideItsOwnGroupIsNamed) {
  if constexpr (lf::backend::simulated) {
    lf::device_array<int> data(32);
    lf::status const wrong = lf::launch(sum_without_me, lf::launch_shape{1, 32}, data.data());
    EXPECT_NE(std::strstr(wrong.message(), "CALLER-NOT-IN-MASK"), nullptr) << wrong.message();
    EXPECT_NE(std::strstr(wrong.message(), "lane 1 "), nullptr) << wrong.message();
  }
}

TEST(Checked, AScratchThatIsNotSharedIsNamed) {
  if constexpr (lf::backend::simulated) {
    lf::device_array<int> data(64);
    for (auto* const kernel : {sum_in_a_local_scratch, scan_in_a_local_shared_scratch}) {
      lf::status const wrong = lf::launch(kernel, lf::launch_shape{1, 64}, data.data());
      EXPECT_NE(std::strstr(wrong.message(), "the scratch is not in shared memory: declare it by LANEFOLD_SHARED"),
                nullptr)
          << wrong.message();
    }
  }
}

TEST(Checked, ADistanceBeyondTheGroupIsNamed) {
  if constexpr (lf::backend::simulated) {
    lf::device_array<int> data(32);
    struct {
      int verb, distance;
      char const* message;
    } const calls[] = {{0, -1, "distance is -1, and must be 0..32"},
                       {0, 33, "distance is 33, and must be 0..32"},
                       {1, -1, "distance is -1, and must be 0..32"},
                       {1, 33, "distance is 33, and must be 0..32"},
                       {2, -1, "shuffle_xor at "},
                       {2, 32, "bits is 32, and must be 0..31"},
                       {0, 32, nullptr},
                       {1, 32, nullptr},
                       {2, 31, nullptr}};
    for (auto const& call : calls) {
      lf::status const ended = lf::launch(shuffle_far, lf::launch_shape{1, 32}, data.data(), call.verb, call.distance);
      EXPECT_EQ(ended.ok(), call.message == nullptr) << ended.message();
      if (call.message != nullptr) {
        EXPECT_NE(std::strstr(ended.message(), call.message), nullptr) << ended.message();
      }
    }
  }
}
