// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The host half of the seam on the simulator: the names of backend/cuda/stream.hpp.

#include <lanefold/backend/config.cuh>
#include <lanefold/base/status.hpp>

#include <stdlib.h>
#include <string.h>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// What the simulator plays: the instructions of sm_90a, and few multiprocessors, so that blocks take several tiles.
struct device_facts {
  int multiprocessors = 0, sm = 0;
};
inline status ask_device(device_facts* facts) {
  *facts = {4, 90};
  return status();
}

/// Launches run to their end before they return, so that all streams are one, and are never captured.
struct stream {};
inline status make_stream(stream*) { return status(); }
inline void destroy_stream(stream) {}
inline status wait(stream) { return status(); }
inline status ask_capturing(stream, bool* capturing) {
  *capturing = false;
  return status();
}

// ---- memory: plain, aligned as cudaMalloc aligns it

inline status allocate(void** data, size_t bytes) {
  size_t const whole = (bytes + 255) / 256 * 256;  // wraps for the last 255 sizes
  *data = whole >= bytes ? aligned_alloc(256, whole) : nullptr;
  return *data ? status() : status(status_kind::out_of_memory, "lanefold: allocate: out of memory");
}
inline void release(void* data) { free(data); }
inline status allocate(stream, void** data, size_t bytes) { return allocate(data, bytes); }
inline void release(stream, void* data) { release(data); }

inline status copy(stream, char const*, void* to, void const* from, size_t bytes) {
  memcpy(to, from, bytes);
  return status();
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
