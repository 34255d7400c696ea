// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Arithmetic with the same bits on every backend. Sums and products are never contracted into an fma: a * b summed over
// lanes would otherwise round once in the lane that owns the product and twice in every other lane.

#include <lanefold/backend/traits.cuh>

#if !defined(__CUDACC_RTC__)
#include <cstring>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

#ifdef __CUDA_ARCH__

LANEFOLD_FN float add(float a, float b) { return __fadd_rn(a, b); }
LANEFOLD_FN double add(double a, double b) { return __dadd_rn(a, b); }
LANEFOLD_FN float multiply(float a, float b) { return __fmul_rn(a, b); }
LANEFOLD_FN double multiply(double a, double b) { return __dmul_rn(a, b); }
/// The value itself, but any NaN as the canonical, positive one: what every single-precision instruction returns.
LANEFOLD_FN float positive_nan(float a) { return __fadd_rn(a, -0.0f); }

#else

// On the host the value passes through a register that the compiler cannot see into.
template <class T>
LANEFOLD_HD T opaque(T value) {
#if defined(__x86_64__)
  asm("" : "+x"(value));
#elif defined(__aarch64__)
  asm("" : "+w"(value));
#endif
  return value;
}
template <class T>
LANEFOLD_HD T add(T a, T b) {
  return opaque(a) + opaque(b);
}
template <class T>
LANEFOLD_HD T multiply(T a, T b) {
  return opaque(a * b);
}
LANEFOLD_HD float positive_nan(float a) { return a != a ? __builtin_nanf("") : a; }

#endif

/// The smaller or greater of two floating-point values of any format; -0 orders below +0.
template <bool Greatest, bool NanWins, class T>
LANEFOLD_HD T float_extremum(T a, T b) {
#ifdef __CUDA_ARCH__
  if constexpr (traits::same<T, float>) {
    float r;
#if __CUDA_ARCH__ >= 800
    if constexpr (NanWins && Greatest) asm("max.NaN.f32 %0, %1, %2;" : "=f"(r) : "f"(a), "f"(b));
    if constexpr (NanWins && !Greatest) asm("min.NaN.f32 %0, %1, %2;" : "=f"(r) : "f"(a), "f"(b));
#else
    if constexpr (NanWins) {
      r = Greatest ? fmaxf(a, b) : fminf(a, b);
      r = a != a ? a : b != b ? b : r;
    }
#endif
    if constexpr (!NanWins) r = Greatest ? fmaxf(a, b) : fminf(a, b);
    return r;
  }
  if constexpr (traits::same<T, double>) {
    double const number = Greatest ? fmax(a, b) : fmin(a, b);
    if constexpr (!NanWins) return number;
    return a != a ? a : b != b ? b : number;
  }
  if constexpr (traits::half_float<T>) {
    // The comparisons below are right, but ptxas 13.0 dropped one of their selects where eight stood in a tree.
    if constexpr (NanWins) return Greatest ? __hmax_nan(a, b) : __hmin_nan(a, b);
    return Greatest ? __hmax(a, b) : __hmin(a, b);
  }
#endif
  if (a != a || b != b) return (a != a) == NanWins ? a : b;
  if (a == b) {
    traits::bits_t<T> bits;
    memcpy(&bits, &a, sizeof(T));
    bool const negative = bits >> (8 * sizeof(T) - 1);
    return negative != Greatest ? a : b;
  }
  return (a < b) != Greatest ? a : b;
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
