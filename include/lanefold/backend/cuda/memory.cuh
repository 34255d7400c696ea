// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What one lane does with memory that others see. Generic addresses: shared and global memory alike.

#include <lanefold/backend/call_site.cuh>
#include <lanefold/backend/config.cuh>
#include <lanefold/backend/generic.cuh>
#include <lanefold/base/scope.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

// ---- atomics: relaxed (PTX ISA, atom; .add.f64 and the scopes sm_60). Each returns the value before; one whose value
// nobody reads becomes `red`. A cluster has none of its own: the whole GPU's orders more.

#define LANEFOLD_ATOMIC(name, intrinsic, sentence, ...)                                             \
  template <scope Scope = scope::gpu, class T>                                                      \
  LANEFOLD_FN T name(T* address, traits::type_identity_t<T> value, call_site) {                     \
    static_assert(traits::one_of<T, __VA_ARGS__>, #name ": the GPU has it for " sentence);          \
    if constexpr (Scope == scope::block) return intrinsic##_block(address, value);                  \
    if constexpr (Scope == scope::system) return intrinsic##_system(address, value);                \
    if constexpr (Scope == scope::cluster || Scope == scope::gpu) return intrinsic(address, value); \
  }
#define LANEFOLD_INTEGERS int, unsigned, unsigned long long
#define LANEFOLD_INTEGERS_TEXT "int, unsigned and unsigned long long"
LANEFOLD_ATOMIC(atomic_add, atomicAdd, LANEFOLD_INTEGERS_TEXT ", float and double", LANEFOLD_INTEGERS, float, double)
LANEFOLD_ATOMIC(atomic_min, atomicMin, LANEFOLD_INTEGERS_TEXT, LANEFOLD_INTEGERS)
LANEFOLD_ATOMIC(atomic_max, atomicMax, LANEFOLD_INTEGERS_TEXT, LANEFOLD_INTEGERS)
LANEFOLD_ATOMIC(atomic_and, atomicAnd, LANEFOLD_INTEGERS_TEXT, LANEFOLD_INTEGERS)
LANEFOLD_ATOMIC(atomic_or, atomicOr, LANEFOLD_INTEGERS_TEXT, LANEFOLD_INTEGERS)
LANEFOLD_ATOMIC(atomic_xor, atomicXor, LANEFOLD_INTEGERS_TEXT, LANEFOLD_INTEGERS)
LANEFOLD_ATOMIC(exchange_bits, atomicExch, "4 and 8 bytes", unsigned, unsigned long long)
#undef LANEFOLD_ATOMIC
#undef LANEFOLD_INTEGERS
#undef LANEFOLD_INTEGERS_TEXT

/// T: 4 or 8 bytes.
template <scope Scope = scope::gpu, class T>
LANEFOLD_FN T atomic_exchange(T* address, traits::type_identity_t<T> value, call_site site) {
  return from_bits(exchange_bits<Scope>(reinterpret_cast<traits::bits_t<T>*>(address), to_bits<T>(value), site), value);
}

/// T: 4 or 8 bytes, compared bit by bit.
template <scope Scope = scope::gpu, class T>
LANEFOLD_FN T atomic_compare_exchange(T* address, traits::type_identity_t<T> expected,
                                      traits::type_identity_t<T> desired, call_site) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "atomic_compare_exchange: the GPU has it for 4 and 8 bytes");
  auto const word = reinterpret_cast<traits::bits_t<T>*>(address);
  auto const from = to_bits<T>(expected), to = to_bits<T>(desired);
  traits::bits_t<T> before;
  if constexpr (Scope == scope::block)
    before = atomicCAS_block(word, from, to);
  else if constexpr (Scope == scope::system)
    before = atomicCAS_system(word, from, to);
  else
    before = atomicCAS(word, from, to);
  return from_bits(before, expected);
}

// ---- orders: PTX ISA, Memory Consistency Model; ld.acquire, st.release, red.release, fence.acq_rel; sm_70

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
#define LANEFOLD_CLUSTER ".cluster"
#else
#define LANEFOLD_CLUSTER ".gpu"
#endif
/// asm volatile, with the name of Scope between `before` and what follows.
#define LANEFOLD_SCOPED_ASM(before, ...)                            \
  do {                                                              \
    if constexpr (Scope == scope::block)                            \
      asm volatile(before ".cta" __VA_ARGS__ : "memory");           \
    else if constexpr (Scope == scope::cluster)                     \
      asm volatile(before LANEFOLD_CLUSTER __VA_ARGS__ : "memory"); \
    else if constexpr (Scope == scope::gpu)                         \
      asm volatile(before ".gpu" __VA_ARGS__ : "memory");           \
    else                                                            \
      asm volatile(before ".sys" __VA_ARGS__ : "memory");           \
  } while (false)

