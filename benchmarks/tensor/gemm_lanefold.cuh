// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// lanefold's gemm, with the plan that it chooses by itself.

#include "gemm_implementation.cuh"

#include <lanefold/tensor/gemm.hpp>

#include <memory>

namespace bench::gemm {

template <class In, class Out, class LayoutA, class LayoutB>
call lanefold_call(problem const& p, workbench& bench) {
  auto const q = std::make_shared<lf::queue>(bench.stream());
  auto const run = [p, q](operands const& o) -> lf::status {
    lf::matrix_view<In const, LayoutA> const a(static_cast<In const*>(o.a), p.m, p.k);
    lf::matrix_view<In const, LayoutB> const b(static_cast<In const*>(o.b), p.k, p.n);
    lf::matrix_view<Out> const c(static_cast<Out*>(o.c), p.m, p.n);
    if constexpr (sizeof(Out) == 1)
      return lf::tensor::gemm(*q, a, b, c, lf::tensor::scale<float>{static_cast<float>(p.scale())});
    else
      return lf::tensor::gemm(*q, a, b, c);
  };
  require(run(bench.sets[0]));  // the workspace grows now, and not while the calls are captured
  return [run](cudaStream_t, operands const& o) { require(run(o)); };
}

inline call prepare_lanefold(problem const& p, workbench& bench) {
  return with_types(p.type, [&](auto types) -> call {
    using in = typename decltype(types)::in;
    using out = typename decltype(types)::out;
    using by_rows = lf::row_major;
    using by_columns = lf::column_major;
    if (p.a_by_rows() && p.b_by_columns()) return lanefold_call<in, out, by_rows, by_columns>(p, bench);
    if constexpr (std::is_same_v<in, __nv_bfloat16>) {
      if (p.a_by_rows()) return lanefold_call<in, out, by_rows, by_rows>(p, bench);
      if (p.b_by_columns()) return lanefold_call<in, out, by_columns, by_columns>(p, bench);
      return lanefold_call<in, out, by_columns, by_rows>(p, bench);
    }
    return {};
  });
}

/// Other layouts than A by rows and B by columns: of bfloat16 alone, since each is compiled for itself.
inline implementation lanefold_way() {
  return {"lanefold",
          [](problem const& p) {
            bool const usual = p.a_by_rows() && p.b_by_columns();
            return p.type != type::f32 && (usual || p.type == type::bf16);
          },
          prepare_lanefold};
}

}  // namespace bench::gemm
