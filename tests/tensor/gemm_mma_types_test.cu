// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// gemm_mma of the other types, small integers exactly, in each layout of the operands.

#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include "support/products.hpp"

namespace {

using row = lf::row_major;
using column = lf::column_major;

shape const shapes[] = {{33, 20, 70}, {16, 32, 64, 16, 16}, {35, 37, 65, 4, 3}, {9, 40, 100, 1, 2}};

template <class T, class C, int TileK>
void each_layout() {
  using tile = lf::tensor::mma_tile<32, 32, TileK, 2, 1, 3>;
  for (shape const& s : shapes) {
    exact_product<tile, T, C, row, row, row>(s);
    exact_product<tile, T, C, row, column, row>(s);
    exact_product<tile, T, C, column, row, row>(s);
    exact_product<tile, T, C, column, column, row>(s);
  }
}

TEST(GemmMmaTypes, Half) { each_layout<__half, __half, 64>(); }
TEST(GemmMmaTypes, Tf32) { each_layout<float, float, 16>(); }
TEST(GemmMmaTypes, SignedChar) { each_layout<signed char, int, 64>(); }
TEST(GemmMmaTypes, Double) { each_layout<double, double, 16>(); }
TEST(GemmMmaTypes, Fp8e4m3) { each_layout<__nv_fp8_e4m3, float, 64>(); }
TEST(GemmMmaTypes, Fp8e5m2) { each_layout<__nv_fp8_e5m2, __half, 128>(); }

TEST(GemmMmaTypes, SignedCharWithExtremesAndToSignedChar) {
  std::mt19937 random(5);
  using tile = lf::tensor::mma_tile<32, 32, 64, 2, 1, 3>;
  auto const any = [&] { return static_cast<signed char>(random() % 4 == 0 ? 0x80 : random()); };
  multiply_and_check<tile, signed char, int, row, column, row>(
      {34, 33, 150}, any, [](int, int, double sum, double, int got) { ASSERT_EQ(got, sum); });
  multiply_and_check<tile, signed char, signed char, row, column, row>(
      {34, 33, 150}, any,
      [](int, int, double sum, double, int got) {
        ASSERT_EQ(got, std::fmax(-128, std::fmin(127, std::nearbyint(sum / 1024))));
      },
      lf::tensor::scale{1.0f / 1024});
}

}  // namespace
