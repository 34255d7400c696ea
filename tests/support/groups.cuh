// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Calls a function object in every kind of group, lane groups and blocks alike, and compares what every rank gets with an
// oracle over ranks.

#include <cstdio>
#include <functional>
#include <lanefold/host/device_array.hpp>

#include "support/layouts.hpp"
#include "support/results.hpp"

#if defined(__CUDACC__)
#define LANEFOLD_TEST_BOUNDS(threads) __launch_bounds__(threads)  // large values in large blocks: registers must do
#else
#define LANEFOLD_TEST_BOUNDS(threads)
#endif

// ---- kinds of groups -------------------------------------------------------------------------------------------------

/// Where groups of one type are.
template <class Group>
struct group_kind : formation {
  using type = Group;
};

template <class T>
std::vector<input<T>> inputs_for(formation const& where) {
  return inputs_for<T>(static_cast<int>(where.count()));
}

/// A block that all threads of the launch's blocks are in.
template <class Block>
group_kind<Block> block_kind(lf::launch_shape::extent threads) {
  std::string const shape =
      std::to_string(threads.x) + " x " + std::to_string(threads.y) + " x " + std::to_string(threads.z);
  return {{threads, {only(0xffffffffu, shape)}, true}};
}
inline group_kind<lf::block<>> block_of(lf::launch_shape::extent threads) { return block_kind<lf::block<>>(threads); }

template <class Group>
struct kind {
  static std::vector<layout> layouts() {
    std::vector<layout> all = tile_layouts(Group::size());
    if (Group::whole_warp) all.resize(1);  // nobody has left
    return all;
  }
  static group_kind<Group> make() { return {{32, layouts(), false}}; }
};
template <>
struct kind<lf::lanes> {
  static group_kind<lf::lanes> make() { return {{32, lane_set_layouts(), false}}; }
};
template <int X, int Y, int Z>
struct kind<lf::block<X, Y, Z>> {
  static group_kind<lf::block<X, Y, Z>> make() { return block_kind<lf::block<X, Y, Z>>({X, Y, Z}); }
};
template <class Group>
group_kind<Group> kind_of() {
  return kind<Group>::make();
}

/// Calls `test` with a kind of each of the groups.
template <class... Groups, class Test>
void for_kinds(Test test) {
  (test(kind_of<Groups>()), ...);
}
template <class Test>
void for_lane_groups(Test test) {
  for_kinds<lf::warp, lf::tile<16>, lf::tile<8>, lf::tile<4>, lf::tile<2>, lf::tile<1>, lf::warp_tile<16>,
            lf::warp_tile<4>, lf::lanes>(test);
}
/// One of each implementation: a warp, a tile within it, a lane set.
template <class Test>
void for_warp_tile_and_lanes(Test test) {
  for_kinds<lf::warp, lf::tile<8>, lf::lanes>(test);
}
/// Blocks of one dimension whose size is known at compile time.
template <int... Sizes, class Test>
void for_blocks(Test test) {
  for_kinds<lf::block<Sizes>...>(test);
}
/// Every way that a block of fixed size is laid out: one warp, few, many, powers of two, multiples of 32, 128 and 256,
/// and their neighbours.
template <class Test>
void for_each_fixed_size(Test test) {
  for_blocks<1, 2, 31, 32, 33, 64, 65, 96, 127, 128, 160, 255, 256, 257, 384, 512, 640, 768, 1000, 1023, 1024>(test);
}
/// A block of every size from 1 to 1024, known at run time only; on the simulator a spread of them.
template <class Test>
void for_every_size(Test test) {
  std::vector<int> sizes{95, 96, 97, 127, 128, 129, 255, 256, 257, 511, 512, 513, 992, 993, 1000, 1023, 1024};
  for (int size = 1; size <= 1024; size += lf::backend::simulated && size >= 70 ? 13 : 1) sizes.push_back(size);
  for (int size : sizes) {
    test(block_of(size));
    if (testing::Test::HasFailure()) break;
  }
}
/// Blocks of two and three dimensions, some with sizes that are no multiple of 32.
template <class Test>
void for_each_shape(Test test) {
  for_kinds<lf::block<16, 16>, lf::block<5, 7, 3>, lf::block<1, 1, 64>, lf::block<8, 8, 16>>(test);
  std::vector<lf::launch_shape::extent> shapes{{16, 16}, {32, 32},   {8, 8, 4}, {1, 1, 64}, {1, 1024},
                                               {1, 33},  {5, 7, 3},  {2, 3, 5}, {33, 3},    {3, 5, 7},
                                               {1, 40},  {1, 1, 33}, {31, 33},  {4, 4, 64}};
  random_source random(test_seed());
  while (shapes.size() < 40) {
    lf::launch_shape::extent const next(1 + random.below(40), 1 + random.below(20), 1 + random.below(16));
    if (next.x * next.y * next.z <= 1024) shapes.push_back(next);
  }
  for (lf::launch_shape::extent const& shape : shapes) test(block_of(shape));
}
/// One of each implementation, of blocks the simplest.
template <class Test>
void for_one_of_each(Test test) {
  for_warp_tile_and_lanes(test);
  for_blocks<96>(test);
}

