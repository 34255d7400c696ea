// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The harness of the benchmarks: <operation>/<type>/<size>/<implementation>, on a GPU or on the simulator.
//
//   int main(int argc, char** argv) {
//     using namespace bench;
//     add<sum>(types<int, float>{}, groups<lf::warp, lf::tile<8>>{}, ways<lanefold, hand_written>{});
//     return run(argc, argv);
//   }
//
// An operation is a struct with a `name` and `expect(values, lanes)`, the oracle: the results of all ranks, given their
// values and the lanes they sit in. A way is one implementation of it: see chain.cuh.

#include "row_reporter.hpp"
#include "runner.cuh"

#include <benchmark/benchmark.h>

#if defined(__CUDACC__)
#include "on_gpu.cuh"
#else
#include "on_simulator.hpp"
#endif

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

namespace bench {

template <class... Value>
struct types {};
template <class... Group>
struct groups {};
template <class... Way>
struct ways {};
template <class... Left, class... Right>
constexpr ways<Left..., Right...> operator+(ways<Left...>, ways<Right...>) {
  return {};
}

/// What operations derive from: the parts of a benchmark's name and the range of its inputs, unless they say otherwise.
struct operation {
  /// What a collective's scratch is declared for.
  template <class Value>
  using stored = Value;
  template <class Value>
  static std::string type_name() {
    if constexpr (std::is_same_v<Value, int>) return "int";
    if constexpr (std::is_same_v<Value, unsigned>) return "unsigned";
    if constexpr (std::is_same_v<Value, float>) return "float";
    if constexpr (std::is_same_v<Value, double>) return "double";
    if constexpr (std::is_same_v<Value, long long>) return "int64";
  }
  template <class Value>
  static constexpr Value limit() {
    return half_range<Value>();
  }
};

template <class Group>
std::string group_name() {
  constexpr int size = Group::max_size;
  if constexpr (lf::is_block_v<Group>) return "block" + std::to_string(size);
  if constexpr (std::is_same_v<Group, lf::lanes>) return "lanes" + std::to_string(members_of<Group>().threads.size());
  return size == 32 ? "warp" : "tile" + std::to_string(size);
}

namespace detail {

inline int& failures() {
  static int count = 0;
  return count;
}

// A program built against the newest CCCL has CUB's implementations alone, and says so in their names: it runs beside the
// one with the toolkit's.
#ifdef LANEFOLD_BENCH_NEWEST_CCCL
constexpr bool newest_cccl = true;
#else
constexpr bool newest_cccl = false;
#endif

template <class Operation, class Value, class Group, class Way>
std::string full_name() {
  return std::string(Operation::name) + "/" + Operation::template type_name<Value>() + "/" + group_name<Group>() + "/" +
         Way::name + (newest_cccl ? "_newest" : "");
}
template <class Way>
constexpr bool is_wanted() {
  std::string_view const name = Way::name;
  return !newest_cccl || (name.substr(0, 3) == "cub" && name.find("_lane0") == name.npos);
}

template <class Operation, class Way, class Group, class Value>
void run_one(benchmark::State& state) {
  std::string error;
  try {
    error = measure<Operation, Way, Group, Value>(state);
  } catch (std::exception const& problem) {
    error = problem.what();
  }
  if (error.empty()) return;
  ++failures();
  std::fprintf(stderr, "ERROR in %s: %s\n", full_name<Operation, Value, Group, Way>().c_str(), error.c_str());
  state.SkipWithError(error.c_str());
}

template <class Operation, class Value, class Group, class Way>
void add_one() {
  if constexpr (is_wanted<Way>() && Way::template supports<Group, Value>) {
    std::string const name = full_name<Operation, Value, Group, Way>();
    benchmark::RegisterBenchmark(name.c_str(), run_one<Operation, Way, Group, Value>)
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kNanosecond);
  }
}

template <class Operation, class Value, class Group, class... Way>
void add_ways(ways<Way...>) {
  (add_one<Operation, Value, Group, Way>(), ...);
}
template <class Operation, class Value, class... Group, class Ways>
void add_groups(groups<Group...>, Ways list) {
  (add_ways<Operation, Value, Group>(list), ...);
}

}  // namespace detail

/// Registers an operation for each combination that its ways support.
template <class Operation, class... Value, class Groups, class Ways>
void add(types<Value...>, Groups groups_list, Ways ways_list) {
  (detail::add_groups<Operation, Value>(groups_list, ways_list), ...);
}

/// The rest of main: runs what was added, as the command line asks. Fails when a result was wrong.
inline int run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  std::string const problem = prepare_machine();
  benchmark::AddCustomContext("lanefold", std::to_string(LANEFOLD_VERSION / 10000) + "." +
                                              std::to_string(LANEFOLD_VERSION / 100 % 100) + "." +
                                              std::to_string(LANEFOLD_VERSION % 100));
  char const* const commit = std::getenv("LANEFOLD_COMMIT");
  benchmark::AddCustomContext("commit", commit ? commit : "unknown");
  if (!problem.empty()) {
    std::fprintf(stderr, "%s\n", problem.c_str());
    return 1;
  }
  row_reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();
  return detail::failures() == 0 ? 0 : 1;
}

}  // namespace bench
