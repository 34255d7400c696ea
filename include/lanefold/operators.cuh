// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/detail/ordered_bits.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

namespace detail {
// minimum and maximum, with or without NaN winning. Zeros of both signs are ordered.
template <bool Greatest, bool NanWins, class T>
LANEFOLD_HD T select_extremum(T a, T b) {
  static_assert(traits::arithmetic<T>,
                "minimum and maximum take arithmetic types: for a type of your own pass your own operator");
  if constexpr (traits::floating<T>) {
    return backend::float_extremum<Greatest, NanWins>(a, b);
  } else if constexpr (traits::integral<T>) {
    return (Greatest ? a < b : b < a) ? b : a;
  }
}

template <class T>
LANEFOLD_HD T& any();  // never defined: for decltype
template <class T, class = T>
constexpr bool can_add = false;
template <class T>
constexpr bool can_add<T, decltype(static_cast<T>(any<T const>() + any<T const>()))> = true;
}  // namespace detail

// The operators: pure functions T(T, T). Each works for every arithmetic type, half and bfloat16 included (include
// cuda_fp16.h or cuda_bf16.h yourself). Any function object of yours is as good: LANEFOLD_HD makes it one of the device and the host.

/// a + b, rounded once: floating-point sums are never contracted into an fma. Integers wrap, signed ones too: the tree's
/// partial sums may overflow where the total does not.
struct plus {
  template <class T>
  LANEFOLD_HD T operator()(T a, T b) const {
    if constexpr (traits::floating<T>) {
      return backend::add(a, b);
    } else if constexpr (traits::integral<T>) {
      return backend::wrapping_add(a, b);
    } else if constexpr (detail::can_add<T>) {
      return static_cast<T>(a + b);
    } else {
      static_assert(detail::can_add<T>,
                    "plus over a user type needs its operator+ (LANEFOLD_HD, so that the GPU has it); or pass an "
                    "operator of your own, as in reduce(group, value, my_plus{})");
    }
  }
};
/// a * b, rounded once. Integers wrap.
struct multiplies {
  template <class T>
  LANEFOLD_HD T operator()(T a, T b) const {
    if constexpr (traits::floating<T>) {
      return backend::multiply(a, b);
    } else if constexpr (traits::integral<T>) {
      using bits = traits::bits_t<T>;
      return static_cast<T>(1u * static_cast<bits>(a) * static_cast<bits>(b));
    } else {
      return static_cast<T>(a * b);
    }
  }
};
/// The smaller; NaN if either is NaN (IEEE 754-2019 minimum); -0 orders below +0.
struct minimum {
  template <class T>
  LANEFOLD_HD T operator()(T a, T b) const {
    return detail::select_extremum<false, true>(a, b);
  }
};
/// The larger; NaN if either is NaN (IEEE 754-2019 maximum); -0 orders below +0.
struct maximum {
  template <class T>
  LANEFOLD_HD T operator()(T a, T b) const {
    return detail::select_extremum<true, true>(a, b);
  }
};
/// The smaller; a NaN yields to any number (IEEE 754-2019 minimumNumber); -0 orders below +0.
struct minimum_number {
  template <class T>
  LANEFOLD_HD T operator()(T a, T b) const {
    return detail::select_extremum<false, false>(a, b);
  }
};
/// The larger; a NaN yields to any number (IEEE 754-2019 maximumNumber); -0 orders below +0.
struct maximum_number {
  template <class T>
  LANEFOLD_HD T operator()(T a, T b) const {
    return detail::select_extremum<true, false>(a, b);
  }
};
/// a & b.
struct bit_and {
  template <class T>
  LANEFOLD_HD T operator()(T a, T b) const {
    static_assert(!traits::floating<T>, "bit_and, bit_or and bit_xor take integers");
    if constexpr (!traits::floating<T>) return static_cast<T>(a & b);
  }
};
/// a | b.
struct bit_or {
  template <class T>
  LANEFOLD_HD T operator()(T a, T b) const {
    static_assert(!traits::floating<T>, "bit_and, bit_or and bit_xor take integers");
    if constexpr (!traits::floating<T>) return static_cast<T>(a | b);
  }
};
/// a ^ b.
struct bit_xor {
  template <class T>
  LANEFOLD_HD T operator()(T a, T b) const {
    static_assert(!traits::floating<T>, "bit_and, bit_or and bit_xor take integers");
    if constexpr (!traits::floating<T>) return static_cast<T>(a ^ b);
  }
};
/// a && b, as 0 or 1.
struct logical_and {
  template <class T>
  LANEFOLD_HD T operator()(T a, T b) const {
    return static_cast<T>(a && b);
  }
};
/// a || b, as 0 or 1.
struct logical_or {
  template <class T>
  LANEFOLD_HD T operator()(T a, T b) const {
    return static_cast<T>(a || b);
  }
};

