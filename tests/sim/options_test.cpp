// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// The environment variables: each is tried in a process of its own, which reads it first thing.

#include <cstdlib>
#include <utility>

#include "harness.hpp"

namespace {

class OptionsDeathTest : public testing::Test {
 protected:
  /// Whether a new process with these variables finds `holds` to be true; what it writes to the error stream is `says`.
  template <class Condition>
  void with(std::vector<std::pair<char const*, char const*>> const& variables, Condition const& holds,
            char const* says = "") {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    for (auto const& [name, value] : variables) setenv(name, value, 1);
    EXPECT_EXIT(std::_Exit(holds() ? 0 : 1), testing::ExitedWithCode(0), says);
    for (auto const& variable : variables) unsetenv(variable.first);
  }
};

TEST_F(OptionsDeathTest, NumbersAndChoices) {
  with({{"LANEFOLD_SIM_SEED", "17"},
        {"LANEFOLD_SIM_ORDER", "reverse"},
        {"LANEFOLD_SIM_THREADS", "3"},
        {"LANEFOLD_SIM_EXITED_LANE", "ignore"},
        {"LANEFOLD_SIM_INACTIVE_READ", "warning"},
        {"LANEFOLD_SIM_DIVERGENT_BARRIER", "ignore"},
        {"LANEFOLD_SIM_EXITED_THREAD", "error"},
        {"LANEFOLD_SIM_LIVELOCK", "1000"},
        {"LANEFOLD_SIM_STACK", "0x20000"},
        {"LANEFOLD_SIM_REPORT", "report.json"}},
       [] {
         auto const o = sim::get_options();
         return o.seed == 17 && o.order == sim::order::reverse && o.threads == 3 &&
                o.exited_lane == sim::policy::ignore && o.inactive_read == sim::policy::warning &&
                o.divergent_barrier == sim::policy::ignore && o.exited_thread == sim::policy::error &&
                o.livelock_yields == 1000 && o.stack_bytes == 0x20000 && o.report_path == "report.json";
       });
}

TEST_F(OptionsDeathTest, WhatMakesNoSenseIsIgnoredAndSaid) {
  with(
      {{"LANEFOLD_SIM_SEED", "many"}}, [] { return sim::get_options().seed == 0; },
      "LANEFOLD_SIM_SEED=many is no number");
  with(
      {{"LANEFOLD_SIM_ORDER", "backwards"}}, [] { return sim::get_options().order == sim::order::by_seed; },
      "LANEFOLD_SIM_ORDER=backwards is ignored; it may be by_seed lane reverse");
}

TEST_F(OptionsDeathTest, TheSeedReplaysARun) {
  with({{"LANEFOLD_SIM_SEED", "3"}}, [] {
    auto const* report = run(64, [] { __syncwarp(0); });
    return report != nullptr && report->seed == 3;
  });
}

}  // namespace
