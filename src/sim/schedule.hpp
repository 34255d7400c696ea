// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which lane runs next.

#include <lanefold/sim/simulator.hpp>

#include <cstdint>
#include <utility>

namespace lanefold::sim {

using lane_set = std::uint32_t;

/// SplitMix64: small, and any seed will do.
class random_bits {
 public:
  explicit random_bits(std::uint64_t seed = 0) : state_(seed) {}
  std::uint32_t operator()() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return static_cast<std::uint32_t>(z >> 32);
  }
  unsigned below(unsigned bound) { return static_cast<unsigned>(std::uint64_t{(*this)()} * bound >> 32); }

 private:
  std::uint64_t state_;
};

/// A random order of 32 things, by which the highest of a set is found in five steps: the ranks are kept bit by bit.
class ranking {
 public:
  void shuffle(random_bits& random) {
    for (unsigned i = 0; i < 32; ++i) rank_[i] = static_cast<std::uint8_t>(i);
    for (unsigned i = 31; i > 0; --i) std::swap(rank_[i], rank_[random.below(i + 1)]);
    slice();
  }
  void make_lowest(unsigned which) {
    unsigned const before = rank_[which];
    for (auto& rank : rank_) rank = static_cast<std::uint8_t>(rank + (rank < before));
    rank_[which] = 0;
    slice();
  }
  unsigned highest(lane_set set) const {
    if ((set & (set - 1)) == 0) return static_cast<unsigned>(__builtin_ctz(set));
    for (lane_set const bit : bits_)
      if ((set & bit) != 0) set &= bit;
    return static_cast<unsigned>(__builtin_ctz(set));
  }

 private:
  void slice() {
    for (unsigned bit = 0; bit < 5; ++bit) {
      bits_[bit] = 0;
      for (unsigned i = 0; i < 32; ++i) bits_[bit] |= static_cast<lane_set>(rank_[i] >> (4 - bit) & 1) << i;
    }
  }

  std::uint8_t rank_[32];
  lane_set bits_[5];  ///< the highest bit first
};

/// `lane` and `reverse` go round in lane order and stay in a warp while it can run. `priority` runs the highest of a
/// random order of the warps and of each warp's lanes, drawn anew at each block barrier. `uniform` draws each time.
class schedule {
 public:
  void start_block(order chosen, std::uint64_t seed, std::uint64_t block, unsigned warps) {
    order_ = chosen;
    warps_ = warps;
    if (order_ == order::by_seed) order_ = seed == 0 ? order::lane : seed % 2 != 0 ? order::priority : order::uniform;
    random_ = random_bits(seed * 0x2545f4914f6cdd1du + block);
    new_priorities();
  }

  bool in_order() const { return order_ == order::lane; }
  static unsigned next_in_order(lane_set set, unsigned from) { return next_above(set, above(from)); }
  static unsigned next_above(lane_set set, lane_set above) {
    lane_set const later = set & above;
    return static_cast<unsigned>(__builtin_ctz(later != 0 ? later : set));
  }
  /// Whether the lane that completes a collective may lose its turn there.
  bool random() const { return order_ >= order::priority; }
  bool one_in_16() { return random_() % 16 == 0; }
  /// What may happen at once or later, at the latest where someone waits for it: in lane order at once, in reverse order
  /// late.
  bool late() { return order_ == order::reverse || (random() && random_() % 2 != 0); }
  /// The same by a clock: at any time in a random order. Where nothing else can happen, it does.
  std::uint64_t due(std::uint64_t now) {
    if (!random()) return order_ == order::reverse ? ~std::uint64_t{0} : now;
    unsigned const delay = random_.below(14);
    return delay == 0 ? now : delay == 13 ? ~std::uint64_t{0} : now + (1u << delay);
  }
  /// One of so many things that may happen next.
  unsigned any_of(unsigned count) { return random() ? random_.below(count) : count - 1; }
  /// The place from which the first pick of a block goes round.
  unsigned origin() const { return order_ == order::reverse ? 0 : 31; }

  /// One of the warps in `set`. `leave`: rather not the warp `from`.
  unsigned pick_warp(lane_set set, unsigned from, bool leave) {
    return !random() && !leave && (set >> from & 1) != 0 ? from : pick(set, from, warp_ranks_);
  }
  /// One of the lanes in `set`.
  unsigned pick_lane(lane_set set, unsigned warp, unsigned from) { return pick(set, from, lane_ranks_[warp]); }
  /// Whether going round from lane `from` comes to the end of the warp before it meets a lane of `set`.
  bool round_done(lane_set set, unsigned from) const {
    return ((order_ == order::reverse ? below(from) : above(from)) & set) == 0;
  }

  /// A lane that yields goes behind all others.
  void demote(unsigned warp, unsigned lane) {
    if (order_ != order::priority) return;
    warp_ranks_.make_lowest(warp);
    lane_ranks_[warp].make_lowest(lane);
  }

  void new_priorities() {
    if (order_ != order::priority) return;
    warp_ranks_.shuffle(random_);
    for (unsigned w = 0; w < warps_; ++w) lane_ranks_[w].shuffle(random_);
  }

  /// All of `set`, or in a random order at times a part of it: lanes need not converge.
  lane_set split(lane_set set) {
    if (!random() || random_() % 2 == 0) return set;
    lane_set const part = set & random_();
    return part != 0 ? part : set;
  }

 private:
  static lane_set below(unsigned lane) { return (1u << lane) - 1; }
  static lane_set above(unsigned lane) { return ~below(lane) << 1; }

  unsigned pick(lane_set set, unsigned from, ranking const& ranks) {
    switch (order_) {
      case order::reverse: {
        lane_set const earlier = set & below(from);
        return 31 - static_cast<unsigned>(__builtin_clz(earlier != 0 ? earlier : set));
      }
      case order::priority:
        return ranks.highest(set);
      case order::uniform:
        for (unsigned skip = random_.below(static_cast<unsigned>(__builtin_popcount(set))); skip != 0; --skip)
          set &= set - 1;
        return static_cast<unsigned>(__builtin_ctz(set));
      default:
        return next_in_order(set, from);
    }
  }

  order order_ = order::lane;
  unsigned warps_ = 0;
  random_bits random_;
  ranking warp_ranks_, lane_ranks_[32];
};

}  // namespace lanefold::sim
