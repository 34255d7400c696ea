// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <cmath>
#include <lanefold/host/device_array.hpp>

#include "support/operators.hpp"
#include "support/results.hpp"

/// All operators of a pair of numbers; the bitwise ones of integers only.
constexpr int operator_count = 11;
struct apply_all {
  template <class T>
  LANEFOLD_HD each<T, operator_count> operator()(T a, T b) const {
    each<T, operator_count> result{{lf::plus{}(a, b), lf::multiplies{}(a, b), lf::minimum{}(a, b), lf::maximum{}(a, b),
                                    lf::minimum_number{}(a, b), lf::maximum_number{}(a, b), lf::logical_and{}(a, b),
                                    lf::logical_or{}(a, b), a, a, a}};
    if constexpr (lf::traits::integral<T>) {
      result.at[8] = lf::bit_and{}(a, b);
      result.at[9] = lf::bit_or{}(a, b);
      result.at[10] = lf::bit_xor{}(a, b);
    }
    return result;
  }
};

template <class T>
LANEFOLD_KERNEL apply_on_device(T const* pairs, each<T, operator_count>* results, int count) {
  int const i = static_cast<int>(lf::block_index().x * 128 + lf::thread_index().x);
  if (i < count) results[i] = apply_all{}(pairs[2 * i], pairs[2 * i + 1]);
}

/// Rounded once, through a wider type or in one step that the compiler must store.
template <class T>
T rounded(double wide) {
  if constexpr (std::is_same_v<T, double>) return wide;
  return static_cast<T>(static_cast<float>(wide));
}

/// The definitions, in other words than the library's.
template <class T>
each<T, operator_count> by_definition(T a, T b) {
  if constexpr (lf::traits::floating<T>) {
    double const x = static_cast<double>(static_cast<float>(a)), y = static_cast<double>(static_cast<float>(b));
    auto const order = [](auto u, auto v, bool least) {  // of numbers
      if (u == v) return std::signbit(u) == least ? u : v;
      return (u < v) == least ? u : v;
    };
    auto const extremum = [&](bool least, bool nan_wins) -> T {
      bool const a_nan = is_nan(a), b_nan = is_nan(b);
      if (a_nan && b_nan) return a;
      if (a_nan || b_nan) return a_nan == nan_wins ? a : b;
      if constexpr (std::is_same_v<T, double>) {
        return order(a, b, least);
      } else {
        return static_cast<T>(static_cast<float>(order(x, y, least)));
      }
    };
    T sum, product;
    bool both, either;
    if constexpr (std::is_same_v<T, double>) {
      double volatile s = a + b, p = a * b;
      sum = s, product = p;
      both = a != 0 && b != 0, either = a != 0 || b != 0;
    } else {
      // Sums and products of these formats are exact in double, or so near that rounding twice is rounding once.
      sum = rounded<T>(x + y), product = rounded<T>(x * y);
      both = x != 0 && y != 0, either = x != 0 || y != 0;
    }
    return {{sum, product, extremum(true, true), extremum(false, true), extremum(true, false), extremum(false, false),
             static_cast<T>(both ? 1.0f : 0.0f), static_cast<T>(either ? 1.0f : 0.0f), a, a, a}};
  } else {
    using wide = unsigned long long;
    wide const x = static_cast<wide>(a), y = static_cast<wide>(b);
    return {{static_cast<T>(x + y), static_cast<T>(x * y), a < b ? a : b, a < b ? b : a, a < b ? a : b, a < b ? b : a,
             static_cast<T>(a != 0 && b != 0), static_cast<T>(a != 0 || b != 0), static_cast<T>(x & y),
             static_cast<T>(x | y), static_cast<T>(x ^ y)}};
  }
}

/// Every pair of extremes, and random pairs.
template <class T>
std::vector<T> pairs_of() {
  std::vector<T> pairs;
  auto ends = extremes<T>();
  random_source random(test_seed());
  for (int i = 0; i < 6; ++i) ends.push_back(random_value<T>(random));
  for (T a : ends) {
    for (T b : ends) pairs.insert(pairs.end(), {a, b});
  }
  for (int i = 0; i < 2000; ++i) pairs.insert(pairs.end(), {from_bits_of<T>(random), from_bits_of<T>(random)});
  return pairs;
}

template <class T>
struct Operators : testing::Test {};
TYPED_TEST_SUITE(Operators, number_types, type_names);

TYPED_TEST(Operators, FollowTheirDefinitionOnHostAndDevice) {
  std::vector<TypeParam> const pairs = pairs_of<TypeParam>();
  std::size_t const count = pairs.size() / 2;
  using result = each<TypeParam, operator_count>;
  lf::device_array<TypeParam> in(pairs);
  lf::device_array<result> out(unwritten<result>(count));
  ASSERT_TRUE(ran(apply_on_device<TypeParam>, lf::launch_shape{static_cast<unsigned>(count + 127) / 128, 128},
                  in.data(), out.data(), static_cast<int>(count)));
  std::vector<result> const on_device = out.to_host();
  differences found;
  for (std::size_t i = 0; i < count; ++i) {
    TypeParam const a = pairs[2 * i], b = pairs[2 * i + 1];
    result const expected = by_definition(a, b);
    auto const on = [&](char const* where) {
      return std::string(where) + ", " + type_name<TypeParam>() + ", of " + show(a) + " and " + show(b);
    };
    found.check(apply_all{}(a, b), expected, [&] { return on("host"); });
    found.check(on_device[i], expected, [&] { return on("device"); });
  }
}

