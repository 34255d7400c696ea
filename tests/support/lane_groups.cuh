// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Calls a function object in every kind of lane group, and compares what every lane gets with an oracle over ranks.

#include <array>
#include <cstdio>
#include <lanefold/host/device_array.hpp>

#include "support/results.hpp"

/// Which lanes of a warp form groups: the mask of each lane's own group, or 0 for a lane that has exited.
struct layout {
  std::string name;
  std::array<unsigned, 32> masks;
};

inline std::string show_mask(unsigned mask) {
  char text[16];
  std::snprintf(text, sizeof(text), "0x%08x", mask);
  return text;
}

/// The lanes of `mask` are one group; the others exit at once.
inline layout only(unsigned mask, std::string name) {
  layout result{std::move(name), {}};
  for (unsigned lane = 0; lane < 32; ++lane) result.masks[lane] = mask >> lane & 1 ? mask : 0;
  return result;
}
/// Lanes with equal labels are a group: several run at once in one warp.
template <class LabelOf>
layout split(LabelOf label_of, std::string name) {
  layout result{std::move(name), {}};
  std::array<int, 32> labels;
  for (int lane = 0; lane < 32; ++lane) labels[lane] = static_cast<int>(label_of(lane));
  for (int lane = 0; lane < 32; ++lane) {
    for (int other = 0; other < 32; ++other) {
      if (labels[other] == labels[lane]) result.masks[lane] |= 1u << other;
    }
  }
  return result;
}

/// Lane sets of every density, alone in their warp and several at once.
inline std::vector<layout> lane_set_layouts(std::uint64_t seed = test_seed()) {
  random_source random(seed);
  std::vector<layout> all;
  for (int n = 1; n <= 32; ++n) all.push_back(only(0xffffffffu >> (32 - n), "the first " + std::to_string(n)));
  for (int lane : {1, 15, 16, 31}) all.push_back(only(1u << lane, "lane " + std::to_string(lane) + " alone"));
  for (unsigned mask : {0x80000001u, 0x00018000u, 0x00100020u}) all.push_back(only(mask, "two"));
  for (unsigned mask : {0x00ffff00u, 0xfffffffeu, 0x7fffffffu, 0x000007f8u}) all.push_back(only(mask, "contiguous"));
  for (unsigned mask : {0x55555555u, 0xaaaaaaaau, 0x11111111u, 0xff00ff00u}) all.push_back(only(mask, "alternating"));
  for (int i = 0; i < 16; ++i) {  // each density, roughly: 1/2, 1/4, 3/4, 1/8
    unsigned const a = static_cast<unsigned>(random.next()), b = static_cast<unsigned>(random.next());
    unsigned const mask[] = {a, a & b, a | b, a & b & static_cast<unsigned>(random.next())};
    all.push_back(only(mask[i % 4] ? mask[i % 4] : 1u, "random"));
  }
  all.push_back(split([](int lane) { return lane & 1; }, "even and odd"));
  all.push_back(split([](int lane) { return lane >= 13; }, "below 13 and the rest"));
  all.push_back(split([](int lane) { return lane % 5; }, "by lane modulo 5"));
  all.push_back(split([](int lane) { return lane; }, "every lane alone"));
  for (unsigned labels : {2u, 3u, 8u}) {
    for (int i = 0; i < 3; ++i) {
      all.push_back(split([&](int) { return random.below(labels); }, std::to_string(labels) + " random labels"));
    }
  }
  return all;
}

/// A tile's warp: whole; with the upper half gone; with one tile left.
inline std::vector<layout> tile_layouts(int size) {
  auto const tile = [=](int lane) { return lane / size; };
  std::vector<layout> all{split(tile, "whole warp")};
  if (size < 32) {
    all.push_back(all[0]);
    all.push_back(all[0]);
    all[1].name = "lower half of the warp";
    all[2].name = "last tile only";
    for (int lane = 0; lane < 32; ++lane) {
      if (lane >= 16) all[1].masks[lane] = 0;
      if (lane < 32 - size) all[2].masks[lane] = 0;
    }
  }
  return all;
}

/// One kind of group: the type that device code uses, and the warps that tests make of it.
template <class Group>
struct group_kind {
  using type = Group;
  std::string name;
  std::vector<layout> layouts;
};
template <class Group>
group_kind<Group> kind_of() {
  if constexpr (std::is_same_v<Group, lf::lanes>) {
    return {"lanes", lane_set_layouts()};
  } else if constexpr (std::is_same_v<Group, lf::warp>) {
    return {"warp", tile_layouts(32)};
  } else if constexpr (std::is_same_v<Group, lf::tile<Group::size()>>) {
    return {"tile<" + std::to_string(Group::size()) + ">", tile_layouts(Group::size())};
  } else {
    return {"warp_tile<" + std::to_string(Group::size()) + ">", {tile_layouts(Group::size())[0]}};  // nobody has left
  }
}

