// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Every operator of the library over every type of number. See reduce_test.cu for groups, paths and the user's types.

#include "support/lane_groups.cuh"
#include "support/operators.hpp"

/// Each operator on its automatic path and, where that is another one, via_shuffle.
template <class... Operators>
struct reduce_by_each {
  template <class Operator, class Group, class Value>
  static LANEFOLD_FN each<Value, 2> both_paths(Group group, Value value) {
    Value const automatic = lf::reduce(group, value, Operator{});
    if constexpr (lf::detail::redux_can<Operator, Value>) {
      return {{automatic, lf::reduce(lf::via_shuffle(group), value, Operator{})}};
    } else {
      return {{automatic, automatic}};
    }
  }
  template <class Group, class Value>
  LANEFOLD_FN each<each<Value, 2>, sizeof...(Operators)> operator()(Group group, Value value) const {
    return {{both_paths<Operators>(group, value)...}};
  }
  /// The definition: every rank gets the tree over all.
  template <class Value>
  auto operator()(std::vector<Value> const& values, unsigned) const {
    using result = each<each<Value, 2>, sizeof...(Operators)>;
    auto const twice = [](Value x) { return each<Value, 2>{{x, x}}; };
    return std::vector<result>(values.size(), result{{twice(tree(values, Operators{}))...}});
  }
};

template <class Group, class Value, class... Operators>
void expect_each() {
  using function = reduce_by_each<Operators...>;
  expect_in_groups(kind_of<Group>(), inputs_for<Value>(32), function{}, function{});
}

template <class T>
struct ReduceNumber : testing::Test {};
TYPED_TEST_SUITE(ReduceNumber, number_types, type_names);

TYPED_TEST(ReduceNumber, EveryOperatorOverLaneSetsHasTheBitsOfTheTree) {
  expect_each<lf::lanes, TypeParam, lf::plus, lf::multiplies, lf::minimum, lf::maximum>();
  if constexpr (lf::traits::integral<TypeParam>) {
    expect_each<lf::lanes, TypeParam, lf::bit_and, lf::bit_or, lf::bit_xor, lf::logical_and, lf::logical_or>();
  } else {
    expect_each<lf::lanes, TypeParam, lf::minimum_number, lf::maximum_number>();
  }
}

TYPED_TEST(ReduceNumber, SumAndMaximumOverAWarpHaveTheBitsOfTheTree) {
  expect_each<lf::warp, TypeParam, lf::plus, lf::maximum>();
}

/// redux on a part of the warp is no fast path, but a right one.
struct in_a_tile_by_redux {
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group group, Value value) const {
    return lf::max(lf::via_redux(group), value);
  }
};
TYPED_TEST(ReduceNumber, MaximumOverTilesByRedux) {
  expect_in_groups(kind_of<lf::tile<8>>(), inputs_for<TypeParam>(32), in_a_tile_by_redux{},
                   [](std::vector<TypeParam> const& values, unsigned) {
                     return std::vector<TypeParam>(values.size(), tree(values, lf::maximum{}));
                   });
}
