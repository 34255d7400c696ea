// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Operands of compute::tf32x3: float in two parts that tensor cores read whole.

#include <lanefold/tensor/repack.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

constexpr unsigned tf32_cut = 0x1fff, float_infinity = 0x7f800000;

/// x as tf32, to the nearest, ties away from 0; cut off where that would be infinite. Infinity stays, and NaN is one that
/// tensor cores read as NaN.
LANEFOLD_HD float to_tf32(float x) {
  unsigned const bits = backend::to_bits<float>(x), magnitude = bits & ~0x80000000u;
  if (magnitude >= float_infinity) return x + x;
  unsigned const half = magnitude + (tf32_cut + 1) / 2 < float_infinity ? (tf32_cut + 1) / 2 : 0;
  return backend::from_bits<float>((bits + half) & ~tf32_cut);
}

/// Writes an operand as three matrices side by side, of `padded` columns each, for repack. Of A: small, big, big; of B: big,
/// small, big: one product of them has small_a big_b + big_a small_b first, and then big_a big_b. Where big is not finite
/// the first two are 0, so that it meets its partner once.
template <bool OfA>
struct split_copy {
  float* to;
  int padded;
  LANEFOLD_FN void operator()(long long row, int column, unsigned bits) const {
    float const x = backend::from_bits<float>(bits), big = to_tf32(x);
    bool const finite = (backend::to_bits<float>(big) & float_infinity) != float_infinity;
    float const small = finite ? to_tf32(x - big) : 0, finite_big = finite ? big : 0;
    float* const at = to + 3ll * padded * row + column;
    at[0] = OfA ? small : finite_big;
    at[padded] = OfA ? finite_big : small;
    at[2 * padded] = big;
  }
};

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
