// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The host half of the seam on the GPU: starting kernels.

#include <lanefold/backend/cuda/stream.hpp>
#include <lanefold/host/launch_shape.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

inline status device_attribute(int* value, cudaDeviceAttr attribute) {
  int device = 0;
  if (status failed = to_status("launch", cudaGetDevice(&device)); !failed) return failed;
  return to_status("launch", cudaDeviceGetAttribute(value, attribute, device));
}

/// More shared memory than every GPU gives has to be asked for.
inline status allow_dynamic_shared(void const* kernel, size_t bytes) {
  int limit = 0;
  if (status failed = device_attribute(&limit, cudaDevAttrMaxSharedMemoryPerBlockOptin); !failed) return failed;
  cudaFuncAttributes attributes;
  if (status failed = to_status("launch", cudaFuncGetAttributes(&attributes, kernel)); !failed) return failed;
  size_t const most = static_cast<size_t>(limit) - attributes.sharedSizeBytes;
  if (bytes > most) {
    return status::failure(
        status_kind::bad_argument,
        "lanefold: launch: dynamic_shared_bytes is %zu, and this GPU gives a block of this kernel at "
        "most %zu",
        bytes, most);
  }
  return to_status("launch",
                   cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)));
}

/// Whether this GPU has clusters.
inline bool gives_clusters() {
  int major = 0;
  return device_attribute(&major, cudaDevAttrComputeCapabilityMajor).ok() && major >= 9;
}
inline status needs_sm_90(char const* what) {
  int major = 0;
  if (status failed = device_attribute(&major, cudaDevAttrComputeCapabilityMajor); !failed) return failed;
  if (major >= 9) return status();
  return status::failure(status_kind::unsupported, "lanefold: launch: %s needs sm_90, and this GPU is an sm_%dx", what,
                         major);
}

/// Kernels with wgmma have a body in code for sm_90a alone; elsewhere they are a trap of a few registers.
inline status needs_sm_90a(void const* kernel) {
  cudaFuncAttributes attributes;
  if (status failed = to_status("launch", cudaFuncGetAttributes(&attributes, kernel)); !failed) return failed;
  if (attributes.numRegs >= 40) return status();
  return status(status_kind::unsupported,
                "lanefold: launch: this kernel is built without code for sm_90a: add -gencode "
                "arch=compute_90a,code=sm_90a (in CMake 90a among CUDA_ARCHITECTURES)");
}

/// All blocks of a cooperative grid have to fit on the GPU at once.
inline status too_many_to_cooperate(void const* kernel, launch_shape const& shape) {
  int processors = 0, of_each = 0;
  if (status failed = device_attribute(&processors, cudaDevAttrMultiProcessorCount); !failed) return failed;
  (void)cudaOccupancyMaxActiveBlocksPerMultiprocessor(&of_each, kernel, static_cast<int>(shape.threads.count()),
                                                      shape.dynamic_shared_bytes);
  return status::failure(
      status_kind::bad_argument,
      "lanefold: launch: blocks is %llu, and at most %d of this cooperative kernel run together here",
      shape.blocks.count(), of_each * processors);
}

inline status start(stream s, void const* kernel, launch_shape const& shape, void** arguments) {
  cudaLaunchAttribute attributes[3];
  auto const to_dim3 = [](auto extent) { return dim3(extent.x, extent.y, extent.z); };
  cudaLaunchConfig_t config{};
  config.gridDim = to_dim3(shape.blocks);
  config.blockDim = to_dim3(shape.threads);
  config.dynamicSmemBytes = shape.dynamic_shared_bytes;
  config.stream = s;
  config.attrs = attributes;
  auto const ask_for = [&](cudaLaunchAttributeID id) -> cudaLaunchAttributeValue& {
    cudaLaunchAttribute& one = attributes[config.numAttrs++];
    one.id = id;
    return one.val;
  };

  if (shape.dynamic_shared_bytes > 48 * 1024) {
    if (status failed = allow_dynamic_shared(kernel, shape.dynamic_shared_bytes); !failed) return failed;
  }
  if (shape.cluster.count() > 1) {
    if (status failed = needs_sm_90("cluster"); !failed) return failed;
    if (shape.cluster.count() > 8) {  // more than every GPU with clusters gives has to be asked for
      status failed =
          to_status("launch", cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1));
      if (!failed) return failed;
    }
    ask_for(cudaLaunchAttributeClusterDimension).clusterDim = {shape.cluster.x, shape.cluster.y, shape.cluster.z};
  }
  if (shape.cooperative) ask_for(cudaLaunchAttributeCooperative).cooperative = 1;
  if (shape.programmatic_dependent_launch) {
    if (status failed = needs_sm_90("programmatic_dependent_launch"); !failed) return failed;
    ask_for(cudaLaunchAttributeProgrammaticStreamSerialization).programmaticStreamSerializationAllowed = 1;
  }

  cudaError_t const error = cudaLaunchKernelExC(&config, kernel, arguments);
  if (error != cudaErrorCooperativeLaunchTooLarge) return to_status("launch", error);
  (void)cudaGetLastError();
  return too_many_to_cooperate(kernel, shape);
}

template <class... Parameters>
status start(stream s, void (*kernel)(Parameters...), launch_shape const& shape,
             traits::type_identity_t<Parameters>... arguments) {
  void* pointers[sizeof...(Parameters) + 1] = {&arguments...};
  return start(s, reinterpret_cast<void const*>(kernel), shape, pointers);
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
