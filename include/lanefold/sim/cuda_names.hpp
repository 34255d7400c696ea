// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Opt-in: the names of CUDA C++ for hand-written kernels on the simulator. All that changes in a kernel's file is how
// it is launched (lanefold::launch) and how it declares shared memory (LANEFOLD_SHARED). Under nvcc: nothing.
// Include the toolkit's own headers first where both are used.

#if !defined(__CUDACC__) && !defined(__CUDACC_RTC__)

#include <lanefold/base/traits.cuh>
#include <lanefold/sim/atomics.hpp>
#include <lanefold/sim/operations.hpp>

// The toolkit's own words first, so that they do not come back later: to a C++ compiler its __shared__ is nothing at all,
// and each lane would get memory of its own; its threadIdx is nobody's.
#if __has_include(<device_launch_parameters.h>)
#include <device_launch_parameters.h>
#endif
#undef __shared__
#define __shared__ \
  _Pragma("GCC error \"lanefold: __shared__ means nothing in C++: declare it by LANEFOLD_SHARED(name, type)\"")

#ifndef __global__
#define __global__
#endif
#ifndef __device__
#define __device__
#endif
#ifndef __host__
#define __host__
#endif
#ifndef __forceinline__
#define __forceinline__ inline __attribute__((always_inline))
#endif

// The last parameters of every function below: where the kernel's author wrote the call.
#define LANEFOLD_SIM_SITE char const *file = __builtin_FILE(), int line = __builtin_LINE()

// Macros, so that threadIdx.x is an unsigned and nothing else: templates and printf get the lane's own number.
#define threadIdx (::lanefold::sim::self().thread)
#define blockIdx (::lanefold::sim::self().block)
#define blockDim (::lanefold::sim::self().block_extent)
#define gridDim (::lanefold::sim::self().grid_extent)
inline constexpr int warpSize = 32;

// ---- waiting for one another

__forceinline__ void __syncthreads(LANEFOLD_SIM_SITE) { lanefold::sim::sync_block({"__syncthreads", file, line}); }
__forceinline__ void __syncwarp(unsigned mask = ~0u, LANEFOLD_SIM_SITE) {
  using namespace lanefold::sim;
  collective({&operations::sync_warp, mask, 0, 0, 32, nullptr, nullptr, nullptr, {"__syncwarp", file, line}});
}
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __nanosleep(unsigned, LANEFOLD_SIM_SITE) { lanefold::sim::yield({"__nanosleep", file, line}); }

// ---- shuffles, votes, matches, reductions

