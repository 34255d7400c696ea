// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// The copy engine: boxes of a matrix in and out, over the edges, with every swizzle, to several blocks. sm_90.

#include <lanefold/backend/bulk_copy.cuh>
#include <lanefold/backend/tensor_map.hpp>

#include <string>
#include <vector>

#include "../support/hopper.cuh"

namespace lf = lanefold;

namespace {

using bytes = std::vector<unsigned char>;

std::size_t index(long long i) { return static_cast<std::size_t>(i); }

/// A matrix whose bytes tell where they are, with a gap behind each row.
struct matrix {
  int element, columns, rows;
  long long stride;
  bytes content;

  matrix(int element_, int columns_, int rows_)
      : element(element_),
        columns(columns_),
        rows(rows_),
        stride((columns_ * element_ + 15) / 16 * 16 + 32),
        content(index(stride * rows_)) {
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<unsigned char>(i * 131 + i / 251 + 1);
  }
  bool has(int column, int row) const { return column >= 0 && column < columns && row >= 0 && row < rows; }
  std::size_t at(int column, int row, int byte) const { return index(row * stride + column * element + byte); }

  lf::backend::tensor_map map(void const* data, int box_columns, int box_rows, int swizzle) const {
    lf::backend::tensor_map result{};
    lf::status const made =
        make_tensor_map(&result, {data, element, columns, rows, stride, box_columns, box_rows, swizzle});
    EXPECT_TRUE(made.ok()) << made.message();
    return result;
  }
};

struct corner {
  int column, row;
};

LANEFOLD_KERNEL fetch(LANEFOLD_GRID_CONSTANT lf::backend::tensor_map const map, corner from, int size,
                      unsigned char* out) {
#if ON_HOPPER
  LANEFOLD_SHARED(arrived, lf::backend::mbarrier);
  ALIGNED_SHARED(shared);
  auto const here = lf::call_site::here();
  if (lf::backend::thread_index().x == 0) {
    lf::backend::prefetch(map);
    lf::backend::mbarrier_init(arrived, 1, here);
    lf::backend::fence_mbarrier_init(here);
    lf::backend::mbarrier_arrive_expect(arrived, static_cast<unsigned>(size), here);
    lf::backend::copy_box(shared, map, from.column, from.row, arrived, here);
  }
  lf::backend::sync_block(here);
  lf::backend::mbarrier_wait(arrived, 0, here);
  for (int i = static_cast<int>(lf::backend::thread_index().x); i < size; i += 64) out[i] = shared[i];
#endif
}

/// The same of matrix number `number` of the map.
LANEFOLD_KERNEL fetch_of(LANEFOLD_GRID_CONSTANT lf::backend::tensor_map const map, corner from, int number, int size,
                         unsigned char* out) {
#if ON_HOPPER
  LANEFOLD_SHARED(arrived, lf::backend::mbarrier);
  ALIGNED_SHARED(shared);
  auto const here = lf::call_site::here();
  if (lf::backend::thread_index().x == 0) {
    lf::backend::mbarrier_init(arrived, 1, here);
    lf::backend::fence_mbarrier_init(here);
    lf::backend::mbarrier_arrive_expect(arrived, static_cast<unsigned>(size), here);
    lf::backend::copy_box(shared, map, from.column, from.row, number, arrived, here);
  }
  lf::backend::sync_block(here);
  lf::backend::mbarrier_wait(arrived, 0, here);
  for (int i = static_cast<int>(lf::backend::thread_index().x); i < size; i += 64) out[i] = shared[i];
#endif
}

LANEFOLD_KERNEL store(LANEFOLD_GRID_CONSTANT lf::backend::tensor_map const map, corner to, int size,
                      unsigned char const* in) {
#if ON_HOPPER
  ALIGNED_SHARED(shared);
  auto const here = lf::call_site::here();
  for (int i = static_cast<int>(lf::backend::thread_index().x); i < size; i += 64) shared[i] = in[i];
  lf::backend::fence_async(here);
  lf::backend::sync_block(here);
  if (lf::backend::thread_index().x == 0) {
    lf::backend::store_box(map, to.column, to.row, shared, here);
    lf::backend::commit_stores(here);
    lf::backend::wait_stores_read<0>(here);
  }
#endif
}

// Columns are counted in steps of 16 bytes: a box begins at one.
constexpr corner corners[] = {{0, 0}, {1, 3}, {-1, -2}, {2, 30}, {3, 33}, {100, 0}};

template <class Check>
void for_each_box(Check check) {
  for (int const element : {1, 2, 4, 8})
    for (int const swizzle : {0, 32, 64, 128})
      for (auto const [steps, row] : corners)
        check(element, swizzle, swizzle == 0 ? 48 / element : swizzle / element, 11, {steps * 16 / element, row});
}

std::string described(int element, int swizzle, corner at) {
  return "elements of " + std::to_string(element) + " bytes, swizzle " + std::to_string(swizzle) + ", box at column " +
         std::to_string(at.column) + " row " + std::to_string(at.row);
}

class BulkCopy : public Hopper {};

TEST_F(BulkCopy, BringsABoxAndZerosFromOutside) {
  for_each_box([](int element, int swizzle, int box_columns, int box_rows, corner from) {
    matrix const m(element, 50, 37);
    lf::device_array<unsigned char> const device(m.content);
    int const row_bytes = box_columns * element, size = row_bytes * box_rows;
    lf::device_array<unsigned char> out(bytes(index(size), 0xcc));
    lf::launch_shape shape{1, 64};
    shape.dynamic_shared_bytes = index(size) + 1024;
    lf::status const started =
        lf::launch(fetch, shape, m.map(device.data(), box_columns, box_rows, swizzle), from, size, out.data());
    ASSERT_TRUE(started.ok()) << started.message();
    bytes const got = out.to_host();
    for (int r = 0; r < box_rows; ++r)
      for (int i = 0; i < row_bytes; ++i) {
        int const column = from.column + i / element, row = from.row + r;
        int const expected = m.has(column, row) ? m.content[m.at(column, row, i % element)] : 0;
        ASSERT_EQ(got[index(swizzled(r * row_bytes + i, swizzle))], expected)
            << described(element, swizzle, from) << ": row " << r << " byte " << i;
      }
  });
}

// Three matrices of 12 rows, one below the other: behind the last row of one there are zeros, not the next one.
TEST_F(BulkCopy, BringsABoxOfOneMatrixOfSeveral) {
  constexpr int rows = 12, box_columns = 32, box_rows = 11, size = box_columns * 2 * box_rows;
  matrix const m(2, 50, 3 * rows);
  lf::device_array<unsigned char> const device(m.content);
  lf::backend::tensor_map_request request{device.data(), 2, m.columns, rows, m.stride, box_columns, box_rows, 64};
  request.matrices = 3;
  request.matrix_stride_bytes = rows * m.stride;
  lf::backend::tensor_map map{};
  lf::status const made = make_tensor_map(&map, request);
  ASSERT_TRUE(made.ok()) << made.message();
  for (int const number : {0, 1, 2, 3})
    for (corner const from : {corner{0, 0}, corner{24, 5}, corner{-8, -2}, corner{40, 12}}) {
      lf::device_array<unsigned char> out(bytes(index(size), 0xcc));
      lf::launch_shape shape{1, 64};
      shape.dynamic_shared_bytes = size + 1024;
      lf::status const started = lf::launch(fetch_of, shape, map, from, number, size, out.data());
      ASSERT_TRUE(started.ok()) << started.message();
      bytes const got = out.to_host();
      for (int r = 0; r < box_rows; ++r)
        for (int i = 0; i < box_columns * 2; ++i) {
          int const column = from.column + i / 2, row = from.row + r;
          bool const there = number < 3 && row >= 0 && row < rows && m.has(column, row);
          ASSERT_EQ(got[index(swizzled(r * box_columns * 2 + i, 64))],
                    there ? m.content[m.at(column, number * rows + row, i % 2)] : 0)
              << "matrix " << number << ", " << described(2, 64, from) << ": row " << r << " byte " << i;
        }
    }
}

TEST_F(BulkCopy, StoresABoxInStepsOf16Bytes) {
  for_each_box([](int element, int swizzle, int box_columns, int box_rows, corner to) {
    matrix const m(element, 50, 37);
    if (to.column < 0 || to.row < 0) return;  // such stores trap
    lf::device_array<unsigned char> device(m.content);
    int const row_bytes = box_columns * element, size = row_bytes * box_rows;
    bytes in(index(size));
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<unsigned char>(i * 37 + i / 256 + 5);
    lf::device_array<unsigned char> const on_device(in);
    lf::launch_shape shape{1, 64};
    shape.dynamic_shared_bytes = index(size) + 1024;
    lf::status const started =
        lf::launch(store, shape, m.map(device.data(), box_columns, box_rows, swizzle), to, size, on_device.data());
    ASSERT_TRUE(started.ok()) << started.message();
    bytes expected = m.content;
    for (int r = 0; r < box_rows; ++r)
      for (int i = 0; i < row_bytes; ++i) {
        int const column = to.column + i / element, row = to.row + r;
        if (m.has(to.column + i / 16 * 16 / element, row))  // 16 bytes are written as a whole
          expected[m.at(column, row, i % element)] = in[index(swizzled(r * row_bytes + i, swizzle))];
      }
    ASSERT_EQ(device.to_host(), expected) << described(element, swizzle, to);
  });
}

/// Each block of a cluster of two fetches one half of 16 rows of 64 bytes for both.
LANEFOLD_KERNEL fetch_for_both(LANEFOLD_GRID_CONSTANT lf::backend::tensor_map const map, unsigned char* out) {
#if ON_HOPPER
  LANEFOLD_SHARED(arrived, lf::backend::mbarrier);
  LANEFOLD_SHARED(done, lf::backend::mbarrier);
  ALIGNED_SHARED(shared);
  auto const here = lf::call_site::here();
  unsigned const thread = lf::backend::thread_index().x, rank = lf::backend::cluster_rank();
  if (thread == 0) {
    lf::backend::mbarrier_init(arrived, 1, here);
    lf::backend::mbarrier_init(done, 2, here);
    lf::backend::fence_mbarrier_init(here);
  }
  lf::backend::arrive_cluster(here);
  lf::backend::wait_cluster(here);
  for (int round = 0; round < 3; ++round) {
    if (thread < 32 && lf::backend::elect_one()) {
      if (round > 0) lf::backend::mbarrier_wait(done, static_cast<unsigned>(round - 1) & 1, here);
      lf::backend::mbarrier_arrive_expect(arrived, 16 * 64, here);
      lf::backend::copy_box_to(3, shared + rank * 512, map, 0, round * 16 + static_cast<int>(rank) * 8, arrived, here);
    }
    lf::backend::mbarrier_wait(arrived, static_cast<unsigned>(round) & 1, here);
    unsigned char* const mine = out + (lf::backend::block_index().x * 3 + static_cast<unsigned>(round)) * 1024;
    for (unsigned i = thread; i < 1024; i += 64) mine[i] = shared[i];
    lf::backend::sync_block(here);
    if (thread < 2) lf::backend::mbarrier_arrive_at(done, thread, here);
  }
  lf::backend::arrive_cluster(here);
  lf::backend::wait_cluster(here);
#endif
}

TEST_F(BulkCopy, GoesToSeveralBlocksOfACluster) {
  matrix const m(2, 32, 48);
  lf::device_array<unsigned char> const device(m.content);
  lf::device_array<unsigned char> out(bytes(2 * 3 * 1024));
  lf::launch_shape shape{2, 64};
  shape.cluster = 2;
  shape.dynamic_shared_bytes = 2048;
  lf::status const started = lf::launch(fetch_for_both, shape, m.map(device.data(), 32, 8, 64), out.data());
  ASSERT_TRUE(started.ok()) << started.message();
  bytes const got = out.to_host();
  for (int block = 0; block < 2; ++block)
    for (int row = 0; row < 48; ++row)
      for (int i = 0; i < 64; ++i)
        ASSERT_EQ(got[index(block * 3072 + row / 16 * 1024 + swizzled(row % 16 * 64 + i, 64))],
                  m.content[m.at(i / 2, row, i % 2)])
            << "block " << block << " row " << row << " byte " << i;
}

TEST(TensorMap, RefusalsNameArgumentValueAndLimit) {
  alignas(16) static unsigned char data[64];
  lf::backend::tensor_map_request const good{data, 2, 100, 100, 208, 64, 8, 128};
  auto const refusal = [&](auto change) {
    lf::backend::tensor_map_request request = good;
    change(request);
    lf::backend::tensor_map map{};
    lf::status const made = make_tensor_map(&map, request);
    EXPECT_EQ(made.kind(), lf::status_kind::bad_argument);
    for (unsigned long long const word : map.opaque) EXPECT_EQ(word, 0u);
    return std::string(made.message());
  };
  auto const says = [&](std::string const& sentence, auto change) {
    EXPECT_EQ(refusal(change), "lanefold: make_tensor_map: " + sentence);
  };
  using request = lf::backend::tensor_map_request;
  says("data is null", [](request& r) { r.data = nullptr; });
  EXPECT_NE(refusal([](request& r) { r.data = data + 8; }).find("a multiple of 16 bytes"), std::string::npos);
  says("bytes is 3, and must be 1, 2, 4 or 8", [](request& r) { r.bytes = 3; });
  says("bytes is 2, and must be 4 where the kind is tf32",
       [](request& r) { r.kind = lf::backend::element_kind::tf32; });
  says("columns is 0, and must be 1..4294967296", [](request& r) { r.columns = 0; });
  says("rows is 4294967297, and must be 1..4294967296", [](request& r) { r.rows = 4294967297; });
  says("stride_bytes is 200, and must be a multiple of 16 in 16..1099511627775",
       [](request& r) { r.stride_bytes = 200; });
  says("matrices is -1, and must be 0..4294967296", [](request& r) { r.matrices = -1; });
  says("matrix_stride_bytes is 8, and must be a multiple of 16 in 16..1099511627775", [](request& r) {
    r.matrices = 2;
    r.matrix_stride_bytes = 8;
  });
  says("box_columns is 257, and must be 1..256", [](request& r) { r.box_columns = 257; });
  says("box_rows is 0, and must be 1..256", [](request& r) { r.box_rows = 0; });
  says("swizzle_bytes is 16, and must be 0, 32, 64 or 128", [](request& r) { r.swizzle_bytes = 16; });
  says("box_columns * bytes is 100, and must be a multiple of 16", [](request& r) { r.box_columns = 50; });
  says("box_columns * bytes is 256, and must be the swizzle_bytes, which are 128",
       [](request& r) { r.box_columns = 128; });
}

}  // namespace
