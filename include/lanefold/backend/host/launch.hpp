// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host half of the simulator's seam: the names of backend/cuda/launch.hpp.

#include <lanefold/backend/config.cuh>
#include <lanefold/base/status.hpp>
#include <lanefold/sim/interface.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// One stream: launches run to their end before they return.
struct stream {};

template <class... Parameters, class Shape>
status start(void (*kernel)(Parameters...), Shape const& shape, traits::type_identity_t<Parameters>... arguments) {
  auto run = [=] { kernel(arguments...); };
  auto const to_index3 = [](auto extent) { return index3{extent.x, extent.y, extent.z}; };
  return status(sim::launch({to_index3(shape.blocks), to_index3(shape.threads), shape.dynamic_shared_bytes,
                             [](void* closure) { (*static_cast<decltype(run)*>(closure))(); }, &run, sizeof run}));
}
inline status wait(stream) { return status(); }

// Device memory is plain memory, aligned as cudaMalloc aligns it.
inline status allocate(void** data, size_t bytes) {
  size_t const whole = (bytes + 255) / 256 * 256;  // wraps for the last 255 sizes
  *data = whole >= bytes ? aligned_alloc(256, whole) : nullptr;
  return *data ? status() : status("lanefold: allocate: out of memory");
}
inline void release(void* data) { free(data); }
inline status copy_to_host(void* to, void const* from, size_t bytes) {
  memcpy(to, from, bytes);
  return status();
}
inline status copy_to_device(void* to, void const* from, size_t bytes) {
  memcpy(to, from, bytes);
  return status();
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