#define LANEFOLD_SIM_SHUFFLE(name, operation_name, operand)                                        \
  template <class T>                                                                               \
  __forceinline__ T name(unsigned mask, T value, int operand, int width = 32, LANEFOLD_SIM_SITE) { \
    static_assert(__is_trivially_copyable(T), "a shuffle copies bytes");                           \
    T received = value;                                                                            \
    lanefold::sim::collective({&lanefold::sim::operations::operation_name,                         \
                               mask,                                                               \
                               sizeof(T),                                                          \
                               operand,                                                            \
                               width,                                                              \
                               &value,                                                             \
                               &received,                                                          \
                               nullptr,                                                            \
                               {#name, file, line}});                                              \
    return received;                                                                               \
  }
LANEFOLD_SIM_SHUFFLE(__shfl_sync, shuffle, source)
LANEFOLD_SIM_SHUFFLE(__shfl_up_sync, shuffle_up, delta)
LANEFOLD_SIM_SHUFFLE(__shfl_down_sync, shuffle_down, delta)
LANEFOLD_SIM_SHUFFLE(__shfl_xor_sync, shuffle_xor, lane_mask)
#undef LANEFOLD_SIM_SHUFFLE

inline unsigned __activemask(LANEFOLD_SIM_SITE) { return lanefold::sim::active_mask({"__activemask", file, line}); }

template <class T>
__forceinline__ unsigned __match_any_sync(unsigned mask, T value, LANEFOLD_SIM_SITE) {
  using namespace lanefold::sim;
  return answer_of<unsigned>(operations::match_any, mask, value, {"__match_any_sync", file, line});
}
template <class T>
__forceinline__ unsigned __match_all_sync(unsigned mask, T value, int* predicate, LANEFOLD_SIM_SITE) {
  using namespace lanefold::sim;
  bool all = false;
  auto const same = answer_of<unsigned>(operations::match_all, mask, value, {"__match_all_sync", file, line}, &all);
  *predicate = all;
  return same;
}

#define LANEFOLD_SIM_ANSWER(result, name, type, operation_name)                             \
  __forceinline__ result name(unsigned mask, type value, LANEFOLD_SIM_SITE) {               \
    using namespace lanefold::sim;                                                          \
    return answer_of<result>(operations::operation_name, mask, value, {#name, file, line}); \
  }
LANEFOLD_SIM_ANSWER(unsigned, __ballot_sync, int, ballot)
LANEFOLD_SIM_ANSWER(int, __all_sync, int, vote_all)
LANEFOLD_SIM_ANSWER(int, __any_sync, int, vote_any)
LANEFOLD_SIM_ANSWER(int, __uni_sync, int, vote_uniform)
LANEFOLD_SIM_ANSWER(unsigned, __reduce_add_sync, unsigned, redux_add)
LANEFOLD_SIM_ANSWER(int, __reduce_add_sync, int, redux_add)
LANEFOLD_SIM_ANSWER(unsigned, __reduce_min_sync, unsigned, redux_min_unsigned)
LANEFOLD_SIM_ANSWER(int, __reduce_min_sync, int, redux_min_signed)
LANEFOLD_SIM_ANSWER(unsigned, __reduce_max_sync, unsigned, redux_max_unsigned)
LANEFOLD_SIM_ANSWER(int, __reduce_max_sync, int, redux_max_signed)
LANEFOLD_SIM_ANSWER(unsigned, __reduce_and_sync, unsigned, redux_and)
LANEFOLD_SIM_ANSWER(unsigned, __reduce_or_sync, unsigned, redux_or)
LANEFOLD_SIM_ANSWER(unsigned, __reduce_xor_sync, unsigned, redux_xor)
#undef LANEFOLD_SIM_ANSWER

// ---- atomics; the value's type comes from the address alone, as in atomicAdd(&a_double, 1): int, unsigned, long long, unsigned long long, float, double wherever C++ has the operator

#define LANEFOLD_SIM_ATOMIC(name, change)                                                                          \
  template <class T>                                                                                               \
  T name(T* address, lanefold::traits::type_identity_t<T> value, LANEFOLD_SIM_SITE) {                              \
    return lanefold::sim::atomically(address, [value](T old) { return static_cast<T>(change); }, __ATOMIC_RELAXED, \
                                     {#name, file, line});                                                         \
  }
LANEFOLD_SIM_ATOMIC(atomicAdd, old + value)
LANEFOLD_SIM_ATOMIC(atomicSub, old - value)
LANEFOLD_SIM_ATOMIC(atomicMin, value < old ? value : old)
LANEFOLD_SIM_ATOMIC(atomicMax, old < value ? value : old)
LANEFOLD_SIM_ATOMIC(atomicAnd, old& value)
LANEFOLD_SIM_ATOMIC(atomicOr, old | value)
LANEFOLD_SIM_ATOMIC(atomicXor, old ^ value)
LANEFOLD_SIM_ATOMIC(atomicExch, (void(old), value))
LANEFOLD_SIM_ATOMIC(atomicInc, old >= value ? 0 : old + 1)
LANEFOLD_SIM_ATOMIC(atomicDec, old == 0 || old > value ? value : old - 1)
#undef LANEFOLD_SIM_ATOMIC

template <class T>
T atomicCAS(T* address, lanefold::traits::type_identity_t<T> expected, lanefold::traits::type_identity_t<T> desired,
            LANEFOLD_SIM_SITE) {
  // Bits are compared, as on the device.
  return lanefold::sim::atomically(
      address, [=](T old) { return __builtin_memcmp(&old, &expected, sizeof old) == 0 ? desired : old; },
      __ATOMIC_RELAXED, {"atomicCAS", file, line});
}

// ---- integers

inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz(static_cast<unsigned>(x)); }
inline int __clzll(long long x) { return x == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(x)); }
inline unsigned __brev(unsigned x) {
  x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
  x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
  x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
  return __builtin_bswap32(x);
}
/// The offset-th set bit of `mask` from bit `base` on: upwards for offset > 0, downwards for offset < 0; offset 0 asks
/// for `base` itself. ~0u when there is none.
inline unsigned __fns(unsigned mask, unsigned base, int offset) {
  if (offset == 0) return (mask >> base & 1) != 0 ? base : ~0u;
  int const step = offset > 0 ? 1 : -1;
  for (int bit = static_cast<int>(base); bit >= 0 && bit < 32; bit += step)
    if ((mask >> bit & 1) != 0 && (offset -= step) == 0) return static_cast<unsigned>(bit);
  return ~0u;
}

#undef LANEFOLD_SIM_SITE

#endif
