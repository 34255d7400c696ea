// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: mma_tile: a warp's part is a power of two, and 16 at least
#include <lanefold/tensor/tile_product.cuh>

#ifdef FIXED
constexpr int tile_m = 64;
#else
constexpr int tile_m = 96;
#endif

LANEFOLD_KERNEL kernel(int* out) { *out = lanefold::tensor::mma_tile<tile_m, 64, 32, 2, 2, 3>::threads; }
