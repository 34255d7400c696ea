// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the simulator and the backend know of the products of a warpgroup: four warps, from a multiple of four on.

#include <lanefold/sim/interface.hpp>

namespace lanefold::sim {

/// What each lane brings to a product, and all lanes alike but for `d`.
struct wgmma_operands {
  std::uint64_t a, b;  ///< descriptors, as the PTX ISA has them (9.7.15.5.1), of offsets in shared memory
  unsigned columns;    ///< of B
  bool add, transpose_a, transpose_b;
  std::uint32_t* d;  ///< columns / 2 words
};

namespace operations {

/// A warp's part in asking for D = A B + (add ? D : 0). Floats: products are exact; D and then the products in the order
/// of k are summed in double, and the sum is rounded once to float. Integers: exact, modulo 2^32. tf32: the 13 low bits
/// of a float are ignored.
///
/// The product itself is carried out once all four warps have asked, and no later than a wait for it: when, is the
/// seed's to say. Until that wait the accumulators hold poison, which nobody may touch.
extern operation const wgmma_f16, wgmma_bf16, wgmma_tf32, wgmma_e4m3, wgmma_e5m2, wgmma_e4m3_e5m2, wgmma_e5m2_e4m3,
    wgmma_s8;
/// Nothing is brought but wgmma_wait's operand: how many groups may be under way still.
extern operation const wgmma_fence, wgmma_commit, wgmma_wait;

}  // namespace operations

/// After a warp has met in wgmma_wait: returns once the products are there.
void wait_for_products(call_site site);

}  // namespace lanefold::sim
