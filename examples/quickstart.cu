// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Each warp sums 32 numbers, and each lane divides its own by the sum.

#include <cmath>
#include <cstdio>
#include <exception>
#include <numeric>
#include <vector>

// [quickstart]
#include <lanefold/device_array.cuh>
#include <lanefold/lanefold.cuh>

namespace lf = lanefold;

LANEFOLD_KERNEL share_of_warp(float const* in, float* out) {
  unsigned const i = lf::block_index().x * lf::block_extent().x + lf::thread_index().x;
  float const total = lf::sum(lf::warp{}, in[i]);  // every lane has it
  out[i] = in[i] / total;
}
// [/quickstart]

int main() try {
  // [quickstart-host]
  std::vector<float> values(1024);
  std::iota(values.begin(), values.end(), 1.0f);

  lf::device_array<float> in(values), out(values.size());
  lf::status const done = lf::launch(share_of_warp, lf::grid{8, 128}, in.data(), out.data());
  if (!done) std::printf("%s\n", done.message());
  std::vector<float> const shares = out.to_host();
  // [/quickstart-host]

  float worst = 0;
  for (std::size_t first = 0; first < shares.size(); first += 32) {
    float const total = std::accumulate(&shares[first], &shares[first] + 32, 0.0f);
    worst = std::fmax(worst, std::fabs(total - 1.0f));
  }
  std::printf("the shares of each warp add up to 1, at worst %g off\n", worst);
  return done && worst < 1e-5f ? 0 : 1;
} catch (std::exception const& error) {
  std::printf("%s\n", error.what());
  return 1;
}
