// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host side: start a kernel on the GPU or on the simulator with the same line. Not included under NVRTC.

#include <lanefold/backend/backend.cuh>

#include <string>
#include <utility>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// What a host call comes back with: nothing, or a sentence that names what was wrong.
class [[nodiscard]] status {
 public:
  status() = default;
  explicit status(std::string message) : message_(std::move(message)) {}
  bool ok() const { return message_.empty(); }
  explicit operator bool() const { return ok(); }
  std::string const& message() const { return message_; }

 private:
  std::string message_;
};

/// How many blocks of how many threads, each with how many bytes of dynamic shared memory, on which stream.
struct grid {
  struct extent {
    unsigned x = 1, y = 1, z = 1;
    constexpr extent(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
  };
  extent blocks;
  extent threads;
  std::size_t dynamic_shared_bytes = 0;
  backend::stream stream = {};
};

namespace detail {
inline std::string outside(char const* what, unsigned value, unsigned limit) {
  if (value >= 1 && value <= limit) return {};
  return "lanefold: launch: " + std::string(what) + " is " + std::to_string(value) + ", and must be 1.." +
         std::to_string(limit);
}
inline std::string check_grid(grid const& shape) {
  for (std::string const& wrong :
       {outside("blocks.x", shape.blocks.x, 2147483647), outside("blocks.y", shape.blocks.y, 65535),
        outside("blocks.z", shape.blocks.z, 65535), outside("threads.x", shape.threads.x, 1024),
        outside("threads.y", shape.threads.y, 1024), outside("threads.z", shape.threads.z, 64)}) {
    if (!wrong.empty()) return wrong;
  }
  return outside("threads.x * threads.y * threads.z", shape.threads.x * shape.threads.y * shape.threads.z, 1024);
}
}  // namespace detail

/// Runs `kernel(args...)` over the grid. On the GPU asynchronous, as `<<<>>>` is: the status tells of a launch that
/// could not start; see synchronize for faults while running. On the simulator the call returns when the grid is done,
/// and the status holds the report of the first fault.
template <class... Parameters, class... Arguments>
status launch(void (*kernel)(Parameters...), grid shape, Arguments&&... arguments) {
  static_assert(sizeof...(Parameters) == sizeof...(Arguments), "launch: pass one argument for each kernel parameter");
  if (kernel == nullptr) return status("lanefold: launch: kernel is null");
  if (std::string wrong = detail::check_grid(shape); !wrong.empty()) return status(wrong);
  return status(backend::start(kernel, shape, static_cast<Parameters>(std::forward<Arguments>(arguments))...));
}

/// Waits for everything started on `stream`. Errors of the kernels before it are reported here.
inline status synchronize(backend::stream stream = {}) { return status(backend::wait(stream)); }

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
