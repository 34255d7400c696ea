// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every benchmark runs: a chain of operations in which the result of one is the input of the next. One warp or one
// block of it tells the latency; all of it, on a full GPU, the time that an operation takes from the SM.

#include <lanefold/lanefold.cuh>

#if defined(__CUDACC__)
#define LANEFOLD_BENCH_THREADS(count) __launch_bounds__(count)
#else
#include <lanefold/sim/cuda_names.hpp>

#include <cmath>
#define LANEFOLD_BENCH_THREADS(count)
#endif

namespace bench {
namespace lf = lanefold;

/// One implementation of an operation: a function object `Value operator()(group, value, scratch&)`, made once for
/// each thread. Derives from `way`, has a `name`, and overrides what differs.
struct way {
  struct nothing {};
  /// Shared memory for one group.
  template <class Group, class Value>
  using scratch = nothing;
  template <class Group, class Value>
  static constexpr bool supports = true;
  /// Whether only rank 0 holds the result.
  static constexpr bool first_rank_only = false;
};

// The step between two operations: one instruction for 4-byte types. `factor` and `term` are known only at run time and
// `term` differs from lane to lane, so no operation can be simplified, merged with its neighbour or hoisted. Results stay
// bounded: floats are scaled down by twice the group's size, integers are cut to half their bits.
LANEFOLD_HD float next(float result, float factor, float term) { return fmaf(factor, result, term); }
LANEFOLD_HD double next(double result, double factor, double term) { return fma(factor, result, term); }
LANEFOLD_HD int next(int result, int factor, int term) { return (result & factor) ^ term; }
LANEFOLD_HD unsigned next(unsigned result, unsigned factor, unsigned term) { return (result & factor) ^ term; }
LANEFOLD_HD long long next(long long result, long long factor, long long term) { return (result & factor) ^ term; }

/// The mask of this lane's tile, as people write it.
template <int Size>
LANEFOLD_FN unsigned mask_by_hand() {
  if constexpr (Size == 32) return 0xffffffffu;
  return ((1u << (Size & 31)) - 1) << (lf::lane_id() & -Size);
}

template <class Value>
struct chain {
  Value const* terms;   ///< one for each thread
  Value const* starts;  ///< one for each thread and chain
  Value* out;           ///< likewise
  long long* clocks;    ///< taken by block 0
  Value factor;
  int steps;
  unsigned lane_set;  ///< for the group `lanes`: its mask
};

template <class Group>
struct in_group {
  static LANEFOLD_FN Group make(unsigned) { return Group{}; }
};
template <>
struct in_group<lf::lanes> {
  static LANEFOLD_FN lf::lanes make(unsigned mask) { return lf::lanes(mask); }
};

LANEFOLD_FN long long now() {
#if defined(__CUDACC__)
  return clock64();
#else
  return 0;
#endif
}

/// `Chains` independent chains in each of `Threads` threads of a block.
template <class Way, class Group, class Value, int Threads, int Chains>
LANEFOLD_KERNEL LANEFOLD_BENCH_THREADS(Threads) run_chain(chain<Value> c) {
  constexpr int group_size = Group::max_size;
  using scratch_t = typename Way::template scratch<Group, Value>;
  LANEFOLD_SHARED(scratch, scratch_t[Threads / group_size]);
  int const thread = static_cast<int>(lf::thread_index().x);
  int const place = static_cast<int>(lf::block_index().x) * Threads + thread;
  if constexpr (lf::traits::same<Group, lf::lanes>) {
    if ((c.lane_set >> (thread & 31) & 1) == 0) return;
  }
  Group const group = in_group<Group>::make(c.lane_set);
  Way way;
  Value const term = c.terms[place];
  Value value[Chains];
  for (int i = 0; i < Chains; ++i) value[i] = c.starts[place * Chains + i];
  long long const start = now();
#if defined(__CUDACC__)
#pragma unroll(lf::is_block_v<Group> ? 1 : 2)
#endif
  for (int step = 0; step < c.steps; ++step) {
    for (int i = 0; i < Chains; ++i) {
      value[i] = next(way(group, value[i], scratch[thread / group_size]), c.factor, term);
    }
  }
  long long const stop = now();
  for (int i = 0; i < Chains; ++i) c.out[place * Chains + i] = value[i];
  if (place == 0) *c.clocks = stop - start;
}

}  // namespace bench
