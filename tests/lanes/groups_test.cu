// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "support/groups.cuh"

// ---- lane groups ----------------------------------------------------------------------------------------------------

/// size, rank, mask, this lane, and the lanes of all ranks one after another as a hash.
struct describe_group {
  template <class Group>
  LANEFOLD_FN each<unsigned, 5> operator()(Group group, int) const {
    static_assert(lf::warp::mask() == lf::full_mask);
    unsigned hash = 0;
    for (int rank = 0; rank < group.size(); ++rank) hash = hash * 37 + static_cast<unsigned>(group.lane_of(rank));
    return {{static_cast<unsigned>(group.size()), static_cast<unsigned>(group.rank()), group.mask(),
             static_cast<unsigned>(lf::lane_id()), hash}};
  }
  auto operator()(std::vector<int> const& values, unsigned mask) const {
    unsigned hash = 0;
    for (unsigned lane = 0; lane < 32; ++lane) {
      if (mask >> lane & 1) hash = hash * 37 + lane;
    }
    std::vector<each<unsigned, 5>> result;
    for (unsigned lane = 0; lane < 32; ++lane) {
      unsigned const rank = static_cast<unsigned>(result.size());
      if (mask >> lane & 1) result.push_back({{static_cast<unsigned>(values.size()), rank, mask, lane, hash}});
    }
    return result;
  }
};
TEST(Groups, SizeRankMaskAndLaneOf) {
  for_lane_groups(
      [](auto groups) { expect_in_groups(groups, inputs_for<int>(32), describe_group{}, describe_group{}); });
}

/// The lanes in first_lanes(count) sum their ranks; the others give -1.
LANEFOLD_KERNEL sum_of_first_lanes(int count, int* out) {
  lf::lanes const first = lf::first_lanes(count);
  int const lane = lf::lane_id();
  out[lane] = lane < count ? lf::sum(first, first.rank() + 1) : first.mask() >> lane & 1 ? -2 : -1;
}
TEST(Groups, FirstLanesAreNoneToAllOfTheWarp) {
  for (int count = -3; count <= 40; ++count) {
    lf::device_array<int> out(unwritten<int>(32));
    ASSERT_TRUE(ran(sum_of_first_lanes, lf::launch_shape{1, 32}, count, out.data()));
    int const there = count < 0 ? 0 : count > 32 ? 32 : count;
    std::vector<int> expected(32, -1);
    for (int lane = 0; lane < there; ++lane) expected[static_cast<std::size_t>(lane)] = there * (there + 1) / 2;
    EXPECT_EQ(out.to_host(), expected) << "first_lanes(" << count << ")";
  }
}

/// Through shared memory, which only sync orders: the value some ranks on, three times.
struct pass_on {
  template <class Group>
  static LANEFOLD_FN int place(Group group, int rank) {
    if constexpr (lf::is_block_v<Group>) {
      return rank % group.size();
    } else {
      return group.lane_of(rank % group.size());
    }
  }
  template <class Group>
  LANEFOLD_FN int operator()(Group group, int value) const {
    LANEFOLD_SHARED(slots, each<int, 1024>);
    for (int i = 0; i < 3; ++i) {
      slots.at[place(group, group.rank())] = value;
      lf::sync(group);
      value = slots.at[place(group, group.rank() + 37)];
      lf::sync(group);
    }
    return value;
  }
  auto operator()(std::vector<int> const& values, unsigned) const {
    std::vector<int> result;
    for (std::size_t rank = 0; rank < values.size(); ++rank) result.push_back(values[(rank + 111) % values.size()]);
    return result;
  }
};
TEST(Groups, SyncOrdersMemoryWithinEachGroup) {
  for_each_schedule([] {
    auto const check = [](auto groups) { expect_in_groups(groups, inputs_for<int>(groups), pass_on{}, pass_on{}); };
    for_lane_groups(check);
    for (int size : {1, 33, 256, 1000}) check(block_of(size));
  });
}

TEST(Groups, WhatIsKnownAtCompileTime) {
  static_assert(lf::warp::size() == 32 && lf::tile<4>::size() == 4 && lf::block<8, 4, 2>::size() == 64);
  static_assert(lf::warp_size == 32);
  static_assert(lf::is_lane_group_v<lf::warp> && lf::is_lane_group_v<lf::tile<2>> && lf::is_lane_group_v<lf::lanes>);
  static_assert(lf::is_lane_group_v<lf::warp_tile<8>> && lf::warp_tile<8>::size() == 8);
  static_assert(lf::is_tile_v<lf::warp> && lf::is_tile_v<lf::tile<32>> && !lf::is_tile_v<lf::lanes>);
  static_assert(lf::is_block_v<lf::block<256>> && lf::is_block_v<lf::block<>> && !lf::is_block_v<lf::warp>);
  static_assert(!lf::is_lane_group_v<lf::block<32>> && !lf::is_lane_group_v<int> && !lf::is_block_v<int>);
  static_assert(std::is_same_v<lf::warp, lf::tile<32>> && std::is_same_v<lf::warp, lf::warp_tile<32>>);
  static_assert(!std::is_same_v<lf::tile<16>, lf::warp_tile<16>>);
  EXPECT_EQ(lf::lanes(0x80000001u).mask(), 0x80000001u);
}

