// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Arithmetic with the same bits on every backend. Sums and products are never contracted into an fma: a * b summed over
// lanes would otherwise round once in the lane that owns the product and twice in every other lane.

#include <lanefold/backend/generic.cuh>

#ifndef __CUDA_ARCH__
#include <lanefold/backend/host/arithmetic.cuh>
#else

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// a + b, a * b of float, double, half or bfloat16, rounded once: add.rn, mul.rn (PTX ISA 9.7.3, 9.7.4; half from sm_53,
/// bfloat16 from sm_80, by conversion before).
using generic::add;
LANEFOLD_HD float add(float a, float b) { return __fadd_rn(a, b); }
LANEFOLD_HD double add(double a, double b) { return __dadd_rn(a, b); }
using generic::multiply;
LANEFOLD_HD float multiply(float a, float b) { return __fmul_rn(a, b); }
LANEFOLD_HD double multiply(double a, double b) { return __dmul_rn(a, b); }
/// a b + c, rounded once, with denormals whatever the program was compiled with: fma.rn (PTX ISA 9.7.3.6).
LANEFOLD_FN float fused_multiply_add(float a, float b, float c) {
  float result;
  asm("fma.rn.f32 %0, %1, %2, %3;" : "=f"(result) : "f"(a), "f"(b), "f"(c));
  return result;
}
/// The value itself, but any NaN as the canonical, positive one: what every single-precision instruction returns.
LANEFOLD_HD float positive_nan(float a) { return __fadd_rn(a, -0.0f); }

/// The smaller or greater of two floating-point values of any format; -0 orders below +0. min.NaN, max.NaN from sm_80.
template <bool Greatest, bool NanWins, class T>
LANEFOLD_HD T float_extremum(T a, T b) {
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
  } else if constexpr (traits::same<T, double>) {
    double const number = Greatest ? fmax(a, b) : fmin(a, b);
    if constexpr (!NanWins) return number;
    return a != a ? a : b != b ? b : number;
  } else {
    // The generic comparisons are right, but ptxas 13.0 dropped one of their selects where eight stood in a tree.
    if constexpr (NanWins) return Greatest ? __hmax_nan(a, b) : __hmin_nan(a, b);
    return Greatest ? __hmax(a, b) : __hmin(a, b);
  }
}

/// Two floats, rounded to the nearest, side by side in a word. T: __half, __nv_bfloat16. cvt (PTX ISA 9.7.9.21), sm_80.
template <class T>
LANEFOLD_FN unsigned narrow_pair(float first, float second) {
  unsigned word;
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
  if constexpr (traits::same<T, __half>)
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(second), "f"(first));
  else
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(second), "f"(first));
#else
  T const pair[2] = {static_cast<T>(first), static_cast<T>(second)};
  memcpy(&word, pair, 4);
#endif
  return word;
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold

#endif
