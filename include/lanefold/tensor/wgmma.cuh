// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Products of a warpgroup on Hopper, typed. Operands lie in shared memory as the copy engine puts them there: in panels
// that are 128 bytes wide and swizzled over as many.
//
//   k-major (the values of one row of A, or one column of B, lie side by side): one panel of all rows, 128 bytes of k.
//   mn-major (types of 16 bits): panels of 64 rows side by side, each with one line of 128 bytes for each k.

#include <lanefold/backend/backend.cuh>
#include <lanefold/backend/wgmma.cuh>
#include <lanefold/tensor/elements.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// Which index runs fastest in an operand.
enum class major { k, mn };

/// The bytes of k that a panel holds, and that one instruction multiplies.
constexpr int panel_bytes = 128, step_bytes = 32;

/// An operand of `Rows` rows (of A; columns of B) and 128 bytes of k in shared memory, at a multiple of 1024 bytes.
template <class T, major Major, int Rows>
struct wgmma_panel {
  static constexpr int size = bytes_of<T>;
  static constexpr int depth = panel_bytes / size;  // of k
  static constexpr int rows = Major == major::k ? Rows : (Rows + 63) / 64 * 64;
  static constexpr int bytes = rows * panel_bytes;
  static_assert(Major == major::k || size == 2, "wgmma reads mn-major operands of 16-bit types alone");

  backend::wgmma_operand operand;
  explicit LANEFOLD_FN wgmma_panel(void const* at)
      : operand(backend::wgmma_operand::at(at, Major == major::k ? 16 : depth * panel_bytes, 1024, 128)) {}

  /// What one instruction reads: step 0 .. 3 of k, from row `first` on, a multiple of 64.
  LANEFOLD_FN backend::wgmma_operand at(int step, int first = 0) const {
    int const of_step = Major == major::k ? step_bytes : step_bytes / size * panel_bytes;
    return operand.plus(static_cast<unsigned>(step * of_step + first * panel_bytes));
  }
};

/// d (64 x N) = a (64 x k) b (k x N) + (add ? d : 0), k being 32 bytes. Of a lane's N / 2 accumulators, number i is in row
/// 16 (warp of the warpgroup) + lane / 4 + 8 (i / 2 % 2) and in column 8 (i / 4) + 2 (lane % 4) + i % 2. Asynchronous:
/// backend::wgmma_fence before the first, wgmma_commit after the last, wgmma_wait before d is looked at. sm_90a.
template <class A, class B, major MajorA, major MajorB, class Sum, int Count>
LANEFOLD_FN void wgmma(Sum (&d)[Count], backend::wgmma_operand a, backend::wgmma_operand b, bool add, call_site here) {
  constexpr int ta = MajorA == major::mn, tb = MajorB == major::mn;
  constexpr bool same = traits::same<A, B>;
  if constexpr (same && traits::same<A, __half>)
    backend::wgmma_f16<ta, tb>(d, a, b, add, here);
  else if constexpr (same && traits::same<A, __nv_bfloat16>)
    backend::wgmma_bf16<ta, tb>(d, a, b, add, here);
  else if constexpr (same && traits::same<A, float>)
    backend::wgmma_tf32(d, a, b, add, here);
  else if constexpr (same && traits::same<A, signed char>)
    backend::wgmma_s8(d, a, b, add, here);
  else if constexpr (same && traits::same<A, __nv_fp8_e4m3>)
    backend::wgmma_e4m3(d, a, b, add, here);
  else if constexpr (same && traits::same<A, __nv_fp8_e5m2>)
    backend::wgmma_e5m2(d, a, b, add, here);
  else if constexpr (traits::same<A, __nv_fp8_e4m3> && traits::same<B, __nv_fp8_e5m2>)
    backend::wgmma_e4m3_e5m2(d, a, b, add, here);
  else if constexpr (traits::same<A, __nv_fp8_e5m2> && traits::same<B, __nv_fp8_e4m3>)
    backend::wgmma_e5m2_e4m3(d, a, b, add, here);
  else
    static_assert(sizeof(A) == 0, "wgmma multiplies __half, __nv_bfloat16, float (as tf32), signed char, and fp8");
}

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
