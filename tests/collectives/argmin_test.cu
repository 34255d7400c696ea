// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <cmath>

#include "support/blocks.cuh"
#include "support/lane_groups.cuh"

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
/// argmin and argmax.
struct definition {
  template <class Value>
  auto operator()(std::vector<Value> const& values, unsigned = 0) const {
    return std::vector<both_ends<Value>>(values.size(), {{extremum_of<false>(values), extremum_of<true>(values)}});
  }
};

struct find_in_lanes {
  template <class Group, class Value>
  LANEFOLD_FN both_ends<Value> operator()(Group group, Value value) const {
    return {{lf::argmin(group, value), lf::argmax(group, value)}};
  }
};
struct find_by_shuffle {
  template <class Group, class Value>
  LANEFOLD_FN both_ends<Value> operator()(Group group, Value value) const {
    return {{lf::argmin(lf::via_shuffle(group), value), lf::argmax(lf::via_shuffle(group), value)}};
  }
};
struct find_by_redux {
  template <class Group, class Value>
  LANEFOLD_FN both_ends<Value> operator()(Group group, Value value) const {
    return {{lf::argmin(lf::via_redux(group), value), lf::argmax(lf::via_redux(group), value)}};
  }
};
struct find_in_shared {
  template <class Group, class Value>
  LANEFOLD_FN both_ends<Value> operator()(Group group, Value value) const {
    auto& scratch = shared_scratch_of<Group, lf::extremum<Value>>(group);
    return {{lf::argmin(lf::via_shared(group, scratch), value), lf::argmax(lf::via_shared(group, scratch), value)}};
  }
};
struct find_in_block {
  template <class Block, class Value>
  LANEFOLD_FN both_ends<Value> operator()(Block block, Value value) const {
    auto& scratch = block_scratch<Block, lf::extremum<Value>>();
    return {{lf::argmin(block.with(scratch), value), lf::argmax(block.with(scratch), value)}};
  }
};
/// The other paths of a block: argmin via_shuffle, argmax via_shared.
struct find_in_block_otherwise {
  template <class Block, class Value>
  LANEFOLD_FN both_ends<Value> operator()(Block block, Value value) const {
    auto& scratch = block_scratch<Block, lf::extremum<Value>>();
    auto& shared = block_shared_scratch<Block, lf::extremum<Value>>();
    auto const least = lf::argmin(lf::no_trailing_sync(lf::via_shuffle(block.with(scratch))), value);
    return {{least, lf::argmax(lf::via_shared(block, shared), value)}};
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

TEST(Argmin, EveryGroup) {
  for_all_groups([](auto groups) {
    expect_in_groups(groups, tied<float>(32), find_in_lanes{}, definition{});
    expect_in_groups(groups, tied<int>(32), find_by_shuffle{}, definition{});
  });
}

TEST(Argmin, EveryPath) {
  for_warp_tile_and_lanes([](auto groups) {
    expect_in_groups(groups, tied<float>(32), find_by_redux{}, definition{});
    expect_in_groups(groups, tied<float>(32), find_in_shared{}, definition{});
    expect_in_groups(groups, tied<double>(32), find_in_shared{}, definition{});
  });
}

template <class T>
struct ArgminNumber : testing::Test {};
TYPED_TEST_SUITE(ArgminNumber, number_types, type_names);

TYPED_TEST(ArgminNumber, LowestRankAmongEqualsAndNaNFirst) {
  expect_in_groups(kind_of<lf::warp>(), tied<TypeParam>(32), find_in_lanes{}, definition{});
  expect_in_groups(kind_of<lf::lanes>(), tied<TypeParam>(32), find_in_lanes{}, definition{});
}

TYPED_TEST(ArgminNumber, InABlock) {
  expect_in_sized_block<200>(tied<TypeParam>(200), find_in_block{}, definition{});
  for (int size : {1, 30, 33, 1000}) {
    expect_in_block<lf::block<>>(size, tied<TypeParam>(size), find_in_block{}, definition{});
  }
}

TEST(Argmin, EveryBlockSize) {
  for (int size : all_sizes()) {
    expect_in_block<lf::block<>>(size, tied<float>(size), find_in_block_otherwise{}, definition{});
    if (HasFailure()) break;
  }
  expect_in_sized_block<16, 16>(tied<double>(256), find_in_block_otherwise{}, definition{});
}

/// Calls that follow each other on one scratch, the next value made of what was found.
struct again_and_again {
  template <class Block>
  LANEFOLD_FN int operator()(Block block, int value) const {
    auto& scratch = block_scratch<Block, lf::extremum<int>>();
    for (int i = 0; i < 6; ++i) {
      auto const found = i % 2 ? lf::argmin(block.with(scratch), value) : lf::argmax(block.with(scratch), value);
      if (block.rank() == found.rank) value = i % 2 ? 1000 + i : -1000 - i;  // the next best turns up in the next call
      value += found.rank & 1;
    }
    return value;
  }
  std::vector<int> operator()(std::vector<int> values) const {
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
    for (int size : {32, 96, 500}) {
      std::vector<input<int>> inputs{{"small", {}}};
      random_source random(test_seed());
      for (int i = 0; i < size; ++i) inputs[0].values.push_back(static_cast<int>(random.below(100)));
      expect_in_block<lf::block<>>(size, inputs, again_and_again{}, again_and_again{});
      if (size == 96) expect_in_sized_block<96>(inputs, again_and_again{}, again_and_again{});
    }
  });
}
