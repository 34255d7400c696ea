// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "kernel.cuh"

namespace bench::gemm::cutlass_peer {

std::vector<call> cooperative_256x128(problem const& p) {
  return calls_of<
      configuration<shape_of<256, 128, 64>, shape_of<2, 1, 1>, cutlass::gemm::KernelTmaWarpSpecializedCooperative,
                    cutlass::epilogue::TmaWarpSpecializedCooperative>>(p);
}

}  // namespace bench::gemm::cutlass_peer
