// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// operand_copy: tiles of an operand in shared memory, element by element, with what is beyond it.

#include <gtest/gtest.h>
#include <lanefold/host/device_array.hpp>
#include <lanefold/host/launch.hpp>
#include <lanefold/tensor/operand_copy.cuh>

#include <vector>

namespace lf = lanefold;
namespace tensor = lanefold::tensor;

namespace {

constexpr int extent = 32, depth = 32, threads = 64, tiles = 3;

template <class T>
struct memory {
  alignas(128) char bytes[extent * depth * tensor::bytes_of<T>];
};

template <class T, bool Source, bool AlongDepth, int Bytes>
LANEFOLD_KERNEL copy(tensor::operand<T> from, int first, int depth_end, T* out) {
  LANEFOLD_SHARED(shared, memory<T>);
  using tile = tensor::operand_tile<T, true, extent, depth, AlongDepth>;
  int const thread = static_cast<int>(lf::thread_index().x);
  tensor::operand_copy<tile, T, extent, depth, Source, AlongDepth, threads, Bytes> each(from, first, 0, depth_end,
                                                                                        thread);
  for (int number = 0; number < tiles; ++number) {
    auto const site = lf::call_site::here();
    each.template next<false>(shared.bytes, site);
    lf::backend::cp_async_commit();
    lf::backend::cp_async_wait<0>();
    lf::backend::sync_block(site);
    for (int i = thread; i < extent * depth; i += threads)
      out[number * extent * depth + i] = *reinterpret_cast<T*>(shared.bytes + tile::at(i / depth, i % depth));
    lf::backend::sync_block(site);
  }
}

/// An operand of 45 x 75, of which tiles are copied from row 0 or 32 on. Numbers from 1 on.
template <class T, bool Source, bool AlongDepth, int Bytes>
void copies(int gap) {
  int const rows = 45, terms = 75, line = Source ? terms : rows, lines = Source ? rows : terms;
  int const stride = line + gap;
  std::vector<T> values(static_cast<std::size_t>(lines * stride), T(99));
  auto const value = [](int row, int term) { return static_cast<T>((row * 7 + term * 3) % 90 + 1); };
  for (int row = 0; row < rows; ++row)
    for (int term = 0; term < terms; ++term)
      values[static_cast<std::size_t>(Source ? row * stride + term : term * stride + row)] = value(row, term);
  lf::device_array<T> const from(values);
  lf::device_array<T> out(tiles * extent * depth);
  for (int const first : {0, 32}) {
    lf::status const ran = lf::launch(copy<T, Source, AlongDepth, Bytes>, {1, threads},
                                      tensor::operand<T>{from.data(), rows, stride}, first, terms, out.data());
    ASSERT_TRUE(ran.ok()) << ran.message();
    auto const got = out.to_host();
    for (int i = 0; i < tiles * extent * depth; ++i) {
      int const row = first + i / depth % extent, term = i / (extent * depth) * depth + i % depth;
      if (row >= rows) continue;  // anything
      ASSERT_EQ(got[static_cast<std::size_t>(i)], term < terms ? value(row, term) : T(0))
          << "row " << row << " term " << term << " bytes " << Bytes;
    }
  }
}

// Of float, whose elements are transposed on the way; of signed char likewise, and by plain loads.
TEST(OperandCopy, CopiesFloatsEachWay) {
  copies<float, true, true, 16>(1);  // a stride of 76
  copies<float, true, true, 4>(2);
  copies<float, false, true, 16>(3);
  copies<float, false, true, 4>(0);
}
TEST(OperandCopy, CopiesBytesEachWay) {
  copies<signed char, true, true, 16>(5);
  copies<signed char, true, true, 4>(1);
  copies<signed char, true, true, 1>(0);
  copies<signed char, false, true, 1>(0);
}

}  // namespace
