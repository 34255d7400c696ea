// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What lanes of a warp do together, each function one rendezvous of the lanes' fibers.

#include <lanefold/backend/call_site.cuh>
#include <lanefold/backend/generic.cuh>
#include <lanefold/sim/operations.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

constexpr bool has_redux = true;

template <class T>
LANEFOLD_FN in_range<T> exchange(sim::operation const& op, callers who, T const& value, int operand, int width) {
  in_range<T> received{value, true};
  sim::collective({&op, who.mask, sizeof(T), operand, width, &value, &received.value, &received.valid, who.site});
  return received;
}
template <class T>
LANEFOLD_FN in_range<T> shuffle(callers who, T const& v, int source, int width) {
  return exchange(sim::operations::shuffle, who, v, source, width);
}
// A distance of 32 is one of 0 to the instruction, and out of range to us.
template <class T>
LANEFOLD_FN in_range<T> shuffle_up(callers who, T const& v, int distance, int width) {
  in_range<T> result = exchange(sim::operations::shuffle_up, who, v, distance, width);
  result.valid = result.valid && distance < width;
  return result;
}
template <class T>
LANEFOLD_FN in_range<T> shuffle_down(callers who, T const& v, int distance, int width) {
  in_range<T> result = exchange(sim::operations::shuffle_down, who, v, distance, width);
  result.valid = result.valid && distance < width;
  return result;
}
template <class T>
LANEFOLD_FN in_range<T> shuffle_xor(callers who, T const& v, int bits, int width) {
  return exchange(sim::operations::shuffle_xor, who, v, bits, width);
}

/// Bits: 4 or 8 bytes, unsigned.
template <class Bits>
LANEFOLD_FN unsigned match_any(callers who, Bits bits) {
  return sim::answer_of<unsigned>(sim::operations::match_any, who.mask, bits, who.site);
}
template <class Bits>
LANEFOLD_FN bool match_all(callers who, Bits bits) {
  bool same = false;
  sim::answer_of<unsigned>(sim::operations::match_all, who.mask, bits, who.site, &same);
  return same;
}

#define LANEFOLD_ANSWER(Result, name, Value, operation_name)                                     \
  LANEFOLD_FN Result name(callers who, Value value) {                                            \
    using word = traits::conditional_t<traits::same<Value, bool>, unsigned, Value>;              \
    return static_cast<Result>(                                                                  \
        sim::answer_of<word>(sim::operations::operation_name, who.mask, word{value}, who.site)); \
  }
LANEFOLD_ANSWER(unsigned, ballot, bool, ballot)
LANEFOLD_ANSWER(bool, all_of, bool, vote_all)
LANEFOLD_ANSWER(bool, any_of, bool, vote_any)
LANEFOLD_ANSWER(bool, uniform, bool, vote_uniform)
LANEFOLD_ANSWER(unsigned, redux_add, unsigned, redux_add)
LANEFOLD_ANSWER(int, redux_min, int, redux_min_signed)
LANEFOLD_ANSWER(int, redux_max, int, redux_max_signed)
LANEFOLD_ANSWER(unsigned, redux_min, unsigned, redux_min_unsigned)
LANEFOLD_ANSWER(unsigned, redux_max, unsigned, redux_max_unsigned)
LANEFOLD_ANSWER(unsigned, redux_and, unsigned, redux_and)
LANEFOLD_ANSWER(unsigned, redux_or, unsigned, redux_or)
LANEFOLD_ANSWER(unsigned, redux_xor, unsigned, redux_xor)
#undef LANEFOLD_ANSWER

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