TYPED_TEST(Operators, CommutativeOnesGiveTheSameBitsEitherWay) {
  std::vector<TypeParam> const pairs = pairs_of<TypeParam>();
  differences found;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    TypeParam const a = pairs[i], b = pairs[i + 1];
    each<TypeParam, operator_count> ab = apply_all{}(a, b), ba = apply_all{}(b, a);
    if (!lf::traits::integral<TypeParam>) ab.at[8] = ab.at[9] = ab.at[10] = ba.at[8] = ba.at[9] = ba.at[10] = a;
    found.check(ab, ba, [&] { return type_name<TypeParam>() + ", of " + show(a) + " and " + show(b); });
  }
  EXPECT_TRUE((lf::is_commutative_v<lf::plus, TypeParam>));
  EXPECT_TRUE((lf::is_commutative_v<lf::minimum, TypeParam>));
}

/// op(e, x) == x and op(x, e) == x; +0 + -0 is +0, equal but not the same bits; logical operators take 0 and 1.
template <class Operator, class T>
void expect_identity() {
  ASSERT_TRUE((lf::has_identity_v<Operator, T>));
  T const e = lf::identity_of<Operator, T>();
  auto values = extremes<T>();
  if (lf::detail::is_logical<Operator>) values = {static_cast<T>(0), static_cast<T>(1)};
  for (T x : values) {
    for (T y : {Operator{}(e, x), Operator{}(x, e)}) {
      bool equal = same(y, x);
      if constexpr (lf::traits::floating<T>) equal = equal || static_cast<float>(y) == static_cast<float>(x);
      EXPECT_TRUE(equal) << type_name<Operator>() << ", " << type_name<T>() << ": " << show(e) << " with " << show(x)
                         << " gives " << show(y);
    }
  }
}
TYPED_TEST(Operators, IdentityLeavesEveryValueAsItIs) {
  expect_identity<lf::plus, TypeParam>();
  expect_identity<lf::multiplies, TypeParam>();
  expect_identity<lf::minimum, TypeParam>();
  expect_identity<lf::maximum, TypeParam>();
  expect_identity<lf::minimum_number, TypeParam>();
  expect_identity<lf::maximum_number, TypeParam>();
  expect_identity<lf::logical_and, TypeParam>();
  expect_identity<lf::logical_or, TypeParam>();
  if constexpr (lf::traits::integral<TypeParam>) {
    expect_identity<lf::bit_and, TypeParam>();
    expect_identity<lf::bit_or, TypeParam>();
    expect_identity<lf::bit_xor, TypeParam>();
  }
}

template <class T>
struct FloatOperators : testing::Test {};
TYPED_TEST_SUITE(FloatOperators, float_types, type_names);

// Elsewhere minimum(1, NaN) and minimum(NaN, 1) differ.
TYPED_TEST(FloatOperators, NaNWinsOrYieldsFromEitherSide) {
  TypeParam const one = static_cast<TypeParam>(1.0f);
  TypeParam const nan = lf::detail::from_bits<TypeParam>(lf::detail::nan_bits<TypeParam>);
  EXPECT_TRUE(is_nan(lf::minimum{}(one, nan)));
  EXPECT_TRUE(is_nan(lf::minimum{}(nan, one)));
  EXPECT_TRUE(is_nan(lf::maximum{}(one, nan)));
  EXPECT_TRUE(is_nan(lf::maximum{}(nan, one)));
  EXPECT_TRUE(same(lf::minimum_number{}(one, nan), one));
  EXPECT_TRUE(same(lf::minimum_number{}(nan, one), one));
  EXPECT_TRUE(same(lf::maximum_number{}(one, nan), one));
  EXPECT_TRUE(same(lf::maximum_number{}(nan, one), one));
  EXPECT_TRUE(is_nan(lf::minimum_number{}(nan, nan)));
}

TYPED_TEST(FloatOperators, NegativeZeroIsBelowPositiveZero) {
  TypeParam const zero = static_cast<TypeParam>(0.0f);
  TypeParam const negative_zero = lf::detail::from_bits<TypeParam>(lf::detail::sign_bit<TypeParam>);
  for (TypeParam least : {lf::minimum{}(zero, negative_zero), lf::minimum{}(negative_zero, zero),
                          lf::minimum_number{}(zero, negative_zero), lf::minimum_number{}(negative_zero, zero)}) {
    EXPECT_TRUE(same(least, negative_zero));
  }
  for (TypeParam greatest : {lf::maximum{}(zero, negative_zero), lf::maximum{}(negative_zero, zero),
                             lf::maximum_number{}(zero, negative_zero), lf::maximum_number{}(negative_zero, zero)}) {
    EXPECT_TRUE(same(greatest, zero));
  }
}

TEST(OperatorTraits, UserOperatorsPromiseNothingUntilTold) {
  EXPECT_FALSE((lf::is_commutative_v<matrix_product, matrix>));
  EXPECT_FALSE((lf::has_identity_v<matrix_product, matrix>));
  EXPECT_FALSE((lf::is_commutative_v<lf::plus, matrix>));
  EXPECT_FALSE((lf::has_identity_v<lf::plus, matrix>));
}