/// T: 4 or 8 bytes. What the writer did before its release is seen after this load.
template <scope Scope = scope::gpu, class T>
LANEFOLD_FN T load_acquire(T const* address, call_site) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "load_acquire: 4 or 8 bytes");
  traits::bits_t<T> bits;
  if constexpr (sizeof(T) == 4)
    LANEFOLD_SCOPED_ASM("ld.acquire", ".b32 %0, [%1];" : "=r"(bits) : "l"(address));
  else
    LANEFOLD_SCOPED_ASM("ld.acquire", ".b64 %0, [%1];" : "=l"(bits) : "l"(address));
  return from_bits<T>(bits);
}

/// T: 4 or 8 bytes.
template <scope Scope = scope::gpu, class T>
LANEFOLD_FN void store_release(T* address, traits::type_identity_t<T> value, call_site) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "store_release: 4 or 8 bytes");
  if constexpr (sizeof(T) == 4)
    LANEFOLD_SCOPED_ASM("st.release", ".b32 [%0], %1;" ::"l"(address), "r"(to_bits<T>(value)));
  else
    LANEFOLD_SCOPED_ASM("st.release", ".b64 [%0], %1;" ::"l"(address), "l"(to_bits<T>(value)));
}

/// T: int, unsigned, unsigned long long. An atomic add that releases, for counters of those who are done.
template <scope Scope = scope::gpu, class T>
LANEFOLD_FN void red_release_add(T* address, traits::type_identity_t<T> value, call_site) {
  static_assert(traits::one_of<T, int, unsigned, unsigned long long>,
                "red_release_add: int, unsigned or unsigned long long");
  if constexpr (sizeof(T) == 4)
    LANEFOLD_SCOPED_ASM("red.release", ".add.u32 [%0], %1;" ::"l"(address), "r"(value));
  else
    LANEFOLD_SCOPED_ASM("red.release", ".add.u64 [%0], %1;" ::"l"(address), "l"(value));
}

template <scope Scope = scope::gpu>
LANEFOLD_FN void fence(call_site) {
  LANEFOLD_SCOPED_ASM("fence.acq_rel", ";" ::);
}
#undef LANEFOLD_SCOPED_ASM
#undef LANEFOLD_CLUSTER

// ---- vectors: PTX ISA, ld and st with .v2 and .v4; sm_20. The address is a multiple of Bytes.

/// Bytes: 4, 8 or 16.
template <int Bytes>
using words = traits::first_t<traits::when<Bytes == 4, unsigned>, traits::when<Bytes == 8, uint2>,
                              traits::when<Bytes == 16, uint4>>;

template <int Bytes>
LANEFOLD_FN words<Bytes> load_words(void const* address, call_site) {
  return *static_cast<words<Bytes> const*>(address);
}
template <int Bytes>
LANEFOLD_FN void store_words(void* address, words<Bytes> value, call_site) {
  *static_cast<words<Bytes>*>(address) = value;
}

/// 16 bytes of global memory where `there`, elsewhere zeros and no access: without a branch, so that loads of all lanes can
/// be under way together. `Again`: others of this multiprocessor will read them; else its L1 cache keeps none, and the L2
/// cache fetches the line of 128 bytes. ld with .level::eviction_priority and .level::prefetch_size (PTX ISA 9.7.9.8);
/// sm_75, before that a plain load. Not .nc: what a grid ahead has written may be read.
template <bool Again>
LANEFOLD_FN words<16> load_or_zero(void const* address, bool there, call_site) {
  words<16> result;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 750
#define LANEFOLD_ONCE ".L1::no_allocate.L2::128B"
#else
#define LANEFOLD_ONCE
#endif
#define LANEFOLD_LOAD_OR_ZERO(hints)                                                                        \
  asm volatile(                                                                                             \
      "{ .reg .pred p; setp.ne.b32 p, %5, 0; mov.b32 %0, 0; mov.b32 %1, 0; mov.b32 %2, 0; mov.b32 %3, 0;\n" \
      "@p ld.global" hints ".v4.u32 {%0, %1, %2, %3}, [%4]; }"                                              \
      : "=&r"(result.x), "=&r"(result.y), "=&r"(result.z), "=&r"(result.w)                                  \
      : "l"(address), "r"(static_cast<int>(there)))
  if constexpr (Again)
    LANEFOLD_LOAD_OR_ZERO("");
  else
    LANEFOLD_LOAD_OR_ZERO(LANEFOLD_ONCE);
#undef LANEFOLD_LOAD_OR_ZERO
#undef LANEFOLD_ONCE
  return result;
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
