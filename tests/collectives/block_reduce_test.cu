// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "support/blocks.cuh"
#include "support/operators.hpp"

/// One path after another on one scratch: automatic, without the trailing barrier, via_shared.
template <class Operator>
struct reduce_by {
  template <class Block, class Value>
  LANEFOLD_FN each<Value, 3> operator()(Block block, Value value) const {
    Operator const op{};
    auto& scratch = block_scratch<Block, Value>();
    auto& shared = block_shared_scratch<Block, Value>();
    Value const first = lf::reduce(block.with(scratch), value, op);
    Value const second = lf::reduce(lf::no_trailing_sync(block.with(scratch)), value, op);
    return {{first, second, lf::reduce(lf::via_shared(block, shared), value, op)}};
  }
};
/// via_redux, then via_shuffle on the same scratch.
template <class Operator>
struct reduce_both_ways_by {
  template <class Block, class Value>
  LANEFOLD_FN each<Value, 2> operator()(Block block, Value value) const {
    Operator const op{};
    auto& scratch = block_scratch<Block, Value>();
    Value const first = lf::reduce(lf::via_redux(block.with(scratch)), value, op);
    return {{first, lf::reduce(lf::no_trailing_sync(lf::via_shuffle(block.with(scratch))), value, op)}};
  }
};
/// The automatic path alone.
template <class Operator>
struct reduce_once_by {
  template <class Block, class Value>
  LANEFOLD_FN each<Value, 1> operator()(Block block, Value value) const {
    return {{lf::reduce(block.with(block_scratch<Block, Value>()), value, Operator{})}};
  }
};

struct named_verbs {
  template <class Block, class Value>
  LANEFOLD_FN each<Value, 4> operator()(Block block, Value value) const {
    auto& scratch = block_scratch<Block, Value>();
    return {{lf::sum(block.with(scratch), value), lf::product(block.with(scratch), value),
             lf::min(block.with(scratch), value), lf::max(block.with(scratch), value)}};
  }
};
struct sum_of_products {
  template <class Block>
  LANEFOLD_FN float operator()(Block block, each<float, 2> pair) const {
    return lf::sum(block.with(block_scratch<Block, float>()), pair.at[0] * pair.at[1]);
  }
};
template <class Block>
LANEFOLD_KERNEL some_threads_leave(int* out, int first, int last) {
  Block const block{};
  if (block.rank() >= first && block.rank() <= last) return;
  out[block.rank()] = lf::sum(block.with(block_scratch<Block, int>()), 1);
}

template <int Paths, class Operator>
struct definition {
  template <class Value>
  auto operator()(std::vector<Value> const& values) const {
    each<Value, Paths> result;
    for (Value& path : result.at) path = tree(values, Operator{});
    return std::vector<each<Value, Paths>>(values.size(), result);
  }
};

// ---- sizes and shapes -----------------------------------------------------------------------------------------------

TEST(BlockReduce, EverySizeFixedAtCompileTimeBracketsAsTheTree) {
  for_each_fixed_size([](auto size) {
    constexpr int n = decltype(size)::value;
    expect_in_sized_block<n>(inputs_for<unsigned>(n), reduce_by<bracketing>{}, definition<3, bracketing>{});
  });
}

TEST(BlockReduce, SizesFixedAtCompileTimeSumIntegers) {
  for_sizes<1, 33, 64, 96, 128, 256, 512, 1000, 1024>([](auto size) {
    constexpr int n = decltype(size)::value;
    expect_in_sized_block<n>(inputs_for<int>(n), reduce_both_ways_by<lf::plus>{}, definition<2, lf::plus>{});
  });
}

TEST(BlockReduce, EverySizeKnownAtRunTime) {
  for (int size : all_sizes()) {
    expect_in_block<lf::block<>>(size, inputs_for<unsigned>(size), reduce_by<bracketing>{},
                                 definition<3, bracketing>{});
    expect_in_block<lf::block<>>(size, inputs_for<float>(size), reduce_both_ways_by<lf::maximum>{},
                                 definition<2, lf::maximum>{});
    if (HasFailure()) break;
  }
}

TEST(BlockReduce, ShapesOfTwoAndThreeDimensionsRankXFastest) {
  auto const check = [](auto block, lf::launch_shape::extent shape) {
    auto const inputs = inputs_for<unsigned>(static_cast<int>(shape.x * shape.y * shape.z));
    expect_in_block<decltype(block)>(shape, inputs, reduce_once_by<bracketing>{}, definition<1, bracketing>{});
  };
  check(lf::block<16, 16>{}, {16, 16});
  check(lf::block<5, 7, 3>{}, {5, 7, 3});
  check(lf::block<1, 1, 64>{}, {1, 1, 64});
  check(lf::block<8, 8, 16>{}, {8, 8, 16});
  for (lf::launch_shape::extent const& shape : shapes()) check(lf::block<>{}, shape);
}

TEST(BlockReduce, NamedVerbsTakeTheScratchLast) {
  expect_in_sized_block<96>(inputs_for<int>(96), named_verbs{}, [](std::vector<int> const& values) {
    each<int, 4> const result{{tree(values, lf::plus{}), tree(values, lf::multiplies{}), tree(values, lf::minimum{}),
                               tree(values, lf::maximum{})}};
    return std::vector<each<int, 4>>(values.size(), result);
  });
}

// ---- one scratch, used again ----------------------------------------------------------------------------------------

