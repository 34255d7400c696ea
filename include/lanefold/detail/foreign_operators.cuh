// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The standard's operators, and those of CUDA's own libraries, are known by their names, so that their headers need not
// be included: std::plus<>, cuda::std::plus<int>, cuda::maximum<>, thrust::maximum<int> take the path of lanefold's.

#include <lanefold/operators.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {

LANEFOLD_HD constexpr bool is_letter(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
/// Skips `word` at the start of `text` where it is there and ends there; null elsewhere.
LANEFOLD_HD constexpr char const* skip(char const* text, char const* word) {
  if (text == nullptr) return nullptr;
  while (*word != '\0' && *text == *word) ++text, ++word;
  return *word == '\0' && !(is_letter(text[-1]) && is_letter(*text)) ? text : nullptr;
}
/// Skips inline namespaces: names that begin with two underscores.
LANEFOLD_HD constexpr char const* skip_versions(char const* text) {
  while (text != nullptr && text[0] == '_' && text[1] == '_') {
    while (is_letter(*text)) ++text;
    text = skip(text, "::");
  }
  return text;
}

enum class library { none, standard, cuda };
struct foreign_name {
  library from;
  char const* name;  ///< what follows the namespaces
};
/// Where T comes from, by its name as the compiler tells it.
template <class T>
LANEFOLD_HD constexpr foreign_name name_of() {
  char const* text = __PRETTY_FUNCTION__;
  while (*text != '\0' && !(text[0] == 'T' && (text[1] == '=' || (text[1] == ' ' && text[2] == '=')))) ++text;
  if (*text == '\0') return {library::none, text};
  ++text;
  while (*text == ' ' || *text == '=') ++text;
  if (char const* const rest = skip_versions(skip(text, "std::"))) return {library::standard, rest};
  if (char const* const rest = skip_versions(skip(text, "cuda::"))) {
    char const* const inner = skip_versions(skip(rest, "std::"));
    return {library::cuda, inner != nullptr ? inner : rest};
  }
  if (char const* const rest = skip_versions(skip(text, "thrust::"))) return {library::cuda, skip_versions(rest)};
  return {library::none, text};
}
template <class T>
constexpr foreign_name name_of_v = name_of<T>();
template <class T>
LANEFOLD_HD constexpr bool is_named(char const* name) {
  return name_of_v<T>.from != library::none && skip(name_of_v<T>.name, name) != nullptr;
}

/// Whether the operator takes values of this type as they are; std::plus<int> makes integers of floats first.
template <class Operator, class Value>
constexpr bool takes_as_is = true;
template <template <class> class Operator, class Argument, class Value>
constexpr bool takes_as_is<Operator<Argument>, Value> = traits::one_of<Argument, void, Value>;

template <class Operator, class Value>
constexpr bool may_be_foreign =
    !is_library_operator<Operator> && traits::arithmetic<Value> && __is_class(Operator) && takes_as_is<Operator, Value>;

/// lanefold's operator that gives the same result on this type: any arithmetic type, for extremes integers alone, since
/// each library has its own rule for NaN. Operator itself elsewhere.
template <class Operator, class Value, bool = may_be_foreign<Operator, Value>>
struct recognise : traits::type_identity<Operator> {};
template <class Operator, class Value>
struct recognise<Operator, Value, true>
    : traits::first<
          traits::when<is_named<Operator>("plus"), plus>, traits::when<is_named<Operator>("multiplies"), multiplies>,
          traits::when<is_named<Operator>("logical_and"), logical_and>,
          traits::when<is_named<Operator>("logical_or"), logical_or>, traits::when<!traits::integral<Value>, Operator>,
          traits::when<is_named<Operator>("minimum"), minimum>, traits::when<is_named<Operator>("maximum"), maximum>,
          traits::when<is_named<Operator>("bit_and"), bit_and>, traits::when<is_named<Operator>("bit_or"), bit_or>,
          traits::when<is_named<Operator>("bit_xor"), bit_xor>, traits::when<true, Operator>> {};
template <class Operator, class Value>
using recognised_t = typename recognise<Operator, Value>::type;

template <class Value, class Operator>
LANEFOLD_FN recognised_t<Operator, Value> recognised(Operator const& op) {
  if constexpr (traits::same<recognised_t<Operator, Value>, Operator>)
    return op;
  else
    return {};
}

/// Whether device code can call the operator: those of namespace std it cannot, unless lanefold's takes their place or
/// the compiler lets it call every constexpr function.
template <class Operator, class Value>
LANEFOLD_HD constexpr bool runs_in_lanes() {
#ifdef __CUDACC_RELAXED_CONSTEXPR__
  return true;
#else
  return !traits::same<recognised_t<Operator, Value>, Operator> || !__is_class(Operator) ||
         name_of_v<Operator>.from != library::standard;
#endif
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
