// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Tensor cores. All 32 lanes of the warp take part, so `who` names them all.

#include <lanefold/backend/cuda/checks.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

// d += a b: mma.sync.aligned (PTX ISA 9.7.14.5.14). Element by element the registers hold what the PTX ISA says: of A, B
// and D row lane / 4 (of A and D also that + 8; of B column lane / 4), and bytes or columns by lane % 4. The asm is
// volatile not because of its order, which ptxas chooses anyhow, but so that it is not moved under an `if` of some lanes.
// A form is the number of registers of D, A and B, and the letter of D's.

#define LANEFOLD_MMA_4_4_2(name, instruction, Word, letter)                                               \
  LANEFOLD_FN void name(Word(&d)[4], unsigned const(&a)[4], unsigned const(&b)[2], callers who) {         \
    check_mask(who);                                                                                      \
    asm volatile("mma.sync.aligned." instruction " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};" \
                 : "+" letter(d[0]), "+" letter(d[1]), "+" letter(d[2]), "+" letter(d[3])                 \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));                     \
  }
/// sm_80
LANEFOLD_MMA_4_4_2(mma_m16n8k16_bf16, "m16n8k16.row.col.f32.bf16.bf16.f32", float, "f")
LANEFOLD_MMA_4_4_2(mma_m16n8k8_tf32, "m16n8k8.row.col.f32.tf32.tf32.f32", float, "f")
/// sm_89
LANEFOLD_MMA_4_4_2(mma_m16n8k32_e4m3, "m16n8k32.row.col.f32.e4m3.e4m3.f32", float, "f")
LANEFOLD_MMA_4_4_2(mma_m16n8k32_e5m2, "m16n8k32.row.col.f32.e5m2.e5m2.f32", float, "f")
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
/// sm_80; on sm_75 made of smaller ones, below
LANEFOLD_MMA_4_4_2(mma_m16n8k16_f16, "m16n8k16.row.col.f32.f16.f16.f32", float, "f")
LANEFOLD_MMA_4_4_2(mma_m16n8k32_s8, "m16n8k32.row.col.s32.s8.s8.s32", int, "r")
#endif
#undef LANEFOLD_MMA_4_4_2

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
/// D in half precision, two elements a register. sm_80; on sm_75 made of smaller ones, below.
LANEFOLD_FN void mma_m16n8k16_f16_f16(unsigned (&d)[2], unsigned const (&a)[4], unsigned const (&b)[2], callers who) {
  check_mask(who);
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 {%0,%1}, {%2,%3,%4,%5}, {%6,%7}, {%0,%1};"
               : "+r"(d[0]), "+r"(d[1])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#endif
/// sm_75
LANEFOLD_FN void mma_m16n8k8_f16(float (&d)[4], unsigned const (&a)[2], unsigned const (&b)[1], callers who) {
  check_mask(who);
  asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(b[0]));
}
/// sm_75
LANEFOLD_FN void mma_m16n8k8_f16_f16(unsigned (&d)[2], unsigned const (&a)[2], unsigned const (&b)[1], callers who) {
  check_mask(who);
  asm volatile("mma.sync.aligned.m16n8k8.row.col.f16.f16.f16.f16 {%0,%1}, {%2,%3}, {%4}, {%0,%1};"
               : "+r"(d[0]), "+r"(d[1])
               : "r"(a[0]), "r"(a[1]), "r"(b[0]));
}
/// sm_75
LANEFOLD_FN void mma_m8n8k16_s8(int (&d)[2], unsigned const (&a)[1], unsigned const (&b)[1], callers who) {
  check_mask(who);
  asm volatile("mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%0,%1}, {%2}, {%3}, {%0,%1};"
               : "+r"(d[0]), "+r"(d[1])
               : "r"(a[0]), "r"(b[0]));
}
/// sm_80
LANEFOLD_FN void mma_m8n8k4_f64(double (&d)[2], double const (&a)[1], double const (&b)[1], callers who) {
  check_mask(who);
  asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0,%1}, {%2}, {%3}, {%0,%1};"
               : "+d"(d[0]), "+d"(d[1])
               : "d"(a[0]), "d"(b[0]));
}

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
LANEFOLD_FN void mma_m16n8k16_f16(float (&d)[4], unsigned const (&a)[4], unsigned const (&b)[2], callers who) {
  for (int half = 0; half < 2; ++half) mma_m16n8k8_f16(d, {a[2 * half], a[2 * half + 1]}, {b[half]}, who);
}
LANEFOLD_FN void mma_m16n8k16_f16_f16(unsigned (&d)[2], unsigned const (&a)[4], unsigned const (&b)[2], callers who) {
  for (int half = 0; half < 2; ++half) mma_m16n8k8_f16_f16(d, {a[2 * half], a[2 * half + 1]}, {b[half]}, who);
}
LANEFOLD_FN void mma_m16n8k32_s8(int (&d)[4], unsigned const (&a)[4], unsigned const (&b)[2], callers who) {
  for (int rows = 0; rows < 2; ++rows) {
    int sum[2] = {d[2 * rows], d[2 * rows + 1]};
    for (int half = 0; half < 2; ++half) mma_m8n8k16_s8(sum, {a[2 * half + rows]}, {b[half]}, who);
    d[2 * rows] = sum[0];
    d[2 * rows + 1] = sum[1];
  }
}
#endif

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

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
constexpr bool has_stmatrix = false;
#else
constexpr bool has_stmatrix = true;
#endif
/// The other way: lane 8 m + r hands in the address of row r of matrix m, and one word of each. stmatrix (PTX ISA
/// 9.7.14.5.16), sm_90.
#define LANEFOLD_STMATRIX(suffix, form)                                                                               \
  LANEFOLD_FN void stmatrix_x1##suffix(void* row, unsigned const(&d)[1], callers who) {                               \
    check_mask(who);                                                                                                  \
    asm volatile("stmatrix.sync.aligned.m8n8.x1" form ".shared.b16 [%0], {%1};" ::"r"(shared_address(row)), "r"(d[0]) \
                 : "memory");                                                                                         \
  }                                                                                                                   \
  LANEFOLD_FN void stmatrix_x2##suffix(void* row, unsigned const(&d)[2], callers who) {                               \
    check_mask(who);                                                                                                  \
    asm volatile("stmatrix.sync.aligned.m8n8.x2" form ".shared.b16 [%0], {%1,%2};" ::"r"(shared_address(row)),        \
                 "r"(d[0]), "r"(d[1])                                                                                 \
                 : "memory");                                                                                         \
  }                                                                                                                   \
  LANEFOLD_FN void stmatrix_x4##suffix(void* row, unsigned const(&d)[4], callers who) {                               \
    check_mask(who);                                                                                                  \
    asm volatile("stmatrix.sync.aligned.m8n8.x4" form ".shared.b16 [%0], {%1,%2,%3,%4};" ::"r"(shared_address(row)),  \
                 "r"(d[0]), "r"(d[1]), "r"(d[2]), "r"(d[3])                                                           \
                 : "memory");                                                                                         \
  }
LANEFOLD_STMATRIX(, "")
LANEFOLD_STMATRIX(_trans, ".trans")
#undef LANEFOLD_STMATRIX

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
