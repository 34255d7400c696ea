// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs a lambda as a kernel, and says what the simulator had to say about it.

#include <gtest/gtest.h>
#include <lanefold/backend/config.cuh>
#include <lanefold/sim/cuda_names.hpp>
#include <lanefold/sim/simulator.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sim = lanefold::sim;

constexpr unsigned all = ~0u;

struct shape {
  sim::index3 grid{1, 1, 1}, block{32, 1, 1};
  std::size_t dynamic_shared_bytes = 0;
  sim::index3 cluster{1, 1, 1};
  bool cooperative = false;
};

/// Null when all went well.
template <class Kernel>
sim::report const* run(shape const& where, Kernel const& kernel) {
  auto const entry = [](void* closure) { (*static_cast<Kernel const*>(closure))(); };
  char const* const text =
      sim::launch({where.grid, where.block, where.dynamic_shared_bytes, entry, const_cast<Kernel*>(&kernel),
                   sizeof(Kernel), where.cluster, where.cooperative});
  sim::report const* const report = sim::last_report();
  EXPECT_EQ(text == nullptr, report == nullptr);
  if (text != nullptr && report != nullptr) {
    EXPECT_EQ(text, report->text());
  }
  return report;
}
template <class Kernel>
sim::report const* run(unsigned threads, Kernel const& kernel) {
  shape where;
  where.block = {threads, 1, 1};
  return run(where, kernel);
}

inline std::string text(sim::report const* report) { return report != nullptr ? report->text() : "no fault"; }

/// Each test starts from the same options, whatever the environment says.
class Simulator : public testing::Test {
 protected:
  void SetUp() override {
    options = sim::options{};
    options.threads = 1;
    options.stack_bytes = before_.stack_bytes;
    apply();
  }
  void TearDown() override { sim::set_options(before_); }
  void apply() { sim::set_options(options); }
  void use_seed(std::uint64_t seed) {
    options.seed = seed;
    apply();
  }

  sim::options options;

 private:
  sim::options const before_ = sim::get_options();
};

/// Expects a fault of this kind in lane `lane_` of warp `warp_`, at line `line_` of this file.
#define EXPECT_FAULT(report_, kind_, warp_, lane_, line_)              \
  do {                                                                 \
    ASSERT_NE((report_), nullptr) << "the kernel ran without a fault"; \
    EXPECT_EQ((report_)->kind, kind_) << text(report_);                \
    EXPECT_EQ((report_)->warp, unsigned(warp_)) << text(report_);      \
    EXPECT_EQ((report_)->lane, unsigned(lane_)) << text(report_);      \
    EXPECT_EQ((report_)->line, line_) << text(report_);                \
  } while (false)
