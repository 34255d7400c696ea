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
template <class Sum, int D, class Word, int A, int B>
LANEFOLD_FN void multiply_add(sim::operation const& op, Sum (&d)[D], Word const (&a)[A], Word const (&b)[B],
                              callers who) {
  sim::mma_operands operands{};
  static_assert(sizeof a <= sizeof operands.a && sizeof b <= sizeof operands.b && sizeof d <= sizeof operands.c);
  std::memcpy(operands.a, a, sizeof a);
  std::memcpy(operands.b, b, sizeof b);
  std::memcpy(operands.c, d, sizeof d);
  sim::collective({&op, who.mask, sizeof operands, 0, 32, &operands, d, nullptr, who.site});
}

#define LANEFOLD_MMA(name, Sum, D, Word, A, B)                                           \
  LANEFOLD_FN void name(Sum(&d)[D], Word const(&a)[A], Word const(&b)[B], callers who) { \
    multiply_add(sim::operations::name, d, a, b, who);                                   \
  }
LANEFOLD_MMA(mma_m16n8k16_f16, float, 4, unsigned, 4, 2)
LANEFOLD_MMA(mma_m16n8k16_bf16, float, 4, unsigned, 4, 2)
LANEFOLD_MMA(mma_m16n8k8_tf32, float, 4, unsigned, 4, 2)
LANEFOLD_MMA(mma_m16n8k32_e4m3, float, 4, unsigned, 4, 2)
LANEFOLD_MMA(mma_m16n8k32_e5m2, float, 4, unsigned, 4, 2)
LANEFOLD_MMA(mma_m16n8k32_s8, int, 4, unsigned, 4, 2)
LANEFOLD_MMA(mma_m16n8k16_f16_f16, unsigned, 2, unsigned, 4, 2)
LANEFOLD_MMA(mma_m16n8k8_f16, float, 4, unsigned, 2, 1)
LANEFOLD_MMA(mma_m16n8k8_f16_f16, unsigned, 2, unsigned, 2, 1)
LANEFOLD_MMA(mma_m8n8k16_s8, int, 2, unsigned, 1, 1)
LANEFOLD_MMA(mma_m8n8k4_f64, double, 2, double, 1, 1)
#undef LANEFOLD_MMA

constexpr bool has_stmatrix = true;
/// One word of each matrix; `row` is the address that this lane hands to the instruction.
#define LANEFOLD_MATRICES(form, count)                                                                                 \
  LANEFOLD_FN void ldmatrix_##form(unsigned (&d)[count], void const* row, callers who) {                               \
    sim::collective({&sim::operations::ldmatrix_##form, who.mask, sizeof row, 0, 32, &row, d, nullptr, who.site});     \
  }                                                                                                                    \
  LANEFOLD_FN void stmatrix_##form(void* row, unsigned const(&d)[count], callers who) {                                \
    sim::stmatrix_operands operands{row, {}};                                                                          \
    std::memcpy(operands.words, d, sizeof d);                                                                          \
    sim::collective(                                                                                                   \
        {&sim::operations::stmatrix_##form, who.mask, sizeof operands, 0, 32, &operands, nullptr, nullptr, who.site}); \
  }
LANEFOLD_MATRICES(x1, 1)
LANEFOLD_MATRICES(x2, 2)
LANEFOLD_MATRICES(x4, 4)
LANEFOLD_MATRICES(x1_trans, 1)
LANEFOLD_MATRICES(x2_trans, 2)
LANEFOLD_MATRICES(x4_trans, 4)
#undef LANEFOLD_MATRICES

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
