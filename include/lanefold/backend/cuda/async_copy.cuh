// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Copies from global to shared memory that pass no register (PTX ISA 9.7.9.25.3, cp.async; sm_80). Each lane makes its
// own, and waits for its own: what others copied is there after a barrier that they came to once they had waited. On sm_75
// a load and a store do the same, at once.

#include <lanefold/backend/cuda/memory.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
constexpr bool copies_are_late = false;
#else
constexpr bool copies_are_late = true;
#endif

/// Begins to copy Bytes (4, 8 or 16) bytes; both addresses are multiples of it. Past L1 when there are 16.
template <int Bytes>
LANEFOLD_FN void cp_async(void* shared, void const* global, call_site site) {
  static_assert(Bytes == 4 || Bytes == 8 || Bytes == 16, "cp_async copies 4, 8 or 16 bytes");
  if constexpr (copies_are_late) {
    auto const to = static_cast<unsigned>(__cvta_generic_to_shared(shared));
    if constexpr (Bytes == 16)
      asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16;" ::"r"(to), "l"(global) : "memory");
    else
      asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(to), "l"(global), "n"(Bytes) : "memory");
  } else {
    store_words<Bytes>(shared, load_words<Bytes>(global, site), site);
  }
}

/// The same, but only the first `valid_bytes` (0 .. Bytes) are read; what follows in shared memory becomes 0.
template <int Bytes>
LANEFOLD_FN void cp_async(void* shared, void const* global, int valid_bytes, call_site site) {
  static_assert(Bytes == 4 || Bytes == 8 || Bytes == 16, "cp_async copies 4, 8 or 16 bytes");
  if constexpr (copies_are_late) {
    auto const to = static_cast<unsigned>(__cvta_generic_to_shared(shared));
    if constexpr (Bytes == 16)
      asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(to), "l"(global), "r"(valid_bytes)
                   : "memory");
    else
      asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(to), "l"(global), "n"(Bytes), "r"(valid_bytes)
                   : "memory");
  } else {
    words<Bytes> value{};
    if (valid_bytes == Bytes)
      value = load_words<Bytes>(global, site);
    else
      for (int i = 0; i < valid_bytes; ++i) reinterpret_cast<char*>(&value)[i] = static_cast<char const*>(global)[i];
    store_words<Bytes>(shared, value, site);
  }
}

/// Ends a group of copies: those that this lane began since the last one.
LANEFOLD_FN void cp_async_commit() {
  if constexpr (copies_are_late) asm volatile("cp.async.commit_group;" ::: "memory");
}
/// Until all but the last Pending groups of this lane have come.
template <int Pending>
LANEFOLD_FN void cp_async_wait() {
  if constexpr (copies_are_late) asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
