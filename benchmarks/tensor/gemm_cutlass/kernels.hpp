// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// CUTLASS's kernels for sm_90a without anything of CUTLASS: each is a translation unit of its own beside this.

#include "../gemm_problem.hpp"

#include <functional>

namespace bench::gemm::cutlass_peer {

/// Enqueues C = A B.
using call = std::function<void(cudaStream_t, operands const&)>;

/// The calls that one kernel offers for a problem of bf16 in the layout "tn", one for each order of its tiles; none where it
/// refuses. They own their workspaces.
using kernel = std::vector<call>(problem const&);
kernel cooperative_128x256, cooperative_256x128, pingpong_128x128, pingpong_64x128, stream_k_128x128;

/// "4.7.0"
std::string version();

}  // namespace bench::gemm::cutlass_peer
