// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Values as unsigned integers of the same order: what a redux or a comparison of keys needs.

#include <lanefold/backend/backend.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {
using backend::from_bits;
using backend::to_bits;

// Floating-point formats by their infinity's bits: sign, then exponent all ones, then the fraction.
template <class T>
constexpr traits::bits_t<T> infinity_bits = traits::same<T, float>    ? 0x7f800000u
                                            : traits::same<T, __half> ? 0x7c00u
                                                                      : 0x7f80u;
template <>
constexpr inline unsigned long long infinity_bits<double> = 0x7ff0000000000000ull;
template <class T>
constexpr traits::bits_t<T> sign_bit = static_cast<traits::bits_t<T>>(traits::bits_t<T>(1) << (8 * sizeof(T) - 1));
template <class T>
constexpr traits::bits_t<T> nan_bits = static_cast<traits::bits_t<T>>(sign_bit<T> - 1);  // the GPU's canonical NaN

template <class T>
LANEFOLD_HD bool is_nan(T value) {
  if constexpr (traits::native_float<T>) return value != value;
  return static_cast<traits::bits_t<T>>(to_bits(value) & ~sign_bit<T>) > infinity_bits<T>;
}

// An unsigned integer in the order of the value (Descending: in the opposite order), every NaN above everything:
// -inf < ... < -0 < +0 < ... < +inf < NaN.
template <bool Descending, class T>
LANEFOLD_HD traits::bits_t<T> ordered_bits(T value) {
  using bits = traits::bits_t<T>;
  bits b = to_bits(value);
  if constexpr (traits::floating<T>) {
    if constexpr (traits::same<T, float>) {
      b = to_bits(backend::positive_nan(Descending ? -value : value));
    } else {
      b = detail::is_nan(value) ? nan_bits<T> : static_cast<bits>(b ^ (Descending ? sign_bit<T> : bits(0)));
    }
    bits const negative = static_cast<bits>(bits(0) - (b >> (8 * sizeof(T) - 1)));
    return static_cast<bits>(b ^ (negative | sign_bit<T>));
  } else {
    b = static_cast<bits>(b ^ (traits::is_signed<T> ? sign_bit<T> : bits(0)));
    return static_cast<bits>(Descending ? ~b : b);
  }
}
template <bool Descending, class T>
LANEFOLD_HD T from_ordered_bits(traits::bits_t<T> key) {
  using bits = traits::bits_t<T>;
  if constexpr (traits::floating<T>) {
    bits const negative = static_cast<bits>((key >> (8 * sizeof(T) - 1)) - bits(1));
    return from_bits<T>(static_cast<bits>(key ^ (negative | sign_bit<T>)^(Descending ? sign_bit<T> : bits(0))));
  } else {
    return from_bits<T>(static_cast<bits>((Descending ? ~key : key) ^ (traits::is_signed<T> ? sign_bit<T> : bits(0))));
  }
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
