// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Block reductions over every type of number, and over structs. See block_reduce_test.cu for sizes and paths.

#include "support/blocks.cuh"
#include "support/operators.hpp"

/// Twice in a row: the scratch serves values of every size again.
template <class Operator>
struct reduce_twice_by {
  template <class Block, class Value>
  LANEFOLD_FN each<Value, 2> operator()(Block block, Value value) const {
    auto& scratch = block_scratch<Block, Value>();
    Value results[] = {value, value};
    for (Value& result : results) result = lf::reduce(block.with(scratch), value, Operator{});
    return {{results[0], results[1]}};
  }
  template <class Value>
  auto operator()(std::vector<Value> const& values) const {
    Value const total = tree(values, Operator{});
    return std::vector<each<Value, 2>>(values.size(), {{total, total}});
  }
};
template <class Value, class Operator, int... Sizes>
void expect_sizes() {
  reduce_twice_by<Operator> const reduce{};
  (expect_in_sized_block<Sizes>(inputs_for<Value>(Sizes), reduce, reduce), ...);
}

template <class T>
struct BlockReduceNumber : testing::Test {};
TYPED_TEST_SUITE(BlockReduceNumber, number_types, type_names);

TYPED_TEST(BlockReduceNumber, SumsHaveTheBitsOfTheTree) {
  expect_sizes<TypeParam, lf::plus, 100, 128, 1024>();
  reduce_twice_by<lf::plus> const reduce{};
  expect_in_block<lf::block<>>(993, inputs_for<TypeParam>(993), reduce, reduce);
}
TYPED_TEST(BlockReduceNumber, MinimaAndMaximaHaveTheBitsOfTheTree) {
  expect_sizes<TypeParam, lf::minimum, 100>();
  expect_sizes<TypeParam, lf::maximum_number, 256>();
}

TEST(BlockReduce, StructsOfEveryKind) {
  auto const check = [](auto sample, auto op) {
    using value = decltype(sample);
    expect_sizes<value, decltype(op), 160, 256, 1024>();
  };
  check(matrix{}, matrix_product{});
  check(padded_tail{}, add_fields{});
  check(vector4{}, add_fields{});
  check(bytes<33>{}, blend{});
  expect_sizes<bytes<5>, blend, 160, 512>();
  reduce_twice_by<blend> const reduce{};
  expect_in_block<lf::block<>>(333, inputs_for<bytes<7>>(333), reduce, reduce);
}
