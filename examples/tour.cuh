// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the tour_*.cu examples share: kernels that check themselves, lane by lane.

#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>

#include <cstdio>
#include <exception>
#include <vector>

namespace lf = lanefold;

/// Notes the line of the first expectation of this thread that does not hold.
LANEFOLD_FN void expect(int* failed_line, bool holds, int line = __builtin_LINE()) {
  int& mine = failed_line[lf::block<>::rank()];
  if (!holds && mine == 0) mine = line;
}

/// Runs `kernel(failed_line)` in one block of `threads`; true when every expectation holds in every thread.
inline bool visit(char const* name, void (*kernel)(int*), int threads, std::size_t dynamic_shared_bytes = 0) {
  lf::device_array<int> failed(std::vector<int>(static_cast<std::size_t>(threads)));
  lf::status const done = lf::launch(kernel, {1, static_cast<unsigned>(threads), dynamic_shared_bytes}, failed.data());
  if (!done) {
    std::printf("%s: %s\n", name, done.message());
    return false;
  }
  int thread = 0;
  for (int line : failed.to_host()) {
    if (line != 0) {
      std::printf("%s: the expectation in line %d does not hold in thread %d\n", name, line, thread);
      return false;
    }
    ++thread;
  }
  std::printf("%s: as expected in %d threads\n", name, threads);
  return true;
}

/// Runs `visits`; the program's exit code.
template <class Visits>
int tour(Visits visits) try {
  return visits() ? 0 : 1;
} catch (std::exception const& error) {
  std::printf("%s\n", error.what());
  return 1;
}
