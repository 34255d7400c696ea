// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host half of the CUDA seam: starting kernels, and device memory.

#include <lanefold/backend/config.cuh>
#include <lanefold/base/status.hpp>

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
status start(void (*kernel)(Parameters...), Shape const& shape, traits::type_identity_t<Parameters>... arguments) {
  auto const function = reinterpret_cast<void const*>(kernel);
  if (shape.dynamic_shared_bytes > 48 * 1024) {  // more than every GPU gives has to be asked for
    int device = 0, limit = 0;
    if (status failed = to_status("launch", cudaGetDevice(&device)); !failed) return failed;
    (void)cudaDeviceGetAttribute(&limit, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
    cudaFuncAttributes attributes;
    if (status failed = to_status("launch", cudaFuncGetAttributes(&attributes, function)); !failed) return failed;
    size_t const most = static_cast<size_t>(limit) - attributes.sharedSizeBytes;
    if (shape.dynamic_shared_bytes > most) {
      return detail::failure(
          "lanefold: launch: dynamic_shared_bytes is %zu, and this GPU gives a block of this kernel at "
          "most %zu",
          shape.dynamic_shared_bytes, most);
    }
    if (status failed = to_status("launch", cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                                 static_cast<int>(shape.dynamic_shared_bytes)));
        !failed) {
      return failed;
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
