// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the examples of this folder share: matrices of half precision, their product by its definition, and the check.

#include <cuda_fp16.h>
#include <lanefold/backend/wgmma.cuh>
#include <lanefold/groups.cuh>
#include <lanefold/host/device_array.hpp>

#include <cmath>
#include <cstdio>
#include <exception>
#include <random>
#include <vector>

namespace lf = lanefold;
using half = __half;

/// Small integers, of which all sums are exact, or normally distributed numbers.
inline std::vector<half> integers(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<half> values(static_cast<std::size_t>(count));
  for (half& x : values) x = half(static_cast<float>(static_cast<int>(random() % 9) - 4));
  return values;
}
inline std::vector<half> normal_numbers(long long count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<half> values(static_cast<std::size_t>(count));
  for (half& x : values) x = half(normal(random));
  return values;
}

/// A product A B of m x k and k x n: A by rows, B by columns, so that the terms of a sum lie side by side in both.
struct product_of {
  int m, n, k;
  std::vector<half> const &a, &b;

  struct element {
    double sum, magnitudes;  ///< of the terms, and of their absolute values
  };
  element at(int row, int column) const {
    element result{};
    half const *const of_a = &a[static_cast<std::size_t>(row) * static_cast<std::size_t>(k)],
                      *const of_b = &b[static_cast<std::size_t>(column) * static_cast<std::size_t>(k)];
    for (int i = 0; i < k; ++i) {
      double const term = static_cast<double>(static_cast<float>(of_a[i])) * static_cast<float>(of_b[i]);
      result.sum += term;
      result.magnitudes += std::fabs(term);
    }
    return result;
  }
  /// How many elements of C are further off than `bound(element)`: of all, or of 4096 where there are many more.
  template <class C, class Bound>
  int wrong(std::vector<C> const& c, Bound bound) const {
    std::mt19937 random(1);
    bool const all = 1ll * m * n <= 1 << 17;
    int count = 0;
    for (int i = 0; i < (all ? m * n : 4096); ++i) {
      int const row = all ? i / n : static_cast<int>(random() % static_cast<unsigned>(m));
      int const column = all ? i % n : static_cast<int>(random() % static_cast<unsigned>(n));
      element const expected = at(row, column);
      auto const got = static_cast<float>(
          c[static_cast<std::size_t>(row) * static_cast<std::size_t>(n) + static_cast<std::size_t>(column)]);
      if (!(std::fabs(got - expected.sum) <= bound(expected))) ++count;  // a NaN is wrong, too
    }
    return count;
  }
  /// The same where no sum is rounded.
  template <class C>
  int wrong(std::vector<C> const& c) const {
    return wrong(c, [](element const&) { return 0.0; });
  }
};

/// Whether this is code for Hopper: a kernel with its instructions has an empty body elsewhere.
#if LANEFOLD_WITHOUT_WGMMA
#define FOR_HOPPER 0
#else
#define FOR_HOPPER 1
#endif

LANEFOLD_KERNEL whether_for_hopper(int* answer) { *answer = FOR_HOPPER; }

/// Whether code for sm_90a runs here: on the simulator always. Says so where not.
inline bool on_hopper(char const* what) {
  lf::device_array<int> answer(std::vector<int>(1));
  if (lf::launch(whether_for_hopper, {1, 1}, answer.data()).ok() && answer.to_host()[0] != 0) return true;
  std::printf("%s: skipped: it needs a GPU with sm_90, and 90a among the CUDA_ARCHITECTURES\n", what);
  return false;
}

/// Runs `body`, which says whether all was right; the program's exit code.
template <class Body>
int run_example(Body body) try {
  return body() ? 0 : 1;
} catch (std::exception const& error) {
  std::printf("%s\n", error.what());
  return 1;
}
