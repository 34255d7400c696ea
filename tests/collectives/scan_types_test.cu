// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Scans over every type of number, and over structs. See scan_test.cu for groups, sizes, paths and laws.

#include "support/scans.cuh"

/// inclusive_scan in a kind of each of the groups.
template <class Value, class Operator, class... Groups>
void expect_inclusive() {
  inclusive_scan_by<Operator> const scan{};
  for_kinds<Groups...>([&](auto groups) { expect_in_groups(groups, inputs_for<Value>(groups), scan, scan); });
}
/// inclusive_scan with the total, and exclusive_scan after a random value.
template <class Value, class Operator, class Block>
void expect_both_ways(Block block) {
  random_source random(test_seed());
  scan_both_ways_by<Operator, Value> const scan{random_value<Value>(random)};
  expect_in_groups(block, inputs_for<Value>(block), scan, scan);
}
template <class Value, class Operator, int... Sizes>
void expect_in_blocks() {
  for_blocks<Sizes...>([](auto block) { expect_both_ways<Value, Operator>(block); });
}

template <class T>
struct ScanNumber : testing::Test {};
TYPED_TEST_SUITE(ScanNumber, number_types, type_names);

TYPED_TEST(ScanNumber, SumsAndExtremesHaveTheBitsOfTheTree) {
  expect_inclusive<TypeParam, lf::plus, lf::warp, lf::lanes>();
  expect_inclusive<TypeParam, lf::maximum, lf::lanes>();
  scan_from_identity<automatic, lf::minimum_number> const exclusive{};
  expect_in_groups(kind_of<lf::warp>(), inputs_for<TypeParam>(32), exclusive, exclusive);
  expect_in_blocks<TypeParam, lf::plus, 100, 512>();
  expect_both_ways<TypeParam, lf::plus>(block_of(993));
  expect_in_blocks<TypeParam, lf::minimum, 100>();
  expect_in_blocks<TypeParam, lf::maximum_number, 256>();
}
TYPED_TEST(ScanNumber, LogicalOperatorsLeaveALoneValueAsItIs) {
  auto const check = [](auto groups, auto op) {
    scan_with_init<automatic, decltype(op), TypeParam> const scan{static_cast<TypeParam>(5)};
    expect_in_groups(groups, inputs_for<TypeParam>(32), scan, scan);
  };
  check(kind_of<lf::warp>(), lf::logical_or{});
  check(kind_of<lf::tile<8>>(), lf::logical_and{});
  check(kind_of<lf::lanes>(), lf::logical_and{});
  expect_in_blocks<TypeParam, lf::logical_or, 100, 1024>();
  expect_in_blocks<TypeParam, lf::logical_and, 256>();
}

TEST(Scan, StructsOfOddSizesAndPadding) {
  expect_inclusive<bytes<3>, blend, lf::lanes>();
  expect_inclusive<bytes<33>, blend, lf::lanes>();
  expect_inclusive<padded_tail, add_fields, lf::lanes>();
  expect_inclusive<padded_middle, add_fields, lf::lanes>();
  expect_inclusive<vector4, add_fields, lf::lanes>();
  expect_in_blocks<matrix, matrix_product, 128, 256>();
  expect_in_blocks<padded_tail, add_fields, 160>();
  expect_in_blocks<padded_middle, add_fields, 512>();
  expect_in_blocks<vector2, add_fields, 256>();
  expect_in_blocks<bytes<2>, blend, 1024>();
  expect_in_blocks<bytes<33>, blend, 96>();
  expect_both_ways<bytes<7>, blend>(block_of(333));
}
TEST(Scan, StructsWithAPlusOfTheirOwn) {
  scan_with_init<automatic, lf::plus, vector2> const scan{{1, 2}};
  expect_in_groups(kind_of<lf::warp>(), inputs_for<vector2>(32), scan, scan);
  expect_in_groups(kind_of<lf::tile<8>>(), inputs_for<vector2>(32), scan, scan);
  expect_in_blocks<vector2, lf::plus, 256, 320>();
  expect_in_blocks<vector4, lf::plus, 128, 256>();
  expect_both_ways<vector2, lf::plus>(block_of(333));
}

/// The sum of each element; its identity is stated once, for arrays of every type and extent.
struct add_each {
  template <class T, int Count>
  LANEFOLD_HD each<T, Count> operator()(each<T, Count> a, each<T, Count> const& b) const {
    for (int i = 0; i < Count; ++i) a.at[i] = lf::plus{}(a.at[i], b.at[i]);
    return a;
  }
};
template <class T, int Count>
struct lanefold::identity<add_each, each<T, Count>> {
  static LANEFOLD_HD each<T, Count> value() { return {}; }
};
TEST(Scan, IdentityStatedForAFamilyOfTypes) {
  static_assert(lf::has_identity_v<add_each, each<double, 5>> && !lf::has_identity_v<add_each, int>);
  for_one_of_each([](auto groups) {
    scan_from_identity<automatic, add_each> const scan{};
    expect_in_groups(groups, inputs_for<each<float, 2>>(groups), scan, scan);
    expect_in_groups(groups, inputs_for<each<int, 3>>(groups), scan, scan);
  });
}
