// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "kernel.cuh"

#include <cutlass/version.h>

namespace bench::gemm::cutlass_peer {

std::vector<call> cooperative_128x256(problem const& p) {
  return calls_of<
      configuration<shape_of<128, 256, 64>, shape_of<2, 1, 1>, cutlass::gemm::KernelTmaWarpSpecializedCooperative,
                    cutlass::epilogue::TmaWarpSpecializedCooperative>>(p);
}

std::string version() {
  return std::to_string(cutlass::getVersionMajor()) + "." + std::to_string(cutlass::getVersionMinor()) + "." +
         std::to_string(cutlass::getVersionPatch());
}

}  // namespace bench::gemm::cutlass_peer
