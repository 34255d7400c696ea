// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../gemm_lanefold.cuh"

#include <lanefold/tensor/gemm.hpp>

#include <algorithm>
#include <memory>

namespace bench::gemm {

/// The epilogue of that kind.
template <epilogue What, class Out>
auto made(problem const& p, operands const& o) {
  namespace lt = lf::tensor;
  lt::bias_of_column<Out const> const bias{static_cast<Out const*>(o.bias)};
  if constexpr (What == epilogue::bias_relu) return lt::chain(bias, lt::relu{});
  if constexpr (What == epilogue::bias_gelu) return lt::chain(bias, lt::gelu_tanh{});
  if constexpr (What == epilogue::bias_silu) return lt::chain(bias, lt::silu{});
  if constexpr (What == epilogue::none && sizeof(Out) == 1) return lt::scale<float>{static_cast<float>(p.scale())};
  if constexpr (What == epilogue::none && sizeof(Out) != 1) return lt::identity{};
}

template <class In, class Out, class LayoutA, class LayoutB, epilogue What, class Compute>
call lanefold_call(problem const& p, workbench& bench, wish what) {
  auto const q = std::make_shared<lf::queue>(bench.stream());
  lf::gemm_options options;
  if (what == wish::skinny) options.plan = {lf::gemm_way::skinny, std::min(p.m, p.n) > 8 ? 1 : 0, 1};
  options.batch_invariant = what == wish::batch_invariant;
  auto const run = [p, q, options](operands const& o) -> lf::status {
    lf::matrix_view<In const, LayoutA> const a(static_cast<In const*>(o.a), p.m, p.k);
    lf::matrix_view<In const, LayoutB> const b(static_cast<In const*>(o.b), p.k, p.n);
    lf::matrix_view<Out> const c(static_cast<Out*>(o.c), p.m, p.n);
    if (p.batch > 1) {
      return lf::tensor::gemm<Compute>(*q, lf::matrix_batch(a, p.batch), lf::matrix_batch(b, p.batch),
                                       lf::matrix_batch(c, p.batch), made<What, Out>(p, o), options);
    }
    return lf::tensor::gemm<Compute>(*q, a, b, c, made<What, Out>(p, o), options);
  };
  require(run(bench.sets[0]));  // the workspace grows now, and not while the calls are captured
  return [run](cudaStream_t, operands const& o) { require(run(o)); };
}

}  // namespace bench::gemm
