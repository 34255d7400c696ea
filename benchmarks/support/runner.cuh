// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host side of one benchmark: memory and inputs for a chain, launches of it, and the check of its results.

#include <lanefold/host/device_array.hpp>
#include "chain.cuh"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace bench {

/// A lane set with gaps: 20 lanes, lane 0 among them.
constexpr unsigned sparse_lanes = 0xb5d7365bu;

/// The threads of a block that form its first group, in the order of their ranks; and how many threads further the next
/// group begins.
struct members {
  std::vector<int> threads;
  int stride;
};
template <class Group>
members members_of() {
  constexpr int size = Group::max_size;
  members result{{}, size};
  for (int thread = 0; thread < size; ++thread) {
    if (!std::is_same_v<Group, lf::lanes> || (sparse_lanes >> thread & 1)) result.threads.push_back(thread);
  }
  return result;
}

/// Random values, never all the same: floats in [-1, 1), integers in 0..limit.
template <class Value>
std::vector<Value> random_values(std::size_t count, Value limit, std::uint64_t seed) {
  std::vector<Value> values(count);
  for (Value& value : values) {
    // splitmix64
    std::uint64_t bits = seed += 0x9e3779b97f4a7c15u;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    bits ^= bits >> 31;
    if constexpr (std::is_floating_point_v<Value>) {
      value = static_cast<Value>(static_cast<double>(bits >> 40) / (1 << 23) - 1.0);
    } else {
      value = static_cast<Value>(bits & static_cast<std::uint64_t>(limit));
    }
  }
  return values;
}

/// An integer's half: sums of 1024 of them do not overflow.
template <class Value>
LANEFOLD_HD constexpr Value half_range() {
  if constexpr (std::is_floating_point_v<Value>) return 0;
  if constexpr (sizeof(Value) == 8) return static_cast<Value>((1ull << 48) - 1);
  return static_cast<Value>(0xffff);
}

/// A kernel with the memory it works on.
template <class Value>
class runner {
 public:
  /// `limit`: the largest integer in the inputs, a power of two less one.
  runner(void (*kernel)(chain<Value>), int threads, int chains, int most_blocks, int group_size, Value limit)
      : kernel_(kernel),
        threads_(threads),
        chains_(chains),
        terms_values_(random_values<Value>(static_cast<std::size_t>(most_blocks) * threads, limit, 1)),
        starts_values_(random_values<Value>(terms_values_.size() * chains, limit, 2)),
        terms_(terms_values_),
        starts_(starts_values_),
        out_(starts_values_),
        clocks_(1) {
    if constexpr (std::is_floating_point_v<Value>) {
      factor_ = Value(0.5) / static_cast<Value>(group_size);
    } else {
      factor_ = limit;
    }
  }

  void (*kernel() const)(chain<Value>) { return kernel_; }
  int threads() const { return threads_; }
  int chains() const { return chains_; }
  long long clocks() const { return clocks_.to_host()[0]; }

  lf::status launch(int blocks, int steps) {
    return lf::launch(
        kernel_, lf::launch_shape{static_cast<unsigned>(blocks), static_cast<unsigned>(threads_)},
        chain<Value>{terms_.data(), starts_.data(), out_.data(), clocks_.data(), factor_, steps, sparse_lanes});
  }

  /// Runs one block and compares it with `Operation::expect`. Returns what is wrong, or nothing.
  template <class Operation>
  std::string check(members const& group, bool first_rank_only) {
    int const steps = first_rank_only ? 1 : 2;
    // Whatever is not written stays as no result can be.
    out_.copy_from(std::vector<Value>(out_.size(), static_cast<Value>(-77)));
    if (lf::status launched = launch(1, steps); !launched) return launched.message();
    if (lf::status ended = lf::synchronize(); !ended) return ended.message();
    std::vector<Value> const out = out_.to_host();
    for (int first = 0; first < threads_; first += group.stride) {
      std::vector<int> lanes;
      for (int thread : group.threads) lanes.push_back((first + thread) % 32);
      for (int i = 0; i < chains_; ++i) {
        std::vector<Value> value;
        for (int thread : group.threads) value.push_back(starts_values_[(first + thread) * chains_ + i]);
        for (int step = 0; step < steps; ++step) {
          value = Operation::expect(value, lanes);
          for (std::size_t rank = 0; rank < value.size(); ++rank) {
            value[rank] = next(value[rank], factor_, terms_values_[first + group.threads[rank]]);
          }
        }
        for (std::size_t rank = 0; rank < (first_rank_only ? 1 : value.size()); ++rank) {
          int const thread = first + group.threads[rank];
          Value const got = out[thread * chains_ + i];
          if (!close(got, value[rank])) {
            return "wrong result in thread " + std::to_string(thread) + ", chain " + std::to_string(i) + ": " +
                   std::to_string(got) + " instead of " + std::to_string(value[rank]);
          }
        }
      }
    }
    return {};
  }

 private:
  // Rounding differs between combine orders; the values are around 1.
  static bool close(Value got, Value expected) {
    if constexpr (std::is_floating_point_v<Value>) {
      Value const tolerance = sizeof(Value) == 4 ? Value(1e-5) : Value(1e-13);
      return std::abs(got - expected) <= tolerance * std::fmax(Value(1), std::abs(expected));
    } else {
      return got == expected;
    }
  }

  void (*kernel_)(chain<Value>);
  int threads_, chains_;
  std::vector<Value> terms_values_, starts_values_;
  lf::device_array<Value> terms_, starts_, out_;
  lf::device_array<long long> clocks_;
  Value factor_;
};

}  // namespace bench
