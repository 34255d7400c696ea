// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// A warpgroup's product of panels of both kinds, and strips: how accumulators reach a matrix, with edges and without. sm_90a.

#include <cuda_fp16.h>
#include <lanefold/backend/bulk_copy.cuh>
#include <lanefold/tensor/store_strip.cuh>
#include <lanefold/tensor/swizzle.cuh>
#include <lanefold/tensor/wgmma.cuh>

#include <cmath>
#include <vector>

#include "support/hopper.cuh"

namespace lf = lanefold;
namespace tensor = lanefold::tensor;
using tensor::major;

namespace {

constexpr int rows = 64, columns = 96, depth = tensor::panel_bytes / 2;

/// Element (row, k) of A, and (k, column) of B: small, so that sums are exact in half precision, too.
LANEFOLD_HD int of_a(int row, int k) { return (row * 5 + k * 3) % 7 - 3; }
LANEFOLD_HD int of_b(int k, int column) { return (k * 11 + column * 2) % 5 - 2; }

/// Where element i, k of an operand is in its panels, as tensor/wgmma.cuh says it.
template <major Major>
LANEFOLD_HD constexpr int place(int i, int k) {
  using lines = tensor::swizzle<tensor::panel_bytes>;
  return Major == major::k ? lines::at(i, k * 2) : i / 64 * depth * tensor::panel_bytes + lines::at(k, i % 64 * 2);
}

template <major MajorA, major MajorB, class C, class Epilogue>
LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(128) multiply(tensor::output<C, Epilogue> out, int row, int column) {
#if ON_HOPPER
  using panel_a = tensor::wgmma_panel<__half, MajorA, rows>;
  using panel_b = tensor::wgmma_panel<__half, MajorB, columns>;
  ALIGNED_SHARED(shared);
  unsigned char *const a = shared, *const b = shared + panel_a::bytes, *const strips = b + panel_b::bytes;
  auto const here = lf::call_site::here();
  int const thread = static_cast<int>(lf::thread_index().x);
  for (int i = thread; i < rows * depth; i += 128)
    *reinterpret_cast<__half*>(a + place<MajorA>(i / depth, i % depth)) =
        __half(static_cast<float>(of_a(i / depth, i % depth)));
  for (int i = thread; i < columns * depth; i += 128)
    *reinterpret_cast<__half*>(b + place<MajorB>(i / depth, i % depth)) =
        __half(static_cast<float>(of_b(i % depth, i / depth)));
  lf::backend::fence_async(here);
  lf::backend::sync_block(here);
  float d[columns / 2];
  lf::backend::wgmma_fence(here);
  LANEFOLD_UNROLL
  for (int step = 0; step < tensor::panel_bytes / tensor::step_bytes; ++step)
    tensor::wgmma<__half, __half, MajorA, MajorB>(d, panel_a(a).at(step), panel_b(b).at(step), step > 0, here);
  lf::backend::wgmma_commit(here);
  lf::backend::wgmma_wait<0>(here);
  tensor::strip<float, C, Epilogue, columns>::store(d, row + thread / 32 * 16, column, out,
                                                    strips + thread / 32 * tensor::strip_bytes, here);
#endif
}

struct row_and_column {
  LANEFOLD_HD float operator()(float x, int row, int column) const {
    return x + static_cast<float>(row % 8 * 256) + static_cast<float>(column % 8) * 32;
  }
};

/// C is m x n in a field of 80 x stride, at `before`; the product's corner is at (row, column) of C.
template <major MajorA, major MajorB, class C, class Epilogue>
void expect_product(int m, int n, int stride, int before, int row = 0, int column = 0) {
  SCOPED_TRACE(testing::Message() << m << " x " << n << " stride " << stride << " before " << before);
  lf::device_array<C> field(std::vector<C>(static_cast<std::size_t>(80 * stride), C(7.0f)));
  C* const data = field.data() + before;
  bool const aligned = reinterpret_cast<std::size_t>(data) % 16 == 0 && stride * sizeof(C) % 16 == 0;
  lf::launch_shape shape{1, 128};
  shape.dynamic_shared_bytes = 1024 + 64 * 128 + 128 * 128 + 4 * tensor::strip_bytes;
  tensor::output<C, Epilogue> const out{data, stride, m, n, aligned, {}};
  lf::status const ran = lf::launch(multiply<MajorA, MajorB, C, Epilogue>, shape, out, row, column);
  ASSERT_TRUE(ran.ok()) << ran.message();
  auto const got = field.to_host();
  for (int i = 0; i < 80 * stride; ++i) {
    int const r = (i - before) / stride, c = (i - before) % stride;
    float expected = 7;
    if (i >= before && r >= row && r < m && r < row + rows && c >= column && c < n && c < column + columns) {
      int sum = 0;
      for (int k = 0; k < depth; ++k) sum += of_a(r - row, k) * of_b(k, c - column);
      expected = Epilogue()(static_cast<float>(sum), r, c);
    }
    ASSERT_EQ(static_cast<float>(got[static_cast<std::size_t>(i)]), expected) << "row " << r << " column " << c;
  }
}

class Warpgroup : public Hopper {};

TEST_F(Warpgroup, MultipliesPanelsOfBothKinds) {
  expect_product<major::k, major::k, float, tensor::identity>(64, 96, 96, 0);
  expect_product<major::mn, major::k, float, tensor::identity>(64, 96, 96, 0);
  expect_product<major::k, major::mn, float, tensor::identity>(64, 96, 96, 0);
  expect_product<major::mn, major::mn, float, tensor::identity>(64, 96, 96, 0);
}
TEST_F(Warpgroup, WritesStripsWhereverRowsBegin) {
  for (int const before : {0, 3})
    for (int const stride : {112, 105}) {
      expect_product<major::k, major::k, float, row_and_column>(64, 96, stride, before);
      expect_product<major::k, major::k, __half, row_and_column>(70, 99, stride, before, 5, 16);
      expect_product<major::k, major::k, __half, tensor::identity>(70, 99, stride, before, 5, 16);
    }
}
TEST_F(Warpgroup, WritesNothingBeyondTheMatrix) {
  for (int const m : {1, 16, 33, 63})
    for (int const n : {1, 31, 64, 95}) {
      expect_product<major::k, major::k, __half, tensor::identity>(m, n, 104, 0);
      expect_product<major::k, major::k, __half, row_and_column>(m, n, 101, 1);
    }
}

}  // namespace
