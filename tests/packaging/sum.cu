// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>

#include <cstdio>
#include <exception>
#include <vector>

namespace lf = lanefold;

LANEFOLD_KERNEL sum_of_lanes(int* result) {
  int const total = lf::sum(lf::warp{}, lf::lane_id());
  if (lf::lane_id() == 0) *result = total;
}

int main() try {
  lf::device_array<int> result(1);
  if (lf::status done = lf::launch(sum_of_lanes, {1, 32}, result.data()); !done) {
    std::printf("%s\n", done.message());
    return 1;
  }
  int const total = result.to_host()[0];
  std::printf("sum of the lanes: %d\n", total);
  return total == 496 ? 0 : 1;
} catch (std::exception const& error) {
  std::printf("%s\n", error.what());
  return 77;  // no GPU
}
