// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Measures on a GPU: latency_clk, clocks of one operation in a dependent chain of one warp (or block); issue_ns, SM time
// for one operation of one warp on a full GPU.

#include "runner.cuh"

#include <benchmark/benchmark.h>
#include <cuda/version>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>

namespace bench {

inline void require(cudaError_t error, char const* what) {
  if (error != cudaSuccess) throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(error));
}
inline void require(lf::status const& status) {
  if (!status) throw std::runtime_error(status.message());
}

inline int device_attribute(cudaDeviceAttr attribute) {
  int value = 0;
  require(cudaDeviceGetAttribute(&value, attribute, 0), "cudaDeviceGetAttribute");
  return value;
}

/// Milliseconds between two points of a stream.
class stopwatch {
 public:
  stopwatch() {
    require(cudaEventCreate(&start_), "cudaEventCreate");
    require(cudaEventCreate(&stop_), "cudaEventCreate");
  }
  stopwatch(stopwatch const&) = delete;
  ~stopwatch() {
    (void)cudaEventDestroy(start_);
    (void)cudaEventDestroy(stop_);
  }
  template <class Work>
  double time(Work work, cudaStream_t stream = nullptr) {
    require(cudaEventRecord(start_, stream), "cudaEventRecord");
    require(work());
    require(cudaEventRecord(stop_, stream), "cudaEventRecord");
    require(cudaEventSynchronize(stop_), "the kernel");
    float milliseconds = 0;
    require(cudaEventElapsedTime(&milliseconds, start_, stop_), "cudaEventElapsedTime");
    return milliseconds;
  }

 private:
  cudaEvent_t start_{}, stop_{};
};

/// Calls `measure` `count` times and keeps the quartiles.
struct quartiles {
  double lower, median, upper;
  template <class Measure>
  static quartiles of(int count, Measure measure) {
    std::vector<double> values;
    for (int i = 0; i < count; ++i) values.push_back(measure());
    std::sort(values.begin(), values.end());
    return {values[count / 4], values[count / 2], values[count - 1 - count / 4]};
  }
};

/// Clocks of one step of the chain. The difference of two lengths leaves out what is before and after the steps.
template <class Value>
double clocks_per_step(runner<Value>& chain) {
  constexpr int few = 256, many = 1280;
  auto const clocks = [&](int steps) {
    require(chain.launch(1, steps));
    require(lf::synchronize());
    return static_cast<double>(chain.clocks());
  };
  clocks(many);
  return quartiles::of(7, [&] { return (clocks(many) - clocks(few)) / (many - few); }).median;
}

/// Nanoseconds of SM time for each operation of one warp: the launch's time without the time of a launch of no steps.
template <class Value>
quartiles issue_time(runner<Value>& chain, int blocks) {
  stopwatch watch;
  auto const run = [&](int count) { return watch.time([&] { return chain.launch(blocks, count); }); };
  int steps = 32;
  run(steps);
  // Long enough, 0.8 ms, that the launch hardly counts; the second guess knows better.
  for (int guess = 0; guess < 2; ++guess) {
    steps = std::clamp(static_cast<int>(steps * 0.8 / std::max(run(steps), 1e-3)), 32, 1 << 16);
  }
  double const empty = quartiles::of(7, [&] { return run(0); }).median;
  double const operations = static_cast<double>(blocks) * (chain.threads() / 32) * chain.chains() * steps;
  double const to_ns = 1e6 * device_attribute(cudaDevAttrMultiProcessorCount) / operations;
  return quartiles::of(15, [&] { return (run(steps) - empty) * to_ns; });
}

