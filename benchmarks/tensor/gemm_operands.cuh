// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The memory of a row: several sets of operands, so that what one call leaves in the L2 is of no use to the next.

#include "gemm_problem.hpp"
#include "support/benchmark.cuh"

#include <algorithm>

namespace bench::gemm {

template <class Value>
__device__ double to_double(Value value) {
  if constexpr (std::is_same_v<Value, double>) return value;
  return static_cast<double>(static_cast<float>(value));
}
__device__ inline double to_double(int value) { return value; }

/// int8: uniform in -127..127; others: normal, of deviation 1. A function of seed and place alone.
template <class Value>
__global__ void fill_randomly(Value* values, long long count, unsigned long long seed) {
  long long const stride = 1ll * gridDim.x * blockDim.x;
  for (long long i = 1ll * blockIdx.x * blockDim.x + threadIdx.x; i < count; i += stride) {
    unsigned long long bits = (seed << 40 | static_cast<unsigned long long>(i)) * 0x9e3779b97f4a7c15u;  // splitmix64
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    bits ^= bits >> 31;
    if constexpr (std::is_same_v<Value, signed char>) {
      values[i] = static_cast<signed char>(static_cast<int>((bits >> 8) % 255) - 127);
    } else if constexpr (std::is_same_v<Value, double>) {
      // Box and Muller; the logarithm's argument is in (0, 1].
      double const radius = sqrt(-2 * log(static_cast<double>((bits >> 32) + 1) * 0x1p-32));
      values[i] = radius * cospi(static_cast<double>(bits & 0xffffffff) * 0x1p-31);
    } else {
      float const radius = sqrtf(-2 * logf(static_cast<float>((bits >> 40) + 1) * 0x1p-24f));
      values[i] = static_cast<Value>(radius * cospif(static_cast<float>(bits & 0xffffff) * 0x1p-23f));
    }
  }
}

class operand_sets {
 public:
  explicit operand_sets(problem const& p)
      : count_(sets_for(p)),
        a_bytes_(rounded(p.a_values() * p.in_bytes())),
        b_bytes_(rounded(p.b_values() * p.in_bytes())),
        c_bytes_(rounded(p.c_values() * p.out_bytes())),
        memory_(count_ * (a_bytes_ + b_bytes_ + c_bytes_)),
        bias_(p.is_fused() ? p.n * p.out_bytes() : 0) {
    with_types(p.type, [&](auto types) {
      using in = typename decltype(types)::in;
      using out = typename decltype(types)::out;
      if constexpr (!std::is_same_v<out, int>) {
        if (p.is_fused()) fill(reinterpret_cast<out*>(bias_.data()), p.n, 0);
      }
      for (int i = 0; i < count_; ++i) {
        fill(reinterpret_cast<in*>(start(i)), p.a_values(), 2 * i + 1);
        fill(reinterpret_cast<in*>(start(i) + a_bytes_), p.b_values(), 2 * i + 2);
      }
    });
    require(cudaDeviceSynchronize(), "random operands");
  }

  int count() const { return count_; }
  operands operator[](int i) { return {start(i), start(i) + a_bytes_, start(i) + a_bytes_ + b_bytes_, bias_.data()}; }

 private:
  /// Together at least three times the L2, but for problems so small that their launch is all they take.
  static int sets_for(problem const& p) {
    double const wanted = 3.0 * device_attribute(cudaDevAttrL2CacheSize);
    return static_cast<int>(std::clamp(std::ceil(wanted / p.bytes()), 1.0, 512.0));
  }
  static std::size_t rounded(std::size_t bytes) { return (bytes + 255) / 256 * 256; }
  unsigned char* start(int i) { return memory_.data() + i * (a_bytes_ + b_bytes_ + c_bytes_); }
  template <class Value>
  static void fill(Value* values, long long count, int seed) {
    int const blocks = static_cast<int>(std::min<long long>((count + 255) / 256, 8192));
    fill_randomly<<<blocks, 256>>>(values, count, seed);
    require(cudaGetLastError(), "fill_randomly");
  }

  int count_;
  std::size_t a_bytes_, b_bytes_, c_bytes_;
  lf::device_array<unsigned char> memory_, bias_;
};

}  // namespace bench::gemm
