// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// The simulator counts what warps do: here the sum of a block by shuffles and by shared memory. Counts are exact, so that a
// test can promise them. On a GPU there is nothing to count with, and only the sums are checked.

#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>

#include <cstdio>
#include <exception>
#include <vector>

#ifndef __CUDACC__
#include <lanefold/sim/simulator.hpp>
#endif

namespace lf = lanefold;

LANEFOLD_KERNEL by_shuffle(int* sums) {
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<256>, int>);
  auto const block = lf::via_shuffle(lf::block<256>{}.with(scratch));
  sums[block.rank()] = lf::sum(block, 1);
}

LANEFOLD_KERNEL by_shared_memory(int* sums) {
  LANEFOLD_SHARED(scratch, lf::shared_scratch<lf::block<256>, int>);
  auto const block = lf::via_shared(lf::block<256>{}, scratch);
  sums[block.rank()] = lf::sum(block, 1);
}

bool sums_are_right(char const* name, void (*kernel)(int*)) {
  lf::device_array<int> sums(256);
  lf::status const done = lf::launch(kernel, {1, 256}, sums.data());
  if (!done) std::printf("%s: %s\n", name, done.message());
  return done && sums.to_host() == std::vector<int>(256, 256);
}

#ifdef __CUDACC__
bool run(char const* name, void (*kernel)(int*)) { return sums_are_right(name, kernel); }
#else
bool run(char const* name, void (*kernel)(int*)) {
  // [counts]
  lf::sim::reset_counts();
  bool const right = sums_are_right(name, kernel);
  lf::sim::counts const total = lf::sim::take_counts().total;
  std::printf("%-17s %2llu shuffles, %2llu barriers\n", name, static_cast<unsigned long long>(total.shuffles),
              static_cast<unsigned long long>(total.barriers));
  // [/counts]
  return right;
}
#endif

int main() try {
  bool right = run("by shuffle:", by_shuffle);
  right &= run("by shared memory:", by_shared_memory);
  return right ? 0 : 1;
} catch (std::exception const& error) {
  std::printf("%s\n", error.what());
  return 1;
}
