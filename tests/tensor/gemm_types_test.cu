// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// gemm of the other types, small integers exactly.

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>
#include <lanefold/tensor/gemm.hpp>

#include "support/products.hpp"

namespace {

using row = lf::row_major;
using column = lf::column_major;

template <class T, class C, class LayoutA = row, class LayoutB = column>
void exactly() {
  small_integers values;
  for (shape const s : {shape{70, 90, 200}, shape{40, 35, 33, 1, 1}})
    check_product<T, C, LayoutA, LayoutB, row>(
        s, [&] { return values.of<T>(); },
        [](int r, int c, double sum, double, C got) {
          ASSERT_EQ(to_double(got), to_double(from_double<C>(sum))) << "row " << r << " column " << c;
        },
        [](lf::queue& q, auto a, auto b, auto c) { return lf::tensor::gemm(q, a, b, c); });
}

TEST(GemmTypes, Half) { exactly<__half, __half>(); }
TEST(GemmTypes, Tf32) { exactly<float, float>(); }
TEST(GemmTypes, Fp8e4m3) { exactly<__nv_fp8_e4m3, __nv_bfloat16>(); }
TEST(GemmTypes, SignedCharAcrossK) { exactly<signed char, int, column, row>(); }  // transposed on the way
TEST(GemmTypes, Double) { exactly<double, double>(); }

TEST(GemmTypes, SignedCharToSignedChar) {
  std::mt19937 random(5);
  check_product<signed char, signed char, row, column, row>(
      {34, 33, 150}, [&] { return static_cast<signed char>(random() % 4 == 0 ? 0x80 : random()); },
      [](int, int, double sum, double, int got) {
        ASSERT_EQ(got, std::fmax(-128, std::fmin(127, std::nearbyint(sum / 1024))));
      },
      [](lf::queue& q, auto a, auto b, auto c) {
        return lf::tensor::gemm(q, a, b, c, lf::tensor::scale{1.0f / 1024});
      });
}

}  // namespace
