// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is shown while the benchmarks run: the name, and the counters that are not zero. Google Benchmark's own columns are
// the times of the host loop, which mean nothing here.

#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <vector>

namespace bench {

/// "sum/int/warp/cub/iterations:1/manual_time" -> "sum/int/warp/cub"
inline std::string short_name(std::string name) {
  for (char const* option : {"/iterations:", "/repeats:", "/manual_time"}) {
    std::size_t const at = name.find(option);
    if (at != std::string::npos) name.erase(at);
  }
  return name;
}

class row_reporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(Context const&) override { return true; }
  void ReportRuns(std::vector<Run> const& runs) override {
    for (Run const& run : runs) {
      std::string const aggregate = run.run_type == Run::RT_Aggregate ? " " + run.aggregate_name : "";
      std::printf("%-52s", (short_name(run.benchmark_name()) + aggregate).c_str());
      for (auto const& [name, counter] : run.counters) {
        if (counter.value != 0) std::printf("  %s %.4g", name.c_str(), counter.value);
      }
      std::printf("\n");
    }
    std::fflush(stdout);
  }
};

}  // namespace bench
