// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host half of the CUDA seam: starting kernels, and device memory.

#include <lanefold/backend/config.cuh>
#include <lanefold/status.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

using stream = cudaStream_t;

inline status to_status(char const* what, cudaError_t error) {
  if (error == cudaSuccess) return status();
  (void)cudaGetLastError();
  return detail::failure("lanefold: %s: %s: %s", what, cudaGetErrorName(error), cudaGetErrorString(error));
}

template <class... Parameters, class Shape>
status start(void (*kernel)(Parameters...), Shape const& shape, type_identity_t<Parameters>... arguments) {
  auto const function = reinterpret_cast<void const*>(kernel);
  // More than 48 KiB of dynamic shared memory must be asked for.
  if (shape.dynamic_shared_bytes > 48 * 1024) {
    cudaError_t const error = cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                   static_cast<int>(shape.dynamic_shared_bytes));
    if (error != cudaSuccess) {
      (void)cudaGetLastError();
      return detail::failure("lanefold: launch: dynamic_shared_bytes is %zu, more than this GPU gives one block: %s",
                             shape.dynamic_shared_bytes, cudaGetErrorString(error));
    }
  }
  void* pointers[sizeof...(Parameters) + 1] = {&arguments...};
  auto const to_dim3 = [](auto extent) { return dim3(extent.x, extent.y, extent.z); };
  return to_status("launch", cudaLaunchKernel(function, to_dim3(shape.blocks), to_dim3(shape.threads), pointers,
                                              shape.dynamic_shared_bytes, shape.stream));
}

inline status wait(stream s) { return to_status("synchronize", cudaStreamSynchronize(s)); }

inline status allocate(void** data, size_t bytes) { return to_status("allocate", cudaMalloc(data, bytes)); }
inline void release(void* data) { (void)cudaFree(data); }
inline status copy_to_host(void* to, void const* from, size_t bytes) {
  return to_status("copy to host", cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost));
}
inline status copy_to_device(void* to, void const* from, size_t bytes) {
  return to_status("copy to device", cudaMemcpy(to, from, bytes, cudaMemcpyHostToDevice));
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
