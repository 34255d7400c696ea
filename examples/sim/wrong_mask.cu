// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// A mask mistake at the ragged end of an array, and what the simulator says about it. On a GPU the wrong kernel may hang
// or return a wrong sum without a word, so there only the right one runs.

#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace lf = lanefold;

// [wrong]
/// Each warp sums its part of `in`; the last warp has fewer values than lanes.
LANEFOLD_KERNEL sum_of_warps_wrong(int const* in, int count, int* sums) {
  int const i = static_cast<int>(lf::thread_index().x);
  if (i >= count) return;
  lf::lanes const present = lf::first_lanes(count - i);  // wrong: every lane counts from itself, and gets another set
  sums[i / 32] = lf::sum(present, in[i]);
}
// [/wrong]

// [right]
LANEFOLD_KERNEL sum_of_warps(int const* in, int count, int* sums) {
  int const i = static_cast<int>(lf::thread_index().x);
  lf::lanes const present = lf::partition(lf::warp{}, i < count);  // asked of the whole warp, before anyone leaves
  if (i >= count) return;
  int const total = lf::sum(present, in[i]);
  if (present.rank() == 0) sums[i / 32] = total;
}
// [/right]

int main() try {
  int const count = 52;
  lf::device_array<int> in(std::vector<int>(count, 1)), sums(2);

#ifdef __CUDACC__
  std::printf("The wrong kernel is not run on a GPU. Build this file for the simulator to read its report.\n");
#else
  lf::status const wrong = lf::launch(sum_of_warps_wrong, {1, 64}, in.data(), count, sums.data());
  std::string const report = wrong.message();
  std::printf("%s\n", report.c_str());
  if (report.find("SIMT-FAULT") != 0 || report.find("wrong_mask.cu") == std::string::npos) {
    std::printf("the simulator should have reported a fault\n");
    return 1;
  }
#endif

  if (lf::status const done = lf::launch(sum_of_warps, {1, 64}, in.data(), count, sums.data()); !done) {
    std::printf("%s\n", done.message());
    return 1;
  }
  std::vector<int> const right = sums.to_host();
  std::printf("The right kernel: %d and %d.\n", right[0], right[1]);
  return right[0] == 32 && right[1] == 20 ? 0 : 1;
} catch (std::exception const& error) {
  std::printf("%s\n", error.what());
  return 1;
}
