// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// A multiplication that takes every problem: the reference where the peer refuses one.

#include "gemm_implementation.cuh"

namespace bench::gemm {

template <class Value>
__device__ auto widened(Value value) {
  if constexpr (std::is_same_v<Value, double>) return value;
  if constexpr (std::is_same_v<Value, signed char>) return static_cast<int>(value);
  if constexpr (!std::is_same_v<Value, double> && !std::is_same_v<Value, signed char>) return static_cast<float>(value);
}

template <class Out, class Sum>
__device__ Out rounded(Sum sum, float scale) {
  if constexpr (std::is_same_v<Out, signed char>) {
    return static_cast<Out>(fminf(fmaxf(rintf(scale * static_cast<float>(sum)), -128), 127));
  } else {
    return static_cast<Out>(sum);
  }
}

/// Where neighbours of an operand lie: by_result along m or n, by_term along k.
struct steps {
  long long by_result, by_term;
};

/// A block makes 16 x 16 results; its operands pass through shared memory, 16 terms at a time.
template <class In, class Out, class Sum>
__global__ void __launch_bounds__(256) naive(In const* a, In const* b, Out* c, Out const* bias, int m, int n, int k,
                                             steps a_steps, steps b_steps, float scale, epilogue what) {
  a += 1ll * blockIdx.z * m * k;
  b += 1ll * blockIdx.z * n * k;
  c += 1ll * blockIdx.z * m * n;
  __shared__ Sum rows[16][17], columns[16][17];
  int const x = threadIdx.x % 16, y = threadIdx.x / 16;
  int const first_row = blockIdx.y * 16, first_column = blockIdx.x * 16;
  Sum sum = 0;
  for (int first = 0; first < k; first += 16) {
    // Neighbouring threads read neighbouring values, whichever way the operand lies.
    int const a_row = a_steps.by_term == 1 ? y : x, a_term = a_steps.by_term == 1 ? x : y;
    int const b_column = b_steps.by_term == 1 ? y : x, b_term = b_steps.by_term == 1 ? x : y;
    rows[a_row][a_term] = first_row + a_row < m && first + a_term < k
                              ? widened(a[(first_row + a_row) * a_steps.by_result + (first + a_term) * a_steps.by_term])
                              : Sum(0);
    columns[b_column][b_term] =
        first_column + b_column < n && first + b_term < k
            ? widened(b[(first_column + b_column) * b_steps.by_result + (first + b_term) * b_steps.by_term])
            : Sum(0);
    __syncthreads();
    for (int i = 0; i < 16; ++i) sum += rows[y][i] * columns[x][i];
    __syncthreads();
  }
  int const row = first_row + y, column = first_column + x;
  if (row >= m || column >= n) return;
  if constexpr (std::is_same_v<Sum, float>) {
    if (what != epilogue::none) sum = activated(what, sum + static_cast<float>(bias[column]));
  }
  c[1ll * row * n + column] = rounded<Out>(sum, scale);
}

inline call prepare_naive(problem const& p, workbench& bench) {
  return with_types(p.type, [&](auto types) -> call {
    using list = decltype(types);
    using in = typename list::in;
    using out = typename list::out;
    if (p.groups > 1) return for_each_group(p, [&](problem const& one) { return prepare_naive(one, bench); });
    return [p](cudaStream_t stream, operands const& o) {
      dim3 const blocks((p.n + 15) / 16, (p.m + 15) / 16, p.batch);
      naive<in, out, typename list::sum>
          <<<blocks, 256, 0, stream>>>(static_cast<in const*>(o.a), static_cast<in const*>(o.b), static_cast<out*>(o.c),
                                       static_cast<out const*>(o.bias), p.m, p.n, p.k, {p.a_step_m(), p.a_step_k()},
                                       {p.b_step_n(), p.b_step_k()}, static_cast<float>(p.scale()), p.epilogue);
      require(cudaGetLastError(), "naive");
    };
  });
}

/// Measured for small problems only: large ones would take it seconds.
inline implementation naive_way() {
  return {"naive", [](problem const& p) { return p.operations() <= 1e10; }, prepare_naive};
}

}  // namespace bench::gemm
