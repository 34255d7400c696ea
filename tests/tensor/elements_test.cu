// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// What is said of element types, and of shapes that follow from them: known when compiled.

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>
#include <gtest/gtest.h>
#include <lanefold/tensor/elements.cuh>
#include <lanefold/tensor/epilogue.cuh>
#include <lanefold/tensor/gemm_wgmma.cuh>

#include <type_traits>

namespace tensor = lanefold::tensor;

namespace {

template <class T, class Sum, int Bytes>
constexpr bool is_as_said = tensor::is_element<T> && std::is_same_v<tensor::accumulator_of<T>, Sum> &&
                            tensor::bytes_of<T> == Bytes && sizeof(T) == Bytes && tensor::depth_of<T> * Bytes == 32;

TEST(Elements, HaveTheirSizesSumsAndDepths) {
  EXPECT_TRUE((is_as_said<__half, float, 2>));
  EXPECT_TRUE((is_as_said<__nv_bfloat16, float, 2>));
  EXPECT_TRUE((is_as_said<float, float, 4>));
  EXPECT_TRUE((is_as_said<signed char, int, 1>));
  EXPECT_TRUE((is_as_said<__nv_fp8_e4m3, float, 1>));
  EXPECT_TRUE((is_as_said<__nv_fp8_e5m2, float, 1>));
  EXPECT_TRUE((is_as_said<double, double, 8>));
  EXPECT_FALSE(tensor::is_element<int> || tensor::is_element<unsigned char> || tensor::is_element<char>);
}

TEST(Epilogues, OfAChainAreInItsType) {
  using two = decltype(tensor::chain(tensor::relu{}, tensor::scale{2.0f}));
  EXPECT_TRUE((std::is_same_v<two, tensor::chain_of<tensor::relu, tensor::scale<float>>>));
  EXPECT_TRUE((std::is_same_v<decltype(tensor::chain(tensor::gelu{})), tensor::chain_of<tensor::gelu>>));
}

TEST(WgmmaTile, SaysWhoMultiplies) {
  using single = tensor::wgmma_tile<64, 96, 4, tensor::schedule::single>;
  using shared = tensor::wgmma_tile<256, 128, 4, tensor::schedule::shared, 2>;
  using in_turns = tensor::wgmma_tile<128, 160, 5, tensor::schedule::in_turns, 1, 2>;
  EXPECT_TRUE(single::threads == 160 && single::warpgroups == 1 && single::slabs == 1 && !single::stays);
  EXPECT_TRUE(shared::threads == 384 && shared::warpgroups == 2 && shared::slabs == 2 && shared::cluster == 2);
  EXPECT_TRUE(in_turns::threads == 384 && in_turns::slabs == 2 && in_turns::in_turns && in_turns::cluster_n == 2);
}

}  // namespace
