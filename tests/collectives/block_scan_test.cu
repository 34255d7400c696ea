// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "support/blocks.cuh"
#include "support/scans.cuh"

struct scratch_path {
  template <class Value, class Block>
  static LANEFOLD_FN auto in(Block block) {
    return block.with(block_scratch<Block, Value>());
  }
};
struct shuffle_path {
  template <class Value, class Block>
  static LANEFOLD_FN auto in(Block block) {
    return lf::via_shuffle(block.with(block_scratch<Block, Value>()));
  }
};
struct shared_path {
  template <class Value, class Block>
  static LANEFOLD_FN auto in(Block block) {
    return lf::via_shared(block, block_shared_scratch<Block, Value>());
  }
};
/// inclusive_scan on a block's scratch.
template <class Operator>
struct block_scan_by : inclusive_scan_by<Operator> {
  using inclusive_scan_by<Operator>::operator();
  template <int X, int Y, int Z, class Value>
  LANEFOLD_FN each<Value, 1> operator()(lf::block<X, Y, Z> block, Value value) const {
    return {{lf::inclusive_scan(block.with(block_scratch<lf::block<X, Y, Z>, Value>()), value, Operator{})}};
  }
};

// ---- sizes and shapes -----------------------------------------------------------------------------------------------

TEST(BlockScan, EverySizeFixedAtCompileTimeBracketsAsTheTreeOfItsPrefix) {
  for_each_fixed_size([](auto size) {
    constexpr int n = decltype(size)::value;
    block_scan_by<bracketing> const scan{};
    expect_in_sized_block<n>(inputs_for<unsigned>(n), scan, scan);
  });
}

TEST(BlockScan, SizesFixedAtCompileTimeSumIntegers) {
  for_sizes<1, 33, 64, 128, 256, 384, 768, 1000, 1024>([](auto size) {
    constexpr int n = decltype(size)::value;
    scan_from_identity<scratch_path, lf::plus> const scan{};
    expect_in_sized_block<n>(inputs_for<int>(n), scan, scan);
  });
}

TEST(BlockScan, EightByteValuesOfEveryNumberOfRuns) {
  for_sizes<128, 256, 384, 512, 640, 768, 896, 1024>([](auto size) {
    constexpr int n = decltype(size)::value;
    using eight_bytes = unsigned long long;
    scan_with_init<scratch_path, bracketing, eight_bytes> const brackets{0x123456789abcdef0u};
    expect_in_sized_block<n>(inputs_for<eight_bytes>(n), brackets, brackets);
    scan_from_identity<scratch_path, lf::plus> const sums{};
    expect_in_sized_block<n>(inputs_for<double>(n), sums, sums);
    expect_in_sized_block<n>(inputs_for<long long>(n), sums, sums);
  });
  using eight_bytes = unsigned long long;
  block_scan_by<bracketing> const scan{};
  expect_in_block<lf::block<32, 16>>({32, 16}, inputs_for<eight_bytes>(512), scan, scan);
  expect_in_block<lf::block<5, 8, 16>>({5, 8, 16}, inputs_for<eight_bytes>(640), scan, scan);
}

TEST(BlockScan, EverySizeKnownAtRunTime) {
  for (int size : all_sizes()) {
    scan_with_init<scratch_path, bracketing, unsigned> const brackets{0x12345678u};
    expect_in_block<lf::block<>>(size, inputs_for<unsigned>(size), brackets, brackets);
    scan_from_identity<scratch_path, lf::maximum> const maxima{};
    expect_in_block<lf::block<>>(size, inputs_for<int>(size), maxima, maxima);
    if (HasFailure()) break;
  }
}

TEST(BlockScan, EveryPathHasTheSameBits) {
  auto const check = [](auto block, int size) {
    scan_with_init<shared_path, bracketing, unsigned> const shared{0x12345678u};
    expect_in_block<decltype(block)>(size, inputs_for<unsigned>(size), shared, shared);
    scan_with_init<shuffle_path, bracketing, unsigned> const shuffle{0x12345678u};
    expect_in_block<decltype(block)>(size, inputs_for<unsigned>(size), shuffle, shuffle);
  };
  check(lf::block<200>{}, 200);
  for (int size : {1, 20, 32, 33, 500, 1024}) check(lf::block<>{}, size);
}

