// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Every operator of the library over every type of number, and structs. See reduce_test.cu for groups, sizes and paths.

#include "support/reductions.cuh"

/// Each operator on its automatic path and, where that is another one, via_shuffle.
template <class... Operators>
struct reduce_by_each {
  template <class Operator, class Group, class Value>
  static LANEFOLD_FN each<Value, 2> both_paths(Group group, Value value) {
    Value const first = lf::reduce(group, value, Operator{});
    if constexpr (lf::detail::redux_can<Operator, Value>) {
      return {{first, lf::reduce(lf::via_shuffle(group), value, Operator{})}};
    } else {
      return {{first, first}};
    }
  }
  template <class Group, class Value>
  LANEFOLD_FN each<each<Value, 2>, sizeof...(Operators)> operator()(Group group, Value value) const {
    return {{both_paths<Operators>(group, value)...}};
  }
  template <class Value>
  auto operator()(std::vector<Value> const& values, unsigned) const {
    using result = each<each<Value, 2>, sizeof...(Operators)>;
    auto const twice = [](Value x) { return each<Value, 2>{{x, x}}; };
    return for_every_rank(values, result{{twice(tree(values, Operators{}))...}});
  }
};
/// Twice in a row: a block's scratch serves values of every size again.
template <class Operator>
struct reduce_twice_by : reduce_by<Operator, automatic, automatic> {
  using reduce_by<Operator, automatic, automatic>::operator();
  template <class Group, class Value>
  LANEFOLD_FN each<Value, 2> operator()(Group group, Value value) const {
    Value results[] = {value, value};
    for (Value& result : results) result = lf::reduce(group, value, Operator{});
    return {{results[0], results[1]}};
  }
};
/// Calls `function` with values of a type in a kind of each of the groups.
template <class Value, class... Groups, class Function>
void expect_in(Function function) {
  for_kinds<Groups...>([&](auto groups) { expect_in_groups(groups, inputs_for<Value>(groups), function, function); });
}

template <class T>
struct ReduceNumber : testing::Test {};
TYPED_TEST_SUITE(ReduceNumber, number_types, type_names);

TYPED_TEST(ReduceNumber, EveryOperatorOverLaneSetsHasTheBitsOfTheTree) {
  expect_in<TypeParam, lf::lanes>(reduce_by_each<lf::plus, lf::multiplies, lf::minimum, lf::maximum>{});
  if constexpr (lf::traits::integral<TypeParam>) {
    expect_in<TypeParam, lf::lanes>(
        reduce_by_each<lf::bit_and, lf::bit_or, lf::bit_xor, lf::logical_and, lf::logical_or>{});
  } else {
    expect_in<TypeParam, lf::lanes>(reduce_by_each<lf::minimum_number, lf::maximum_number>{});
  }
}

TYPED_TEST(ReduceNumber, SumsAndExtremesHaveTheBitsOfTheTree) {
  expect_in<TypeParam, lf::warp>(reduce_by_each<lf::plus, lf::maximum>{});
  reduce_twice_by<lf::plus> const sum{};
  expect_in<TypeParam, lf::block<100>, lf::block<128>, lf::block<1024>>(sum);
  expect_in_groups(block_of(993), inputs_for<TypeParam>(993), sum, sum);
  expect_in<TypeParam, lf::block<100>>(reduce_twice_by<lf::minimum>{});
  expect_in<TypeParam, lf::block<256>>(reduce_twice_by<lf::maximum_number>{});
}

// redux on a part of the warp is no fast path, but a right one.
TYPED_TEST(ReduceNumber, MaximumOverTilesByRedux) {
  expect_in<TypeParam, lf::tile<8>>(reduce_by<lf::maximum, by_redux>{});
}

// ---- structs --------------------------------------------------------------------------------------------------------

TEST(Reduce, StructsOfOddSizes) {
  reduce_twice_by<blend> const reduce{};
  expect_in<bytes<1>, lf::warp>(reduce);
  expect_in<bytes<3>, lf::warp>(reduce);
  expect_in<bytes<5>, lf::block<160>, lf::block<512>>(reduce);
  expect_in<bytes<7>, lf::warp>(reduce);
  expect_in<bytes<12>, lf::warp>(reduce);
  expect_in<bytes<33>, lf::warp, lf::block<160>, lf::block<256>, lf::block<1024>>(reduce);
  expect_in_groups(block_of(333), inputs_for<bytes<7>>(333), reduce, reduce);
}

// padded_tail, three words of which one is half padding, was miscompiled elsewhere when moved by a cast to words.
TEST(Reduce, PaddedStructsVectorsAndMatrices) {
  reduce_twice_by<add_fields> const sum{};
  expect_in<padded_tail, lf::warp, lf::lanes, lf::block<160>, lf::block<256>, lf::block<1024>>(sum);
  expect_in<padded_middle, lf::warp, lf::lanes>(sum);
  expect_in<vector2, lf::warp, lf::lanes>(sum);
  expect_in<vector4, lf::warp, lf::lanes, lf::block<160>, lf::block<256>, lf::block<1024>>(sum);
  expect_in<matrix, lf::block<160>, lf::block<256>, lf::block<1024>>(reduce_twice_by<matrix_product>{});
}
