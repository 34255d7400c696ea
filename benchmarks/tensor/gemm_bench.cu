// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// lanefold's matrix multiplication beside cuBLASLt's and CUTLASS's:
// gemm/<type>/<MxNxK>[_<layout>][_batch<count>][_groups<count>][_<epilogue>]/<implementation>.

#if LANEFOLD_BENCH_CUTLASS
#include "gemm_cutlass.cuh"
#endif
#include "gemm_lanefold.cuh"
#include "gemm_options.hpp"
#include "gemm_row.cuh"

#include <map>
#include <memory>
#include <regex>

namespace bench::gemm {

/// Who takes part, in the order in which they are measured. Names of lanefold's own begin with "lanefold".
std::vector<implementation> const& all_implementations() {
  static std::vector<implementation> const list = {
      cublaslt_way("cublaslt", 16),
      cublaslt_way("cublaslt_default", 1),
      cublaslt_way("cublaslt_fast", 16, true),
      cublaslt_and_kernel_way(),
#if LANEFOLD_BENCH_CUTLASS
      cutlass_way(),
#endif
      lanefold_way(),
      lanefold_fast_way(),
      lanefold_f32_way(),
      lanefold_tf32x3_way(),
      lanefold_skinny_way(),
      lanefold_batch_invariant_way(),
      naive_way(),
  };
  return list;
}

/// A problem, the implementations that are wanted of it, and their figures once the first of them was asked for.
struct row {
  problem what;
  unsigned sets = 0;  ///< a bit for each of all_sets()
  std::vector<implementation const*> ways;
  std::vector<figures> results;
};

class rows {
 public:
  explicit rows(options const& chosen) : how_{chosen.rounds, chosen.sample_ms * 1000} {
    auto const has = [](std::vector<std::string> const& list, char const* name) {
      return std::find(list.begin(), list.end(), name) != list.end();
    };
    for (auto const& [name, type] : all_types) {
      if (!has(chosen.types, name)) continue;
      // A row tells all the sets it is in, also those that were not chosen.
      for (bool const asked_for : {true, false}) {
        for (std::size_t i = 0; i < all_sets().size(); ++i) {
          shape_set const& set = all_sets()[i];
          if (has(chosen.sets, set.name) != asked_for) continue;
          for (shape const& each : set.shapes) {
            for (char const* layout : set.layouts) {
              for (epilogue what : set.epilogues) {
                add({type, each.m, each.n, each.k, layout, each.batch, what, each.groups}, 1u << i, asked_for);
              }
            }
          }
        }
      }
    }
  }

  /// Registers what the filter picks; a row it leaves out is never measured.
  void add_to_benchmark() {
    std::string filter = benchmark::GetBenchmarkFilter();
    bool const negative = !filter.empty() && filter[0] == '-';
    if (filter.empty() || filter == "all") filter = ".";
    std::regex const pattern(filter.substr(negative), std::regex::extended | std::regex::optimize);
    for (auto& each : rows_) {
      for (implementation const& way : all_implementations()) {
        std::string const name = each->what.name() + "/" + way.name;
        // As Google Benchmark will ask once more, of the name as it is there.
        bool const wanted = std::regex_search(name + "/iterations:1/manual_time", pattern) != negative;
        if (!wanted || !way.supports(each->what)) continue;
        std::size_t const place = each->ways.size();
        each->ways.push_back(&way);
        wanted_ += place == 0;
        benchmark::RegisterBenchmark(
            name.c_str(), [this, &each = *each, place](benchmark::State& state) { report(each, place, state); })
            ->UseManualTime()
            ->Iterations(1)
            ->Unit(benchmark::kMicrosecond);
      }
    }
  }

 private:
  void add(problem const& p, unsigned set, bool asked_for) {
    row*& known = by_name_[p.name()];
    if (!known) {
      if (!asked_for || !is_measured(p)) return;
      rows_.push_back(std::make_unique<row>());
      known = rows_.back().get();
      known->what = p;
    }
    known->sets |= set;
  }

  void report(row& from, std::size_t place, benchmark::State& state) {
    if (from.results.empty()) measure(from);
    figures const& result = from.results[place];
    for (auto _ : state) state.SetIterationTime(result.us * 1e-6);
    if (!result.error.empty()) {
      ++bench::detail::failures();
      std::fprintf(stderr, "ERROR in %s/%s: %s\n", from.what.name().c_str(), from.ways[place]->name.c_str(),
                   result.error.c_str());
      state.SkipWithError(result.error.c_str());
      return;
    }
    state.counters["sets"] = from.sets;
    if (result.refused) {
      state.counters["refused"] = 1;
      return;
    }
    state.counters["tflops"] = from.what.operations() / result.us * 1e-6;
    state.counters["us"] = result.us;
    state.counters["gb_per_s"] = from.what.bytes() / result.us * 1e-3;
    state.counters["spread"] = result.spread;
    if (result.sm_mhz > 0) state.counters["sm_mhz"] = result.sm_mhz;
  }

  void measure(row& what) {
    std::fprintf(stderr, "[%d/%d] %s\n", ++measured_, wanted_, what.what.name().c_str());
    std::string error;
    try {
      what.results = measure_row(what.what, what.ways, how_);
    } catch (std::exception const& problem) {
      error = problem.what();
    }
    // A kernel that touched what it must not has taken the whole context with it.
    if (cudaError_t const lost = cudaDeviceSynchronize(); lost != cudaSuccess) {
      std::fprintf(stderr, "ERROR in %s: %s; nothing more can run: %s\n", what.what.name().c_str(), error.c_str(),
                   cudaGetErrorString(lost));
      std::_Exit(1);
    }
    if (!error.empty()) what.results.assign(what.ways.size(), figures{error});
  }

  method how_;
  std::vector<std::unique_ptr<row>> rows_;  // in the order in which they are measured
  std::map<std::string, row*> by_name_;
  int measured_ = 0, wanted_ = 0;
};

}  // namespace bench::gemm

int main(int argc, char** argv) {
  using namespace bench::gemm;
  rows all(parse(argc, argv));
  try {
    all.add_to_benchmark();
  } catch (std::regex_error const& wrong) {
    std::fprintf(stderr, "gemm_bench: --benchmark_filter is no regular expression: %s\n", wrong.what());
    return 2;
  }
  std::string sets;
  for (shape_set const& each : all_sets())
    sets += (sets.empty() ? "" : "; ") + std::string(each.name) + ": " + each.title;
  benchmark::AddCustomContext("gemm_sets", sets);
  std::size_t const version = cublasLtGetVersion();
  benchmark::AddCustomContext("cublaslt", std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) +
                                              "." + std::to_string(version % 100));
#if LANEFOLD_BENCH_CUTLASS
  benchmark::AddCustomContext("cutlass", cutlass_peer::version());
#endif
  return bench::run(argc, argv);
}
