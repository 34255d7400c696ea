// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Tensor cores. All 32 lanes of the warp take part, so `who` names them all. The fragments are laid out as the PTX ISA
// says; the order of the sum is the simulator's own (sim/matrices.hpp), and the GPU's differs in the last bits.

#include <lanefold/backend/call_site.cuh>
#include <lanefold/sim/matrices.hpp>

#include <cstring>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// d += a b, as `op` multiplies.
template <class Word>
LANEFOLD_FN void multiply_add(sim::operation const& op, Word (&d)[4], unsigned const (&a)[4], unsigned const (&b)[2],
                              callers who) {
  static_assert(sizeof d == sizeof sim::mma_operands::c, "words of 4 bytes");
  sim::mma_operands operands{{a[0], a[1], a[2], a[3]}, {b[0], b[1]}, {}};
  std::memcpy(operands.c, d, sizeof d);
  sim::collective({&op, who.mask, sizeof operands, 0, 32, &operands, d, nullptr, who.site});
}

LANEFOLD_FN void mma_m16n8k16_f16(float (&d)[4], unsigned const (&a)[4], unsigned const (&b)[2], callers who) {
  multiply_add(sim::operations::mma_m16n8k16_f16, d, a, b, who);
}
LANEFOLD_FN void mma_m16n8k16_bf16(float (&d)[4], unsigned const (&a)[4], unsigned const (&b)[2], callers who) {
  multiply_add(sim::operations::mma_m16n8k16_bf16, d, a, b, who);
}
LANEFOLD_FN void mma_m16n8k32_s8(int (&d)[4], unsigned const (&a)[4], unsigned const (&b)[2], callers who) {
  multiply_add(sim::operations::mma_m16n8k32_s8, d, a, b, who);
}

/// One word of each matrix; `row` is the address that this lane hands to the instruction.
template <unsigned Matrices>
LANEFOLD_FN void load_matrices(sim::operation const& op, unsigned (&d)[Matrices], void const* row, callers who) {
  sim::collective({&op, who.mask, sizeof row, 0, 32, &row, d, nullptr, who.site});
}
#define LANEFOLD_LDMATRIX(name, matrices)                                        \
  LANEFOLD_FN void name(unsigned (&d)[matrices], void const* row, callers who) { \
    load_matrices(sim::operations::name, d, row, who);                           \
  }
LANEFOLD_LDMATRIX(ldmatrix_x1, 1)
LANEFOLD_LDMATRIX(ldmatrix_x2, 2)
LANEFOLD_LDMATRIX(ldmatrix_x4, 4)
LANEFOLD_LDMATRIX(ldmatrix_x1_trans, 1)
LANEFOLD_LDMATRIX(ldmatrix_x2_trans, 2)
LANEFOLD_LDMATRIX(ldmatrix_x4_trans, 4)
#undef LANEFOLD_LDMATRIX

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
