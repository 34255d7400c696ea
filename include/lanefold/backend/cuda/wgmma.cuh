// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The tensor cores of Hopper: products of a warpgroup, four warps that start at a multiple of four, all lanes of which
// call together (PTX ISA 9.7.15, wgmma; sm_90a). Operands lie in shared memory, and descriptors say how.

#include <lanefold/backend/cuda/checks.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// Whether this pass of the compiler is for a chip without the instructions. A kernel's body is then no_such_instruction.
#if defined(__CUDA_ARCH__) && !defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define LANEFOLD_WITHOUT_WGMMA 1
#else
#define LANEFOLD_WITHOUT_WGMMA 0
#endif
LANEFOLD_FN void no_such_instruction() { __trap(); }

/// wgmma.fence: before the first product, and wherever a lane has touched the accumulators since the last.
LANEFOLD_FN void wgmma_fence(call_site) { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
/// wgmma.commit_group: what was asked for since the last one is a group.
LANEFOLD_FN void wgmma_commit(call_site) { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
/// wgmma.wait_group: until at most Pending groups are under way.
template <int Pending>
LANEFOLD_FN void wgmma_wait(call_site) {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(Pending) : "memory");
}

/// setmaxnreg (PTX ISA 9.7.19.5), sm_90a: registers of each lane of the warpgroup, a multiple of 8 in 24..256. Works in
/// kernels with launch bounds alone.
template <int Registers>
LANEFOLD_FN void give_registers_back() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(Registers));
}
template <int Registers>
LANEFOLD_FN void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(Registers));
}

/// Where an operand lies: the descriptor of a matrix in shared memory (PTX ISA 9.7.15.5.1).
///
/// - `address`: of its first row, in the block's shared memory.
/// - `leading`, `stride`: bytes; what they are depends on the layout: tensor/wgmma.cuh.
/// - `swizzle`: bytes, 0, 32, 64 or 128.
struct wgmma_operand {
  unsigned long long bits;

  static LANEFOLD_FN wgmma_operand at(void const* address, unsigned leading, unsigned stride, int swizzle) {
    unsigned long long const kind = swizzle == 128 ? 1 : swizzle == 64 ? 2 : swizzle == 32 ? 3 : 0;
    unsigned const shared = static_cast<unsigned>(__cvta_generic_to_shared(address));
    return {(shared & 0x3ffff) >> 4 | static_cast<unsigned long long>(leading >> 4) << 16 |
            static_cast<unsigned long long>(stride >> 4) << 32 | kind << 62};
  }
  /// The same layout so many bytes further on.
  LANEFOLD_FN wgmma_operand plus(unsigned bytes) const { return {bits + (bytes >> 4)}; }
};

// d (64 x N) = a (64 x k) b (k x N) + (add ? d : 0), k being 32 bytes of a row. wgmma_<types><TransposeA, TransposeB>: 1
// where rows of an operand are not what lies side by side, in types of 16 bits alone. N is twice the length of d. What the
// instructions differ in by N is their list of registers; these macros write it, eight at a time.
#define LANEFOLD_REGISTERS_1 "%0, %1, %2, %3, %4, %5, %6, %7"
#define LANEFOLD_REGISTERS_2 LANEFOLD_REGISTERS_1 ", %8, %9, %10, %11, %12, %13, %14, %15"
#define LANEFOLD_REGISTERS_3 LANEFOLD_REGISTERS_2 ", %16, %17, %18, %19, %20, %21, %22, %23"
#define LANEFOLD_REGISTERS_4 LANEFOLD_REGISTERS_3 ", %24, %25, %26, %27, %28, %29, %30, %31"
#define LANEFOLD_REGISTERS_5 LANEFOLD_REGISTERS_4 ", %32, %33, %34, %35, %36, %37, %38, %39"
#define LANEFOLD_REGISTERS_6 LANEFOLD_REGISTERS_5 ", %40, %41, %42, %43, %44, %45, %46, %47"
#define LANEFOLD_REGISTERS_7 LANEFOLD_REGISTERS_6 ", %48, %49, %50, %51, %52, %53, %54, %55"
#define LANEFOLD_REGISTERS_8 LANEFOLD_REGISTERS_7 ", %56, %57, %58, %59, %60, %61, %62, %63"
#define LANEFOLD_REGISTERS_9 LANEFOLD_REGISTERS_8 ", %64, %65, %66, %67, %68, %69, %70, %71"
#define LANEFOLD_REGISTERS_10 LANEFOLD_REGISTERS_9 ", %72, %73, %74, %75, %76, %77, %78, %79"
#define LANEFOLD_REGISTERS_11 LANEFOLD_REGISTERS_10 ", %80, %81, %82, %83, %84, %85, %86, %87"
#define LANEFOLD_REGISTERS_12 LANEFOLD_REGISTERS_11 ", %88, %89, %90, %91, %92, %93, %94, %95"
#define LANEFOLD_REGISTERS_13 LANEFOLD_REGISTERS_12 ", %96, %97, %98, %99, %100, %101, %102, %103"
#define LANEFOLD_REGISTERS_14 LANEFOLD_REGISTERS_13 ", %104, %105, %106, %107, %108, %109, %110, %111"
#define LANEFOLD_REGISTERS_15 LANEFOLD_REGISTERS_14 ", %112, %113, %114, %115, %116, %117, %118, %119"
#define LANEFOLD_REGISTERS_16 LANEFOLD_REGISTERS_15 ", %120, %121, %122, %123, %124, %125, %126, %127"
#define LANEFOLD_EIGHT(c, i) \
  c(d[i]), c(d[i + 1]), c(d[i + 2]), c(d[i + 3]), c(d[i + 4]), c(d[i + 5]), c(d[i + 6]), c(d[i + 7])
