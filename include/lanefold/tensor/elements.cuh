// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/mma.cuh>

// Named here, and complete only for those who include the toolkit's cuda_fp8.h.
struct __nv_fp8_e4m3;
struct __nv_fp8_e5m2;

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// Whether tensor cores multiply matrices of this type: __half, __nv_bfloat16, float (as tf32: its sign, exponent and
/// upper 10 bits of significand; the lower 13 are not looked at), signed char, __nv_fp8_e4m3, __nv_fp8_e5m2, double.
template <class T>
constexpr bool is_element =
    traits::one_of<T, __half, __nv_bfloat16, float, signed char, __nv_fp8_e4m3, __nv_fp8_e5m2, double>;

/// What products of the type are summed in: float; int for signed char, double for double.
template <class T>
using accumulator_of = traits::conditional_t<traits::same<T, signed char>, int,
                                             traits::conditional_t<traits::same<T, double>, double, float>>;

/// Bytes of an element, without its header.
template <class T>
constexpr int bytes_of = traits::one_of<T, signed char, __nv_fp8_e4m3, __nv_fp8_e5m2> ? 1
                         : traits::half_float<T>                                      ? 2
                         : traits::same<T, double>                                    ? 8
                                                                                      : 4;

/// Terms of the sum that one mma adds: what 32 bytes hold.
template <class T>
constexpr int depth_of = 32 / bytes_of<T>;

namespace detail {

/// A __half whose products are summed in half precision by tensor cores, and handed on as float: compute::f16_sums.
struct half_summed_in_half {
  unsigned short bits;
};
}  // namespace detail

template <>
inline constexpr int bytes_of<detail::half_summed_in_half> = 2;

namespace detail {

/// What a lane holds of the sums of 16 x 8.
template <class T>
struct accumulator_registers {
  using type = accumulator_of<T>[4];
};
template <>
struct accumulator_registers<half_summed_in_half> {
  using type = unsigned[2];  // two halves each, of rows lane / 4 and 8 below
  using half = __half;
};

/// The unsigned integer of an element's size.
template <class T>
using element_bits =
    traits::conditional_t<bytes_of<T> == 1, unsigned char,
                          traits::conditional_t<bytes_of<T> == 2, unsigned short,
                                                traits::conditional_t<bytes_of<T> == 4, unsigned, unsigned long long>>>;

/// d (16 x 8) += a (16 x depth) b (depth x 8), in the registers of fragment_a, fragment_b and accumulator.
template <class T>
LANEFOLD_FN void multiply_add(typename accumulator_registers<T>::type& d, unsigned const (&a)[4],
                              unsigned const (&b)[2], backend::callers who) {
  if constexpr (traits::same<T, half_summed_in_half>) {
    backend::mma_m16n8k16_f16_f16(d, a, b, who);
  } else if constexpr (traits::same<T, __half>) {
    backend::mma_m16n8k16_f16(d, a, b, who);
  } else if constexpr (traits::same<T, __nv_bfloat16>) {
    backend::mma_m16n8k16_bf16(d, a, b, who);
  } else if constexpr (traits::same<T, float>) {
    backend::mma_m16n8k8_tf32(d, a, b, who);
  } else if constexpr (traits::same<T, signed char>) {
    backend::mma_m16n8k32_s8(d, a, b, who);
  } else if constexpr (traits::same<T, __nv_fp8_e4m3>) {
    backend::mma_m16n8k32_e4m3(d, a, b, who);
  } else if constexpr (traits::same<T, __nv_fp8_e5m2>) {
    backend::mma_m16n8k32_e5m2(d, a, b, who);
  } else {
    static_assert(traits::same<T, double>,
                  "mma: tensor cores multiply half, bfloat16, float, signed char, fp8, double");
    double of_a[2], of_b[1];
    memcpy(of_a, a, sizeof of_a);
    memcpy(of_b, b, sizeof of_b);
    double upper[2] = {d[0], d[1]}, lower[2] = {d[2], d[3]};
    backend::mma_m8n8k4_f64(upper, {of_a[0]}, of_b, who);
    backend::mma_m8n8k4_f64(lower, {of_a[1]}, of_b, who);
    d[0] = upper[0], d[1] = upper[1], d[2] = lower[0], d[3] = lower[1];
  }
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
