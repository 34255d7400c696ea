// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Does not compile: to a C++ compiler with the toolkit's headers __shared__ was nothing, and each lane had its own tile.

#include <lanefold/backend/config.cuh>
#include <lanefold/sim/cuda_names.hpp>

#if __has_include(<vector_types.h>)
#include <vector_types.h>
#endif

float kernel() {
  __shared__ float tile[32];
  tile[threadIdx.x] = 1;
  return tile[0];
}
