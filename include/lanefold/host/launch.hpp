// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host side: start a kernel on the GPU or on the simulator with the same line. Not included under NVRTC.

#include <lanefold/host/launch_arguments.hpp>
#include <lanefold/host/launch_shape.hpp>
#include <lanefold/host/queue.hpp>

#if LANEFOLD_ON_SIMULATOR
#include <lanefold/backend/host/launch.hpp>
#else
#include <lanefold/backend/cuda/launch.hpp>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// Runs `kernel(arguments...)` over the shape, after what the queue was given before. On the GPU asynchronous, as
/// `<<<>>>` is: the status tells of a launch that could not start; see synchronize for faults while running. On the
/// simulator the call returns when the grid is done, and the status holds the report of the first fault.
/// Arguments convert as in a call, but for integers: a value that the parameter cannot hold is a bad_argument.
template <class... Parameters, class... Arguments>
[[nodiscard]] status launch(queue& q, void (*kernel)(Parameters...), launch_shape const& shape,
                            Arguments&&... arguments) {
  static_assert(sizeof...(Parameters) == sizeof...(Arguments), "launch: pass one argument for each kernel parameter");
  if constexpr (sizeof...(Parameters) == sizeof...(Arguments)) {
    if (kernel == nullptr) return status(status_kind::bad_argument, "lanefold: launch: kernel is null");
    status wrong = shape.check();
    [[maybe_unused]] int number = 0;
    (void)(wrong.ok() && ... && (wrong = detail::check_argument<Parameters>(++number, arguments)).ok());
    if (!wrong) return wrong;
    return backend::start(q.stream(), kernel, shape,
                          detail::to_parameter<Parameters>(static_cast<Arguments&&>(arguments))...);
  }
}

/// On the default queue.
template <class... Parameters, class... Arguments>
[[nodiscard]] status launch(void (*kernel)(Parameters...), launch_shape const& shape, Arguments&&... arguments) {
  return launch(default_queue(), kernel, shape, static_cast<Arguments&&>(arguments)...);
}

namespace detail {
/// The name of a kernel template converts to it as soon as the types of the arguments are known. That is a conversion,
/// so that kernels which need none prefer the functions above.
template <class... Arguments>
struct deduced_kernel {
  void (*kernel)(Arguments...);
  deduced_kernel(void (*kernel_)(Arguments...)) : kernel(kernel_) {}
};
}  // namespace detail

/// A kernel template: its own arguments are those with which its parameters have the types of the arguments here.
template <class... Arguments>
[[nodiscard]] status launch(queue& q, traits::type_identity_t<detail::deduced_kernel<Arguments...>> deduced,
                            launch_shape const& shape, Arguments... arguments) {
  return launch(q, deduced.kernel, shape, static_cast<Arguments&&>(arguments)...);
}
template <class... Arguments>
[[nodiscard]] status launch(traits::type_identity_t<detail::deduced_kernel<Arguments...>> deduced,
                            launch_shape const& shape, Arguments... arguments) {
  return launch(default_queue(), deduced.kernel, shape, static_cast<Arguments&&>(arguments)...);
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
