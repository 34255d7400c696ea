// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Kernels whose instructions tools/check_machine_code.py counts. The comments above a kernel are what it checks.
// Never run. Also compiled by NVRTC: no host headers.

#include <lanefold/groups.cuh>
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

extern "C" {

// ---- what a user would write without the library ----------------------------------------------------------------------

// expect sm_80+: REDUX + CREDUX == 1
__global__ void int_sum_by_redux(int* data) {
#if __CUDA_ARCH__ >= 800
  data[threadIdx.x] = __reduce_add_sync(0xffffffffu, data[threadIdx.x]);
#endif
}

// expect all: SHFL == 5
__global__ void int_sum_by_hand(int* data) {
  int value = data[threadIdx.x];
  for (int distance = 1; distance < 32; distance *= 2) value += __shfl_xor_sync(0xffffffffu, value, distance);
  data[threadIdx.x] = value;
}

// expect all: SHFL == 5, FADD == 5
__global__ void float_sum_by_hand(float* data) {
  float value = data[threadIdx.x];
  for (int distance = 1; distance < 32; distance *= 2) value += __shfl_xor_sync(0xffffffffu, value, distance);
  data[threadIdx.x] = value;
}

// ---- the library ------------------------------------------------------------------------------------------------------

// expect sm_80+: REDUX + CREDUX == 1, SHFL == 0
// expect sm_70..sm_75: SHFL == 5
// no_more_than int_sum_by_hand
__global__ void int_sum(int* data) { data[threadIdx.x] = lf::sum(lf::warp{}, data[threadIdx.x]); }

// expect all: SHFL == 5, FADD == 5
// no_more_than float_sum_by_hand
__global__ void float_sum(float* data) { data[threadIdx.x] = lf::sum(lf::warp{}, data[threadIdx.x]); }

}  // extern "C"
