// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The peer CUTLASS, where CMake was given its headers (-DLANEFOLD_CUTLASS=<folder>): the fastest of five kernels for sm_90a.

#include "gemm_cutlass/kernels.hpp"
#include "gemm_implementation.cuh"

namespace bench::gemm {

inline call prepare_cutlass(problem const& p, workbench& bench) {
  if (device_attribute(cudaDevAttrComputeCapabilityMajor) != 9) return {};
  using namespace cutlass_peer;
  std::vector<call> candidates;
  for (kernel* each : {cooperative_128x256, cooperative_256x128, pingpong_128x128, pingpong_64x128, stream_k_128x128}) {
    for (call& one : each(p)) candidates.push_back(std::move(one));
  }
  return bench.fastest(candidates);
}

inline implementation cutlass_way() {
  return {"cutlass",
          [](problem const& p) {
            return p.type == type::bf16 && p.a_by_rows() && p.b_by_columns() && !p.is_fused() && p.groups == 1;
          },
          prepare_cutlass};
}

}  // namespace bench::gemm