// ---- on the device ---------------------------------------------------------------------------------------------------

template <class... Types>
struct types {};

/// A block with its scratch bound, for values of the types named.
template <class Group, class... Scratch>
LANEFOLD_FN auto make_group(types<Scratch...>, unsigned mask) {
  if constexpr (lf::is_block_v<Group>) {
    LANEFOLD_SHARED(memory, lf::scratch<Group, Scratch...>);
    return Group{}.with(memory);
  } else if constexpr (lf::is_tile_v<Group>) {
    return Group{};
  } else {
    return Group(mask);
  }
}

/// The group with the wish for shared memory: its own, also where several groups run at once in a warp.
template <class Value, class Group>
LANEFOLD_FN auto in_shared_memory(Group group) {
  using memory = lf::shared_scratch<typename lf::detail::wishes_of<Group>::plain, Value>;
  if constexpr (lf::is_block_v<Group>) {
    LANEFOLD_SHARED(mine, memory);
    return lf::via_shared(group, mine);
  } else {
    LANEFOLD_SHARED(all, each<memory, 32 / (Group::aligned ? Group::max_size : 1)>);
    int const first = group.lane_of(0);
    return lf::via_shared(group, all.at[Group::aligned ? first / Group::max_size : first]);
  }
}

// Wishes, as function objects have them: `Path::in<Value>(group)`.
struct automatic {
  template <class Value, class Group>
  static LANEFOLD_FN Group in(Group group) {
    return group;
  }
};
struct by_shuffle {
  template <class Value, class Group>
  static LANEFOLD_FN auto in(Group group) {
    return lf::via_shuffle(group);
  }
};
struct by_redux {
  template <class Value, class Group>
  static LANEFOLD_FN auto in(Group group) {
    return lf::via_redux(group);
  }
};
struct in_shared {
  template <class Value, class Group>
  static LANEFOLD_FN auto in(Group group) {
    return in_shared_memory<Value>(group);
  }
};
/// Without the trailing barrier: only where what follows uses other memory.
struct unsynced {
  template <class Value, class Group>
  static LANEFOLD_FN auto in(Group group) {
    return lf::no_trailing_sync(group);
  }
};

/// Block b: layout b / inputs, input b % inputs.
template <class Group, class Scratch, class Value, class Result, class Function>
LANEFOLD_KERNEL LANEFOLD_TEST_BOUNDS(lf::is_block_v<Group> ? Group::max_size : 32)
    call_in_groups(unsigned const* masks, Value const* values, int inputs, Result* results, Function function) {
  lf::block<> const all;
  int const block = static_cast<int>(lf::block_index().x), thread = all.rank(), count = all.size();
  unsigned const mask = masks[block / inputs * 32 + thread % 32];
  if (mask == 0) return;
  results[block * count + thread] =
      function(make_group<Group>(Scratch{}, mask), values[block % inputs * count + thread]);
}

