// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <lanefold/base/views.cuh>
#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>
#include <numeric>
#include <type_traits>

#include "support/words.hpp"

namespace lf = lanefold;

template <class From, class To>
constexpr bool converts = std::is_convertible_v<From, To>;

static_assert(converts<lf::view<int>, lf::view<int const>>);
static_assert(!converts<lf::view<int const>, lf::view<int>>);
static_assert(!converts<lf::view<int>, lf::view<double const>>);
static_assert(converts<lf::matrix_view<int>, lf::matrix_view<int const>>);
static_assert(!converts<lf::matrix_view<int>, lf::matrix_view<int const, lf::column_major>>);
static_assert(!converts<lf::matrix_view<int const>, lf::matrix_view<int>>);
static_assert(converts<lf::matrix_view<int, lf::column_major>, lf::matrix_view<int, lf::any_major>>);
static_assert(converts<lf::matrix_view<int, lf::any_major>, lf::matrix_view<int const, lf::any_major>>);
static_assert(!converts<lf::matrix_view<int, lf::any_major>, lf::matrix_view<int>>);
static_assert(!converts<lf::matrix_view<int const>, lf::matrix_view<int, lf::any_major>>);
static_assert(converts<lf::matrix_batch<int>, lf::matrix_batch<int const>>);
static_assert(!converts<lf::matrix_batch<int const>, lf::matrix_batch<int>>);
static_assert(converts<lf::tensor_view<int, 3>, lf::tensor_view<int const, 3>>);
static_assert(!converts<lf::tensor_view<int const, 3>, lf::tensor_view<int, 3>>);
static_assert(!converts<lf::tensor_view<int, 3>, lf::tensor_view<int const, 2>>);
static_assert(std::is_trivially_copyable_v<lf::view<int>> && std::is_trivially_copyable_v<lf::matrix_view<int>> &&
              std::is_trivially_copyable_v<lf::tensor_view<int, 4>>);

TEST(View, ReadsAndWritesItsValues) {
  int values[] = {1, 2, 3};
  lf::view<int> const view(values, 3);
  view[1] = 5;
  EXPECT_EQ(values[1], 5);
  EXPECT_EQ(view.data(), values);
  EXPECT_EQ(std::accumulate(view.begin(), view.end(), 0), 9);
  lf::view<int const> const read_only = view;
  EXPECT_EQ(read_only[2], 3);
  EXPECT_EQ(read_only.size(), 3);
  EXPECT_EQ(lf::view<int>().size(), 0);
  EXPECT_EQ(lf::view<int>().begin(), lf::view<int>().end());
}

TEST(MatrixView, FindsEveryValueInBothLayoutsAndAnyStride) {
  std::vector<int> memory(1000);
  std::iota(memory.begin(), memory.end(), 0);
  for (long long stride : {7, 8, 20}) {
    lf::matrix_view<int const, lf::row_major> const by_rows(memory.data(), 5, 7, stride);
    lf::matrix_view<int const, lf::column_major> const by_columns(memory.data(), 7, 5, stride);
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(by_rows.row(i), &by_rows(i, 0));
      EXPECT_EQ(by_columns.column(i), &by_columns(0, i));
      for (int j = 0; j < 7; ++j) {
        EXPECT_EQ(by_rows(i, j), i * stride + j);
        EXPECT_EQ(by_columns(j, i), i * stride + j);
      }
    }
  }
  EXPECT_EQ((lf::matrix_view<int>(memory.data(), 5, 7).stride()), 7);
  EXPECT_EQ((lf::matrix_view<int, lf::column_major>(memory.data(), 5, 7).stride()), 5);
}

TEST(MatrixView, CarriesItsLayoutAsAValue) {
  std::vector<int> memory(1000);
  lf::matrix_view<int, lf::row_major> const by_rows(memory.data(), 5, 7, 20);
  lf::matrix_view<int, lf::column_major> const by_columns(memory.data(), 5, 7, 20);
  lf::matrix_view<int const, lf::any_major> const any[] = {by_rows, by_columns};
  EXPECT_EQ(any[0].order(), lf::matrix_order::by_rows);
  EXPECT_EQ(any[1].order(), lf::matrix_order::by_columns);
  for (int i = 0; i < 5; ++i)
    for (int j = 0; j < 7; ++j) {
      EXPECT_EQ(&any[0](i, j), &by_rows(i, j));
      EXPECT_EQ(&any[1](i, j), &by_columns(i, j));
    }
  EXPECT_EQ(any[1].rows(), 5);
  EXPECT_EQ(any[1].columns(), 7);
  EXPECT_EQ(any[1].stride(), 20);
}

