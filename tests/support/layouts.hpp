// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where groups are: which threads of a launch's blocks form them.

#include <array>
#include <lanefold/host/launch_shape.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "support/random.hpp"

namespace lf = lanefold;

/// Which lanes of a warp form groups: the mask of each lane's own group, or 0 for a lane that has exited. In a block, all
/// threads of which are one group, every mask is full.
struct layout {
  std::string name;
  std::array<unsigned, 32> masks;
};

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

/// The threads of a launch's blocks, and the groups that they form.
struct formation {
  lf::launch_shape::extent threads;
  std::vector<layout> layouts;
  bool is_block;

  std::size_t count() const { return threads.count(); }

  /// The threads of each group, in the order of its ranks.
  std::vector<std::vector<std::size_t>> groups(layout const& where) const {
    std::vector<std::vector<std::size_t>> all(1, std::vector<std::size_t>(count()));
    std::iota(all[0].begin(), all[0].end(), std::size_t{0});
    if (is_block) return all;
    all.assign(32, {});
    for (unsigned lane = 0; lane < 32; ++lane) {
      unsigned first = 0;
      while (first < lane && (where.masks[lane] >> first & 1) == 0) ++first;
      if (where.masks[lane] != 0) all[first].push_back(lane);
    }
    return all;
  }
};