// ---- comparing -------------------------------------------------------------------------------------------------------

/// `call(masks, values, results)` runs the kernel. Here nothing depends on the group's type, and little has to be compiled
/// for each group.
template <class Value, class Result>
void compare_in_groups(formation const& where, char const* group, std::vector<input<Value>> const& inputs,
                       std::function<bool(lf::launch_shape, unsigned const*, Value const*, Result*)> call,
                       std::function<std::vector<Result>(std::vector<Value> const&, unsigned)> oracle) {
  std::size_t const threads = where.count(), blocks = where.layouts.size() * inputs.size();
  std::vector<unsigned> masks;
  for (layout const& one : where.layouts) masks.insert(masks.end(), one.masks.begin(), one.masks.end());
  std::vector<Value> values;
  for (input<Value> const& one : inputs) values.insert(values.end(), one.values.begin(), one.values.end());
  ASSERT_EQ(values.size(), inputs.size() * threads) << "an input needs a value for each thread";

  lf::device_array<unsigned> const device_masks(masks);
  lf::device_array<Value> const device_values(values);
  lf::device_array<Result> device_results(unwritten<Result>(blocks * threads));
  if (!call({static_cast<unsigned>(blocks), where.threads}, device_masks.data(), device_values.data(),
            device_results.data())) {
    return;
  }
  std::vector<Result> const got = device_results.to_host();

  differences found;
  for (std::size_t block = 0; block < blocks; ++block) {
    layout const& layout = where.layouts[block / inputs.size()];
    input<Value> const& in = inputs[block % inputs.size()];
    for (std::size_t thread = 0; thread < threads; ++thread) {
      if (layout.masks[thread % 32] != 0) continue;
      EXPECT_TRUE(is_unwritten(got[block * threads + thread])) << "thread " << thread << " had exited, and wrote";
    }
    for (std::vector<std::size_t> const& members : where.groups(layout)) {
      if (members.empty()) continue;
      std::vector<Value> ranked;
      for (std::size_t thread : members) ranked.push_back(in.values[thread]);
      unsigned const mask = layout.masks[members[0] % 32];
      std::vector<Result> const expected = oracle(ranked, mask);
      for (std::size_t rank = 0; rank < members.size(); ++rank) {
        found.check(got[block * threads + members[rank]], expected[rank], [&] {
          char text[64];
          std::snprintf(text, sizeof(text), "thread %zu, rank %zu of ", members[rank], rank);
          std::string const who = text + std::string(group);
          std::snprintf(text, sizeof(text), ", mask 0x%08x (", mask);
          return who + text + layout.name + "), " + type_name<Value>() + ", input " + in.name;
        });
      }
    }
  }
}

/// Calls `function(group, value)` in all layouts with all inputs. `oracle(values by rank, mask)` gives the results by
/// rank. A block's scratch is for `Scratch`, or for the value's type where none is named.
template <class... Scratch, class Group, class Value, class Function, class Oracle>
void expect_in_groups(group_kind<Group> const& groups, std::vector<input<Value>> const& inputs, Function function,
                      Oracle oracle) {
  if constexpr (sizeof...(Scratch) == 0) {
    expect_in_groups<Value>(groups, inputs, function, oracle);
  } else {
    using result = decltype(function(std::declval<Group>(), std::declval<Value>()));
    int const count = static_cast<int>(inputs.size());
    compare_in_groups<Value, result>(
        groups, type_name<Group>().c_str(), inputs,
        [=](lf::launch_shape shape, unsigned const* masks, Value const* values, result* results) {
          return ran(call_in_groups<Group, types<Scratch...>, Value, result, Function>, shape, masks, values, count,
                     results, function);
        },
        oracle);
  }
}
