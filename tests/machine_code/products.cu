// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// The main loops of products on tensor cores: nothing but what they are for, and nothing spilled. Never run. Also compiled
// by NVRTC: no host headers.

#include <lanefold/tensor/tile_product.cuh>

namespace lf = lanefold;

template <class Tile, class T, bool AlongA, bool AlongB>
__device__ __forceinline__ void product(T const* a, T const* b, lf::tensor::accumulator_of<T>* c, int extent,
                                        int depth) {
#if __CUDA_ARCH__ >= 800
  using product_of = lf::tensor::detail::tile_product<Tile, T, AlongA, AlongB, 16>;
  typename product_of::sums d = {};
  int const thread = static_cast<int>(threadIdx.x);
  product_of({a, extent, depth}, {b, extent, depth}, 0, 0, 0, depth, lf::dynamic_shared<char>(), thread,
             lf::call_site::here())
      .add(d);
  for (int i = 0; i < Tile::warp_m / 16; ++i)
    for (int j = 0; j < Tile::warp_n / 8; ++j)
      for (int k = 0; k < 4; ++k) c[((thread * 8 + i) * 8 + j) * 4 + k] = d[i][j][k];
#endif
}

extern "C" {

// Two loops, of whole tiles and of any, of 2 steps of 2 x 4 mma each; 4 loads of fragments a step, and the first 4.
// expect sm_80+: IMMA == 32, LDSM == 20, LDL == 0, STL == 0
__global__ void product_of_bytes(signed char const* a, signed char const* b, int* c, int n, int k) {
  product<lf::tensor::mma_tile<64, 64, 64, 2, 2, 3>, signed char, true, true>(a, b, c, n, k);
}

// 2 steps of 4 x 8, and 8 loads.
// expect sm_80+: HMMA == 128, LDSM == 40, LDL == 0, STL == 0
__global__ void product_of_floats(float const* a, float const* b, float* c, int n, int k) {
  product<lf::tensor::mma_tile<128, 128, 16, 2, 2, 3>, float, true, true>(a, b, c, n, k);
}

}  // extern "C"
