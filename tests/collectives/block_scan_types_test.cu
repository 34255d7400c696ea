// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Block scans over every type of number, and over structs. See block_scan_test.cu for sizes and paths.

#include "support/blocks.cuh"
#include "support/operators.hpp"

/// inclusive_scan with the total, then exclusive_scan after init, on one scratch.
template <class Operator, class Value>
struct scan_by {
  Value init;

  template <class Block>
  LANEFOLD_FN each<Value, 3> operator()(Block block, Value value) const {
    auto& scratch = block_scratch<Block, Value>();
    auto const inclusive = lf::inclusive_scan_with_total(block.with(scratch), value, Operator{});
    return {{inclusive.prefix, inclusive.total, lf::exclusive_scan(block.with(scratch), value, Operator{}, init)}};
  }
  auto operator()(std::vector<Value> const& values) const {
    std::vector<Value> const prefix = prefixes(values, Operator{});
    std::vector<each<Value, 3>> result;
    for (std::size_t r = 0; r < values.size(); ++r) {
      result.push_back({{prefix[r], prefix.back(), r > 0 ? Operator{}(init, prefix[r - 1]) : init}});
    }
    return result;
  }
};
template <class Value, class Operator, int... Sizes>
void expect_sizes() {
  random_source random(test_seed());
  scan_by<Operator, Value> const scan{random_value<Value>(random)};
  (expect_in_sized_block<Sizes>(inputs_for<Value>(Sizes), scan, scan), ...);
}

template <class T>
struct BlockScanNumber : testing::Test {};
TYPED_TEST_SUITE(BlockScanNumber, number_types, type_names);

TYPED_TEST(BlockScanNumber, SumsHaveTheBitsOfTheTree) {
  expect_sizes<TypeParam, lf::plus, 100, 512>();
  scan_by<lf::plus, TypeParam> const scan{static_cast<TypeParam>(3)};
  expect_in_block<lf::block<>>(993, inputs_for<TypeParam>(993), scan, scan);
}
TYPED_TEST(BlockScanNumber, MinimaAndMaximaHaveTheBitsOfTheTree) {
  expect_sizes<TypeParam, lf::minimum, 100>();
  expect_sizes<TypeParam, lf::maximum_number, 256>();
}

TYPED_TEST(BlockScanNumber, LogicalOperatorsLeaveALoneValueAsItIs) {
  expect_sizes<TypeParam, lf::logical_or, 100, 1024>();
  expect_sizes<TypeParam, lf::logical_and, 256>();
}

TEST(BlockScan, StructsWithAPlusOfTheirOwn) {
  expect_sizes<vector2, lf::plus, 256, 320>();
  expect_sizes<vector4, lf::plus, 128, 256>();
  scan_by<lf::plus, vector2> const scan{};
  expect_in_block<lf::block<>>(333, inputs_for<vector2>(333), scan, scan);
}
TEST(BlockScan, StructsOfEveryKind) {
  expect_sizes<matrix, matrix_product, 128, 256>();
  expect_sizes<padded_tail, add_fields, 160>();
  expect_sizes<padded_middle, add_fields, 512>();
  expect_sizes<vector2, add_fields, 256>();
  expect_sizes<bytes<2>, blend, 1024>();
  expect_sizes<bytes<33>, blend, 96>();
  scan_by<blend, bytes<7>> const scan{};
  expect_in_block<lf::block<>>(333, inputs_for<bytes<7>>(333), scan, scan);
}