#define LANEFOLD_ACCUMULATORS_1(c) LANEFOLD_EIGHT(c, 0)
#define LANEFOLD_ACCUMULATORS_2(c) LANEFOLD_ACCUMULATORS_1(c), LANEFOLD_EIGHT(c, 8)
#define LANEFOLD_ACCUMULATORS_3(c) LANEFOLD_ACCUMULATORS_2(c), LANEFOLD_EIGHT(c, 16)
#define LANEFOLD_ACCUMULATORS_4(c) LANEFOLD_ACCUMULATORS_3(c), LANEFOLD_EIGHT(c, 24)
#define LANEFOLD_ACCUMULATORS_5(c) LANEFOLD_ACCUMULATORS_4(c), LANEFOLD_EIGHT(c, 32)
#define LANEFOLD_ACCUMULATORS_6(c) LANEFOLD_ACCUMULATORS_5(c), LANEFOLD_EIGHT(c, 40)
#define LANEFOLD_ACCUMULATORS_7(c) LANEFOLD_ACCUMULATORS_6(c), LANEFOLD_EIGHT(c, 48)
#define LANEFOLD_ACCUMULATORS_8(c) LANEFOLD_ACCUMULATORS_7(c), LANEFOLD_EIGHT(c, 56)
#define LANEFOLD_ACCUMULATORS_9(c) LANEFOLD_ACCUMULATORS_8(c), LANEFOLD_EIGHT(c, 64)
#define LANEFOLD_ACCUMULATORS_10(c) LANEFOLD_ACCUMULATORS_9(c), LANEFOLD_EIGHT(c, 72)
#define LANEFOLD_ACCUMULATORS_11(c) LANEFOLD_ACCUMULATORS_10(c), LANEFOLD_EIGHT(c, 80)
#define LANEFOLD_ACCUMULATORS_12(c) LANEFOLD_ACCUMULATORS_11(c), LANEFOLD_EIGHT(c, 88)
#define LANEFOLD_ACCUMULATORS_13(c) LANEFOLD_ACCUMULATORS_12(c), LANEFOLD_EIGHT(c, 96)
#define LANEFOLD_ACCUMULATORS_14(c) LANEFOLD_ACCUMULATORS_13(c), LANEFOLD_EIGHT(c, 104)
#define LANEFOLD_ACCUMULATORS_15(c) LANEFOLD_ACCUMULATORS_14(c), LANEFOLD_EIGHT(c, 112)
#define LANEFOLD_ACCUMULATORS_16(c) LANEFOLD_ACCUMULATORS_15(c), LANEFOLD_EIGHT(c, 120)

#define LANEFOLD_WGMMA(begin, name, word, c, N, eights, kind, a, b, p, tail, immediates)                           \
  begin LANEFOLD_FN void name(word(&d)[8 * eights], wgmma_operand in_a, wgmma_operand in_b, bool add, call_site) { \
    asm volatile("{ .reg .pred p; setp.ne.b32 p, " p ", 0; wgmma.mma_async.sync.aligned.m64n" #N kind              \
                 " {" LANEFOLD_REGISTERS_##eights "}, " a ", " b ", p" tail "; }"                                  \
                 : LANEFOLD_ACCUMULATORS_##eights(c)                                                               \
                 : "l"(in_a.bits), "l"(in_b.bits), "r"(static_cast<int>(add))immediates);                          \
  }
#define LANEFOLD_TRANSPOSES , "n"(TransposeA), "n"(TransposeB)
#define LANEFOLD_NO_IMMEDIATES
#define LANEFOLD_WGMMA_16_BITS(name, N, eights, kind, a, b, p, ta, tb)                                                 \
  LANEFOLD_WGMMA(template <int TransposeA LANEFOLD_COMMA int TransposeB>, name, float, "+f", N, eights, kind, a, b, p, \
                 ", 1, 1, " ta ", " tb, LANEFOLD_TRANSPOSES)
