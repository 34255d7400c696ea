// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What both backends share: types, and what has a definition in plain C++, for a backend that has no instruction for it.

#include <lanefold/backend/config.cuh>
#include <lanefold/base/traits.cuh>

#if !defined(__CUDACC_RTC__)
#include <cstring>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// What a shuffle brings, and whether its source was in range.
template <class T>
struct in_range {
  T value;
  bool valid;
};

/// A value as the 32-bit words in which it travels. memcpy keeps padded and odd-sized types defined, and what the last word
/// lacks is 0.
template <class T>
struct words_of {
  static constexpr int count = (sizeof(T) + 3) / 4;
  unsigned word[count];
  explicit LANEFOLD_FN words_of(T const& value) {
    if constexpr (sizeof(T) % 4 != 0) word[sizeof(T) / 4] = 0;
    memcpy(word, &value, sizeof(T));
  }
  LANEFOLD_FN T back_in(T value) const {
    memcpy(static_cast<void*>(&value), word, sizeof(T));
    return value;
  }
};

/// A barrier in shared memory. A phase ends when all expected arrivals and all announced bytes are there; phases have the
/// parities 0, 1, 0 ... One thread initialises it, and the others know after the next barrier.
struct alignas(8) mbarrier {
  unsigned long long opaque;
};

template <class T>
LANEFOLD_HD traits::bits_t<T> to_bits(T value) {
  traits::bits_t<T> bits;
  memcpy(&bits, &value, sizeof(T));
  return bits;
}
/// `value`: any, where T cannot be made of nothing.
template <class T>
LANEFOLD_HD T from_bits(traits::bits_t<T> bits, T value = {}) {
  memcpy(static_cast<void*>(&value), &bits, sizeof(T));
  return value;
}

/// Integers wrap, signed ones too.
template <class T>
LANEFOLD_HD T wrapping_add(T a, T b) {
  using bits = traits::bits_t<T>;
  return static_cast<T>(0u + static_cast<bits>(a) + static_cast<bits>(b));
}

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
    bool const negative = to_bits(a) >> (8 * sizeof(T) - 1);
    return negative != Greatest ? a : b;
  }
  return (a < b) != Greatest ? a : b;
}

}  // namespace generic
}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