// ---- blocks ---------------------------------------------------------------------------------------------------------

struct describe_block {
  template <class Block>
  LANEFOLD_FN each<int, 3> operator()(Block block, int) const {
    return {{block.size(), block.rank(), lf::lane_id()}};
  }
  auto operator()(std::vector<int> const& values, unsigned) const {
    std::vector<each<int, 3>> result;
    int const size = static_cast<int>(values.size());
    for (int rank = 0; rank < size; ++rank) result.push_back({{size, rank, rank % 32}});
    return result;
  }
};

/// Every thread writes where it stands to the place that its coordinates, x fastest, give it.
LANEFOLD_KERNEL write_places(each<unsigned, 12>* places) {
  lf::index3 const t = lf::thread_index(), b = lf::block_index(), n = lf::block_extent(), g = lf::grid_extent();
  unsigned const block = b.x + g.x * (b.y + g.y * b.z), thread = t.x + n.x * (t.y + n.y * t.z);
  places[block * n.x * n.y * n.z + thread] = {{t.x, t.y, t.z, b.x, b.y, b.z, n.x, n.y, n.z, g.x, g.y, g.z}};
}

TEST(Groups, ThreadsAndBlocksKnowTheirPlacesAndExtents) {
  lf::launch_shape::extent const blocks{3, 2, 2}, threads{5, 4, 3};
  lf::device_array<each<unsigned, 12>> places(unwritten<each<unsigned, 12>>(12 * 60));
  ASSERT_TRUE(ran(write_places, lf::launch_shape{blocks, threads}, places.data()));
  auto const got = places.to_host();
  differences found;
  std::size_t i = 0;
  for (unsigned block = 0; block < 12; ++block) {
    for (unsigned thread = 0; thread < 60; ++thread, ++i) {
      each<unsigned, 12> const expected{
          {thread % 5, thread / 5 % 4, thread / 20, block % 3, block / 3 % 2, block / 6, 5, 4, 3, 3, 2, 2}};
      found.check(got[i], expected, [&] { return "place " + std::to_string(i); });
    }
  }
}

TEST(Groups, BlockRanksRunAlongXFirst) {
  auto const check = [](auto block) {
    expect_in_groups(block, inputs_for<int>(block), describe_block{}, describe_block{});
  };
  for_kinds<lf::block<70>, lf::block<1, 40>>(check);
  for_each_shape(check);
}

/// Every thread's coordinates give the rank that block<X, Y, Z> says.
template <class Block>
LANEFOLD_KERNEL compare_ranks(int* wrong) {
  lf::index3 const t = lf::thread_index(), n = lf::block_extent();
  int const rank = static_cast<int>(t.x + n.x * (t.y + n.y * t.z));
  wrong[rank] = Block{}.rank() != rank || lf::block<>{}.rank() != rank || lf::lane_id() != rank % 32;
}
TEST(Groups, RanksComeFromCoordinates) {
  lf::device_array<int> wrong(unwritten<int>(105));
  ASSERT_TRUE(ran(compare_ranks<lf::block<5, 7, 3>>, lf::launch_shape{1, {5, 7, 3}}, wrong.data()));
  EXPECT_EQ(wrong.to_host(), std::vector<int>(105, 0));
}

// ---- shared memory --------------------------------------------------------------------------------------------------

/// Reverses a block's values through dynamic shared memory, next to two declarations that must not overlap it.
LANEFOLD_KERNEL reverse(double* values, int* misplaced) {
  LANEFOLD_SHARED(before, each<int, 64>);
  double* const dynamic = lf::dynamic_shared<double>();
  LANEFOLD_SHARED(after, each<int, 64>);
  lf::block<64> const block{};
  int const rank = block.rank(), i = static_cast<int>(lf::block_index().x) * 64 + rank;
  before.at[rank] = rank;
  after.at[rank] = -rank;
  dynamic[rank] = values[i];
  lf::sync(block);
  values[i] = dynamic[63 - rank];
  bool const aligned = reinterpret_cast<unsigned long long>(dynamic) % 128 == 0;
  misplaced[i] = before.at[63 - rank] != 63 - rank || after.at[63 - rank] != rank - 63 || !aligned;
}
TEST(Groups, DynamicSharedMemoryIsTheBlocksOwn) {
  std::vector<double> values(640);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i) * 0.5;
  lf::device_array<double> in_out(values);
  lf::device_array<int> misplaced(unwritten<int>(values.size()));
  ASSERT_TRUE(ran(reverse, lf::launch_shape{10, 64, 64 * sizeof(double)}, in_out.data(), misplaced.data()));
  for (auto at = values.begin(); at != values.end(); at += 64) std::reverse(at, at + 64);
  EXPECT_EQ(in_out.to_host(), values);
  EXPECT_EQ(misplaced.to_host(), std::vector<int>(values.size(), 0));
}
