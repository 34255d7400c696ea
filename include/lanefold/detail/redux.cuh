// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/operators.cuh>

// Reductions by redux.sync, which combines one 32-bit integer a lane in one instruction. Everything here is exact, so
// that it has the bits of the tree.

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {

/// Whether redux (or a vote) can do this operator on this type.
template <class Operator, class Value>
constexpr bool redux_can =
    (traits::integral<Value> && (traits::same<Operator, plus> || is_bitwise<Operator> || is_logical<Operator>)) ||
    (traits::arithmetic<Value> && (is_minimum<Operator> || is_maximum<Operator>));

template <bool Greatest, class Word>
LANEFOLD_FN Word redux_extremum(backend::callers who, Word word) {
  if constexpr (Greatest) {
    return backend::redux_max(who, word);
  } else {
    return backend::redux_min(who, word);
  }
}

// The high word decides; only the lanes that hold the winning one put their low word forward.
template <bool Greatest>
LANEFOLD_FN unsigned long long redux_extremum(backend::callers who, unsigned long long value) {
  unsigned const high = static_cast<unsigned>(value >> 32);
  unsigned const best = redux_extremum<Greatest>(who, high);
  unsigned const low = high == best ? static_cast<unsigned>(value) : Greatest ? 0u : ~0u;
  return static_cast<unsigned long long>(best) << 32 | redux_extremum<Greatest>(who, low);
}

template <class Operator>
LANEFOLD_FN unsigned redux_bits(backend::callers who, unsigned word) {
  if constexpr (traits::same<Operator, bit_and>) return backend::redux_and(who, word);
  if constexpr (traits::same<Operator, bit_or>) return backend::redux_or(who, word);
  if constexpr (traits::same<Operator, bit_xor>) return backend::redux_xor(who, word);
}

// Limbs of 22, 22 and 20 bits: 32 lanes of 22 bits sum to at most 27 bits, and the top limb may wrap.
LANEFOLD_FN unsigned long long redux_sum(backend::callers who, unsigned long long value) {
  constexpr unsigned limb = (1u << 22) - 1;
  unsigned const low = backend::redux_add(who, static_cast<unsigned>(value) & limb);
  unsigned const middle = backend::redux_add(who, static_cast<unsigned>(value >> 22) & limb);
  unsigned const high = backend::redux_add(who, static_cast<unsigned>(value >> 44));
  return low + (static_cast<unsigned long long>(middle) << 22) + (static_cast<unsigned long long>(high) << 44);
}

template <class Value, class Operator>
LANEFOLD_FN Value reduce_by_redux(backend::callers who, Value value, Operator) {
  if constexpr (is_logical<Operator>) {
    bool const result =
        traits::same<Operator, logical_and> ? backend::all_of(who, value != 0) : backend::any_of(who, value != 0);
    bool const alone = (who.mask & (who.mask - 1)) == 0;  // nothing was combined, so nothing has become 0 or 1
    return alone ? value : static_cast<Value>(result);
  } else if constexpr (is_minimum<Operator> || is_maximum<Operator>) {
    constexpr bool greatest = is_maximum<Operator>;
    if constexpr (traits::integral<Value> && sizeof(Value) <= 4) {
      using word = traits::conditional_t<traits::is_signed<Value>, int, unsigned>;
      return static_cast<Value>(redux_extremum<greatest>(who, static_cast<word>(value)));
    } else {
      // A NaN has the highest key: it wins if the greatest key does, so the order is turned to fit.
      constexpr bool floats = traits::floating<Value>;
      constexpr bool highest_wins = floats ? nan_wins<Operator> : greatest;
      constexpr bool descending = floats && greatest != highest_wins;
      using word = traits::conditional_t<sizeof(Value) == 8, unsigned long long, unsigned>;
      word const key = ordered_bits<descending>(value);
      return from_ordered_bits<descending, Value>(
          static_cast<traits::bits_t<Value>>(redux_extremum<highest_wins>(who, key)));
    }
  } else if constexpr (sizeof(Value) == 8) {
    auto const bits = static_cast<unsigned long long>(value);
    if constexpr (traits::same<Operator, plus>) {
      return static_cast<Value>(redux_sum(who, bits));
    } else {
      unsigned const low = redux_bits<Operator>(who, static_cast<unsigned>(bits));
      unsigned const high = redux_bits<Operator>(who, static_cast<unsigned>(bits >> 32));
      return static_cast<Value>(static_cast<unsigned long long>(high) << 32 | low);
    }
  } else if constexpr (traits::same<Operator, plus>) {
    return static_cast<Value>(backend::redux_add(who, static_cast<unsigned>(value)));
  } else {
    return static_cast<Value>(redux_bits<Operator>(who, static_cast<unsigned>(value)));
  }
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
