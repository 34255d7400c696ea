// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "kernel.cuh"

namespace bench::gemm::cutlass_peer {

std::vector<call> pingpong_64x128(problem const& p) {
  return calls_of<
      configuration<shape_of<64, 128, 64>, shape_of<1, 1, 1>, cutlass::gemm::KernelTmaWarpSpecializedPingpong,
                    cutlass::epilogue::TmaWarpSpecialized>>(p);
}

}  // namespace bench::gemm::cutlass_peer
