// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The values that tests move and combine: types, their names, how they compare and print, and inputs made of them.

#if __has_include(<cuda_fp16.h>) && __has_include(<cuda_bf16.h>)
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#define HAS_HALF 1
#else
#define HAS_HALF 0
#endif

#include <gtest/gtest.h>
#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "support/random.hpp"

namespace lf = lanefold;

using signed_types = testing::Types<signed char, short, int, long long>;
using unsigned_types = testing::Types<unsigned char, unsigned short, unsigned, unsigned long long>;
using integer_types =
    testing::Types<signed char, short, int, long long, unsigned char, unsigned short, unsigned, unsigned long long>;
#if HAS_HALF
using float_types = testing::Types<float, double, __half, __nv_bfloat16>;
using number_types = testing::Types<signed char, short, int, long long, unsigned char, unsigned short, unsigned,
                                    unsigned long long, float, double, __half, __nv_bfloat16>;
#else
using float_types = testing::Types<float, double>;
using number_types = testing::Types<signed char, short, int, long long, unsigned char, unsigned short, unsigned,
                                    unsigned long long, float, double>;
#endif

template <class T>
std::string type_name() {
  std::string const text = testing::internal::GetTypeName<T>();
  return text;
}
/// Names the instantiations of a typed test after their type.
struct type_names {
  template <class T>
  static std::string GetName(int) {
    std::string name = type_name<T>();
    for (char& letter : name) letter = std::isalnum(static_cast<unsigned char>(letter)) ? letter : '_';
    return name;
  }
};

// ---- structs --------------------------------------------------------------------------------------------------------

/// Several values of a type: what a function found in several ways, or a struct to move.
template <class T, int Count>
struct each {
  T at[Count];
};
/// `Size` bytes, aligned to one.
template <int Size>
struct bytes {
  unsigned char at[Size];
};
struct alignas(8) vector2 {
  float x, y;
  friend LANEFOLD_HD vector2 operator+(vector2 a, vector2 b) { return {a.x + b.x, a.y + b.y}; }
};
struct alignas(16) vector4 {
  float x, y, z, w;
  friend LANEFOLD_HD vector4 operator+(vector4 a, vector4 b) { return {a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w}; }
};
/// 12 bytes of which two are padding: once moved by a cast to words, and miscompiled.
struct padded_tail {
  int sum;
  float scale;
  short count;
};
/// Seven bytes of padding in the middle.
struct padded_middle {
  char tag;
  double value;
};

// ---- fields: how a struct is filled, compared and printed -----------------------------------------------------------

template <class T>
constexpr bool is_extremum = false;
template <class T>
constexpr bool is_extremum<lf::extremum<T>> = true;
template <class T>
constexpr bool is_received = false;
template <class T>
constexpr bool is_received<lf::received<T>> = true;

template <class Visit, class T>
void for_each_field(T& x, Visit visit) {
  using type = std::remove_const_t<T>;
  if constexpr (is_extremum<type>) {
    visit(x.value), visit(x.rank);
  } else if constexpr (is_received<type>) {
    visit(x.value), visit(x.in_range);
  } else if constexpr (std::is_same_v<type, vector2>) {
    visit(x.x), visit(x.y);
  } else if constexpr (std::is_same_v<type, vector4>) {
    visit(x.x), visit(x.y), visit(x.z), visit(x.w);
  } else if constexpr (std::is_same_v<type, padded_tail>) {
    visit(x.sum), visit(x.scale), visit(x.count);
  } else if constexpr (std::is_same_v<type, padded_middle>) {
    visit(x.tag), visit(x.value);
  } else {
    for (auto& element : x.at) visit(element);  // bytes, matrix, text, each
  }
}

/// Global, unconstrained, and the name of a helper of the library's: must not get in its way.
template <class T>
bool is_nan(T value) {
  return lf::detail::is_nan(value);
}

/// Calls `visit` with each number in x, in order.
template <class T, class Visit>
void for_each_number(T const& x, Visit visit) {
  if constexpr (lf::traits::arithmetic<T>) {
    visit(x);
  } else {
    for_each_field(x, [&](auto const& field) { for_each_number(field, visit); });
  }
}

/// Which number of a result first differs, -1 for none. Equal bits are equal; but a NaN equals any NaN, as payloads are
/// not promised, and padding says nothing.
template <class T>
int first_difference(T const& a, T const& b) {
  std::vector<unsigned long long> bits[2];
  for (int i : {0, 1}) {
    for_each_number(i == 0 ? a : b, [&](auto number) {
      using type = decltype(number);
      if constexpr (std::is_same_v<type, bool>) {
        bits[i].push_back(number);
      } else if constexpr (lf::traits::floating<type>) {
        bits[i].push_back(is_nan(number) ? lf::detail::nan_bits<type> : lf::detail::to_bits(number));
      } else {
        bits[i].push_back(static_cast<unsigned long long>(number));
      }
    });
  }
  for (std::size_t i = 0; i < bits[0].size(); ++i) {
    if (bits[0][i] != bits[1][i]) return static_cast<int>(i);
  }
  return -1;
}
template <class T>
bool same(T const& a, T const& b) {
  return first_difference(a, b) < 0;
}

