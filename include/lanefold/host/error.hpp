// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/base/status.hpp>

#include <new>  // has std::exception, at a fifth of the cost of <exception>

namespace lanefold {

/// What constructors that own memory, and copies of device_array, throw: it carries the status.
class error : public std::exception {
 public:
  explicit error(status why) : why_(static_cast<status&&>(why)) {}
  /// Throws unless all went well; ends the program where there are no exceptions.
  static void unless_ok(status done) {
    if (done) return;
#ifdef __cpp_exceptions
    throw error(static_cast<status&&>(done));
#else
    fprintf(stderr, "%s\n", done.message());
    abort();
#endif
  }
  status const& why() const noexcept { return why_; }
  char const* what() const noexcept override { return why_.message(); }

 private:
  status why_;
};

}  // namespace lanefold
