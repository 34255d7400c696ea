// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Scans over every type of number, and over structs. See scan_test.cu for groups, paths and laws.

#include "support/lane_groups.cuh"
#include "support/scans.cuh"

struct automatic_path {
  template <class Value, class Group>
  static LANEFOLD_FN Group in(Group group) {
    return group;
  }
};

template <class T>
struct ScanNumber : testing::Test {};
TYPED_TEST_SUITE(ScanNumber, number_types, type_names);

TYPED_TEST(ScanNumber, SumAndMaximumHaveTheBitsOfTheTree) {
  auto const check = [](auto groups, auto op) {
    inclusive_scan_by<decltype(op)> const scan{};
    expect_in_groups(groups, inputs_for<TypeParam>(32), scan, scan);
  };
  check(kind_of<lf::warp>(), lf::plus{});
  check(kind_of<lf::lanes>(), lf::plus{});
  check(kind_of<lf::lanes>(), lf::maximum{});
  scan_from_identity<automatic_path, lf::minimum_number> const exclusive{};
  expect_in_groups(kind_of<lf::warp>(), inputs_for<TypeParam>(32), exclusive, exclusive);
}
TYPED_TEST(ScanNumber, LogicalOperatorsLeaveALoneValueAsItIs) {
  auto const check = [](auto groups, auto op) {
    scan_with_init<automatic_path, decltype(op), TypeParam> const scan{static_cast<TypeParam>(5)};
    expect_in_groups(groups, inputs_for<TypeParam>(32), scan, scan);
  };
  check(kind_of<lf::warp>(), lf::logical_or{});
  check(kind_of<lf::tile<8>>(), lf::logical_and{});
  check(kind_of<lf::lanes>(), lf::logical_and{});
}

TEST(Scan, StructsOfOddSizesAndPadding) {
  auto const check = [](auto sample, auto op) {
    inclusive_scan_by<decltype(op)> const scan{};
    expect_in_groups(kind_of<lf::lanes>(), inputs_for<decltype(sample)>(32), scan, scan);
  };
  check(bytes<3>{}, blend{});
  check(bytes<33>{}, blend{});
  check(padded_tail{}, add_fields{});
  check(padded_middle{}, add_fields{});
  check(vector4{}, add_fields{});
}
TEST(Scan, StructsWithAPlusOfTheirOwn) {
  scan_with_init<automatic_path, lf::plus, vector2> const scan{{1, 2}};
  expect_in_groups(kind_of<lf::warp>(), inputs_for<vector2>(32), scan, scan);
  expect_in_groups(kind_of<lf::tile<8>>(), inputs_for<vector2>(32), scan, scan);
}
