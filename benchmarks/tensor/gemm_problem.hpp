// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is multiplied in one row of the benchmark: C = A B, and how its name says so.

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace bench::gemm {

/// tf32: float operands, of which tensor cores read 19 bits; f32: float operands, every bit. fp8: e4m3, the result bf16.
/// int8: the result 32 bits; int8_to_int8: the result scaled and rounded to int8. Sums are 32 bits, those of f64 64.
enum class type { bf16, half, tf32, fp8, int8, int8_to_int8, f32, f64 };
constexpr std::pair<char const*, type> all_types[] = {
    {"bf16", type::bf16}, {"half", type::half}, {"tf32", type::tf32}, {"fp8", type::fp8},
    {"int8", type::int8}, {"f32", type::f32},   {"f64", type::f64},   {"int8_to_int8", type::int8_to_int8}};

template <class In, class Out, class Sum>
struct value_types {
  using in = In;    ///< of A and B
  using out = Out;  ///< of C
  using sum = Sum;  ///< what terms are added up in
};

/// Calls `function` with the value_types of `t`.
template <class Function>
decltype(auto) with_types(type t, Function function) {
  switch (t) {
    case type::bf16:
      return function(value_types<__nv_bfloat16, __nv_bfloat16, float>{});
    case type::half:
      return function(value_types<__half, __half, float>{});
    case type::fp8:
      return function(value_types<__nv_fp8_e4m3, __nv_bfloat16, float>{});
    case type::int8:
      return function(value_types<signed char, int, int>{});
    case type::int8_to_int8:
      return function(value_types<signed char, signed char, int>{});
    case type::f64:
      return function(value_types<double, double, double>{});
    case type::tf32:
    case type::f32:
      return function(value_types<float, float, float>{});
  }
  throw std::logic_error("with_types: a type without a case");
}

/// What becomes of each sum x, with a bias for its column: none, or a function of x + bias.
enum class epilogue { none, bias_relu, bias_gelu, bias_silu };
constexpr std::pair<char const*, epilogue> all_epilogues[] = {{"", epilogue::none},
                                                              {"_bias_relu", epilogue::bias_relu},
                                                              {"_bias_gelu", epilogue::bias_gelu},
                                                              {"_bias_silu", epilogue::bias_silu}};

/// The function; GELU is that of tanh, as cuBLASLt has it.
template <class Value>
__host__ __device__ Value activated(epilogue what, Value x) {
  switch (what) {
    case epilogue::none:
      break;
    case epilogue::bias_relu:
      return x > 0 ? x : Value(0);
    case epilogue::bias_gelu:
      return x / 2 * (1 + tanh(Value(0.7978845608028654) * (x + Value(0.044715) * x * x * x)));
    case epilogue::bias_silu:
      return x / (1 + exp(-x));
  }
  return x;
}

/// Device memory of one problem.
struct operands {
  void const* a = nullptr;
  void const* b = nullptr;
  void* c = nullptr;
  void const* bias = nullptr;  ///< n values of the type of C; null without an epilogue. One for all sets of operands
};

/// A is m x k, B k x n, C m x n and row-major, `batch` of each, one behind the other; none is padded. With groups there is
/// a B for each, and the rows of A and C are shared out to them, the more the later the group.
struct problem {
  gemm::type type = gemm::type::bf16;
  int m = 0, n = 0, k = 0;
  /// Which operand BLAS, thinking in columns, would call transposed: A's letter, then B's. "t" for A: row-major, "n" for B:
  /// column-major, so that both have the terms of a sum side by side, as "tn" has them.
  std::string layout = "tn";
  int batch = 1;
  gemm::epilogue epilogue = gemm::epilogue::none;
  int groups = 1;

  bool a_by_rows() const { return layout[0] == 't'; }
  bool b_by_columns() const { return layout[1] == 'n'; }
  /// How far apart, in values, neighbours along m, n and k lie in memory.
  long long a_step_m() const { return a_by_rows() ? k : 1; }
  long long a_step_k() const { return a_by_rows() ? 1 : m; }
  long long b_step_n() const { return b_by_columns() ? k : 1; }
  long long b_step_k() const { return b_by_columns() ? 1 : n; }

  /// The first row of group i; of those behind the last one: m.
  int first_row(int i) const { return static_cast<int>(1ll * m * i * (i + 1) / (1ll * groups * (groups + 1))); }
  int group_of(int row) const {
    int i = 0;
    while (first_row(i + 1) <= row) ++i;
    return i;
  }
  /// Group i by itself, and where its memory is.
  problem group(int i) const {
    problem one = *this;
    one.m = first_row(i + 1) - first_row(i);
    one.groups = 1;
    return one;
  }
  operands group(operands const& all, int i) const {
    return {static_cast<char const*>(all.a) + first_row(i) * in_bytes() * k,
            static_cast<char const*>(all.b) + i * in_bytes() * b_matrix(),
            static_cast<char*>(all.c) + first_row(i) * out_bytes() * n, all.bias};
  }

  /// Of one matrix; and of all of the batch.
  long long a_matrix() const { return 1ll * m * k; }
  long long b_matrix() const { return 1ll * n * k; }
  long long c_matrix() const { return 1ll * m * n; }
  long long a_values() const { return batch * a_matrix(); }
  long long b_values() const { return batch * groups * b_matrix(); }
  long long c_values() const { return batch * c_matrix(); }
  bool is_fused() const { return epilogue != gemm::epilogue::none; }
  std::size_t in_bytes() const {
    return with_types(type, [](auto types) { return sizeof(typename decltype(types)::in); });
  }
  std::size_t out_bytes() const {
    return with_types(type, [](auto types) { return sizeof(typename decltype(types)::out); });
  }
  /// The least that has to be moved: each operand read once, the result written once.
  double bytes() const { return 1.0 * in_bytes() * (a_values() + b_values()) + 1.0 * out_bytes() * c_values(); }
  double operations() const { return 2.0 * batch * m * n * k; }

  /// Standard deviation of one product of two random operands.
  double product_deviation() const { return in_bytes() == 1 && type != gemm::type::fp8 ? (255.0 * 255 - 1) / 12 : 1.0; }
  /// What each sum is multiplied by: a power of two that leaves an int8 result a deviation of about 40; 1 for others.
  double scale() const {
    if (type != gemm::type::int8_to_int8) return 1;
    return std::exp2(-std::round(std::log2(product_deviation() * std::sqrt(k) / 40)));
  }

  /// gemm/bf16/4096x4096x4096, gemm/bf16/1024x1024x64_nn_batch32, gemm/bf16/4096x4096x4096_bias_relu
  std::string name() const {
    std::string text = "gemm/";
    for (auto const& [name, value] : all_types) text += value == type ? name : "";
    text += "/" + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
    if (layout != "tn") text += "_" + layout;
    if (batch != 1) text += "_batch" + std::to_string(batch);
    if (groups != 1) text += "_groups" + std::to_string(groups);
    for (auto const& [suffix, value] : all_epilogues) text += value == epilogue ? suffix : "";
    return text;
  }
};

}  // namespace bench::gemm
