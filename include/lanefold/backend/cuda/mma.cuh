// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Tensor cores. All 32 lanes of the warp take part, so `who` names them all.

#include <lanefold/backend/cuda/checks.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// d += a b: mma.sync (PTX ISA 9.7.14.5.14), sm_80.
#define LANEFOLD_MMA(name, Word, constraint, form)                                                 \
  LANEFOLD_FN void name(Word(&d)[4], unsigned const(&a)[4], unsigned const(&b)[2], callers who) {  \
    check_mask(who);                                                                               \
    asm volatile("mma.sync.aligned." form " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};" \
                 : constraint(d[0]), constraint(d[1]), constraint(d[2]), constraint(d[3])          \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));              \
  }
LANEFOLD_MMA(mma_m16n8k16_f16, float, "+f", "m16n8k16.row.col.f32.f16.f16.f32")
LANEFOLD_MMA(mma_m16n8k16_bf16, float, "+f", "m16n8k16.row.col.f32.bf16.bf16.f32")
LANEFOLD_MMA(mma_m16n8k32_s8, int, "+r", "m16n8k32.row.col.s32.s8.s8.s32")
#undef LANEFOLD_MMA

LANEFOLD_FN unsigned shared_address(void const* pointer) {
  return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

/// One word of each 8 x 8 matrix of 16-bit elements: ldmatrix (PTX ISA 9.7.14.5.15), sm_75. Lane 8 m + r hands in the
/// address of row r of matrix m, a multiple of 16 in shared memory.
#define LANEFOLD_LDMATRIX(suffix, form)                                                  \
  LANEFOLD_FN void ldmatrix_x1##suffix(unsigned (&d)[1], void const* row, callers who) { \
    check_mask(who);                                                                     \
    asm volatile("ldmatrix.sync.aligned.m8n8.x1" form ".shared.b16 {%0}, [%1];"          \
                 : "=r"(d[0])                                                            \
                 : "r"(shared_address(row))                                              \
                 : "memory");                                                            \
  }                                                                                      \
  LANEFOLD_FN void ldmatrix_x2##suffix(unsigned (&d)[2], void const* row, callers who) { \
    check_mask(who);                                                                     \
    asm volatile("ldmatrix.sync.aligned.m8n8.x2" form ".shared.b16 {%0,%1}, [%2];"       \
                 : "=r"(d[0]), "=r"(d[1])                                                \
                 : "r"(shared_address(row))                                              \
                 : "memory");                                                            \
  }                                                                                      \
  LANEFOLD_FN void ldmatrix_x4##suffix(unsigned (&d)[4], void const* row, callers who) { \
    check_mask(who);                                                                     \
    asm volatile("ldmatrix.sync.aligned.m8n8.x4" form ".shared.b16 {%0,%1,%2,%3}, [%4];" \
                 : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])                        \
                 : "r"(shared_address(row))                                              \
                 : "memory");                                                            \
  }
LANEFOLD_LDMATRIX(, "")
LANEFOLD_LDMATRIX(_trans, ".trans")
#undef LANEFOLD_LDMATRIX

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
