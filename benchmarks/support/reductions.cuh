// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The operations that reduce: lanefold's verb, the operators of the peers, the operator of hand-written code, the oracle.

#include "by_lanefold.cuh"

#include <cmath>
#include <vector>

#if defined(__CUDACC__)
#include <cooperative_groups/reduce.h>
#include <cuda/functional>
#include <cuda/std/functional>
#endif

namespace bench {

#if defined(__CUDACC__)
namespace cg = cooperative_groups;
#endif

LANEFOLD_HD float lesser(float a, float b) { return fminf(a, b); }
LANEFOLD_HD double lesser(double a, double b) { return fmin(a, b); }
template <class Value>
LANEFOLD_HD Value lesser(Value a, Value b) {
  return b < a ? b : a;
}
LANEFOLD_HD float greater(float a, float b) { return fmaxf(a, b); }
LANEFOLD_HD double greater(double a, double b) { return fmax(a, b); }
template <class Value>
LANEFOLD_HD Value greater(Value a, Value b) {
  return a < b ? b : a;
}

/// Every rank gets the combination of all; floats are combined as double.
template <class Operation>
struct reduction : operation {
  template <class Value>
  static std::vector<Value> expect(std::vector<Value> const& in, std::vector<int> const&) {
    using wide = std::conditional_t<std::is_floating_point_v<Value>, double, Value>;
    wide total = in[0];
    for (std::size_t i = 1; i < in.size(); ++i) total = Operation::combine(total, static_cast<wide>(in[i]));
    return std::vector<Value>(in.size(), static_cast<Value>(total));
  }
};

struct sum : reduction<sum> {
  static constexpr char const* name = "sum";
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return lf::sum(group, value);
  }
  template <class Value>
  static LANEFOLD_HD Value combine(Value a, Value b) {
    return a + b;
  }
#if defined(__CUDACC__)
  using cub_operator = cuda::std::plus<>;
  template <class Value>
  using cg_operator = cg::plus<Value>;
#endif
};

/// Of floats only: products of random integers overflow.
struct product : reduction<product> {
  static constexpr char const* name = "product";
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return lf::product(group, value);
  }
  template <class Value>
  static LANEFOLD_HD Value combine(Value a, Value b) {
    return a * b;
  }
#if defined(__CUDACC__)
  using cub_operator = cuda::std::multiplies<>;
  template <class Value>
  using cg_operator = cuda::std::multiplies<Value>;
#endif
};

struct min : reduction<min> {
  static constexpr char const* name = "min";
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return lf::min(group, value);
  }
  template <class Value>
  static LANEFOLD_HD Value combine(Value a, Value b) {
    return lesser(a, b);
  }
#if defined(__CUDACC__)
  using cub_operator = cuda::minimum<>;
  template <class Value>
  using cg_operator = cg::less<Value>;
#endif
};

struct max : reduction<max> {
  static constexpr char const* name = "max";
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return lf::max(group, value);
  }
  template <class Value>
  static LANEFOLD_HD Value combine(Value a, Value b) {
    return greater(a, b);
  }
#if defined(__CUDACC__)
  using cub_operator = cuda::maximum<>;
  template <class Value>
  using cg_operator = cg::greater<Value>;
#endif
};

/// The xor loop that people write: every lane of the aligned run of `size` lanes gets the total.
template <class Operation, class Value>
LANEFOLD_FN Value reduce_by_hand(unsigned mask, Value value, int size) {
#if defined(__CUDACC__)
#pragma unroll
#endif
  for (int distance = size / 2; distance > 0; distance /= 2) {
    value = Operation::combine(value, __shfl_xor_sync(mask, value, distance));
  }
  return value;
}

}  // namespace bench
