// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// What the model plans for a problem is within what gemm takes.

#include <cuda_fp16.h>
#include <gtest/gtest.h>
#include <lanefold/tensor/gemm_plan.hpp>

namespace lf = lanefold;
namespace tensor = lanefold::tensor;

namespace {

template <class T>
void expect_sound_plans(bool may_split) {
  for (int const m : {1, 16, 100, 512, 4096})
    for (int const n : {1, 33, 128, 1000, 16384})
      for (int const k : {1, 64, 1000, 65536}) {
        lf::gemm_plan const of_wgmma = tensor::detail::plan_wgmma<T>(m, n, k, 2, 132, may_split);
        lf::gemm_plan const of_mma = tensor::detail::plan_mma<T>(m, n, k, 132, may_split);
        ASSERT_EQ(of_wgmma.way, lf::gemm_way::wgmma);
        ASSERT_EQ(of_mma.way, lf::gemm_way::mma);
        ASSERT_TRUE(of_wgmma.tile >= 0 && of_wgmma.tile < tensor::detail::wgmma_tiles::count);
        ASSERT_TRUE(of_mma.tile >= 0 && of_mma.tile < tensor::detail::mma_tiles<T>::count);
        for (int const splits : {of_wgmma.splits, of_mma.splits}) {
          ASSERT_TRUE(splits >= 1 && splits <= 32) << m << " x " << n << " x " << k;
          ASSERT_TRUE(may_split || splits == 1) << m << " x " << n << " x " << k;
        }
      }
}
TEST(GemmPlan, IsWithinTheLimits) {
  expect_sound_plans<__half>(true);
  expect_sound_plans<__half>(false);
  expect_sound_plans<signed char>(true);
}
TEST(GemmPlan, SplitsALongSumOfFewTiles) {
  EXPECT_GT(tensor::detail::plan_wgmma<__half>(64, 64, 65536, 2, 132, true).splits, 1);
  EXPECT_GT(tensor::detail::plan_mma<__half>(64, 64, 65536, 132, true).splits, 1);
}

}  // namespace