template <class Operation, class Way, class Group, class Value>
std::string measure(benchmark::State& state) {
  constexpr bool is_block = lf::is_block_v<Group>;
  constexpr int size = Group::max_size;
  // A block's collective has the block to itself; warps get eight to a block and two chains to a thread.
  constexpr int one = is_block ? size : 32, many = is_block ? size : 256, chains = is_block ? 1 : 2;
  constexpr Value limit = Operation::template limit<Value>();
  members const group = members_of<Group>();

  runner<Value> single(run_chain<Way, Group, Value, one, 1>, one, 1, 1, size, limit);
  if (std::string wrong = single.template check<Operation>(group, Way::first_rank_only); !wrong.empty()) return wrong;

  auto const kernel = run_chain<Way, Group, Value, many, chains>;
  int resident = 0;
  require(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, many, 0), "occupancy");
  int const blocks = resident * device_attribute(cudaDevAttrMultiProcessorCount);
  runner<Value> full(kernel, many, chains, blocks, size, limit);
  if (std::string wrong = full.template check<Operation>(group, Way::first_rank_only); !wrong.empty()) return wrong;

  double const latency = clocks_per_step(single);
  quartiles const issue = issue_time(full, blocks);
  for (auto _ : state) state.SetIterationTime(issue.median * 1e-9);
  state.counters["latency_clk"] = latency;
  state.counters["issue_ns"] = issue.median;
  state.counters["issue_spread"] = (issue.upper - issue.lower) / issue.median;
  state.counters["warps_per_sm"] = resident * (many / 32);
  return {};
}

inline std::string dotted(int version, int major, int minor) {
  return std::to_string(version / major) + "." + std::to_string(version % major / minor);
}

/// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.159.04  ..." -> "580.159.04"
inline std::string driver_release() {
  std::ifstream file("/proc/driver/nvidia/version");
  for (std::string word; file >> word;) {
    if (word.size() > 4 && word.find_first_not_of("0123456789.") == std::string::npos) return word;
  }
  return "unknown";
}

/// A chain to keep the GPU busy with.
struct spin : way {
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group, Value value, nothing&) const {
    return __shfl_xor_sync(lf::full_mask, value, 1);
  }
};

/// Warms the GPU up until its clock no longer rises, and returns that clock in MHz.
inline double settled_clock() {
  int const blocks = device_attribute(cudaDevAttrMultiProcessorCount);
  runner<int> chain(run_chain<spin, lf::warp, int, 256, 2>, 256, 2, blocks, 32, 0xffff);
  stopwatch watch;
  double best = 0;
  for (int i = 0, without_gain = 0; i < 100 && without_gain < 20; ++i) {
    double const ms = watch.time([&] { return chain.launch(blocks, 1 << 17); });
    double const mhz = static_cast<double>(chain.clocks()) / ms * 1e-3;
    without_gain = mhz > best * 1.001 ? 0 : without_gain + 1;
    best = std::max(best, mhz);
  }
  return best;
}

/// Puts the machine into the results' context. Returns what is missing, or nothing.
inline std::string prepare_machine() {
  int count = 0;
  cudaError_t const found = cudaGetDeviceCount(&count);
  if (found != cudaSuccess || count == 0) {
    return std::string("These benchmarks need an NVIDIA GPU, and none answers (") + cudaGetErrorString(found) +
           "). The sim_ programs count operations without one.";
  }
  cudaDeviceProp properties;
  int driver = 0, runtime = 0;
  try {
    require(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
    require(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
    require(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
    std::map<std::string, std::string> const context = {
        {"backend", "cuda"},
        {"gpu", properties.name},
        {"compute_capability", dotted(properties.major * 10 + properties.minor, 10, 1)},
        {"sm_count", std::to_string(properties.multiProcessorCount)},
        {"sm_clock_mhz_rated", std::to_string(device_attribute(cudaDevAttrClockRate) / 1000)},
        {"sm_clock_mhz_measured", std::to_string(static_cast<int>(settled_clock() + 0.5))},
        {"memory_clock_mhz_rated", std::to_string(device_attribute(cudaDevAttrMemoryClockRate) / 1000)},
        {"driver", driver_release()},
        {"driver_cuda", dotted(driver, 1000, 10)},
        {"cuda_runtime", dotted(runtime, 1000, 10)},
        {"cuda_toolkit", std::to_string(__CUDACC_VER_MAJOR__) + "." + std::to_string(__CUDACC_VER_MINOR__) + "." +
                             std::to_string(__CUDACC_VER_BUILD__)},
#ifdef LANEFOLD_BENCH_NEWEST_CCCL
        {"cccl_newest",
#else
        {"cccl",
#endif
         std::to_string(CCCL_MAJOR_VERSION) + "." + std::to_string(CCCL_MINOR_VERSION) + "." +
             std::to_string(CCCL_PATCH_VERSION)},
    };
    for (auto const& [key, value] : context) benchmark::AddCustomContext(key, value);
  } catch (std::exception const& error) {
    return error.what();
  }
  return {};
}

}  // namespace bench