/// Calls `test` with each kind of group.
template <class Test>
void for_all_groups(Test test) {
  test(kind_of<lf::warp>());
  test(kind_of<lf::tile<16>>());
  test(kind_of<lf::tile<8>>());
  test(kind_of<lf::tile<4>>());
  test(kind_of<lf::tile<2>>());
  test(kind_of<lf::tile<1>>());
  test(kind_of<lf::warp_tile<16>>());
  test(kind_of<lf::warp_tile<4>>());
  test(kind_of<lf::lanes>());
}
/// One of each implementation: a warp, a tile within it, a lane set.
template <class Test>
void for_warp_tile_and_lanes(Test test) {
  test(kind_of<lf::warp>());
  test(kind_of<lf::tile<8>>());
  test(kind_of<lf::lanes>());
}

template <class Group>
LANEFOLD_FN Group make_group(unsigned mask) {
  if constexpr (std::is_same_v<Group, lf::lanes>) {
    return lf::lanes(mask);
  } else {
    return Group{};
  }
}

/// Shared memory for via_shared in every group that can run at once in a warp.
template <class Group, class Value>
LANEFOLD_FN lf::shared_scratch<Group, Value>& shared_scratch_of(Group group) {
  using scratch = lf::shared_scratch<Group, Value>;
  LANEFOLD_SHARED(all, each<scratch, 32 / (lf::is_tile_v<Group> ? Group::max_size : 1)>);
  int const first = group.lane_of(0);
  return all.at[Group::aligned ? first / Group::max_size : first];
}

/// Block b: layout b / inputs, input b % inputs. One warp each.
template <class Group, class Value, class Result, class Function>
LANEFOLD_KERNEL call_in_groups(unsigned const* masks, Value const* values, int inputs, Result* results,
                               Function function) {
  int const block = static_cast<int>(lf::block_index().x), lane = lf::lane_id();
  unsigned const mask = masks[block / inputs * 32 + lane];
  if (mask == 0) return;
  results[block * 32 + lane] = function(make_group<Group>(mask), values[block % inputs * 32 + lane]);
}

/// Calls `function(group, value)` in all layouts with all inputs. `oracle(values by rank, mask)` gives the results by
/// rank.
template <class Group, class Value, class Function, class Oracle>
void expect_in_groups(group_kind<Group> const& groups, std::vector<input<Value>> const& inputs, Function function,
                      Oracle oracle) {
  using result = decltype(function(std::declval<Group>(), std::declval<Value>()));
  std::size_t const blocks = groups.layouts.size() * inputs.size();
  std::vector<unsigned> masks;
  for (layout const& one : groups.layouts) masks.insert(masks.end(), one.masks.begin(), one.masks.end());
  std::vector<Value> values;
  for (input<Value> const& one : inputs) values.insert(values.end(), one.values.begin(), one.values.begin() + 32);

  lf::device_array<unsigned> device_masks(masks);
  lf::device_array<Value> device_values(values);
  lf::device_array<result> device_results(unwritten<result>(blocks * 32));
  if (!ran(call_in_groups<Group, Value, result, Function>, lf::launch_shape{static_cast<unsigned>(blocks), 32},
           device_masks.data(), device_values.data(), static_cast<int>(inputs.size()), device_results.data(),
           function)) {
    return;
  }
  std::vector<result> const got = device_results.to_host();

  differences found;
  for (std::size_t block = 0; block < blocks; ++block) {
    layout const& where = groups.layouts[block / inputs.size()];
    input<Value> const& in = inputs[block % inputs.size()];
    for (unsigned first = 0; first < 32; ++first) {
      unsigned const mask = where.masks[first];
      if (mask == 0) {
        EXPECT_TRUE(is_unwritten(got[block * 32 + first])) << "lane " << first << " had exited, and wrote";
        continue;
      }
      if ((mask & ((1u << first) - 1)) != 0) continue;  // not the first lane of its group
      std::vector<Value> ranked;
      for (unsigned lane = 0; lane < 32; ++lane) {
        if (mask >> lane & 1) ranked.push_back(in.values[lane]);
      }
      std::vector<result> const expected = oracle(ranked, mask);
      int rank = 0;
      for (unsigned lane = 0; lane < 32; ++lane) {
        if ((mask >> lane & 1) == 0) continue;
        found.check(got[block * 32 + lane], expected[static_cast<std::size_t>(rank)], [&] {
          return "lane " + std::to_string(lane) + ", rank " + std::to_string(rank) + " of " + groups.name + " " +
                 show_mask(mask) + " (" + where.name + "), " + type_name<Value>() + ", input " + in.name;
        });
        ++rank;
      }
    }
  }
}
