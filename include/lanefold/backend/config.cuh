// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The seam's first half: for which backend is this file, and what do the library's few macros become. Three cases:
// - A CUDA compiler (nvcc, clang, NVRTC): device code and host words for the GPU.
// - C++ in a target that links lanefold::simulator, which defines LANEFOLD_SIMULATOR: the same on the simulator.
// - Other C++: the host words for the GPU, over the CUDA runtime. LANEFOLD_FN is not defined, and headers with device
//   code say so.
// What runs on lanes lives in an inline namespace named after the backend, so that one program can link device code and
// simulated code built from the same headers.

#include <lanefold/base/traits.cuh>

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)

#define LANEFOLD_ON_SIMULATOR 0
#define LANEFOLD_BACKEND on_cuda
/// Begins a function that lanes call: `__device__ __forceinline__`, and on the simulator inline.
#define LANEFOLD_FN __device__ __forceinline__
/// Begins a function that lanes and host code call, such as an operator.
#define LANEFOLD_HD __host__ __device__ __forceinline__
/// Begins a kernel, `__global__ void`; lanefold::launch starts it.
#define LANEFOLD_KERNEL __global__ void
/// Stands after LANEFOLD_KERNEL: the most threads of a block, and the least blocks that a multiprocessor is to hold.
#define LANEFOLD_LAUNCH_BOUNDS(...) __launch_bounds__(__VA_ARGS__)
/// Stands before a kernel's parameter of const type, such as a tensor map: no thread makes a copy of it. sm_70.
#define LANEFOLD_GRID_CONSTANT __grid_constant__
/// Declares block-shared memory inside a kernel: LANEFOLD_SHARED(name, type); commas in the type are fine. The contents
/// start undefined; on the simulator they are filled with NaN.
#define LANEFOLD_SHARED(name, ...) __shared__ ::lanefold::traits::type_identity_t<__VA_ARGS__> name
// Before a loop: no loop remains, or so many rounds of it become one.
#define LANEFOLD_UNROLL _Pragma("unroll")
#define LANEFOLD_UNROLL_BY(count) LANEFOLD_PRAGMA(unroll count)
#define LANEFOLD_PRAGMA(...) _Pragma(#__VA_ARGS__)

#elif defined(LANEFOLD_SIMULATOR)

#define LANEFOLD_ON_SIMULATOR 1
#define LANEFOLD_BACKEND on_simulator
// Inline, as it is on a GPU: two calls on one line are told apart by where they are. The tests under sanitizers do without:
// unoptimized, kernels that contain all they call take a compiler minutes.
#if defined(LANEFOLD_SIM_OUT_OF_LINE)
#define LANEFOLD_FN inline
#else
#define LANEFOLD_FN inline __attribute__((always_inline))
#endif
#define LANEFOLD_HD LANEFOLD_FN
#define LANEFOLD_KERNEL void
#define LANEFOLD_LAUNCH_BOUNDS(...)
#define LANEFOLD_GRID_CONSTANT
#define LANEFOLD_UNROLL
#define LANEFOLD_UNROLL_BY(count)
#define LANEFOLD_SHARED(name, ...)                                                            \
  static ::lanefold::sim::shared_slot name##_slot{sizeof(__VA_ARGS__), alignof(__VA_ARGS__)}; \
  auto& name =                                                                                \
      *static_cast<::lanefold::traits::type_identity_t<__VA_ARGS__>*>(::lanefold::sim::shared_memory(name##_slot))

#else

#define LANEFOLD_ON_SIMULATOR 0
#define LANEFOLD_BACKEND on_cuda
#define LANEFOLD_HD inline __attribute__((always_inline))
#define LANEFOLD_KERNEL void  // declared here, defined in a .cu: such a kernel can be launched from here
#define LANEFOLD_LAUNCH_BOUNDS(...)
#define LANEFOLD_GRID_CONSTANT

#endif

/// Stands on the host words whose bodies differ by backend (queue, device_array). They live in plain namespace lanefold,
/// so that a header can declare functions of them for every file; the tag gives the simulator's their own linker names,
/// so that one program can hold both.
#if LANEFOLD_ON_SIMULATOR
#define LANEFOLD_HOST_WORD __attribute__((abi_tag("simulator")))
#else
#define LANEFOLD_HOST_WORD
#endif

/// Define it as 1, for all translation units, to have device code check masks, source lanes and distances, the block's
/// extent, and that a scratch is in shared memory: a failed check prints file, line and what it found, and traps. 0, the
/// default, costs nothing. What it cannot see, such as a lane that never arrives, the simulator does, which always checks.
#ifndef LANEFOLD_CHECKED
#define LANEFOLD_CHECKED 0
#endif
