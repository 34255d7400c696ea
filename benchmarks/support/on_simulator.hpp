// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Counts on the simulator what one operation makes one warp do. Counts, never time.

#include "runner.cuh"

#include <benchmark/benchmark.h>
#include <lanefold/sim/simulator.hpp>

namespace bench {

template <class Operation, class Way, class Group, class Value>
std::string measure(benchmark::State& state) {
  constexpr bool is_block = lf::is_block_v<Group>;
  constexpr int size = Group::max_size, threads = is_block ? size : 32;
  runner<Value> chain(run_chain<Way, Group, Value, threads, 1>, threads, 1, 1, size,
                      Operation::template limit<Value>());
  if (std::string wrong = chain.template check<Operation>(members_of<Group>(), Way::first_rank_only); !wrong.empty()) {
    return wrong;
  }
  constexpr int steps = 4;
  lf::sim::reset_counts();
  if (lf::status launched = chain.launch(1, steps); !launched) return launched.message();
  lf::sim::counts const total = lf::sim::take_counts().total;
  for (auto _ : state) state.SetIterationTime(0);

  // A barrier is counted once for the whole block, and every warp of it takes part.
  auto const for_each_warp = [](std::uint64_t count) { return static_cast<double>(count) / (threads / 32 * steps); };
  auto const report = [&](char const* name, double count) { state.counters[name] = count; };
  double const barriers = static_cast<double>(total.barriers) / steps;
  report("counted", 1);
  report("shuffles", for_each_warp(total.shuffles));
  report("redux", for_each_warp(total.redux));
  report("votes", for_each_warp(total.votes));
  report("matches", for_each_warp(total.matches));
  report("syncs", for_each_warp(total.warp_syncs));
  report("barriers", barriers);
  report("shared_load_wavefronts", for_each_warp(total.shared_load_wavefronts));
  report("shared_store_wavefronts", for_each_warp(total.shared_store_wavefronts));
  report("warp_instructions", barriers + for_each_warp(total.shuffles + total.redux + total.votes + total.matches +
                                                       total.warp_syncs + total.shared_loads + total.shared_stores));
  return {};
}

inline std::string prepare_machine() {
  benchmark::AddCustomContext("backend", "simulator");
  benchmark::AddCustomContext("gpu", "simulator");
  return {};
}

}  // namespace bench
