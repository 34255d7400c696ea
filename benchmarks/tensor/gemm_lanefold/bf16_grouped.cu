// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "../gemm_lanefold.cuh"

#include <lanefold/tensor/gemm_grouped.hpp>

#include <memory>
#include <vector>

namespace bench::gemm {

call lanefold_grouped_call(problem const& p, workbench& bench) {
  using value = __nv_bfloat16;
  auto const q = std::make_shared<lf::queue>(bench.stream());
  return [p, q](cudaStream_t, operands const& o) {
    std::vector<lf::gemm_problem<value const, lf::row_major, value const, lf::column_major, value, lf::row_major>> all;
    for (int i = 0; i < p.groups; ++i) {
      problem const one = p.group(i);
      operands const at = p.group(o, i);
      all.push_back({{static_cast<value const*>(at.a), one.m, p.k},
                     {static_cast<value const*>(at.b), p.k, p.n},
                     {static_cast<value*>(at.c), one.m, p.n}});
    }
    require(lf::tensor::gemm_grouped(*q, all.data(), p.groups));
  };
}

}  // namespace bench::gemm
