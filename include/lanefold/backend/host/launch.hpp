// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The host half of the seam on the simulator: starting kernels.

#include <lanefold/backend/host/stream.hpp>
#include <lanefold/host/launch_shape.hpp>
#include <lanefold/sim/interface.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

inline status needs_sm_90a(void const*) { return status(); }
inline bool gives_clusters() { return true; }

template <class... Parameters>
status start(stream, void (*kernel)(Parameters...), launch_shape const& shape,
             traits::type_identity_t<Parameters>... arguments) {
  auto run = [=] { kernel(arguments...); };
  auto const to_index3 = [](auto extent) { return sim::index3{extent.x, extent.y, extent.z}; };
  char const* const fault = sim::launch({to_index3(shape.blocks), to_index3(shape.threads), shape.dynamic_shared_bytes,
                                         [](void* closure) { (*static_cast<decltype(run)*>(closure))(); }, &run,
                                         sizeof run, to_index3(shape.cluster), shape.cooperative});
  return fault == nullptr ? status() : status(status_kind::simulated_fault, fault);
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
