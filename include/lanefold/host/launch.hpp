// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host side: start a kernel on the GPU or on the simulator with the same line. Not included under NVRTC.

#include <lanefold/base/status.hpp>

#if defined(__CUDACC__)
#include <lanefold/backend/cuda/launch.hpp>
#else
#include <lanefold/backend/host/launch.hpp>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// How many blocks of how many threads, each with how many bytes of dynamic shared memory, on which stream.
struct grid {
  struct extent {
    unsigned x = 1, y = 1, z = 1;
    constexpr extent(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
  };
  extent blocks;
  extent threads;
  size_t dynamic_shared_bytes = 0;
  backend::stream stream = {};
};

namespace detail {
inline status check_grid(grid const& shape) {
  unsigned const threads = shape.threads.x * shape.threads.y * shape.threads.z;
  struct {
    char const* name;
    unsigned value, limit;
  } const limits[] = {
      {"blocks.x", shape.blocks.x, 2147483647},
      {"blocks.y", shape.blocks.y, 65535},
      {"blocks.z", shape.blocks.z, 65535},
      {"threads.x", shape.threads.x, 1024},
      {"threads.y", shape.threads.y, 1024},
      {"threads.z", shape.threads.z, 64},
      {"threads.x * threads.y * threads.z", threads, 1024},
  };
  for (auto const& one : limits) {
    if (one.value < 1 || one.value > one.limit) {
      return failure("lanefold: launch: %s is %u, and must be 1..%u", one.name, one.value, one.limit);
    }
  }
  return status();
}
}  // namespace detail

/// Runs `kernel(args...)` over the grid. On the GPU asynchronous, as `<<<>>>` is: the status tells of a launch that
/// could not start; see synchronize for faults while running. On the simulator the call returns when the grid is done,
/// and the status holds the report of the first fault.
template <class... Parameters, class... Arguments>
[[nodiscard]] status launch(void (*kernel)(Parameters...), grid shape, Arguments&&... arguments) {
  static_assert(sizeof...(Parameters) == sizeof...(Arguments), "launch: pass one argument for each kernel parameter");
  if (kernel == nullptr) return status("lanefold: launch: kernel is null");
  if (status wrong = detail::check_grid(shape); !wrong) return wrong;
  return backend::start(kernel, shape, static_cast<Parameters>(static_cast<Arguments&&>(arguments))...);
}

/// Waits for everything started on `stream`. Errors of the kernels before it are reported here.
[[nodiscard]] inline status synchronize(backend::stream stream = {}) { return backend::wait(stream); }

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
