// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Fragments of each type: where their elements are, by hand and as loaded from shared memory, shown by products.

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>
#include <gtest/gtest.h>
#include <lanefold/host/device_array.hpp>
#include <lanefold/host/launch.hpp>
#include <lanefold/tensor/fragment.cuh>
#include <lanefold/tensor/swizzle.cuh>

#include <vector>

namespace lf = lanefold;
namespace tensor = lanefold::tensor;

namespace {

static_assert(tensor::is_element<double> && tensor::is_element<__half> && !tensor::is_element<int>);
static_assert(tensor::bytes_of<__nv_fp8_e4m3> == 1 && tensor::bytes_of<__half> == 2 && tensor::bytes_of<float> == 4);
static_assert(tensor::depth_of<double> == 4 && tensor::depth_of<signed char> == 32);

template <class T>
LANEFOLD_HD T element(int value) {
  return T(static_cast<float>(value));
}
template <>
LANEFOLD_HD signed char element<signed char>(int value) {
  return static_cast<signed char>(value);
}

/// Element (row, k) of A, and (k, column) of B: small, and no two rows or columns alike.
LANEFOLD_HD int of_a(int row, int k) { return (row * 5 + k * 3) % 7 - 3 + (row == k); }
LANEFOLD_HD int of_b(int k, int column) { return (k * 11 + column * 2) % 5 - 2 + (column == k); }

enum class way { by_hand, one_hot, loaded, transposed };

/// 16 lines of 32 bytes for A and for B, swizzled; or for 16-bit types 16 terms of 32 bytes.
struct memory {
  alignas(128) unsigned char a[512], b[512];
};

template <class T, way Way>
LANEFOLD_KERNEL multiply(tensor::accumulator_of<T>* out, int hot) {
  LANEFOLD_SHARED(shared, memory);
  constexpr int depth = tensor::depth_of<T>;
  lf::warp const warp;
  tensor::fragment_a<T> a;
  tensor::fragment_b<T> b[2];
  using lines = tensor::swizzle<32>;
  auto const a_at = [&](int row, int k) {
    return reinterpret_cast<T*>(
        shared.a + (Way == way::transposed ? lines::at(k, row * int(sizeof(T))) : lines::at(row, k * int(sizeof(T)))));
  };
  auto const b_at = [&](int k, int column) {
    return reinterpret_cast<T*>(shared.b + (Way == way::transposed ? lines::at(k, column * int(sizeof(T)))
                                                                   : lines::at(column, k * int(sizeof(T)))));
  };
  if constexpr (Way == way::by_hand || Way == way::one_hot) {
    for (int i = 0; i < a.size(); ++i)
      a.set(i, element<T>(Way == way::one_hot ? a.column(i) == hot : of_a(a.row(i), a.column(i))));
    for (int half = 0; half < 2; ++half)
      for (int i = 0; i < b[half].size(); ++i) {
        int const k = b[half].row(i), column = b[half].column(i) + 8 * half;
        b[half].set(i, element<T>(of_b(k, column)));
      }
  } else {
    for (int i = lf::lane_id(); i < 16 * depth; i += 32) {
      *a_at(i / depth, i % depth) = element<T>(of_a(i / depth, i % depth));
      *b_at(i % depth, i / depth) = element<T>(of_b(i % depth, i / depth));
    }
    warp.sync();
    if constexpr (Way == way::transposed) {
      load_transposed(warp, a, a_at);
      load_transposed(warp, b, b_at);
    } else {
      load(warp, a, a_at);
      load(warp, b, b_at);
    }
  }
  for (int half = 0; half < 2; ++half) {
    tensor::accumulator<T> d;
    mma(warp, d, a, b[half]);
    mma(warp, d, a, b[half]);  // adds
    for (int i = 0; i < d.size(); ++i) out[d.row(i) * 16 + d.column(i) + 8 * half] = d.value[i];
  }
}

template <class T, way Way>
void expect_product(int hot = 0) {
  lf::device_array<tensor::accumulator_of<T>> out(256);
  lf::status const ran = lf::launch(multiply<T, Way>, {1, 32}, out.data(), hot);
  ASSERT_TRUE(ran.ok()) << ran.message();
  auto const got = out.to_host();
  for (int row = 0; row < 16; ++row)
    for (int column = 0; column < 16; ++column) {
      int sum = 0;
      for (int k = 0; k < tensor::depth_of<T>; ++k)
        sum += (Way == way::one_hot ? k == hot : of_a(row, k)) * of_b(k, column);
      ASSERT_EQ(got[static_cast<std::size_t>(row * 16 + column)], 2 * sum) << "row " << row << " column " << column;
    }
}

template <class T>
class Fragment : public testing::Test {};
using types = testing::Types<__half, __nv_bfloat16, float, signed char, double, __nv_fp8_e4m3, __nv_fp8_e5m2>;
TYPED_TEST_SUITE(Fragment, types);

TYPED_TEST(Fragment, KnowsTheRowsAndColumnsOfItsElements) {
  expect_product<TypeParam, way::by_hand>();
  for (int k = 0; k < tensor::depth_of<TypeParam>; ++k) expect_product<TypeParam, way::one_hot>(k);
}
TYPED_TEST(Fragment, IsLoadedFromSwizzledLines) { expect_product<TypeParam, way::loaded>(); }
TEST(FragmentOf16Bits, IsLoadedTransposed) {
  expect_product<__half, way::transposed>();
  expect_product<__nv_bfloat16, way::transposed>();
}

}  // namespace