TEST(MatrixBatch, FindsEachMatrix) {
  std::vector<int> memory(1000);
  std::iota(memory.begin(), memory.end(), 0);
  lf::matrix_batch const dense(lf::matrix_view<int const>(memory.data(), 5, 7, 9), 4);
  EXPECT_EQ(dense.stride(), 45);
  EXPECT_EQ(dense[3](2, 1), 3 * 45 + 2 * 9 + 1);
  EXPECT_EQ((lf::matrix_batch(lf::matrix_view<int, lf::column_major>(memory.data(), 5, 7), 4).stride()), 35);
  lf::matrix_batch<int const> const heads(lf::matrix_view<int const>(memory.data(), 5, 7, 28), 4, 7);
  EXPECT_EQ(heads.count(), 4);
  EXPECT_EQ(heads.rows(), 5);
  EXPECT_EQ(heads.columns(), 7);
  EXPECT_EQ(heads[2](3, 4), 3 * 28 + 2 * 7 + 4);
  lf::matrix_view<int const, lf::any_major> const either(
      lf::matrix_view<int const, lf::column_major>(memory.data(), 5, 7));
  EXPECT_EQ(lf::matrix_batch(either, 4)[1](2, 3), 35 + 3 * 5 + 2);
}

TEST(TensorView, IsDenseWithTheLastIndexFastestUnlessTold) {
  std::vector<int> memory(2 * 3 * 4);
  std::iota(memory.begin(), memory.end(), 0);
  lf::tensor_view<int, 3> const dense(memory.data(), {2, 3, 4});
  lf::tensor_view<int const, 3> const transposed(memory.data(), {4, 3, 2}, {1, 4, 12});
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 3; ++j) {
      for (int k = 0; k < 4; ++k) {
        EXPECT_EQ(dense(i, j, k), (i * 3 + j) * 4 + k);
        EXPECT_EQ(&transposed(k, j, i), &dense(i, j, k));
      }
    }
  }
  lf::tensor_view<int const, 3> const read_only = dense;
  for (int axis = 0; axis < 3; ++axis) {
    EXPECT_EQ(read_only.extent(axis), dense.extent(axis));
    EXPECT_EQ(read_only.stride(axis), dense.stride(axis));
  }
}

// Addresses that 32 bits do not reach: computed, never followed.
TEST(Views, IndexIn64Bits) {
  auto const start = reinterpret_cast<char const*>(std::size_t{1} << 20);
  auto const distance = [=](char const* to) {
    return static_cast<long long>(reinterpret_cast<std::size_t>(to) - (std::size_t{1} << 20));
  };
  int const edge = 100'000;
  long long const size = 1ll * edge * edge;
  EXPECT_EQ(distance(&lf::view<char const>(start, size)[size - 1]), size - 1);
  EXPECT_EQ(distance(lf::view<char const>(start, size).end()), size);
  EXPECT_EQ(distance(&lf::matrix_view<char const>(start, edge, edge)(edge - 1, edge - 1)), size - 1);
  EXPECT_EQ(distance(lf::matrix_view<char const>(start, edge, edge).row(edge - 1)), size - edge);
  EXPECT_EQ(distance(&lf::tensor_view<char const, 2>(start, {edge, edge})(edge - 1, edge - 1)), size - 1);
}

/// The part of std::mdspan that is asked for.
struct strided_by_others {
  float* memory;
  static constexpr std::size_t rank() { return 2; }
  float* data_handle() const { return memory; }
  std::size_t extent(std::size_t axis) const { return axis == 0 ? 3 : 5; }
  std::size_t stride(std::size_t axis) const { return axis == 0 ? 1 : 4; }
};
static_assert(converts<strided_by_others, lf::tensor_view<float const, 2>>);
static_assert(!converts<strided_by_others, lf::tensor_view<float, 3>>);

TEST(TensorView, TakesWhatDescribesItselfAsMdspanDoes) {
  float memory[20];
  lf::tensor_view<float const, 2> const view = strided_by_others{memory};
  EXPECT_EQ(view.extent(0), 3);
  EXPECT_EQ(view.extent(1), 5);
  EXPECT_EQ(&view(2, 3), memory + 2 + 3 * 4);
}

LANEFOLD_KERNEL transpose_all(lf::matrix_view<int const> in, lf::matrix_view<int, lf::column_major> out,
                              lf::tensor_view<int, 2> twice, lf::view<int> first_row) {
  int const column = static_cast<int>(lf::thread_index().x);
  if (column >= in.columns()) return;
  for (int row = 0; row < in.rows(); ++row) {
    out(row, column) = in(row, column);
    twice(row, column) = 2 * in.row(row)[column];
  }
  first_row[column] = in(0, column);
}

TEST(Views, ArriveInKernels) {
  std::vector<int> values(3 * 5);
  std::iota(values.begin(), values.end(), 0);
  lf::device_array<int> const in(values);
  lf::device_array<int> out(15), twice(15), first(5);
  expect_ok(lf::launch(transpose_all, {1, 32}, lf::matrix_view<int const>(in.data(), 3, 5),
                       lf::matrix_view<int, lf::column_major>(out.data(), 3, 5),
                       lf::tensor_view<int, 2>(twice.data(), {3, 5}), first.view()));
  expect_ok(lf::synchronize());
  auto const got = out.to_host(), doubled = twice.to_host();
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 5; ++column) {
      EXPECT_EQ(got[column * 3 + row], row * 5 + column);
      EXPECT_EQ(doubled[row * 5 + column], 2 * (row * 5 + column));
    }
  }
  EXPECT_EQ(first.to_host(), (std::vector<int>{0, 1, 2, 3, 4}));
}
