// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the command line asks for besides Google Benchmark's own options.

#include "gemm_shapes.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace bench::gemm {

struct options {
  std::vector<std::string> sets = {}, types = {};
  int rounds = 15;
  double sample_ms = 2;
};

namespace detail {

inline std::vector<std::string> names_of_sets() {
  std::vector<std::string> names;
  for (shape_set const& set : all_sets()) names.emplace_back(set.name);
  return names;
}
inline std::vector<std::string> names_of_types() {
  std::vector<std::string> names;
  for (auto const& type : all_types) names.emplace_back(type.first);
  return names;
}
inline std::string joined(std::vector<std::string> const& names) {
  std::string text;
  for (std::string const& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

inline void print_help() {
  std::printf(
      "gemm_bench: matrix multiplication beside cuBLASLt.\n\n"
      "  --set=NAMES        of shapes, with commas between, or all: %s\n"
      "  --types=NAMES      likewise: %s\n"
      "  --rounds=N         samples of each implementation, 5..1000 (default 15)\n"
      "  --sample_ms=MS     length of a sample, 0.1..1000 (default 2)\n\n"
      "Rows are gemm/<type>/<MxNxK>[_<layout>][_batch<count>][_groups<count>][_<epilogue>]/<implementation>; "
      "--benchmark_filter=REGEX\n"
      "picks some, and nothing is allocated for others. With none of --set, --types and --benchmark_filter it "
      "measures\n"
      "large and small of bf16, which takes minutes; else all that is not ruled out. f32 and f64 leave out the "
      "largest.\n"
      "\n",
      joined(names_of_sets()).c_str(), joined(names_of_types()).c_str());
  benchmark::PrintDefaultHelp();
}

[[noreturn]] inline void fail(std::string const& why) {
  std::fprintf(stderr, "gemm_bench: %s (--help tells more)\n", why.c_str());
  std::exit(2);
}

/// The names in `text`, each of which `known` has.
inline std::vector<std::string> chosen(char const* option, std::string_view text,
                                       std::vector<std::string> const& known) {
  if (text == "all") return known;
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= text.size();) {
    std::size_t const end = std::min(text.find(',', begin), text.size());
    names.emplace_back(text.substr(begin, end - begin));
    if (std::find(known.begin(), known.end(), names.back()) == known.end()) {
      fail(std::string(option) + " got '" + names.back() + "', and knows all," + joined(known));
    }
    begin = end + 1;
  }
  return names;
}

inline double number(char const* option, std::string const& text, double least, double most) {
  char* end = nullptr;
  double const value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end || !(value >= least && value <= most)) {
    char limits[64];
    std::snprintf(limits, sizeof limits, "', and takes %g..%g", least, most);
    fail(std::string(option) + " got '" + text + limits);
  }
  return value;
}

}  // namespace detail

/// Takes our options, and Google Benchmark's, off the command line; ends the program on any other.
inline options parse(int& argc, char** argv) {
  benchmark::Initialize(&argc, argv, detail::print_help);
  options chosen;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    std::string const argument = argv[i];
    std::string const value = argument.substr(std::min(argument.find('=') + 1, argument.size()));
    auto const is = [&](std::string const& name) { return argument.rfind(name + "=", 0) == 0; };
    if (is("--set")) {
      chosen.sets = detail::chosen("--set", value, detail::names_of_sets());
    } else if (is("--types")) {
      chosen.types = detail::chosen("--types", value, detail::names_of_types());
    } else if (is("--rounds")) {
      chosen.rounds = static_cast<int>(detail::number("--rounds", value, 5, 1000));
    } else if (is("--sample_ms")) {
      chosen.sample_ms = detail::number("--sample_ms", value, 0.1, 1000);
    } else {
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) std::exit(2);
  bool const brief = chosen.sets.empty() && chosen.types.empty() && benchmark::GetBenchmarkFilter().empty();
  if (brief) {
    std::fprintf(stderr, "gemm_bench: large and small shapes of bf16; --set=all --types=all measures all there are\n");
    chosen.sets = {"large", "small"};
    chosen.types = {"bf16"};
  }
  if (chosen.sets.empty()) chosen.sets = detail::names_of_sets();
  if (chosen.types.empty()) chosen.types = detail::names_of_types();
  return chosen;
}

}  // namespace bench::gemm
