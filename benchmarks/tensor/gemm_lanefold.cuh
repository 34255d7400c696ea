// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// lanefold's gemm. The calls of each type are compiled for themselves, in gemm_lanefold/.

#include "gemm_implementation.cuh"

#include <lanefold/base/views.cuh>
#include <lanefold/tensor/compute.cuh>

namespace bench::gemm {

namespace compute = lf::tensor::compute;

/// What the options ask for: nothing, so that gemm chooses; gemm_skinny; the same bits for a row in every batch.
enum class wish { nothing, skinny, batch_invariant };

/// gemm_grouped, of bf16 in the layout "tn".
call lanefold_grouped_call(problem const& p, workbench& bench);

template <class In, class Out, class LayoutA, class LayoutB, epilogue What = epilogue::none,
          class Compute = compute::standard>
call lanefold_call(problem const& p, workbench& bench, wish what = wish::nothing);

inline call prepare_lanefold(problem const& p, workbench& bench) {
  if (p.groups > 1) return lanefold_grouped_call(p, bench);
  return with_types(p.type, [&](auto types) -> call {
    using in = typename decltype(types)::in;
    using out = typename decltype(types)::out;
    using by_rows = lf::row_major;
    using by_columns = lf::column_major;
    if constexpr (std::is_same_v<in, __nv_bfloat16>) {
      if (p.epilogue == epilogue::bias_relu)
        return lanefold_call<in, out, by_rows, by_columns, epilogue::bias_relu>(p, bench);
      if (p.epilogue == epilogue::bias_gelu)
        return lanefold_call<in, out, by_rows, by_columns, epilogue::bias_gelu>(p, bench);
      if (p.epilogue == epilogue::bias_silu)
        return lanefold_call<in, out, by_rows, by_columns, epilogue::bias_silu>(p, bench);
    }
    if (p.a_by_rows() && p.b_by_columns()) return lanefold_call<in, out, by_rows, by_columns>(p, bench);
    if constexpr (std::is_same_v<in, __nv_bfloat16>) {
      if (p.a_by_rows()) return lanefold_call<in, out, by_rows, by_rows>(p, bench);
      if (p.b_by_columns()) return lanefold_call<in, out, by_columns, by_columns>(p, bench);
      return lanefold_call<in, out, by_columns, by_rows>(p, bench);
    }
    return {};
  });
}

inline bool is_plain(problem const& p) {
  return p.a_by_rows() && p.b_by_columns() && !p.is_fused() && p.batch == 1 && p.groups == 1;
}

/// Other layouts than A by rows and B by columns, epilogues, batches and groups: of bfloat16 alone, since each is compiled
/// for itself or takes its time.
inline implementation lanefold_way() {
  return {"lanefold", [](problem const& p) { return p.type == type::bf16 || (is_plain(p) && p.type != type::f32); },
          prepare_lanefold};
}

/// Another kind of computation, of one type of the benchmark.
template <class Compute, class In, class Out>
implementation lanefold_kind(char const* name, type of) {
  return {name, [of](problem const& p) { return p.type == of && is_plain(p); },
          [](problem const& p, workbench& bench) {
            return lanefold_call<In, Out, lf::row_major, lf::column_major, epilogue::none, Compute>(p, bench);
          }};
}

/// fp8 summed in the tensor cores alone, which keep fewer bits of such sums: beside cublaslt_fast.
inline implementation lanefold_fast_way() {
  return lanefold_kind<compute::fast, __nv_fp8_e4m3, __nv_bfloat16>("lanefold_fast", type::fp8);
}
/// float in full, on CUDA cores in an exact order, and by three products of tf32: both beside cublaslt.
inline implementation lanefold_f32_way() { return lanefold_kind<compute::f32, float, float>("lanefold", type::f32); }
inline implementation lanefold_tf32x3_way() {
  return lanefold_kind<compute::tf32x3, float, float>("lanefold_tf32x3", type::f32);
}

template <wish What>
call prepare_bf16(problem const& p, workbench& bench) {
  return lanefold_call<__nv_bfloat16, __nv_bfloat16, lf::row_major, lf::column_major>(p, bench, What);
}

/// gemm_skinny by name, whatever gemm's own plan is.
inline implementation lanefold_skinny_way() {
  return {"lanefold_skinny",
          [](problem const& p) { return p.type == type::bf16 && is_plain(p) && (p.m <= 16 || p.n <= 16); },
          prepare_bf16<wish::skinny>};
}

/// Where batch_invariant costs something: few results of many terms, which gemm would split.
inline implementation lanefold_batch_invariant_way() {
  return {"lanefold_batch_invariant",
          [](problem const& p) {
            bool const would_split = p.m >= 16 && p.n >= 16 && p.k >= 4096 && p.c_values() <= 2 << 20;
            return p.type == type::bf16 && is_plain(p) && would_split;
          },
          prepare_bf16<wish::batch_invariant>};
}

}  // namespace bench::gemm
