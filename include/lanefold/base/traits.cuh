// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The handful of type questions the library asks, without a standard header: NVRTC has none, and <type_traits> alone
// would be a third of what including lanefold costs.

struct __half;
struct __nv_bfloat16;

namespace lanefold {
namespace traits {

template <class A, class B>
constexpr bool same = false;
template <class A>
constexpr bool same<A, A> = true;

template <class T, class... Choices>
constexpr bool one_of = (same<T, Choices> || ...);

template <bool Condition, class Then, class Else>
struct conditional {
  using type = Then;
};
template <class Then, class Else>
struct conditional<false, Then, Else> {
  using type = Else;
};
template <bool Condition, class Then, class Else>
using conditional_t = typename conditional<Condition, Then, Else>::type;

template <class T>
struct remove_reference {
  using type = T;
};
template <class T>
struct remove_reference<T&> {
  using type = T;
};
template <class T>
using remove_reference_t = typename remove_reference<T>::type;
template <class T>
struct remove_const {
  using type = T;
};
template <class T>
struct remove_const<T const> {
  using type = T;
};
template <class T>
using remove_const_t = typename remove_const<T>::type;
template <bool Condition>
struct enable_if {};
template <>
struct enable_if<true> {
  using type = int;
};

/// A type as it is, in a place from which no template argument is deduced.
template <class T>
struct type_identity {
  using type = T;
};
template <class T>
using type_identity_t = typename type_identity<T>::type;

template <class T>
constexpr bool trivially_copyable = __is_trivially_copyable(T);
template <class T>
constexpr bool default_constructible = __is_constructible(T);

template <class T>
constexpr bool integral = one_of<T, bool, char, signed char, unsigned char, short, unsigned short, int, unsigned, long,
                                 unsigned long, long long, unsigned long long>;
template <class T>
constexpr bool native_float = one_of<T, float, double>;
template <class T>
constexpr bool half_float = one_of<T, __half, __nv_bfloat16>;
template <class T>
constexpr bool floating = native_float<T> || half_float<T>;
template <class T>
constexpr bool arithmetic = integral<T> || floating<T>;

template <class T>
constexpr bool is_signed = T(-1) < T(0);

template <int Bytes>
struct unsigned_of;
template <>
struct unsigned_of<1> {
  using type = unsigned char;
};
template <>
struct unsigned_of<2> {
  using type = unsigned short;
};
template <>
struct unsigned_of<4> {
  using type = unsigned;
};
template <>
struct unsigned_of<8> {
  using type = unsigned long long;
};
/// The unsigned integer of a type's size (1, 2, 4 or 8 bytes).
template <class T>
using bits_t = typename unsigned_of<sizeof(T)>::type;

}  // namespace traits
}  // namespace lanefold
