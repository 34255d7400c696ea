// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// From one mma to the library's gemm in six steps, each in a file of ladder/, each checked against the same definition. On a
// GPU it tells how fast each step is.
//
// usage: ladder [m n k [step]]   m and n: multiples of 256; k: of 64; step: 1..6, or all

#include <lanefold/tensor/gemm.hpp>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "ladder/step_1_fragments.cuh"
#include "ladder/step_2_shared.cuh"
#include "ladder/step_3_ring.cuh"
#include "ladder/step_4_wgmma.cuh"
#include "ladder/step_5_producer.cuh"

namespace ladder {

/// Step 6: the library. What it has beyond step 5: results leave through shared memory, by whole lines; blocks stay and take
/// one tile after the other, two warpgroups in turns, so that one writes while the other multiplies; clusters share what
/// they fetch; registers go to those that multiply; k is split where tiles are few; and any size, type and alignment.
inline lf::status step_6(lf::queue& queue, rows_of_a a, columns_of_b b, rows_of_c c) {
  return lf::tensor::gemm(queue, a, b, c);
}

struct step {
  char const* name;
  lf::status (*run)(lf::queue&, rows_of_a, columns_of_b, rows_of_c);
  bool needs_hopper;
};
constexpr step steps[] = {
    {"1 fragments from global memory", step_1, false},     {"2 shared memory", step_2, false},
    {"3 cp.async ring, ldmatrix, swizzle", step_3, false}, {"4 wgmma and the copy engine", step_4, true},
    {"5 a warp that fetches, and a ring", step_5, true},   {"6 lanefold::tensor::gemm", step_6, false},
};

/// The median time of one call in microseconds, or 0 where there is no time.
template <class Call>
double microseconds(lf::queue& queue, double flop, Call call) {
#if LANEFOLD_ON_SIMULATOR
  (void)queue, (void)flop, (void)call;
  return 0;
#else
  constexpr int samples = 9;
  int const calls = std::max(1, std::min(50, static_cast<int>(5e11 / flop)));
  cudaEvent_t start{}, stop{};
  (void)cudaEventCreate(&start);
  (void)cudaEventCreate(&stop);
  std::vector<float> milliseconds(samples);
  for (float& each : milliseconds) {
    (void)cudaEventRecord(start, queue.stream());
    for (int i = 0; i < calls; ++i) lf::error::unless_ok(call());
    (void)cudaEventRecord(stop, queue.stream());
    (void)cudaEventSynchronize(stop);
    (void)cudaEventElapsedTime(&each, start, stop);
  }
  (void)cudaEventDestroy(start);
  (void)cudaEventDestroy(stop);
  std::sort(milliseconds.begin(), milliseconds.end());
  return 1000.0 * static_cast<double>(milliseconds[samples / 2]) / calls;
#endif
}

}  // namespace ladder

int main(int count, char** arguments) {
  return run_example([&] {
    bool const simulated = LANEFOLD_ON_SIMULATOR != 0;
    auto const argument = [&](int i, int otherwise) { return count > i ? std::atoi(arguments[i]) : otherwise; };
    int const m = argument(1, simulated ? 256 : 4096), n = argument(2, m), k = argument(3, simulated ? 320 : m);
    int const only = argument(4, 0);
    if (m < 256 || m % 256 != 0 || n < 256 || n % 256 != 0 || k < 64 || k % 64 != 0)
      throw std::runtime_error("usage: ladder [m n k [step]]: m and n multiples of 256, k one of 64");
    auto const a = normal_numbers(1ll * m * k, 1), b = normal_numbers(1ll * n * k, 2);
    lf::device_array<half> const on_a(a), on_b(b);
    product_of const product{m, n, k, a, b};
    double const flop = 2.0 * m * n * k;
    bool const hopper = on_hopper("steps 4 and 5");
    lf::queue queue;
    int wrong = 0;
    std::printf("%d x %d x %d, half precision, sums in float\n", m, n, k);
    for (auto const& step : ladder::steps) {
      if ((only != 0 && step.name[0] != '0' + only) || (step.needs_hopper && !hopper)) continue;
      lf::device_array<half> c(std::vector<half>(static_cast<std::size_t>(m) * static_cast<std::size_t>(n), half(NAN)));
      auto const call = [&] { return step.run(queue, {on_a.data(), m, k}, {on_b.data(), k, n}, {c.data(), m, n}); };
      lf::error::unless_ok(call());
      // Additions cut off 2^-22 of the partial sum, which is no more than all magnitudes; C is rounded to 11 bits.
      int const off = product.wrong(c.to_host(queue), [&](product_of::element const& x) {
        return x.magnitudes * k * std::ldexp(1.0, -22) + std::fabs(x.sum) * std::ldexp(1.0, -11);
      });
      wrong += off;
      std::printf("%-36s", step.name);
      if (double const us = ladder::microseconds(queue, flop, call); us > 0)
        std::printf("%10.1f us %8.1f TFLOP/s   ", us, flop / us * 1e-6);
      if (off != 0)
        std::printf("%d elements WRONG\n", off);
      else
        std::printf("correct\n");
    }
    return wrong == 0;
  });
}
