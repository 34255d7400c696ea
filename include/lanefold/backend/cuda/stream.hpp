// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The host half of the seam on the GPU: streams and device memory, over the CUDA runtime.

#include <lanefold/backend/config.cuh>
#include <lanefold/base/status.hpp>

#ifndef __CUDACC__
#if !__has_include(<cuda_runtime_api.h>)
#error \
    "lanefold: no cuda_runtime_api.h: add the CUDA Toolkit's include path (CUDA::cudart), or link lanefold::simulator"
#endif
#include <cuda_runtime_api.h>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

using stream = cudaStream_t;

inline status_kind kind_of(cudaError_t error) {
  switch (error) {
    case cudaErrorInvalidValue:
    case cudaErrorInvalidConfiguration:
    case cudaErrorInvalidClusterSize:
    case cudaErrorLaunchOutOfResources:
      return status_kind::bad_argument;
    case cudaErrorMemoryAllocation:
      return status_kind::out_of_memory;
    case cudaErrorNotSupported:
    case cudaErrorNoDevice:
    case cudaErrorInsufficientDriver:
    case cudaErrorInvalidDeviceFunction:
    case cudaErrorNoKernelImageForDevice:
      return status_kind::unsupported;
    default:
      return status_kind::device_fault;
  }
}

inline status to_status(char const* what, cudaError_t error) {
  if (error == cudaSuccess) return status();
  (void)cudaGetLastError();
  return status::failure(kind_of(error), "lanefold: %s: %s: %s", what, cudaGetErrorName(error),
                         cudaGetErrorString(error));
}

// ---- the device

/// Of the current device: its multiprocessors, and its compute capability as in sm_90.
struct device_facts {
  int multiprocessors = 0, sm = 0;
};
inline status ask_device(device_facts* facts) {
  int device = 0, major = 0, minor = 0;
  cudaError_t error = cudaGetDevice(&device);
  if (error == cudaSuccess) error = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  if (error == cudaSuccess) error = cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device);
  if (error == cudaSuccess)
    error = cudaDeviceGetAttribute(&facts->multiprocessors, cudaDevAttrMultiProcessorCount, device);
  facts->sm = 10 * major + minor;
  return to_status("device", error);
}

// ---- streams

/// A stream that waits for the default stream and is waited for, so that plain copies (device_array) are in order.
inline status make_stream(stream* s) { return to_status("queue", cudaStreamCreate(s)); }
inline void destroy_stream(stream s) { (void)cudaStreamDestroy(s); }
inline status wait(stream s) { return to_status("synchronize", cudaStreamSynchronize(s)); }
inline status ask_capturing(stream s, bool* capturing) {
  cudaStreamCaptureStatus state = cudaStreamCaptureStatusNone;
  status asked = to_status("queue", cudaStreamIsCapturing(s, &state));
  *capturing = state != cudaStreamCaptureStatusNone;
  return asked;
}

// ---- memory

inline status allocate(void** data, size_t bytes) { return to_status("allocate", cudaMalloc(data, bytes)); }
inline void release(void* data) { (void)cudaFree(data); }
/// In the order of the stream's work.
inline status allocate(stream s, void** data, size_t bytes) {
  return to_status("allocate", cudaMallocAsync(data, bytes, s));
}
inline void release(stream s, void* data) { (void)cudaFreeAsync(data, s); }

/// In the order of the stream's work; returns when done. `what` it is: "copy to host", "copy to device".
inline status copy(stream s, char const* what, void* to, void const* from, size_t bytes) {
  status started = to_status(what, cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, s));
  return started ? to_status(what, cudaStreamSynchronize(s)) : started;
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
