// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Kernels whose instructions tools/check_machine_code.py counts. The comments above a kernel are what it checks.
// Never run. Also compiled by NVRTC: no host headers.

#include <lanefold/argmin.cuh>
#include <lanefold/reduce.cuh>
#include <lanefold/scan.cuh>
#include <lanefold/vote.cuh>

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

// expect all: SHFL == 5, FADD == 5
__global__ void float_scan_by_hand(float* data) {
  float value = data[threadIdx.x];
  for (int distance = 1; distance < 32; distance *= 2) {
    float const lower = __shfl_up_sync(0xffffffffu, value, distance);
    if ((threadIdx.x & 31) >= distance) value += lower;
  }
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

// expect sm_80+: REDUX + CREDUX == 3, SHFL == 0
// expect sm_70..sm_75: SHFL == 10
__global__ void int64_sum(long long* data) { data[threadIdx.x] = lf::sum(lf::warp{}, data[threadIdx.x]); }

// expect all: SHFL == 10, DADD == 5
__global__ void double_sum(double* data) { data[threadIdx.x] = lf::sum(lf::warp{}, data[threadIdx.x]); }

// expect sm_80+: REDUX + CREDUX == 1, SHFL == 0
// expect sm_70..sm_75: SHFL == 5
__global__ void float_min(float* data) { data[threadIdx.x] = lf::min(lf::warp{}, data[threadIdx.x]); }

// expect sm_80+: REDUX + CREDUX == 2, SHFL == 0
// expect sm_70..sm_75: SHFL == 10
__global__ void double_max(double* data) { data[threadIdx.x] = lf::max(lf::warp{}, data[threadIdx.x]); }

// expect sm_80+: REDUX + CREDUX == 1, SHFL == 0, VOTE == 1
__global__ void float_argmax(float* data, int* ranks) {
  ranks[threadIdx.x] = lf::argmax(lf::warp{}, data[threadIdx.x]).rank;
}

// expect all: SHFL == 5, FADD == 5
// no_more_than float_scan_by_hand
__global__ void float_scan(float* data) { data[threadIdx.x] = lf::inclusive_scan(lf::warp{}, data[threadIdx.x]); }

// Undoes its own value: no sixth shuffle.
// expect all: SHFL == 5
__global__ void int_exclusive_scan(int* data) { data[threadIdx.x] = lf::exclusive_scan(lf::warp{}, data[threadIdx.x]); }

// The compiler knows the lanes that meet: no look at masks.
// expect all: SHFL == 3, FADD == 3, MATCH == 0, WARPSYNC == 0
__global__ void float_sum_of_whole_tiles(float* data) {
  data[threadIdx.x] = lf::sum(lf::warp_tile<8>{}, data[threadIdx.x]);
}

// Groups and operators vanish.
// expect all: VOTE == 1, SHFL == 0
__global__ void any(int* data) { data[threadIdx.x] = lf::any_of(lf::warp{}, data[threadIdx.x] > 0); }

// Eight values a lane of one warp, in two loads; two barriers; the total read by all.
// expect all: BAR == 2, LDS == 3, STS == 2
__global__ void float_block_sum(float* data) {
  __shared__ lf::scratch<lf::block<256>, float> scratch;
  data[threadIdx.x] = lf::sum(lf::block<256>{}.with(scratch), data[threadIdx.x]);
}

}  // extern "C"
