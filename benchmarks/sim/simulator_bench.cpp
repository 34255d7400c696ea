// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// How fast the simulator itself is, with all its checks and counts on: the time of these runs is time on the CPU and
// says nothing about a GPU. simulator/<operation>/<group>/<OS threads>.

#include <benchmark/benchmark.h>
#include <lanefold/backend/config.cuh>
#include <lanefold/sim/cuda_names.hpp>
#include <lanefold/sim/simulator.hpp>

#include <string>

namespace {

namespace sim = lanefold::sim;

struct setting {
  char const* name;
  unsigned threads;
  std::uint64_t seed;
};
constexpr setting settings[] = {
    {"1_thread", 1, 0}, {"2_threads", 2, 0}, {"1_thread/seed_1", 1, 1}, {"1_thread/seed_2", 1, 2}};

template <class Kernel>
void launch(benchmark::State& state, unsigned blocks, unsigned threads, Kernel kernel) {
  auto const entry = [](void* closure) { (*static_cast<Kernel*>(closure))(); };
  if (char const* const report = sim::launch({{blocks, 1, 1}, {threads, 1, 1}, 0, entry, &kernel}))
    state.SkipWithError(report);
}

void use(setting const& s) {
  sim::options options = sim::get_options();
  options.threads = s.threads;
  options.seed = s.seed;
  options.order = sim::order::by_seed;
  sim::set_options(options);
}

void rate(benchmark::State& state, char const* name, double amount) {
  state.counters[name] =
      benchmark::Counter(amount * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

constexpr unsigned blocks = 8;

/// One butterfly exchange after another, by all lanes of `mask_of(lane)`.
template <class Step>
void warps(benchmark::State& state, setting s, Step step) {
  use(s);
  constexpr int steps = 2000;
  for (auto _ : state)
    launch(state, blocks, 32, [step] {
      unsigned value = threadIdx.x;
      for (int i = 0; i < steps; ++i) value = step(value, 1 << (i & 3));
      benchmark::DoNotOptimize(value);
    });
  rate(state, "lane_operations/s", 32.0 * blocks * steps);
}

/// The sum of a block the usual way: shuffles in each warp, one word of shared memory a warp, two barriers.
void block_reduce(benchmark::State& state, setting s) {
  use(s);
  constexpr unsigned many = 512;
  for (auto _ : state)
    launch(state, many, 256, [] {
      LANEFOLD_SHARED(partial, unsigned[8]);
      unsigned value = threadIdx.x;
      for (int by = 16; by > 0; by /= 2) value += __shfl_xor_sync(~0u, value, by);
      if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = value;
      __syncthreads();
      value = 0;
      for (unsigned const p : partial) value += p;
      benchmark::DoNotOptimize(value);
      __syncthreads();
    });
  rate(state, "blocks/s", many);
  rate(state, "lane_operations/s", 7.0 * 256 * many);
}

void empty_launch(benchmark::State& state, setting s) {
  use(s);
  for (auto _ : state) launch(state, s.threads, 32, [] {});
  rate(state, "launches/s", 1);
}

void register_all() {
  for (setting const& s : settings) {
    auto const add = [&s](std::string const& name, auto function) {
      benchmark::RegisterBenchmark(("simulator/" + name + "/" + s.name).c_str(), function)->UseRealTime();
    };
    add("shuffle/full_warp",
        [s](auto& state) { warps(state, s, [](unsigned v, int by) { return __shfl_xor_sync(~0u, v, by); }); });
    add("shuffle/tile_of_8", [s](auto& state) {
      warps(state, s, [](unsigned v, int by) { return __shfl_xor_sync(0xffu << (threadIdx.x & 24), v, by & 7, 8); });
    });
    add("ballot/full_warp", [s](auto& state) {
      warps(state, s, [](unsigned v, int by) { return __ballot_sync(~0u, static_cast<int>(v) & by); });
    });
    add("sync_block/1024_threads", [s](benchmark::State& state) {
      use(s);
      for (auto _ : state)
        launch(state, 2, 1024, [] {
          for (int i = 0; i < 50; ++i) __syncthreads();
        });
      rate(state, "lane_operations/s", 2 * 1024 * 50);
    });
    add("block_reduce/256_threads", [s](auto& state) { block_reduce(state, s); });
    add("launch/32_threads", [s](auto& state) { empty_launch(state, s); });
  }
}

}  // namespace

int main(int count, char** arguments) {
  register_all();
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
