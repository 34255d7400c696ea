// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// A block's copies of an operand, tile after tile along the depth: where each element goes, and zeros behind the end.

#include <cuda_fp16.h>
#include <gtest/gtest.h>
#include <lanefold/host/device_array.hpp>
#include <lanefold/host/launch.hpp>
#include <lanefold/tensor/operand_copy.cuh>

#include <vector>

namespace lf = lanefold;
namespace tensor = lanefold::tensor;

namespace {

constexpr int extent = 32, depth = 32, tiles = 3, threads = 64;

/// Tile by tile, as they lie in shared memory.
template <bool Source, bool AlongDepth, int Bytes>
LANEFOLD_KERNEL copy_tiles(tensor::operand<__half> from, int first, int end, unsigned char* images) {
  using tile = tensor::operand_tile<__half, true, extent, depth, AlongDepth>;
  char* const shared = lf::dynamic_shared<char>();
  auto const here = lf::call_site::here();
  int const thread = static_cast<int>(lf::thread_index().x);
  tensor::operand_copy<tile, __half, extent, depth, Source, AlongDepth, threads, Bytes> copy(from, first, 0, end,
                                                                                             thread);
  for (int number = 0; number < tiles; ++number) {
    copy.next(shared, here);
    lf::backend::cp_async_commit();
    lf::backend::cp_async_wait<0>();
    lf::backend::sync_block(here);
    for (int i = thread; i < tile::bytes; i += threads)
      images[number * tile::bytes + i] = static_cast<unsigned char>(shared[i]);
    lf::backend::sync_block(here);
  }
}

/// An operand of `rows` by `end` terms, of which the rows from `first` on are copied.
template <bool Source, bool AlongDepth, int Bytes>
void expect_copies(int rows, int end, int first, int gap, int before) {
  SCOPED_TRACE(testing::Message() << rows << " rows from " << first << ", " << end << " terms, gap " << gap);
  using tile = tensor::operand_tile<__half, true, extent, depth, AlongDepth>;
  auto const value = [](int row, int k) { return static_cast<float>(1 + row + 64 * (k % 16)); };
  int const stride = (Source ? end : rows) + gap;
  std::vector<__half> values(static_cast<std::size_t>(before + (Source ? rows : end) * stride), __half(-5.0f));
  auto const at = [&](int row, int k) {
    return static_cast<std::size_t>(before + (Source ? row * stride + k : k * stride + row));
  };
  for (int row = 0; row < rows; ++row)
    for (int k = 0; k < end; ++k) values[at(row, k)] = __half(value(row, k));
  lf::device_array<__half> const in(values);
  lf::device_array<unsigned char> images(std::size_t(tiles) * tile::bytes);
  lf::launch_shape shape{1, threads};
  shape.dynamic_shared_bytes = tile::bytes;
  tensor::operand<__half> const from{in.data() + before, rows, stride};
  lf::status const ran = lf::launch(copy_tiles<Source, AlongDepth, Bytes>, shape, from, first, end, images.data());
  ASSERT_TRUE(ran.ok()) << ran.message();
  auto const got = images.to_host();
  for (int k = 0; k < tiles * depth; ++k)
    for (int row = first; row < first + extent && row < rows; ++row) {
      __half element;
      memcpy(&element, &got[static_cast<std::size_t>(k / depth * tile::bytes + tile::at(row - first, k % depth))], 2);
      ASSERT_EQ(static_cast<float>(element), k < end ? value(row, k) : 0.0f) << "row " << row << " term " << k;
    }
}

template <bool Source, bool AlongDepth>
void expect_all_copies() {
  expect_copies<Source, AlongDepth, 16>(64, 96, 32, 8, 0);   // whole tiles
  expect_copies<Source, AlongDepth, 16>(56, 72, 32, 8, 16);  // both ends within a tile
  expect_copies<Source, AlongDepth, 4>(50, 90, 32, 2, 2);
  expect_copies<Source, AlongDepth, 2>(45, 77, 32, 3, 1);
}
TEST(OperandCopy, AlongTheDepthAsInMemory) { expect_all_copies<true, true>(); }
TEST(OperandCopy, AcrossTheDepthAsInMemory) { expect_all_copies<false, false>(); }
TEST(OperandCopy, TransposesFromAcross) { expect_all_copies<false, true>(); }

}  // namespace
