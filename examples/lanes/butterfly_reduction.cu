// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// The sum of a warp four ways: the butterfly of the CUDA courses by shuffles, its twin in shared memory, both in
// lanefold's words, and the library's own sum by both paths. The float results are the same to the bit, because all four
// combine in the same order.

#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>

#include <cstdio>
#include <cstring>
#include <exception>
#include <vector>

namespace lf = lanefold;

// [butterfly]
/// After step s every lane of an aligned run of 2 s lanes holds the run's sum.
LANEFOLD_FN float butterfly_by_shuffle(float value) {
  for (int s = 1; s < lf::warp_size; s *= 2) value += lf::shuffle_xor(lf::warp{}, value, s);
  return value;
}

/// The same exchange through memory. Nothing orders the accesses but sync: one after the writes, one after the reads.
LANEFOLD_FN float butterfly_by_shared_memory(float value, float* memory) {
  int const lane = lf::lane_id();
  for (int s = 1; s < lf::warp_size; s *= 2) {
    memory[lane] = value;
    lf::sync(lf::warp{});
    value += memory[lane ^ s];
    lf::sync(lf::warp{});
  }
  return value;
}
// [/butterfly]

struct four_sums {
  float butterfly, shared_butterfly, sum, shared_sum;
};

LANEFOLD_KERNEL sums_of_warp(float const* in, four_sums* out) {
  struct butterfly_memory {
    float values[lf::warp_size];
  };
  LANEFOLD_SHARED(memory, butterfly_memory);
  LANEFOLD_SHARED(scratch, lf::shared_scratch<lf::warp, float>);
  int const lane = lf::lane_id();
  float const value = in[lane];
  out[lane] = {butterfly_by_shuffle(value), butterfly_by_shared_memory(value, memory.values),
               lf::sum(lf::warp{}, value), lf::sum(lf::via_shared(lf::warp{}, scratch), value)};
}

/// What the tree of the combine order gives, in plain C++.
float tree(std::vector<float> values) {
  for (std::size_t s = 1; s < values.size(); s *= 2) {
    for (std::size_t i = 0; i + s < values.size(); i += 2 * s) values[i] += values[i + s];
  }
  return values[0];
}

bool same_bits(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }

int main() try {
  std::vector<float> values(lf::warp_size);
  for (std::size_t lane = 0; lane < values.size(); ++lane) values[lane] = 1.0f / static_cast<float>(lane + 1);
  float const expected = tree(values);

  lf::device_array<float> in(values);
  lf::device_array<four_sums> out(values.size());
  if (lf::status done = lf::launch(sums_of_warp, {1, 32}, in.data(), out.data()); !done) {
    std::printf("%s\n", done.message());
    return 1;
  }
  int wrong = 0;
  for (four_sums const& s : out.to_host()) {
    for (float sum : {s.butterfly, s.shared_butterfly, s.sum, s.shared_sum}) wrong += !same_bits(sum, expected);
  }
  std::printf("1 + 1/2 + ... + 1/32 = %.9g, four ways in 32 lanes: %d differ in a bit\n", expected, wrong);
  return wrong == 0 ? 0 : 1;
} catch (std::exception const& error) {
  std::printf("%s\n", error.what());
  return 1;
}