/// Calls that feed each other, on one scratch without a barrier between: a missing one inside loses a value.
template <int Trips>
struct again_and_again {
  template <class Block>
  LANEFOLD_FN unsigned operator()(Block block, unsigned value) const {
    auto& scratch = block_scratch<Block, unsigned>();
    unsigned const rank = static_cast<unsigned>(block.rank());
    for (int i = 0; i < Trips; ++i) {
      value = lf::reduce(block.with(scratch), value, bracketing{}) ^ rank;
      value = lf::inclusive_scan(block.with(scratch), value, bracketing{}) + rank;
      value = lf::sum(block.with(scratch), value) + rank;
      value = lf::exclusive_scan(block.with(scratch), value) + rank;
      value = lf::reduce(lf::no_trailing_sync(block.with(scratch)), value, bracketing{}) ^ rank;
      lf::sync(block);
      value = lf::max(block.with(scratch), value * 0x9e3779b1u) + rank;
    }
    return value;
  }
  std::vector<unsigned> operator()(std::vector<unsigned> values) const {
    auto const each_rank = [&](auto next) {
      for (std::size_t r = 0; r < values.size(); ++r) values[r] = next(static_cast<unsigned>(r));
    };
    for (int i = 0; i < Trips; ++i) {
      unsigned total = tree(values, bracketing{});
      each_rank([&](unsigned r) { return total ^ r; });
      auto prefix = prefixes(values, bracketing{});
      each_rank([&](unsigned r) { return prefix[r] + r; });
      total = tree(values, lf::plus{});
      each_rank([&](unsigned r) { return total + r; });
      prefix = prefixes(values, lf::plus{});
      each_rank([&](unsigned r) { return (r > 0 ? prefix[r - 1] : 0u) + r; });
      total = tree(values, bracketing{});
      each_rank([&](unsigned r) { return total ^ r; });
      each_rank([&](unsigned r) { return values[r] * 0x9e3779b1u; });
      total = tree(values, lf::maximum{});
      each_rank([&](unsigned r) { return total + r; });
    }
    return values;
  }
};

/// Two scratches in turn, without a barrier but those inside: each call separates the one before from the one after.
struct in_turn {
  template <class Block>
  LANEFOLD_FN unsigned operator()(Block block, unsigned value) const {
    using scratch = lf::scratch<Block, unsigned>;
    LANEFOLD_SHARED(scratches, each<scratch, 2>);
    for (int i = 0; i < 8; ++i) {
      scratch& mine = scratches.at[i % 2];
      value =
          lf::sum(lf::no_trailing_sync(block.with(mine)), value * 0x9e3779b1u) ^ static_cast<unsigned>(block.rank());
    }
    lf::sync(block);
    return value;
  }
  std::vector<unsigned> operator()(std::vector<unsigned> values) const {
    for (int i = 0; i < 8; ++i) {
      for (unsigned& value : values) value *= 0x9e3779b1u;
      unsigned const total = tree(values, lf::plus{});
      for (std::size_t r = 0; r < values.size(); ++r) values[r] = total ^ static_cast<unsigned>(r);
    }
    return values;
  }
};

TEST(BlockReduce, TwoScratchesInTurnNeedNoBarrierBetween) {
  for_each_schedule([] {
    for_sizes<64, 96, 128, 256>([](auto size) {
      constexpr int n = decltype(size)::value;
      expect_in_sized_block<n>(inputs_for<unsigned>(n), in_turn{}, in_turn{});
    });
  });
}

TEST(BlockReduce, CallsFollowEachOtherOnOneScratch) {
  using chain = again_and_again<5>;
  for_each_schedule([] {
    for_sizes<96, 128, 256, 384, 512, 1024>([](auto size) {
      constexpr int n = decltype(size)::value;
      expect_in_sized_block<n>(inputs_for<unsigned>(n), chain{}, chain{});
    });
    for (int size : {20, 200, 1000}) {
      expect_in_block<lf::block<>>(size, inputs_for<unsigned>(size), chain{}, chain{});
    }
  });
}

// ---- contracts ------------------------------------------------------------------------------------------------------

TEST(BlockReduce, SumOfProductsIsNotContracted) {
  expect_in_sized_block<96>(inputs_for<each<float, 2>>(96), sum_of_products{}, [](auto const& pairs) {
    std::vector<float> products;
    for (auto const& pair : pairs) {
      products.push_back(lf::multiplies{}(pair.at[0], pair.at[1]));
    }
    return std::vector<float>(pairs.size(), tree(products, lf::plus{}));
  });
}

TEST(BlockReduce, ThreadsThatLeftBeforeTheCallAreReported) {
  if (!lf::backend::simulated) GTEST_SKIP() << "the simulator finds this; on a GPU it is undefined";
  auto const expect_report = [](auto block, int size, int first, int last) {
    std::vector<int> const untouched(static_cast<std::size_t>(size), 7);
    lf::device_array<int> out(untouched);
    lf::launch_shape const grid{1, static_cast<unsigned>(size)};
    lf::status const status = lf::launch(some_threads_leave<decltype(block)>, grid, out.data(), first, last);
    EXPECT_FALSE(status.ok());
    EXPECT_NE(std::strstr(status.message(), "SIMT-FAULT"), nullptr) << status.message();
    EXPECT_EQ(out.to_host(), untouched);
  };
  expect_report(lf::block<64>{}, 64, 40, 40);
  for (int first : {0, 32, 96}) {  // whole warps, whose lanes no mask names
    expect_report(lf::block<128>{}, 128, first, first + 31);
    expect_report(lf::block<256>{}, 256, first, first + 63);
    expect_report(lf::block<>{}, 192, first, first + 31);
  }
}
