// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What lanes of a warp do together, each function one rendezvous of the lanes' fibers.

#include <lanefold/backend/generic.cuh>
#include <lanefold/backend/host/checks.cuh>
#include <lanefold/sim/operations.hpp>

#include <cstring>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

constexpr bool has_redux = true;

LANEFOLD_FN unsigned vote(sim::operation const& op, callers who, bool predicate) {
  unsigned result = 0;
  sim::collective({&op, who.mask, 4, predicate, 32, nullptr, &result, nullptr, who.site});
  return result;
}
LANEFOLD_FN unsigned ballot(callers who, bool p) { return vote(sim::operations::ballot, who, p); }
LANEFOLD_FN bool all_of(callers who, bool p) { return vote(sim::operations::vote_all, who, p); }
LANEFOLD_FN bool any_of(callers who, bool p) { return vote(sim::operations::vote_any, who, p); }
LANEFOLD_FN bool uniform(callers who, bool p) { return vote(sim::operations::vote_uniform, who, p); }

template <class T>
LANEFOLD_FN in_range<T> exchange(sim::operation const& op, callers who, T const& value, int operand, int width) {
  // Bytes, not a T: a user's type need not have a default constructor.
  alignas(T) unsigned char received[sizeof(T)];
  bool valid = true;
  sim::collective({&op, who.mask, sizeof(T), operand, width, &value, received, &valid, who.site});
  in_range<T> result{value, valid};
  std::memcpy(static_cast<void*>(&result.value), received, sizeof(T));
  return result;
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
  unsigned result = 0;
  sim::collective({&sim::operations::match_any, who.mask, sizeof(Bits), 0, 32, &bits, &result, nullptr, who.site});
  return result;
}
template <class Bits>
LANEFOLD_FN bool match_all(callers who, Bits bits) {
  unsigned result = 0;
  bool same = false;
  sim::collective({&sim::operations::match_all, who.mask, sizeof(Bits), 0, 32, &bits, &result, &same, who.site});
  return same;
}

template <class Word>
LANEFOLD_FN Word redux(sim::operation const& op, callers who, Word word) {
  Word result{};
  sim::collective({&op, who.mask, 4, 0, 32, &word, &result, nullptr, who.site});
  return result;
}
LANEFOLD_FN unsigned redux_add(callers who, unsigned v) { return redux(sim::operations::redux_add, who, v); }
LANEFOLD_FN int redux_min(callers who, int v) { return redux(sim::operations::redux_min_signed, who, v); }
LANEFOLD_FN int redux_max(callers who, int v) { return redux(sim::operations::redux_max_signed, who, v); }
LANEFOLD_FN unsigned redux_min(callers who, unsigned v) { return redux(sim::operations::redux_min_unsigned, who, v); }
LANEFOLD_FN unsigned redux_max(callers who, unsigned v) { return redux(sim::operations::redux_max_unsigned, who, v); }
LANEFOLD_FN unsigned redux_and(callers who, unsigned v) { return redux(sim::operations::redux_and, who, v); }
LANEFOLD_FN unsigned redux_or(callers who, unsigned v) { return redux(sim::operations::redux_or, who, v); }
LANEFOLD_FN unsigned redux_xor(callers who, unsigned v) { return redux(sim::operations::redux_xor, who, v); }

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