namespace detail {
template <class Operator, class T, class = T>
constexpr bool combines = false;
/// Whether op(a, b) of two T is a T, or becomes one.
template <class Operator, class T>
constexpr bool combines<Operator, T, decltype(static_cast<T>(any<Operator>()(any<T const>(), any<T const>())))> = true;

template <class Operator>
constexpr bool is_minimum = traits::one_of<Operator, minimum, minimum_number>;
template <class Operator>
constexpr bool is_maximum = traits::one_of<Operator, maximum, maximum_number>;
template <class Operator>
constexpr bool nan_wins = traits::one_of<Operator, minimum, maximum>;
template <class Operator>
constexpr bool is_bitwise = traits::one_of<Operator, bit_and, bit_or, bit_xor>;
template <class Operator>
constexpr bool is_logical = traits::one_of<Operator, logical_and, logical_or>;
template <class Operator>
constexpr bool is_library_operator = is_minimum<Operator> || is_maximum<Operator> || is_bitwise<Operator> ||
                                     is_logical<Operator> || traits::one_of<Operator, plus, multiplies>;
}  // namespace detail

/// Whether op(a, b) and op(b, a) have the same bits: saves two selects a step. True for the library's operators on
/// arithmetic types; false for yours until you say otherwise:
/// `template <> constexpr bool lanefold::is_commutative_v<my_operator, my_type> = true;`
template <class Operator, class T>
constexpr bool is_commutative_v = detail::is_library_operator<Operator> && traits::arithmetic<T>;

namespace detail {
// Whether any order of combining gives the same bits: then a collective is free to take the fastest.
template <class Operator, class T>
constexpr bool is_exact =
    is_library_operator<Operator> &&
    (traits::integral<T> || (traits::arithmetic<T> && (is_minimum<Operator> || is_maximum<Operator>)));
}  // namespace detail

/// The value e with op(e, x) == x for every x, as `identity<Operator, T>::value()`: +inf for minimum, all ones for bit_and,
/// 0 for plus (-0 == 0). Empty where an operator states none. Specialise it for an operator of yours, a whole family of
/// types at once if you like:
/// `template <class T> struct lanefold::identity<my_plus, complex<T>> { static LANEFOLD_HD complex<T> value(); };`
template <class Operator, class T, class = int>
struct identity {};
template <class Operator, class T>
struct identity<Operator, T,
                typename traits::enable_if<detail::is_library_operator<Operator> && traits::arithmetic<T>>::type> {
  static LANEFOLD_HD T value() {
    using bits = traits::bits_t<T>;
    if constexpr (detail::is_minimum<Operator> || detail::is_maximum<Operator>) {
      if constexpr (traits::floating<T>) {
        if constexpr (!detail::nan_wins<Operator>) return detail::from_bits<T>(detail::nan_bits<T>);
        bits const sign = detail::is_maximum<Operator> ? detail::sign_bit<T> : bits(0);
        return detail::from_bits<T>(static_cast<bits>(detail::infinity_bits<T> | sign));
      } else {
        return detail::from_ordered_bits<false, T>(detail::is_minimum<Operator> ? static_cast<bits>(~bits(0))
                                                                                : bits(0));
      }
    } else if constexpr (traits::one_of<Operator, multiplies, logical_and>) {
      return static_cast<T>(1);
    } else if constexpr (traits::same<Operator, bit_and>) {
      return static_cast<T>(~T(0));
    } else {
      return static_cast<T>(0);
    }
  }
};

namespace detail {
template <class Operator, class T, class = T>
constexpr bool states_identity = false;
template <class Operator, class T>
constexpr bool states_identity<Operator, T, decltype(identity<Operator, T>::value())> = true;
}  // namespace detail

/// Whether the operator states an identity for this type.
template <class Operator, class T>
constexpr bool has_identity_v = detail::states_identity<Operator, T>;

/// The identity that the operator states for this type, see identity.
template <class Operator, class T>
LANEFOLD_HD T identity_of() {
  static_assert(has_identity_v<Operator, T>,
                "this operator states no identity for this type: pass an initial value, or specialise "
                "lanefold::identity<Operator, Value>");
  if constexpr (has_identity_v<Operator, T>) return identity<Operator, T>::value();
}

namespace detail {
/// Whether there is an identity to the bit. A logical operator makes 0 or 1 of any other value, even with its identity.
template <class Operator, class T>
constexpr bool has_exact_identity =
    has_identity_v<Operator, T> && is_library_operator<Operator> && (!is_logical<Operator> || traits::same<T, bool>);

/// The identity to the bit, where there is one: -0 for floating-point sums, where identity_of gives the 0 that
/// people expect to see.
template <class Operator, class T>
LANEFOLD_HD T exact_identity() {
  if constexpr (traits::floating<T> && traits::same<Operator, plus>) {
    return from_bits<T>(sign_bit<T>);
  } else {
    return identity_of<Operator, T>();
  }
}
}  // namespace detail

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