template <class T>
std::string show(T const& x) {
  if constexpr (std::is_same_v<T, bool>) {
    return x ? "true" : "false";
  } else if constexpr (lf::traits::integral<T>) {
    return std::to_string(x);
  } else if constexpr (lf::traits::floating<T>) {
    char text[64];
    std::snprintf(text, sizeof(text), "%.9g (%a, bits %llx)", static_cast<double>(x), static_cast<double>(x),
                  static_cast<unsigned long long>(lf::detail::to_bits(x)));
    return text;
  } else {
    std::string text = "{";
    for_each_field(x, [&](auto const& field) { text += (text.size() > 1 ? ", " : "") + show(field); });
    return text + "}";
  }
}

// ---- inputs ---------------------------------------------------------------------------------------------------------

template <class T>
T from_bits_of(random_source& random) {
  if constexpr (std::is_same_v<T, bool>) {
    return random.below(2) != 0;
  } else {
    return lf::detail::from_bits<T>(static_cast<lf::traits::bits_t<T>>(random.next()));
  }
}

/// The values at the ends of a type's range, and those of special meaning.
template <class T>
std::vector<T> extremes() {
  if constexpr (lf::traits::floating<T>) {
    using bits = lf::traits::bits_t<T>;
    bits const infinity = lf::detail::infinity_bits<T>, sign = lf::detail::sign_bit<T>;
    std::vector<T> values;
    // +0, the least and a larger denormal, 1 (as a conversion), the largest number, infinity, and quiet NaNs.
    for (bits b : {bits(0), bits(1), bits(0x15), bits(infinity - 1), infinity, bits(sign - 1)}) {
      values.push_back(lf::detail::from_bits<T>(b));
      values.push_back(lf::detail::from_bits<T>(static_cast<bits>(b | sign)));
    }
    values.push_back(static_cast<T>(1.0f));
    values.push_back(static_cast<T>(-1.5f));
    return values;
  } else {
    using limits = std::numeric_limits<T>;
    return {limits::min(), limits::max(), T(0), T(1), static_cast<T>(-1), static_cast<T>(limits::max() / 2)};
  }
}

/// A finite value whose sums depend on their order, or random bits.
template <class T>
T random_value(random_source& random) {
  if constexpr (lf::traits::floating<T>) {
    float const scale = static_cast<float>(1 << random.below(8)) / 16.0f;
    return static_cast<T>((static_cast<float>(random.below(2001)) - 1000.0f) / 1000.0f * scale);
  } else if constexpr (lf::traits::integral<T>) {
    return from_bits_of<T>(random);
  } else {
    T value;
    std::memset(static_cast<void*>(&value), static_cast<int>(random.below(256)), sizeof(T));  // padding differs, too
    for_each_field(value, [&](auto& field) { field = random_value<std::remove_reference_t<decltype(field)>>(random); });
    return value;
  }
}

/// Values for each lane or thread of a group.
template <class T>
struct input {
  std::string name;
  std::vector<T> values;
};

/// Lane id, one-hot, random, many equal, and for numbers extremes and their mixtures.
template <class T>
std::vector<input<T>> inputs_for(int count, std::uint64_t seed = test_seed()) {
  random_source random(seed);
  std::vector<input<T>> inputs;
  auto const add = [&](std::string name, auto value_of) {
    input<T> next{std::move(name), {}};
    for (int i = 0; i < count; ++i) next.values.push_back(value_of(i));
    inputs.push_back(std::move(next));
  };
  if constexpr (lf::traits::arithmetic<T>) {
    add("lane id", [](int i) { return static_cast<T>(i); });
    int const hot = static_cast<int>(random.below(static_cast<unsigned>(count)));
    add("one-hot at " + std::to_string(hot), [=](int i) { return static_cast<T>(i == hot ? 1 : 0); });
    add("few distinct", [&](int) { return static_cast<T>(static_cast<int>(random.below(3)) + 1); });
    auto const ends = extremes<T>();
    add("extremes", [&](int) { return ends[random.below(static_cast<unsigned>(ends.size()))]; });
    add("rare extremes", [&](int) {
      return random.below(16) == 0 ? ends[random.below(static_cast<unsigned>(ends.size()))] : static_cast<T>(2);
    });
  }
  add("random", [&](int) { return random_value<T>(random); });
  add("random again", [&](int) { return random_value<T>(random); });
  return inputs;
}