TEST(BlockScan, ShapesOfTwoAndThreeDimensionsRankXFastest) {
  auto const check = [](auto block, lf::launch_shape::extent shape) {
    block_scan_by<bracketing> const scan{};
    auto const inputs = inputs_for<unsigned>(static_cast<int>(shape.x * shape.y * shape.z));
    expect_in_block<decltype(block)>(shape, inputs, scan, scan);
  };
  check(lf::block<16, 16>{}, {16, 16});
  check(lf::block<5, 7, 3>{}, {5, 7, 3});
  check(lf::block<1, 1, 64>{}, {1, 1, 64});
  for (lf::launch_shape::extent const& shape : shapes()) check(lf::block<>{}, shape);
}

// ---- one scratch, used again ----------------------------------------------------------------------------------------

template <class Value, int Trips>
struct again_and_again {
  template <class Block>
  LANEFOLD_FN Value operator()(Block block, Value value) const {
    auto& scratch = block_scratch<Block, Value>();
    Value const rank = static_cast<Value>(block.rank());
    for (int i = 0; i < Trips; ++i) {
      value = lf::inclusive_scan(block.with(scratch), value, bracketing{}) + rank;
      value = lf::exclusive_scan(block.with(scratch), value, lf::plus{}, 7) ^ rank;
      auto const [prefix, total] = lf::inclusive_scan_with_total(block.with(scratch), value);
      value = prefix * 3 + total;
      value = lf::exclusive_scan(lf::no_trailing_sync(block.with(scratch)), value, bracketing{}, 9) + rank;
      lf::sync(block);
    }
    return value;
  }
  std::vector<Value> operator()(std::vector<Value> values) const {
    auto const each_rank = [&](auto next) {
      for (std::size_t r = 0; r < values.size(); ++r) values[r] = next(static_cast<Value>(r));
    };
    for (int i = 0; i < Trips; ++i) {
      auto prefix = prefixes(values, bracketing{});
      each_rank([&](Value r) { return prefix[r] + r; });
      prefix = prefixes(values, lf::plus{});
      each_rank([&](Value r) { return (7 + (r > 0 ? prefix[r - 1] : 0)) ^ r; });
      prefix = prefixes(values, lf::plus{});
      each_rank([&](Value r) { return prefix[r] * 3 + prefix.back(); });
      prefix = prefixes(values, bracketing{});
      each_rank([&](Value r) { return (r > 0 ? bracketing{}(Value(9), prefix[r - 1]) : 9) + r; });
    }
    return values;
  }
};

TEST(BlockScan, CallsFollowEachOtherOnOneScratch) {
  using chain = again_and_again<unsigned, 5>;
  using long_chain = again_and_again<unsigned long long, 3>;
  for_each_schedule([] {
    for_sizes<96, 128, 256, 384, 512, 1024>([](auto size) {
      constexpr int n = decltype(size)::value;
      expect_in_sized_block<n>(inputs_for<unsigned>(n), chain{}, chain{});
    });
    for_sizes<128, 256, 512, 640>([](auto size) {
      constexpr int n = decltype(size)::value;
      expect_in_sized_block<n>(inputs_for<unsigned long long>(n), long_chain{}, long_chain{});
    });
    for (int size : {20, 200, 1000}) {
      expect_in_block<lf::block<>>(size, inputs_for<unsigned>(size), chain{}, chain{});
    }
  });
}

// ---- contracts ------------------------------------------------------------------------------------------------------

struct sums_of_products {
  template <class Block>
  LANEFOLD_FN float operator()(Block block, each<float, 2> pair) const {
    return lf::inclusive_scan(block.with(block_scratch<Block, float>()), pair.at[0] * pair.at[1]);
  }
};
TEST(BlockScan, SumOfProductsIsNotContracted) {
  expect_in_sized_block<96>(inputs_for<each<float, 2>>(96), sums_of_products{}, [](auto const& pairs) {
    std::vector<float> products;
    for (auto const& pair : pairs) products.push_back(lf::multiplies{}(pair.at[0], pair.at[1]));
    return prefixes(products, lf::plus{});
  });
}
