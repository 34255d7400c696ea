// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host side. Not included under NVRTC. No standard header: <string> alone costs half of what all of lanefold does.

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace lanefold {

/// What kind of thing went wrong.
///
/// - `bad_argument`: the call itself; outputs are untouched.
/// - `out_of_memory`: less would work.
/// - `unsupported`: this device or backend cannot do it.
/// - `device_fault`: the CUDA runtime or a kernel failed.
/// - `simulated_fault`: the simulator found a mistake in a kernel.
enum class status_kind { ok, bad_argument, out_of_memory, unsupported, device_fault, simulated_fault };

/// What a host call comes back with: nothing, or a kind and a sentence that names the argument, its value and the limit.
class status {
 public:
  status() = default;
  status(status_kind kind, char const* message) : kind_(kind), text_(message ? strdup(message) : nullptr) {}
  status(status const& other) : status(other.kind_, other.text_) {}
  status(status&& other) noexcept : kind_(other.kind_), text_(other.text_) { other.text_ = nullptr; }
  status& operator=(status other) noexcept {
    char* const mine = text_;
    kind_ = other.kind_;
    text_ = other.text_;
    other.text_ = mine;
    return *this;
  }
  ~status() { free(text_); }

  /// A status whose sentence is told as printf would.
  __attribute__((format(printf, 2, 3))) static status failure(status_kind kind, char const* format, ...) {
    char text[512];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    return status(kind, text);
  }

  bool ok() const { return kind_ == status_kind::ok; }
  explicit operator bool() const { return ok(); }
  status_kind kind() const { return kind_; }
  /// The sentence (on the simulator, the whole report); empty when ok. Lives as long as the status.
  char const* message() const { return text_ ? text_ : ""; }

 private:
  status_kind kind_ = status_kind::ok;
  char* text_ = nullptr;
};

}  // namespace lanefold
