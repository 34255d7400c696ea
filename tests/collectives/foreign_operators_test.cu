// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// The operators of the standard and of CUDA's libraries take the path of lanefold's, and give what they give themselves.

#include <functional>

#if __has_include(<cuda/functional>) && __has_include(<cuda/std/functional>)
#include <cuda/functional>
#include <cuda/std/functional>
#else  // their like, by the same names
namespace cuda {
template <class T = void>
struct maximum {
  template <class U>
  U operator()(U a, U b) const {
    return a < b ? b : a;
  }
};
namespace std {
inline namespace __4 {
template <class T = void>
struct plus : ::std::plus<T> {};
template <class T = void>
struct bit_or : ::std::bit_or<T> {};
}  // namespace __4
}  // namespace std
}  // namespace cuda
#endif

#include "support/reductions.cuh"

namespace mine {
template <class T = void>
struct plus : std::plus<T> {};
template <class T = void>
struct maximum : std::plus<T> {};
}  // namespace mine

template <class Operator, class Value, class Expected>
constexpr bool becomes = std::is_same_v<lf::detail::recognised_t<Operator, Value>, Expected>;
template <class Operator, class Value>
constexpr bool stays = becomes<Operator, Value, Operator>;

TEST(ForeignOperators, AreKnownByTheirNames) {
  static_assert(becomes<std::plus<>, int, lf::plus> && becomes<std::plus<float>, float, lf::plus>);
  static_assert(becomes<cuda::std::plus<>, double, lf::plus> && becomes<cuda::std::plus<int>, int, lf::plus>);
  static_assert(becomes<std::multiplies<>, float, lf::multiplies>);
  static_assert(becomes<std::logical_and<>, int, lf::logical_and> && becomes<std::logical_or<>, bool, lf::logical_or>);
  static_assert(becomes<std::bit_and<>, int, lf::bit_and> && becomes<std::bit_xor<>, char, lf::bit_xor>);
  static_assert(becomes<cuda::std::bit_or<>, unsigned, lf::bit_or>);
  static_assert(becomes<cuda::maximum<>, int, lf::maximum> && becomes<cuda::maximum<short>, short, lf::maximum>);
  SUCCEED();
}

TEST(ForeignOperators, StayAsTheyAreWhereTheResultsCouldDiffer) {
  static_assert(stays<cuda::maximum<>, float>);                                 // each library has its own rule for NaN
  static_assert(stays<std::plus<int>, float> && stays<std::plus<float>, int>);  // convert their operands first
  static_assert(stays<cuda::maximum<unsigned>, int>);
  static_assert(stays<std::plus<>, vector2>);
  static_assert(stays<std::divides<>, int> && stays<mine::plus<>, int> && stays<mine::maximum<>, int>);
  static_assert(stays<lf::plus, int> && stays<lf::maximum, float> && stays<int (*)(int, int), int>);
  SUCCEED();
}

TEST(ForeignOperators, GiveTheResultsThatTheyGiveThemselves) {
  for_one_of_each([](auto groups) {
    auto const check = [&](auto op, auto zero) {
      reduce_by<decltype(op), automatic> const reduce{};  // the oracle calls op
      expect_in_groups(groups, inputs_for<decltype(zero)>(groups), reduce, reduce);
    };
    check(std::plus<>{}, 0u);
    check(std::plus<float>{}, 0.0f);
    check(std::multiplies<>{}, 0.0f);
    check(std::bit_xor<>{}, 0);
    check(cuda::std::plus<>{}, 0.0f);
    check(cuda::std::bit_or<>{}, 0u);
    check(cuda::maximum<>{}, 0);
    check(cuda::maximum<unsigned char>{}, static_cast<unsigned char>(0));
  });
}
