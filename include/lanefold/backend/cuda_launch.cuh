// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host half of the CUDA seam: starting a kernel. Included by backend/cuda.cuh, never under NVRTC.

#include <lanefold/backend/config.cuh>

#include <string>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

using stream = cudaStream_t;

inline std::string describe(char const* what, cudaError_t error) {
  if (error == cudaSuccess) return {};
  return std::string("lanefold: ") + what + ": " + cudaGetErrorName(error) + ": " + cudaGetErrorString(error);
}

template <class... Parameters, class Shape>
std::string start(void (*kernel)(Parameters...), Shape const& shape, type_identity_t<Parameters>... arguments) {
  // More than 48 KiB of dynamic shared memory must be asked for; the driver says so if the GPU has less.
  if (shape.dynamic_shared_bytes > 48 * 1024) {
    cudaError_t const error =
        cudaFuncSetAttribute(reinterpret_cast<void const*>(kernel), cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(shape.dynamic_shared_bytes));
    if (error != cudaSuccess) {
      (void)cudaGetLastError();
      return "lanefold: launch: dynamic_shared_bytes is " + std::to_string(shape.dynamic_shared_bytes) +
             ", more than this GPU gives one block: " + cudaGetErrorString(error);
    }
  }
  void* pointers[sizeof...(Parameters) + 1] = {&arguments...};
  auto const to_dim3 = [](auto extent) { return dim3(extent.x, extent.y, extent.z); };
  cudaError_t const error =
      cudaLaunchKernel(reinterpret_cast<void const*>(kernel), to_dim3(shape.blocks), to_dim3(shape.threads), pointers,
                       shape.dynamic_shared_bytes, shape.stream);
  if (error != cudaSuccess) (void)cudaGetLastError();
  return describe("launch", error);
}

inline std::string wait(stream s) { return describe("synchronize", cudaStreamSynchronize(s)); }

inline std::string allocate(void** data, std::size_t bytes) { return describe("cudaMalloc", cudaMalloc(data, bytes)); }
inline void release(void* data) { (void)cudaFree(data); }
inline std::string copy_to_host(void* to, void const* from, std::size_t bytes) {
  return describe("copy to host", cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost));
}
inline std::string copy_to_device(void* to, void const* from, std::size_t bytes) {
  return describe("copy to device", cudaMemcpy(to, from, bytes, cudaMemcpyHostToDevice));
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
