// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host side. Not included under NVRTC. No standard header: <string> alone costs half of what all of lanefold does.

#include <lanefold/backend/config.cuh>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// What a host call comes back with: nothing, or a sentence that names the argument and the limit.
class status {
 public:
  status() = default;
  /// Null or empty: all went well.
  explicit status(char const* message) : text_(message && *message ? strdup(message) : nullptr) {}
  status(status const& other) : status(other.text_) {}
  status(status&& other) noexcept : text_(other.text_) { other.text_ = nullptr; }
  status& operator=(status other) noexcept {
    char* const mine = text_;
    text_ = other.text_;
    other.text_ = mine;
    return *this;
  }
  ~status() { free(text_); }

  bool ok() const { return text_ == nullptr; }
  explicit operator bool() const { return ok(); }
  /// The sentence (on the simulator, the whole report); empty when ok. Lives as long as the status.
  char const* message() const { return ok() ? "" : text_; }

 private:
  char* text_ = nullptr;
};

namespace detail {
/// A status from a printf format.
template <class... Arguments>
status failure(char const* format, Arguments... arguments) {
  char text[512];
  snprintf(text, sizeof text, format, arguments...);
  return status(text);
}
}  // namespace detail

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
