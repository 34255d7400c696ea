// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <cmath>

#include "support/groups.cuh"

/// By the definition: a NaN before every number, -0 below +0, the lowest rank among equals.
template <bool Greatest, class Value>
lf::extremum<Value> extremum_of(std::vector<Value> const& values) {
  auto const before = [](Value a, Value b) {
    if constexpr (lf::traits::floating<Value>) {
      if (is_nan(a) || is_nan(b)) return is_nan(a) && !is_nan(b);
      double x = 0, y = 0;
      if constexpr (std::is_same_v<Value, double>) {
        x = a, y = b;
      } else {
        x = static_cast<float>(a), y = static_cast<float>(b);
      }
      if (x == y) return Greatest ? std::signbit(y) && !std::signbit(x) : std::signbit(x) && !std::signbit(y);
      return Greatest ? x > y : x < y;
    } else {
      return Greatest ? a > b : a < b;
    }
  };
  int best = 0;
  for (int rank = 1; rank < static_cast<int>(values.size()); ++rank) {
    if (before(values[static_cast<std::size_t>(rank)], values[static_cast<std::size_t>(best)])) best = rank;
  }
  return {values[static_cast<std::size_t>(best)], best};
}
template <class Value>
using both_ends = each<lf::extremum<Value>, 2>;
/// argmin and argmax, each by its path.
template <class PathOfMin, class PathOfMax = PathOfMin>
struct find_by {
  template <class Group, class Value>
  LANEFOLD_FN both_ends<Value> operator()(Group group, Value value) const {
    using found = lf::extremum<Value>;
    return {{lf::argmin(PathOfMin::template in<found>(group), value),
             lf::argmax(PathOfMax::template in<found>(group), value)}};
  }
  template <class Value>
  auto operator()(std::vector<Value> const& values, unsigned) const {
    return std::vector<both_ends<Value>>(values.size(), {{extremum_of<false>(values), extremum_of<true>(values)}});
  }
};

/// Ties everywhere: equal values, both zeros, NaNs among numbers, one value for all.
template <class T>
std::vector<input<T>> tied(int count) {
  auto inputs = inputs_for<T>(count);
  inputs.push_back({"all equal", std::vector<T>(static_cast<std::size_t>(count), static_cast<T>(3))});
  if constexpr (lf::traits::floating<T>) {
    T const nan = lf::detail::from_bits<T>(lf::detail::nan_bits<T>);
    T const negative_zero = lf::detail::from_bits<T>(lf::detail::sign_bit<T>);
    random_source random(test_seed());
    input<T> zeros{"zeros of both signs", {}}, rare{"a few NaNs", {}};
    for (int i = 0; i < count; ++i) {
      zeros.values.push_back(random.below(2) ? negative_zero : static_cast<T>(0.0f));
      rare.values.push_back(random.below(8) == 0 ? nan : random_value<T>(random));
    }
    inputs.push_back(zeros);
    inputs.push_back(rare);
    inputs.push_back({"all NaN", std::vector<T>(static_cast<std::size_t>(count), nan)});
  }
  return inputs;
}

template <class Value, class Find, class Group>
void expect_found(group_kind<Group> const& groups) {
  expect_in_groups<lf::extremum<Value>>(groups, tied<Value>(static_cast<int>(groups.count())), Find{}, Find{});
}

TEST(Argmin, EveryGroup) {
  for_lane_groups([](auto groups) {
    expect_found<float, find_by<automatic>>(groups);
    expect_found<int, find_by<by_shuffle>>(groups);
  });
  auto const check = [](auto block) { expect_found<float, find_by<by_shuffle, in_shared>>(block); };
  for_every_size(check);
  for_blocks<256>(check);
}

TEST(Argmin, EveryPath) {
  for_warp_tile_and_lanes([](auto groups) {
    expect_found<float, find_by<by_redux>>(groups);
    expect_found<float, find_by<in_shared>>(groups);
    expect_found<double, find_by<in_shared>>(groups);
  });
  for_kinds<lf::block<16, 16>>([](auto block) { expect_found<double, find_by<by_shuffle, in_shared>>(block); });
}

template <class T>
struct ArgminNumber : testing::Test {};
TYPED_TEST_SUITE(ArgminNumber, number_types, type_names);

TYPED_TEST(ArgminNumber, LowestRankAmongEqualsAndNaNFirst) {
  auto const check = [](auto groups) { expect_found<TypeParam, find_by<automatic>>(groups); };
  for_kinds<lf::warp, lf::lanes, lf::block<200>>(check);
  for (int size : {1, 30, 33, 1000}) check(block_of(size));
}

/// Calls that follow each other on one scratch, the next value made of what was found.
struct again_and_again {
  template <class Group>
  LANEFOLD_FN int operator()(Group group, int value) const {
    for (int i = 0; i < 6; ++i) {
      auto const found = i % 2 ? lf::argmin(group, value) : lf::argmax(group, value);
      if (group.rank() == found.rank) value = i % 2 ? 1000 + i : -1000 - i;  // the next best turns up in the next call
      value += found.rank & 1;
    }
    return value;
  }
  std::vector<int> operator()(std::vector<int> values, unsigned) const {
    for (int i = 0; i < 6; ++i) {
      auto const found = i % 2 ? extremum_of<false>(values) : extremum_of<true>(values);
      values[static_cast<std::size_t>(found.rank)] = i % 2 ? 1000 + i : -1000 - i;
      for (int& value : values) value += found.rank & 1;
    }
    return values;
  }
};
TEST(Argmin, CallsFollowEachOtherOnOneScratch) {
  for_each_schedule([] {
    auto const check = [](auto groups) {
      std::vector<input<int>> inputs{{"small", {}}};
      random_source random(test_seed());
      for (std::size_t i = 0; i < groups.count(); ++i) inputs[0].values.push_back(static_cast<int>(random.below(100)));
      expect_in_groups<lf::extremum<int>>(groups, inputs, again_and_again{}, again_and_again{});
    };
    for_kinds<lf::lanes, lf::block<96>>(check);
    for (int size : {32, 96, 500}) check(block_of(size));
  });
}
