// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Each warp, then each block, sums its numbers, and each lane divides its own by the sum.

#include <cmath>
#include <exception>

// [quickstart]
#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>

#include <cstdio>
#include <numeric>
#include <vector>

namespace lf = lanefold;

LANEFOLD_KERNEL share_of_warp(float const* in, float* out) {
  unsigned const i = lf::block_index().x * lf::block_extent().x + lf::thread_index().x;
  float const total = lf::sum(lf::warp{}, in[i]);  // every lane has it
  out[i] = in[i] / total;
}
// [/quickstart]

// [quickstart-block]
LANEFOLD_KERNEL share_of_block(float const* in, float* out) {
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<128>, float>);
  auto const block = lf::block<128>{}.with(scratch);  // bound once, for any number of calls
  unsigned const i = lf::block_index().x * block.size() + block.rank();
  out[i] = in[i] / lf::sum(block, in[i]);
}
// [/quickstart-block]

int main() try {
  // [quickstart-host]
  std::vector<float> values(1024);
  std::iota(values.begin(), values.end(), 1.0f);

  lf::device_array<float> in(values), out(values.size());
  lf::status const done = lf::launch(share_of_warp, lf::launch_shape{8, 128}, in.data(), out.data());
  if (!done) std::printf("%s\n", done.message());
  std::vector<float> const shares = out.to_host();
  // [/quickstart-host]

  lf::status const blocks_done = lf::launch(share_of_block, lf::launch_shape{8, 128}, in.data(), out.data());
  if (!blocks_done) std::printf("%s\n", blocks_done.message());

  auto const worst = [](std::vector<float> const& shares, std::size_t group) {
    float result = 0;
    for (std::size_t first = 0; first < shares.size(); first += group) {
      float const total = std::accumulate(&shares[first], &shares[first] + group, 0.0f);
      result = std::fmax(result, std::fabs(total - 1.0f));
    }
    return result;
  };
  float const of_warps = worst(shares, 32), of_blocks = worst(out.to_host(), 128);
  std::printf("the shares of each warp add up to 1, at worst %g off, those of each block %g\n", of_warps, of_blocks);
  return done && blocks_done && of_warps < 1e-5f && of_blocks < 1e-5f ? 0 : 1;
} catch (std::exception const& error) {
  std::printf("%s\n", error.what());
  return 1;
}
