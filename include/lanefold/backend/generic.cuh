// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What has a definition in terms of plain C++, for a backend that has no instruction for it.

#include <lanefold/backend/config.cuh>
#include <lanefold/base/traits.cuh>

#if !defined(__CUDACC_RTC__)
#include <cstring>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {
namespace generic {

// On the host the value passes through a register that the compiler cannot see into: no contraction into an fma.
template <class T>
LANEFOLD_HD T opaque(T value) {
#if defined(__x86_64__) && !defined(__CUDACC_RTC__)
  asm("" : "+x"(value));
#elif defined(__aarch64__) && !defined(__CUDACC_RTC__)
  asm("" : "+w"(value));
#endif
  return value;
}
template <class T>
LANEFOLD_HD T add(T a, T b) {
  if constexpr (traits::half_float<T>) {
    return __hadd_rn(a, b);
  } else {
    return opaque(a) + opaque(b);
  }
}
template <class T>
LANEFOLD_HD T multiply(T a, T b) {
  if constexpr (traits::half_float<T>) {
    return __hmul_rn(a, b);
  } else {
    return opaque(a * b);
  }
}

template <bool Greatest, bool NanWins, class T>
LANEFOLD_HD T float_extremum(T a, T b) {
  if (a != a || b != b) return (a != a) == NanWins ? a : b;
  if (a == b) {
    traits::bits_t<T> bits;
    memcpy(&bits, &a, sizeof(T));
    bool const negative = bits >> (8 * sizeof(T) - 1);
    return negative != Greatest ? a : b;
  }
  return (a < b) != Greatest ? a : b;
}

}  // namespace generic
}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
