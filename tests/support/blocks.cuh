// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Calls a function object in thread blocks of every size and shape, and compares with an oracle over ranks.

#include <lanefold/host/device_array.hpp>
#include "support/results.hpp"

#if defined(__CUDACC__)
#define LANEFOLD_TEST_BOUNDS(threads) __launch_bounds__(threads)  // large values in large blocks: registers must do
#else
#define LANEFOLD_TEST_BOUNDS(threads)
#endif

/// A block of the grid for each input.
template <class Block, class Value, class Result, class Function>
LANEFOLD_KERNEL LANEFOLD_TEST_BOUNDS(Block::max_size)
    call_in_block(Value const* values, Result* results, Function function) {
  Block const block{};
  int const i = static_cast<int>(lf::block_index().x) * block.size() + block.rank();
  results[i] = function(block, values[i]);
}

inline std::string show_shape(lf::launch_shape::extent threads) {
  return std::to_string(threads.x) + " x " + std::to_string(threads.y) + " x " + std::to_string(threads.z);
}

/// Calls `function(block, value)`; `oracle(values by rank)` gives the results by rank. x runs fastest.
template <class Block, class Value, class Function, class Oracle>
void expect_in_block(lf::launch_shape::extent threads, std::vector<input<Value>> const& inputs, Function function,
                     Oracle oracle) {
  using result = decltype(function(std::declval<Block>(), std::declval<Value>()));
  std::vector<Value> values;
  for (input<Value> const& one : inputs) values.insert(values.end(), one.values.begin(), one.values.end());
  lf::device_array<Value> device_values(values);
  lf::device_array<result> device_results(unwritten<result>(values.size()));
  if (!ran(call_in_block<Block, Value, result, Function>,
           lf::launch_shape{static_cast<unsigned>(inputs.size()), threads}, device_values.data(), device_results.data(),
           function)) {
    return;
  }
  std::vector<result> const got = device_results.to_host();
  differences found;
  std::size_t thread = 0;
  for (input<Value> const& in : inputs) {
    std::vector<result> const expected = oracle(in.values);
    for (std::size_t rank = 0; rank < in.values.size(); ++rank, ++thread) {
      found.check(got[thread], expected[rank], [&] {
        return "rank " + std::to_string(rank) + " of block " + show_shape(threads) + ", " + type_name<Value>() +
               ", input " + in.name;
      });
    }
  }
}

/// The same for a block whose size is known at compile time.
template <int X, int Y = 1, int Z = 1, class Value, class Function, class Oracle>
void expect_in_sized_block(std::vector<input<Value>> const& inputs, Function function, Oracle oracle) {
  expect_in_block<lf::block<X, Y, Z>>({X, Y, Z}, inputs, function, oracle);
}

template <int Size>
struct size_constant {
  static constexpr int value = Size;
};
/// Calls `test` with each of the sizes, known at compile time.
template <int... Sizes, class Test>
void for_sizes(Test test) {
  (test(size_constant<Sizes>{}), ...);
}
/// Every way that a block of fixed size is laid out: one warp, few, many, powers of two, multiples of 32, 128 and 256,
/// and their neighbours.
template <class Test>
void for_each_fixed_size(Test test) {
  for_sizes<1, 2, 31, 32, 33, 64, 65, 96, 127, 128, 160, 255, 256, 257, 384, 512, 640, 768, 1000, 1023, 1024>(test);
}
/// Every size from 1 to 1024; on the simulator a spread of them.
inline std::vector<int> all_sizes() {
  std::vector<int> sizes;
  for (int size = 1; size <= 1024; size += lf::backend::simulated && size >= 70 ? 13 : 1) sizes.push_back(size);
  for (int size : {95, 96, 97, 127, 128, 129, 255, 256, 257, 511, 512, 513, 992, 993, 1000, 1023, 1024}) {
    sizes.push_back(size);
  }
  return sizes;
}
/// Shapes of two and three dimensions, some with sizes that are no multiple of 32.
inline std::vector<lf::launch_shape::extent> shapes(std::uint64_t seed = test_seed()) {
  std::vector<lf::launch_shape::extent> all{{16, 16},  {32, 32}, {8, 8, 4}, {1, 1, 64}, {1, 1024}, {1, 33},   {5, 7, 3},
                                            {2, 3, 5}, {33, 3},  {3, 5, 7}, {1, 1, 33}, {31, 33},  {4, 4, 64}};
  random_source random(seed);
  while (all.size() < 40) {
    lf::launch_shape::extent const next(1 + random.below(40), 1 + random.below(20), 1 + random.below(16));
    if (next.x * next.y * next.z <= 1024) all.push_back(next);
  }
  return all;
}

/// Shared memory for the collectives of a block; the same for each function that asks.
template <class Block, class Value>
LANEFOLD_FN lf::scratch<Block, Value>& block_scratch() {
  LANEFOLD_SHARED(scratch, lf::scratch<Block, Value>);
  return scratch;
}
template <class Block, class Value>
LANEFOLD_FN lf::shared_scratch<Block, Value>& block_shared_scratch() {
  LANEFOLD_SHARED(scratch, lf::shared_scratch<Block, Value>);
  return scratch;
}
