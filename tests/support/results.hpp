// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a launch's results come back and are compared. See groups.cuh.

#include "support/values.hpp"

#ifndef __CUDACC__
#include <lanefold/sim/simulator.hpp>
#endif

/// Device memory that starts as a pattern, so that a value nobody wrote (or one written too many) shows.
template <class T>
std::vector<T> unwritten(std::size_t size) {
  std::vector<T> values(size);
  if (size != 0) std::memset(static_cast<void*>(values.data()), 0xa5, size * sizeof(T));
  return values;
}
template <class T>
bool is_unwritten(T const& value) {
  unsigned char const* const byte = reinterpret_cast<unsigned char const*>(&value);
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    if (byte[i] != 0xa5) return false;
  }
  return true;
}

/// Runs the kernel to its end; the test fails with the library's sentence if it could not.
template <class... Parameters, class... Arguments>
bool ran(void (*kernel)(Parameters...), lf::launch_shape shape, Arguments... arguments) {
  lf::status const started = lf::launch(kernel, shape, arguments...);
  EXPECT_TRUE(started.ok()) << started.message();
  lf::status const ended = lf::synchronize();
  EXPECT_TRUE(ended.ok()) << ended.message();
  return started.ok() && ended.ok();
}

/// Counts differences, and describes the first three of a check.
class differences {
 public:
  template <class T, class Describe>
  bool check(T const& got, T const& expected, Describe describe) {
    int const number = first_difference(got, expected);
    if (number < 0) return true;
    if (++count_ <= 3) {
      ADD_FAILURE() << describe() << ": number " << number << " of the result differs\n       got " << show(got)
                    << "\n  expected " << show(expected) << "\n  " << seed_text();
    }
    return false;
  }
  ~differences() {
    if (count_ > 3) ADD_FAILURE() << count_ << " differences in all";
  }

 private:
  int count_ = 0;
};

/// For a test whose lanes meet from several calls on purpose: no warnings until its schedule ends.
inline void lanes_meet_from_several_calls() {
#ifndef __CUDACC__
  auto options = lanefold::sim::get_options();
  options.divergent_collective = lanefold::sim::policy::ignore;
  lanefold::sim::set_options(options);
#endif
}

/// Calls `test` under several orders in which the simulator runs lanes; on a GPU, which has its own, once.
template <class Test>
void for_each_schedule(Test test) {
#ifdef __CUDACC__
  test();
#else
  auto const restored = lanefold::sim::get_options();
  auto schedule = restored;
  for (std::uint64_t seed : {0, 1, 2, 3, 5, 7, 9, 11}) {
    schedule.seed = restored.seed + seed;
    lanefold::sim::set_options(schedule);
    SCOPED_TRACE("LANEFOLD_SIM_SEED=" + std::to_string(schedule.seed));
    test();
  }
  schedule = restored;
  schedule.order = lanefold::sim::order::reverse;
  lanefold::sim::set_options(schedule);
  {
    SCOPED_TRACE("LANEFOLD_SIM_ORDER=reverse");
    test();
  }
  lanefold::sim::set_options(restored);
#endif
}
