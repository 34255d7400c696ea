// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What happens to a launch's arguments on the way to the kernel's parameters. `<<<>>>` lets an integer lose its value on
// the way, and only the kernel's results show it; whether it does is known where it is started, so it is looked at there.

#include <lanefold/backend/config.cuh>
#include <lanefold/base/status.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {

template <class Integer>
constexpr bool negative(Integer value) {
  if constexpr (traits::is_signed<Integer>)
    return value < 0;
  else
    return false;
}

struct decimal {
  char text[24];
  template <class Integer>
  explicit decimal(Integer value) {
    snprintf(text, sizeof text, negative(value) ? "%lld" : "%llu", static_cast<unsigned long long>(value));
  }
};

/// bad_argument if an integer parameter cannot hold the argument's value.
template <class Parameter, class Argument>
status check_argument(int number, Argument const& argument) {
  if constexpr (traits::integral<Parameter> && !traits::same<Parameter, bool>) {
    static_assert(!traits::floating<Argument>,
                  "launch: a floating-point argument for an integer parameter of the kernel: convert it in the call");
    if constexpr (traits::integral<Argument>) {
      auto const received = static_cast<Parameter>(argument);
      if (static_cast<Argument>(received) != argument || negative(received) != negative(argument)) {
        constexpr int value_bits = 8 * sizeof(Parameter) - traits::is_signed<Parameter>;
        constexpr Parameter most = static_cast<Parameter>(~0ull >> (64 - value_bits));
        constexpr Parameter least = traits::is_signed<Parameter> ? static_cast<Parameter>(-most - 1) : Parameter(0);
        return status::failure(status_kind::bad_argument,
                               "lanefold: launch: argument %d is %s, and the kernel's parameter holds %s..%s", number,
                               decimal(argument).text, decimal(least).text, decimal(most).text);
      }
    }
  }
  return status();
}

/// The argument as the parameter: between numbers as above, otherwise by implicit conversion alone.
template <class Parameter, class Argument>
Parameter to_parameter(Argument&& argument) {
  if constexpr (traits::arithmetic<Parameter> && traits::arithmetic<traits::remove_reference_t<Argument>>)
    return static_cast<Parameter>(argument);
  else
    return static_cast<Argument&&>(argument);
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
