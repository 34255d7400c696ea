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

/// The type of the first case that holds: first_t<when<is_small, int>, when<true, long>>.
template <bool Holds, class T>
struct when {};
template <class... Cases>
struct first {};
template <class T, class... Others>
struct first<when<true, T>, Others...> : type_identity<T> {};
template <class T, class... Others>
struct first<when<false, T>, Others...> : first<Others...> {};
template <class... Cases>
using first_t = typename first<Cases...>::type;
template <bool Condition, class Then, class Else>
using conditional_t = first_t<when<Condition, Then>, when<true, Else>>;

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

/// The unsigned integer of a type's size (1, 2, 4 or 8 bytes).
template <class T>
using bits_t = first_t<when<sizeof(T) == 1, unsigned char>, when<sizeof(T) == 2, unsigned short>,
                       when<sizeof(T) == 4, unsigned>, when<sizeof(T) == 8, unsigned long long>>;

}  // namespace traits
}  // namespace lanefold
