// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Groups that the library has never heard of work in its collectives, as soon as they say what a group says.

#include "support/reductions.cuh"
#include "support/scans.cuh"

/// Those of some lanes whose number is even.
class even_lanes : public lf::lanes {
 public:
  static constexpr int max_size = 16;
  explicit LANEFOLD_HD even_lanes(unsigned mask, lf::call_site here = lf::call_site::here())
      : lanes(mask & 0x55555555u, here) {}
  LANEFOLD_HD even_lanes(even_lanes const& other, lf::call_site here = lf::call_site::here()) : lanes(other, here) {}
};

/// A row of eight lanes, which also knows which it is.
class row : public lf::tile<8> {
 public:
  LANEFOLD_HD constexpr row(lf::call_site here = lf::call_site::here()) : tile(here) {}
  LANEFOLD_HD constexpr row(row const& other, lf::call_site here = lf::call_site::here()) : tile(other, here) {}
  static LANEFOLD_FN int index() { return lf::lane_id() / 8; }
};

/// The first 64 threads of a block, here all that it has: those wait for one another by the block's own barrier.
class first_threads : public lf::detail::block_group<first_threads> {
 public:
  static constexpr int max_size = 64;
  static constexpr bool fixed_size = true;
  LANEFOLD_HD constexpr first_threads(lf::call_site here = lf::call_site::here()) : block_group(here) {}
  LANEFOLD_HD constexpr first_threads(first_threads const& other, lf::call_site here = lf::call_site::here())
      : block_group(other, here) {}
  static LANEFOLD_HD constexpr int size() { return 64; }
  static LANEFOLD_FN int rank() { return static_cast<int>(lf::thread_index().x); }
};

template <class Test>
void for_own_groups(Test test) {
  test(group_kind<even_lanes>{
      {32, {only(0x55555555u, "all"), only(0x00150000u, "a few"), only(0x40000000u, "one")}, false}});
  test(group_kind<row>{{32, tile_layouts(8), false}});
  test(block_kind<first_threads>(64));
}

TEST(OwnGroups, AreGroupsByWhatTheySay) {
  static_assert(lf::is_lane_group_v<even_lanes> && !lf::is_tile_v<even_lanes> && lf::is_tile_v<row>);
  static_assert(lf::is_block_v<first_threads> && !lf::is_lane_group_v<first_threads>);
  SUCCEED();
}

TEST(OwnGroups, Reduce) {
  for_own_groups([](auto groups) {
    reduce_by<bracketing, automatic, unsynced, by_shuffle, in_shared> const brackets{};
    expect_in_groups(groups, inputs_for<unsigned>(groups), brackets, brackets);
    reduce_by<lf::plus, automatic, by_redux> const sums{};
    expect_in_groups(groups, inputs_for<int>(groups), sums, sums);
    expect_in_groups(groups, inputs_for<float>(groups), named_verbs{}, named_verbs{});
  });
}

TEST(OwnGroups, Scan) {
  for_own_groups([](auto groups) {
    scan_with_init<automatic, bracketing, unsigned> const scan{0x12345678u};
    expect_in_groups(groups, inputs_for<unsigned>(groups), scan, scan);
    scan_from_identity<in_shared, lf::plus> const sums{};
    expect_in_groups(groups, inputs_for<float>(groups), sums, sums);
  });
}