#define LANEFOLD_COMMA ,
#define LANEFOLD_WGMMA_OF(N, eights, a, b, p, ta, tb)                                                                  \
  LANEFOLD_WGMMA_16_BITS(wgmma_f16, N, eights, "k16.f32.f16.f16", a, b, p, ta, tb)                                     \
  LANEFOLD_WGMMA_16_BITS(wgmma_bf16, N, eights, "k16.f32.bf16.bf16", a, b, p, ta, tb)                                  \
  LANEFOLD_WGMMA(, wgmma_tf32, float, "+f", N, eights, "k8.f32.tf32.tf32", a, b, p, ", 1, 1", LANEFOLD_NO_IMMEDIATES)  \
  LANEFOLD_WGMMA(, wgmma_e4m3, float, "+f", N, eights, "k32.f32.e4m3.e4m3", a, b, p, ", 1, 1", LANEFOLD_NO_IMMEDIATES) \
  LANEFOLD_WGMMA(, wgmma_e5m2, float, "+f", N, eights, "k32.f32.e5m2.e5m2", a, b, p, ", 1, 1", LANEFOLD_NO_IMMEDIATES) \
  LANEFOLD_WGMMA(, wgmma_e4m3_e5m2, float, "+f", N, eights, "k32.f32.e4m3.e5m2", a, b, p, ", 1, 1",                    \
                 LANEFOLD_NO_IMMEDIATES)                                                                               \
  LANEFOLD_WGMMA(, wgmma_e5m2_e4m3, float, "+f", N, eights, "k32.f32.e5m2.e4m3", a, b, p, ", 1, 1",                    \
                 LANEFOLD_NO_IMMEDIATES)                                                                               \
  LANEFOLD_WGMMA(, wgmma_s8, int, "+r", N, eights, "k32.s32.s8.s8", a, b, p, "", LANEFOLD_NO_IMMEDIATES)
LANEFOLD_WGMMA_OF(16, 1, "%8", "%9", "%10", "%11", "%12")
LANEFOLD_WGMMA_OF(32, 2, "%16", "%17", "%18", "%19", "%20")
LANEFOLD_WGMMA_OF(64, 4, "%32", "%33", "%34", "%35", "%36")
LANEFOLD_WGMMA_OF(96, 6, "%48", "%49", "%50", "%51", "%52")
LANEFOLD_WGMMA_OF(128, 8, "%64", "%65", "%66", "%67", "%68")
LANEFOLD_WGMMA_OF(160, 10, "%80", "%81", "%82", "%83", "%84")
LANEFOLD_WGMMA_OF(192, 12, "%96", "%97", "%98", "%99", "%100")
LANEFOLD_WGMMA_OF(224, 14, "%112", "%113", "%114", "%115", "%116")
LANEFOLD_WGMMA_OF(256, 16, "%128", "%129", "%130", "%131", "%132")
#undef LANEFOLD_WGMMA_OF
#undef LANEFOLD_COMMA
#undef LANEFOLD_WGMMA_16_BITS
#undef LANEFOLD_NO_IMMEDIATES
#undef LANEFOLD_TRANSPOSES
#undef LANEFOLD_WGMMA
#undef LANEFOLD_EIGHT
#undef LANEFOLD_ACCUMULATORS_1
#undef LANEFOLD_ACCUMULATORS_2
#undef LANEFOLD_ACCUMULATORS_3
#undef LANEFOLD_ACCUMULATORS_4
#undef LANEFOLD_ACCUMULATORS_5
#undef LANEFOLD_ACCUMULATORS_6
#undef LANEFOLD_ACCUMULATORS_7
#undef LANEFOLD_ACCUMULATORS_8
#undef LANEFOLD_ACCUMULATORS_9
#undef LANEFOLD_ACCUMULATORS_10
#undef LANEFOLD_ACCUMULATORS_11
#undef LANEFOLD_ACCUMULATORS_12
#undef LANEFOLD_ACCUMULATORS_13
#undef LANEFOLD_ACCUMULATORS_14
#undef LANEFOLD_ACCUMULATORS_15
#undef LANEFOLD_ACCUMULATORS_16
#undef LANEFOLD_REGISTERS_1
#undef LANEFOLD_REGISTERS_2
#undef LANEFOLD_REGISTERS_3
#undef LANEFOLD_REGISTERS_4
#undef LANEFOLD_REGISTERS_5
#undef LANEFOLD_REGISTERS_6
#undef LANEFOLD_REGISTERS_7
#undef LANEFOLD_REGISTERS_8
#undef LANEFOLD_REGISTERS_9
#undef LANEFOLD_REGISTERS_10
#undef LANEFOLD_REGISTERS_11
#undef LANEFOLD_REGISTERS_12
#undef LANEFOLD_REGISTERS_13
#undef LANEFOLD_REGISTERS_14
#undef LANEFOLD_REGISTERS_15
#undef LANEFOLD_REGISTERS_16

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
