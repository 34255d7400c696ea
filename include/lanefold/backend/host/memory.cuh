// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What one lane does with memory that others see, on the simulator. Scopes make no difference: host memory has one. Other
// lanes get a turn after each of these, so that whoever waits for this lane makes progress, and this one's wait does.

#include <lanefold/backend/call_site.cuh>
#include <lanefold/backend/config.cuh>
#include <lanefold/backend/host/arithmetic.cuh>
#include <lanefold/base/scope.cuh>
#include <lanefold/sim/atomics.hpp>

#include <string.h>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

// ---- atomics: relaxed. Each returns the value before.

template <class T>
LANEFOLD_FN T atomic_sum(T a, T b) {
  if constexpr (traits::native_float<T>) return add(a, b);
  return wrapping_add(a, b);
}
template <class T>
constexpr bool atomic_integer = traits::one_of<T, int, unsigned, unsigned long long>;

#define LANEFOLD_ATOMIC(name, supported, sentence, change)                                           \
  template <scope Scope = scope::gpu, class T>                                                       \
  LANEFOLD_FN T name(T* address, traits::type_identity_t<T> value, call_site site) {                 \
    static_assert(supported, #name ": the GPU has it for " sentence);                                \
    return sim::atomically(address, [value](T old) -> T { return change; }, __ATOMIC_RELAXED, site); \
  }
#define LANEFOLD_INTEGERS_TEXT "int, unsigned and unsigned long long"
LANEFOLD_ATOMIC(atomic_add, (atomic_integer<T> || traits::native_float<T>), LANEFOLD_INTEGERS_TEXT ", float and double",
                atomic_sum(old, value))
LANEFOLD_ATOMIC(atomic_min, atomic_integer<T>, LANEFOLD_INTEGERS_TEXT, value < old ? value : old)
LANEFOLD_ATOMIC(atomic_max, atomic_integer<T>, LANEFOLD_INTEGERS_TEXT, old < value ? value : old)
LANEFOLD_ATOMIC(atomic_and, atomic_integer<T>, LANEFOLD_INTEGERS_TEXT, old& value)
LANEFOLD_ATOMIC(atomic_or, atomic_integer<T>, LANEFOLD_INTEGERS_TEXT, old | value)
LANEFOLD_ATOMIC(atomic_xor, atomic_integer<T>, LANEFOLD_INTEGERS_TEXT, old ^ value)
LANEFOLD_ATOMIC(atomic_exchange, sizeof(T) == 4 || sizeof(T) == 8, "4 and 8 bytes", (void(old), value))
#undef LANEFOLD_ATOMIC
#undef LANEFOLD_INTEGERS_TEXT

/// T: 4 or 8 bytes, compared bit by bit.
template <scope Scope = scope::gpu, class T>
LANEFOLD_FN T atomic_compare_exchange(T* address, traits::type_identity_t<T> expected,
                                      traits::type_identity_t<T> desired, call_site site) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "atomic_compare_exchange: the GPU has it for 4 and 8 bytes");
  return sim::atomically(
      address, [&](T old) { return memcmp(&old, &expected, sizeof old) == 0 ? desired : old; }, __ATOMIC_RELAXED, site);
}

// ---- orders

/// T: 4 or 8 bytes. What the writer did before its release is seen after this load.
template <scope Scope = scope::gpu, class T>
LANEFOLD_FN T load_acquire(T const* address, call_site site) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "load_acquire: 4 or 8 bytes");
  T value;
  __atomic_load(address, &value, __ATOMIC_ACQUIRE);
  sim::yield(site);
  return value;
}

/// T: 4 or 8 bytes.
template <scope Scope = scope::gpu, class T>
LANEFOLD_FN void store_release(T* address, traits::type_identity_t<T> value, call_site site) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "store_release: 4 or 8 bytes");
  __atomic_store(address, &value, __ATOMIC_RELEASE);
  sim::yield(site, true);
}

/// T: int, unsigned, unsigned long long. An atomic add that releases, for counters of those who are done.
template <scope Scope = scope::gpu, class T>
LANEFOLD_FN void red_release_add(T* address, traits::type_identity_t<T> value, call_site site) {
  static_assert(atomic_integer<T>, "red_release_add: int, unsigned or unsigned long long");
  sim::atomically(address, [value](T old) -> T { return wrapping_add(old, value); }, __ATOMIC_RELEASE, site);
}

template <scope Scope = scope::gpu>
LANEFOLD_FN void fence(call_site) {
  __atomic_thread_fence(__ATOMIC_ACQ_REL);
}

// ---- vectors. The address is a multiple of Bytes: the GPU faults at any other, and so does the simulator.

/// Bytes: 4, 8 or 16.
template <int Bytes>
struct words {
  alignas(Bytes) unsigned char bytes[Bytes];
};

template <int Bytes>
LANEFOLD_FN void check_alignment(void const* address, call_site site) {
  if (__builtin_expect(reinterpret_cast<size_t>(address) % Bytes != 0, 0))
    sim::fail("MISALIGNED-ACCESS", site, "the address %p is no multiple of the %d bytes that are moved at once",
              address, Bytes);
}
template <int Bytes>
LANEFOLD_FN words<Bytes> load_words(void const* address, call_site site) {
  check_alignment<Bytes>(address, site);
  words<Bytes> result;
  memcpy(&result, address, Bytes);
  return result;
}
template <int Bytes>
LANEFOLD_FN void store_words(void* address, words<Bytes> value, call_site site) {
  check_alignment<Bytes>(address, site);
  memcpy(address, &value, Bytes);
}

/// 16 bytes of global memory where `there`, elsewhere zeros and no access.
template <bool Again>
LANEFOLD_FN words<16> load_or_zero(void const* address, bool there, call_site site) {
  return there ? load_words<16>(address, site) : words<16>();
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
