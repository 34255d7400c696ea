// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What lanes of a warp do together: votes, shuffles, matches, redux, as the `_sync` intrinsics do it. PTX ISA 9.7.9.6
// (shfl.sync) and 9.7.13.10 to 9.7.13.14 (vote.sync, match.sync, redux.sync).

#include <lanefold/backend/cuda/checks.cuh>
#include <lanefold/backend/cuda/lane.cuh>
#include <lanefold/backend/generic.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
constexpr bool has_redux = false;
#else
constexpr bool has_redux = true;
#endif

template <class T>
LANEFOLD_FN in_range<T> shuffle(callers who, T const& value, int source, int width) {
  check_mask(who);
  check_source(who, (static_cast<int>(lane_id()) & -width) | (source & (width - 1)));
  words_of<T> words(value);
#pragma unroll
  for (unsigned& word : words.word) word = __shfl_sync(who.mask, word, source, width);
  return {words.back_in(value), true};
}
template <class T>
LANEFOLD_FN in_range<T> shuffle_up(callers who, T const& value, int distance, int width) {
  check_mask(who);
  int const lane = static_cast<int>(lane_id());
  check_source(who, (lane & (width - 1)) >= distance ? lane - distance : lane);
  unsigned valid = 0;  // as the instruction itself finds: spares a comparison
  words_of<T> words(value);
#pragma unroll
  for (unsigned& word : words.word) {
    asm volatile("{ .reg .pred p; shfl.sync.up.b32 %0|p, %0, %2, %3, %4; selp.u32 %1, 1, 0, p; }"
                 : "+r"(word), "=r"(valid)
                 : "r"(distance), "r"((32 - width) << 8), "r"(who.mask));
  }
  return {words.back_in(value), valid != 0 && distance < 32};  // it looks at five bits of the distance
}
template <class T>
LANEFOLD_FN in_range<T> shuffle_down(callers who, T const& value, int distance, int width) {
  check_mask(who);
  int const lane = static_cast<int>(lane_id());
  bool const valid = (lane & (width - 1)) + distance < width;
  check_source(who, valid ? lane + distance : lane);
  words_of<T> words(value);
#pragma unroll
  for (unsigned& word : words.word) word = __shfl_down_sync(who.mask, word, distance, width);
  return {words.back_in(value), valid};
}
template <class T>
LANEFOLD_FN in_range<T> shuffle_xor(callers who, T const& value, int bits, int width) {
  check_mask(who);
  int const lane = static_cast<int>(lane_id());
  bool const valid = ((lane ^ bits) & 31) <= (lane | (width - 1));
  check_source(who, valid ? (lane ^ bits) & 31 : lane);
  words_of<T> words(value);
#pragma unroll
  for (unsigned& word : words.word) word = __shfl_xor_sync(who.mask, word, bits, width);
  return {words.back_in(value), valid};
}

/// Bits: 4 or 8 bytes, unsigned.
template <class Bits>
LANEFOLD_FN unsigned match_any(callers who, Bits bits) {
  check_mask(who);
  return __match_any_sync(who.mask, bits);
}
template <class Bits>
LANEFOLD_FN bool match_all(callers who, Bits bits) {
  check_mask(who);
  int same;
  __match_all_sync(who.mask, bits, &same);
  return same;
}

#define LANEFOLD_ANSWER(Result, name, Value, intrinsic) \
  LANEFOLD_FN Result name(callers who, Value value) {   \
    check_mask(who);                                    \
    return intrinsic(who.mask, value);                  \
  }
LANEFOLD_ANSWER(unsigned, ballot, bool, __ballot_sync)
LANEFOLD_ANSWER(bool, all_of, bool, __all_sync)
LANEFOLD_ANSWER(bool, any_of, bool, __any_sync)
LANEFOLD_ANSWER(bool, uniform, bool, __uni_sync)
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
// Never chosen on these architectures (has_redux); declared so that discarded branches parse.
#undef LANEFOLD_ANSWER
#define LANEFOLD_ANSWER(Result, name, Value, intrinsic) \
  LANEFOLD_FN Result name(callers, Value value) { return value; }
#endif
LANEFOLD_ANSWER(unsigned, redux_add, unsigned, __reduce_add_sync)
LANEFOLD_ANSWER(int, redux_min, int, __reduce_min_sync)
LANEFOLD_ANSWER(int, redux_max, int, __reduce_max_sync)
LANEFOLD_ANSWER(unsigned, redux_min, unsigned, __reduce_min_sync)
LANEFOLD_ANSWER(unsigned, redux_max, unsigned, __reduce_max_sync)
LANEFOLD_ANSWER(unsigned, redux_and, unsigned, __reduce_and_sync)
LANEFOLD_ANSWER(unsigned, redux_or, unsigned, __reduce_or_sync)
LANEFOLD_ANSWER(unsigned, redux_xor, unsigned, __reduce_xor_sync)
#undef LANEFOLD_ANSWER

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
