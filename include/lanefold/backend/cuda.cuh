// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The seam on the GPU: what one lane can do, as the `_sync` intrinsics do it. Names mirror backend/host.hpp.

#include <lanefold/backend/arithmetic.cuh>
#include <lanefold/backend/config.cuh>
#include <lanefold/backend/traits.cuh>

#if LANEFOLD_CHECKED
#include <lanefold/backend/cuda_checks.cuh>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

#if !LANEFOLD_CHECKED
/// Where the user's code called a public verb: kept in checked builds, nothing at all in release builds.
struct call_site {
  static __host__ __device__ constexpr call_site here() { return {}; }
  __host__ __device__ constexpr call_site in(char const*) const { return {}; }
};
#endif

namespace backend {

constexpr bool simulated = false;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
constexpr bool has_redux = false;
#else
constexpr bool has_redux = true;
#endif

template <class T>
struct in_range {
  T value;
  bool valid;
};

LANEFOLD_FN unsigned lane_id() {
  unsigned lane;
  asm("mov.u32 %0, %%laneid;" : "=r"(lane));
  return lane;
}
LANEFOLD_FN index3 thread_index() { return {threadIdx.x, threadIdx.y, threadIdx.z}; }
LANEFOLD_FN index3 block_index() { return {blockIdx.x, blockIdx.y, blockIdx.z}; }
LANEFOLD_FN index3 block_extent() { return {blockDim.x, blockDim.y, blockDim.z}; }
LANEFOLD_FN index3 grid_extent() { return {gridDim.x, gridDim.y, gridDim.z}; }
LANEFOLD_FN void* dynamic_shared() {
  extern __shared__ __align__(128) unsigned char lanefold_dynamic_shared[];
  return lanefold_dynamic_shared;
}

LANEFOLD_FN int popcount(unsigned x) { return __popc(x); }
/// Index of the lowest / highest set bit; x is not 0.
LANEFOLD_FN int lowest_bit(unsigned x) { return __ffs(static_cast<int>(x)) - 1; }
LANEFOLD_FN int highest_bit(unsigned x) { return 31 - __clz(static_cast<int>(x)); }

#if !LANEFOLD_CHECKED
LANEFOLD_FN void check_range(char const*, int, int, int, call_site) {}
LANEFOLD_FN void check_extent(index3, call_site) {}
LANEFOLD_FN void check_scratch(void const*, call_site) {}
LANEFOLD_FN void check_mask(unsigned, call_site) {}
LANEFOLD_FN void check_source(unsigned, int, call_site) {}
#endif

LANEFOLD_FN unsigned ballot(unsigned mask, bool predicate, call_site site) {
  check_mask(mask, site);
  return __ballot_sync(mask, predicate);
}
LANEFOLD_FN bool all_of(unsigned mask, bool predicate, call_site site) {
  check_mask(mask, site);
  return __all_sync(mask, predicate);
}
LANEFOLD_FN bool any_of(unsigned mask, bool predicate, call_site site) {
  check_mask(mask, site);
  return __any_sync(mask, predicate);
}
LANEFOLD_FN bool uniform(unsigned mask, bool predicate, call_site site) {
  check_mask(mask, site);
  return __uni_sync(mask, predicate);
}

// A value travels as 32-bit words. memcpy keeps padded and odd-sized types defined, and the last word whole.
template <class T, class Move>
LANEFOLD_FN T move_words(T const& value, Move move) {
  constexpr int count = (sizeof(T) + 3) / 4;
  unsigned words[count];
  if constexpr (sizeof(T) % 4 != 0) words[count - 1] = 0;
  memcpy(words, &value, sizeof(T));
#pragma unroll
  for (int i = 0; i < count; ++i) words[i] = move(words[i]);
  T result = value;
  memcpy(static_cast<void*>(&result), words, sizeof(T));
  return result;
}

template <class T>
LANEFOLD_FN in_range<T> shuffle(unsigned mask, T const& value, int source, int width, call_site site) {
  check_mask(mask, site);
  check_source(mask, (static_cast<int>(lane_id()) & -width) | (source & (width - 1)), site);
  return {move_words(value, [=](unsigned word) { return __shfl_sync(mask, word, source, width); }), true};
}
template <class T>
LANEFOLD_FN in_range<T> shuffle_up(unsigned mask, T const& value, int distance, int width, call_site site) {
  check_mask(mask, site);
  int const lane = static_cast<int>(lane_id());
  check_source(mask, (lane & (width - 1)) >= distance ? lane - distance : lane, site);
  unsigned valid = 0;  // as the instruction itself finds: spares a comparison
  T const below = move_words(value, [&](unsigned word) {
    asm volatile("{ .reg .pred p; shfl.sync.up.b32 %0|p, %0, %2, %3, %4; selp.u32 %1, 1, 0, p; }"
                 : "+r"(word), "=r"(valid)
                 : "r"(distance), "r"((32 - width) << 8), "r"(mask));
    return word;
  });
  return {below, valid != 0 && distance < 32};  // it looks at five bits of the distance
}
template <class T>
LANEFOLD_FN in_range<T> shuffle_down(unsigned mask, T const& value, int distance, int width, call_site site) {
  check_mask(mask, site);
  int const lane = static_cast<int>(lane_id());
  bool const valid = (lane & (width - 1)) + distance < width;
  check_source(mask, valid ? lane + distance : lane, site);
  return {move_words(value, [=](unsigned word) { return __shfl_down_sync(mask, word, distance, width); }), valid};
}
template <class T>
LANEFOLD_FN in_range<T> shuffle_xor(unsigned mask, T const& value, int bits, int width, call_site site) {
  check_mask(mask, site);
  int const lane = static_cast<int>(lane_id());
  bool const valid = ((lane ^ bits) & 31) <= (lane | (width - 1));
  check_source(mask, valid ? (lane ^ bits) & 31 : lane, site);
  return {move_words(value, [=](unsigned word) { return __shfl_xor_sync(mask, word, bits, width); }), valid};
}

/// Bits: 4 or 8 bytes, unsigned.
template <class Bits>
LANEFOLD_FN unsigned match_any(unsigned mask, Bits bits, call_site site) {
  check_mask(mask, site);
  return __match_any_sync(mask, bits);
}
template <class Bits>
LANEFOLD_FN bool match_all(unsigned mask, Bits bits, call_site site) {
  check_mask(mask, site);
  int same;
  __match_all_sync(mask, bits, &same);
  return same;
}

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
#define LANEFOLD_REDUX(name, Word, intrinsic)                       \
  LANEFOLD_FN Word name(unsigned mask, Word word, call_site site) { \
    check_mask(mask, site);                                         \
    return intrinsic(mask, word);                                   \
  }
#else
// Never chosen on these architectures (has_redux); declared so that discarded branches parse.
#define LANEFOLD_REDUX(name, Word, intrinsic) \
  LANEFOLD_FN Word name(unsigned, Word word, call_site) { return word; }
#endif
LANEFOLD_REDUX(redux_add, unsigned, __reduce_add_sync)
LANEFOLD_REDUX(redux_min, int, __reduce_min_sync)
LANEFOLD_REDUX(redux_max, int, __reduce_max_sync)
LANEFOLD_REDUX(redux_min, unsigned, __reduce_min_sync)
LANEFOLD_REDUX(redux_max, unsigned, __reduce_max_sync)
LANEFOLD_REDUX(redux_and, unsigned, __reduce_and_sync)
LANEFOLD_REDUX(redux_or, unsigned, __reduce_or_sync)
LANEFOLD_REDUX(redux_xor, unsigned, __reduce_xor_sync)
#undef LANEFOLD_REDUX

LANEFOLD_FN void sync_warp(unsigned mask, call_site site) {
  check_mask(mask, site);
  __syncwarp(mask);
}
LANEFOLD_FN void sync_block(call_site) { __syncthreads(); }
/// The same barrier, for whole warps that come to it at another place than the rest of the block. PTX lets each warp have
/// its own place; compute-sanitizer's synccheck asks that such a place says so by leaving out `.aligned`.
LANEFOLD_FN void sync_block_apart(call_site) { asm volatile("barrier.sync 0;" ::: "memory"); }
LANEFOLD_FN unsigned active_mask(call_site) { return __activemask(); }

/// Whether all 32 lanes are found here together. Then they may shuffle as one warp, and several lane sets go through the
/// same shuffles at once instead of one after another. Safe under independent scheduling: either all 32 lanes see it or
/// none does, and what they do next does not depend on who else is there.
LANEFOLD_FN bool whole_warp_here() { return __activemask() == 0xffffffffu; }

/// The same address, known to be in shared memory and held in a register: otherwise each predicated access works it out
/// anew from the block's place in its cluster.
LANEFOLD_FN void* pin_shared(void* pointer) {
  unsigned address = static_cast<unsigned>(__cvta_generic_to_shared(pointer));
  asm("" : "+r"(address));
  return __cvta_shared_to_generic(address);
}

/// Inside an `if`: keeps the compiler from turning it into arithmetic, so that it becomes one predicated instruction.
LANEFOLD_FN void keep_predicated() { asm volatile(""); }

/// Where any of `bits` is set: left + value; elsewhere: value. One predicated instruction, whatever the compiler thinks of
/// the `if` around it.
LANEFOLD_FN float add_where(unsigned bits, float left, float value) {
  asm("{ .reg .pred p; setp.ne.b32 p, %2, 0; @p add.rn.f32 %0, %1, %0; }" : "+f"(value) : "f"(left), "r"(bits));
  return value;
}
LANEFOLD_FN unsigned add_where(unsigned bits, unsigned left, unsigned value) {
  asm("{ .reg .pred p; setp.ne.b32 p, %2, 0; @p add.u32 %0, %1, %0; }" : "+r"(value) : "r"(left), "r"(bits));
  return value;
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
