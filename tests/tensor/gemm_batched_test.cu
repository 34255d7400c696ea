// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// gemm of batches and of groups: every way, odd extents, what lies between the matrices, the epilogue's batch, and errors.

#include <cuda_bf16.h>
#include <lanefold/tensor/gemm_grouped.hpp>

#include "support/products.hpp"

namespace {

using row = lf::row_major;
using column = lf::column_major;
using bf16 = __nv_bfloat16;
using lf::gemm_way;

lf::gemm_options planned(gemm_way way, int tile, int splits = 1) {
  lf::gemm_options options;
  options.plan = {way, tile, splits};
  return options;
}

/// Matrices in device memory, `stride` elements from one to the next, lines `gap` longer than they need be, and strangers
/// wherever there is none.
template <class T, class Layout>
struct batch {
  static constexpr bool by_rows = std::is_same_v<Layout, row>;
  int rows, columns, line, count;
  long long stride;
  std::vector<T> values;
  lf::device_array<T> device;

  template <class Make>
  batch(int rows_, int columns_, int gap, int count_, long long stride_, T strange, Make make)
      : rows(rows_),
        columns(columns_),
        line((by_rows ? columns : rows) + gap),
        count(count_),
        stride(stride_ < 0 ? static_cast<long long>(line) * (by_rows ? rows : columns) + ~stride_ : stride_),
        values(static_cast<std::size_t>(stride * (count - 1) + line * (by_rows ? rows : columns) + 24), strange),
        device(values.size()) {
    for (int b = 0; b < (stride == 0 ? 1 : count); ++b)
      for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c) values[at(b, r, c)] = make();
    device = lf::device_array<T>(values);
  }
  std::size_t at(int b, int r, int c) const {
    return static_cast<std::size_t>(b * stride + (by_rows ? r * line + c : c * line + r));
  }
  template <class Element = T>
  lf::matrix_batch<Element, Layout> view() {
    return {lf::matrix_view<Element, Layout>(device.data(), rows, columns, line), count, stride};
  }
};

/// What the epilogue makes of a sum: the batch shifts it, and the row.
struct shifted {
  LANEFOLD_HD float operator()(float x, int r, int, int b) const { return x + static_cast<float>(100 * b + r); }
};
/// The same without, for the oracle.
double finished(lf::tensor::identity, double sum, int, int, int) { return sum; }
double finished(shifted, double sum, int r, int, int b) { return sum + 100 * b + r; }

/// `stride_a` and so on: of the batch; of a negative one -1 - x elements lie between one matrix and the next.
struct problem {
  int m, n, k, count, gap = 0;
  long long stride_a = -1, stride_b = -1, stride_c = -1;
  friend std::ostream& operator<<(std::ostream& out, problem const& p) {
    return out << p.count << " of " << p.m << " x " << p.n << " x " << p.k << " gap " << p.gap << " strides "
               << p.stride_a << ' ' << p.stride_b << ' ' << p.stride_c;
  }
};

template <class C, class LayoutA, class LayoutB, class LayoutC, class Epilogue = lf::tensor::identity>
void exactly(problem const& p, lf::gemm_options options = {}, Epilogue epilogue = {}) {
  SCOPED_TRACE(testing::Message() << p << " way " << static_cast<int>(options.plan.way) << " tile " << options.plan.tile
                                  << " splits " << options.plan.splits);
  small_integers values;
  auto const make = [&] { return values.of<bf16>(); };
  batch<bf16, LayoutA> a(p.m, p.k, p.gap, p.count, p.stride_a, bf16(NAN), make);
  batch<bf16, LayoutB> b(p.k, p.n, p.gap, p.count, p.stride_b, bf16(NAN), make);
  C const untouched = from_double<C>(77);
  batch<C, LayoutC> c(p.m, p.n, p.gap, p.count, p.stride_c, untouched, [&] { return untouched; });
  lf::queue q;
  lf::status ran = p.stride_a == 0 ? lf::tensor::gemm(q, a.template view<bf16 const>().first(),
                                                      b.template view<bf16 const>(), c.view(), epilogue, options)
                                   : lf::tensor::gemm(q, a.template view<bf16 const>(), b.template view<bf16 const>(),
                                                      c.view(), epilogue, options);
  if (ran) ran = lf::synchronize(q);
  ASSERT_TRUE(ran.ok()) << ran.message();
  std::vector<C> got = c.device.to_host();
  for (int i = 0; i < p.count; ++i)
    for (int r = 0; r < p.m; ++r)
      for (int s = 0; s < p.n; ++s) {
        double sum = 0;
        for (int k = 0; k < p.k; ++k) sum += to_double(a.values[a.at(i, r, k)]) * to_double(b.values[b.at(i, k, s)]);
        C& here = got[c.at(i, r, s)];
        ASSERT_EQ(to_double(here), to_double(from_double<C>(finished(epilogue, sum, r, s, i))))
            << "batch " << i << " row " << r << " column " << s;
        here = untouched;
      }
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(to_double(got[i]), 77) << "element " << i << " is no C's";
}

// Odd extents, padded strides; strides that are no multiple of 16 bytes have the operands repacked. -1 - 8: a gap of 8.
TEST(GemmBatch, EveryWay) {
  auto const each = [](problem const& p, lf::gemm_options const& options) {
    exactly<bf16, row, column, row>(p, options);
  };
  for (int const tile : {0, 1, 4, lf::tensor::detail::wgmma_tiles::count - 1})
    each({70, 100, 72, 3, 8, -9, -17, -9}, planned(gemm_way::wgmma, tile));
  each({65, 97, 130, 3, 1, -4, -2, -6}, planned(gemm_way::wgmma, 2));
  each({65, 70, 264, 3, 8, -1, -1, -2}, planned(gemm_way::wgmma, 4, 3));
  for (int tile = 0; tile < 2; ++tile) each({70, 97, 56, 3, 0, -9, -9, -2}, planned(gemm_way::mma, tile));
  each({33, 41, 45, 3, 1, -4, -2, -6}, planned(gemm_way::mma, 1));
  each({33, 41, 300, 3, 4, -1, -1, -6}, planned(gemm_way::mma, 1, 2));
  each({5, 50, 300, 4, 4, -9, -1, -3}, planned(gemm_way::skinny, 0));
  each({50, 5, 600, 4, 0, -9, -1, -3}, planned(gemm_way::skinny, 0, 2));
}
TEST(GemmBatch, ManyTilesAndAPlanByTheModel) {
  exactly<bf16, row, column, row>({64, 72, 8, 40});
  exactly<bf16, row, column, row>({130, 200, 24, 9}, planned(gemm_way::wgmma, 3));
  exactly<bf16, row, column, row>({3, 4, 0, 2});
  exactly<bf16, row, column, row>({0, 4, 5, 2});
  exactly<bf16, row, column, row>({3, 4, 5, 1});
}
TEST(GemmBatch, OneMatrixForAll) {
  for (auto const& options : {planned(gemm_way::wgmma, 4), planned(gemm_way::mma, 1), planned(gemm_way::skinny, 0)}) {
    exactly<bf16, row, column, row>({8, 40, 64, 3, 0, 0, -9}, options);
    exactly<bf16, row, column, row>({8, 40, 64, 3, 0, -1, 0}, options);
  }
  exactly<bf16, row, column, row>({66, 40, 33, 3, 0, 0, -9}, planned(gemm_way::wgmma, 4));  // repacked once
}
// Rows of all matrices side by side, as the heads of a transformer lie.
TEST(GemmBatch, MatricesLineByLine) {
  for (auto const& options : {planned(gemm_way::wgmma, 4), planned(gemm_way::mma, 1)})
    exactly<bf16, row, column, row>({20, 24, 16, 3, 48, 16, -1, 24}, options);
}
// Behind k lies the next matrix: its elements are no zeros.
TEST(GemmBatch, OperandsWhoseElementsLieAlongTheirLines) {
  for (auto const& options : {planned(gemm_way::wgmma, 4), planned(gemm_way::wgmma, 0), planned(gemm_way::mma, 1)})
    exactly<bf16, column, row, row>({72, 136, 37, 3}, options);
}
TEST(GemmBatch, EpiloguesAreToldTheBatchAndColumnsAreRows) {
  for (auto const& options : {planned(gemm_way::wgmma, 4), planned(gemm_way::wgmma, 4, 2), planned(gemm_way::mma, 1),
                              planned(gemm_way::skinny, 0)})
    exactly<float, row, column, column>({40, 7, 264, 3, 8, -9, -9, -2}, options, shifted{});
}
TEST(GemmBatch, ChainsTellTheBatchToThoseThatTakeIt) {
  auto const chain = lf::tensor::chain(lf::tensor::scale{2.0f}, shifted{}, lf::tensor::scale{0.5f});
  EXPECT_EQ(chain(3.0f, 4, 5, 6), 305.0f);
  EXPECT_EQ(chain(3.0f, 4, 5), 5.0f);
  EXPECT_EQ((lf::tensor::transposed<shifted>{}(3.0f, 4, 5, 6)), 608.0f);
}

TEST(GemmBatch, ErrorsNameTheArgumentAndTheLimit) {
  lf::queue q;
  bf16* const none = nullptr;
  lf::matrix_view<bf16 const> const a(none, 4, 8);
  lf::matrix_view<bf16 const, column> const b(none, 8, 6);
  lf::matrix_view<bf16> const c(none, 4, 6), wide(none, 4, 6, 18);
  auto const message = [&](auto in_a, auto in_b, auto in_c) {
    lf::status const failed = lf::tensor::gemm(q, in_a, in_b, in_c);
    EXPECT_EQ(failed.kind(), lf::status_kind::bad_argument);
    return std::string(failed.message());
  };
  auto const of = [](auto x, int count) { return lf::matrix_batch(x, count); };
  auto const apart = [](auto x, int count, long long stride) { return lf::matrix_batch(x, count, stride); };
  EXPECT_EQ(message(of(a, 3), b, of(c, 4)),
            "lanefold: gemm: the count of a is 3, of b 4 and of c 4, and they must be the same");
  EXPECT_EQ(message(a, b, of(c, -1)), "lanefold: gemm: the count is -1, and must be 0..65535");
  EXPECT_EQ(message(a, b, of(c, 65536)), "lanefold: gemm: the count is 65536, and must be 0..65535");
  EXPECT_EQ(message(apart(a, 4, -8), b, of(c, 4)), "lanefold: gemm: a has batch stride -8, and it must be 0 or more");
  std::string const overlap =
      "so that its 4 matrices overlap: it must be at least 24, or, where they lie side by side in the stride of 6, at "
      "least 6";
  EXPECT_EQ(message(a, b, apart(c, 4, 0)), "lanefold: gemm: c has batch stride 0, " + overlap);
  EXPECT_EQ(message(a, b, apart(c, 4, 23)), "lanefold: gemm: c has batch stride 23, " + overlap);
  EXPECT_NE(message(a, b, apart(wide, 4, 6)).find("must be at least 60"), std::string::npos);
  EXPECT_EQ(message(of(lf::matrix_view<bf16 const>(none, 4, 7), 2), b, of(c, 2)),
            "lanefold: gemm: a is 4 x 7, b is 8 x 6 and c is 4 x 6, and they must be m x k, k x n and m x n");
}

// ---- groups

/// Of each problem the extents, and how much longer than needed its lines are.
template <class LayoutC>
void expect_groups(std::vector<shape> const& shapes, lf::gemm_options const& options) {
  SCOPED_TRACE(testing::Message() << shapes.size() << " problems, way " << static_cast<int>(options.plan.way)
                                  << " tile " << options.plan.tile);
  small_integers values;
  auto const make = [&] { return values.of<bf16>(); };
  std::vector<matrix<bf16, row>> a;
  std::vector<matrix<bf16, column>> b;
  std::vector<matrix<float, LayoutC>> c;
  std::vector<lf::gemm_problem<bf16 const, row, bf16 const, column, float, LayoutC>> problems;
  for (shape const& s : shapes) {
    a.emplace_back(s.m, s.k, s.before, s.gap);
    b.emplace_back(s.k, s.n, s.before, s.gap);
    c.emplace_back(s.m, s.n, s.before, s.gap);
    a.back().fill(bf16(NAN), make);
    b.back().fill(bf16(NAN), make);
    c.back().fill(77, [] { return 77.0f; });
    problems.push_back({lf::matrix_view<bf16 const>(a.back().view()),
                        lf::matrix_view<bf16 const, column>(b.back().view()), c.back().view()});
  }
  lf::queue q;
  lf::status ran = lf::tensor::gemm_grouped(q, problems.data(), static_cast<int>(problems.size()), shifted{}, options);
  if (ran) ran = lf::synchronize(q);
  ASSERT_TRUE(ran.ok()) << ran.message();
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    std::vector<float> got = c[i].device.to_host();
    for (int r = 0; r < shapes[i].m; ++r)
      for (int s = 0; s < shapes[i].n; ++s) {
        double sum = 0;
        for (int k = 0; k < shapes[i].k; ++k)
          sum += to_double(a[i].values[a[i].at(r, k)]) * to_double(b[i].values[b[i].at(k, s)]);
        float& here = got[c[i].at(r, s)];
        ASSERT_EQ(here, finished(shifted{}, sum, r, s, static_cast<int>(i)))
            << "problem " << i << ", " << shapes[i] << ", row " << r << " column " << s;
        here = 77;
      }
    for (float const x : got) ASSERT_EQ(x, 77) << "around problem " << i;
  }
}

// Empty ones, an empty sum, some that the copy engine does not take, and different tiles' numbers.
std::vector<shape> mixed() {
  return {{0, 40, 64},       {33, 40, 64, 0, 8}, {130, 70, 72},  {20, 24, 50, 1, 3}, {1, 200, 8},
          {64, 64, 0, 0, 8}, {64, 0, 16},        {65, 129, 136}, {5, 6, 7},          {0, 0, 0}};
}
TEST(GemmGrouped, EveryProblemHasItsOwnExtents) {
  for (auto const& options : {lf::gemm_options(), planned(gemm_way::wgmma, 0), planned(gemm_way::wgmma, 1),
                              planned(gemm_way::wgmma, 4), planned(gemm_way::mma, 0), planned(gemm_way::mma, 1)})
    expect_groups<row>(mixed(), options);
}
TEST(GemmGrouped, ColumnsOfC) { expect_groups<column>(mixed(), planned(gemm_way::wgmma, 3)); }
TEST(GemmGrouped, MoreProblemsThanALaunchTakes) {
  std::vector<shape> many;
  for (int i = 0; i < 70; ++i) many.push_back({i % 7 * 5, 8 + i % 3 * 16, 16 + i % 5 * 8});
  expect_groups<row>(many, planned(gemm_way::wgmma, 5));
  expect_groups<row>(many, planned(gemm_way::mma, 1));
  expect_groups<row>({}, {});
}
TEST(GemmGrouped, ErrorsNameTheProblem) {
  lf::queue q;
  bf16* const none = nullptr;
  float* const nothing = nullptr;
  lf::gemm_problem const right{lf::matrix_view<bf16 const>(none, 4, 8), lf::matrix_view<bf16 const, column>(none, 8, 6),
                               lf::matrix_view<float>(nothing, 4, 6)};
  lf::gemm_problem const wrong{right.a, right.b, lf::matrix_view<float>(nothing, 4, 5)};
  decltype(right) problems[] = {right, wrong};
  auto const message = [&](int count, lf::gemm_options const& options = {}) {
    lf::status const failed = lf::tensor::gemm_grouped(q, problems, count, shifted{}, options);
    EXPECT_FALSE(failed.ok());
    return std::string(failed.message());
  };
  EXPECT_EQ(message(2),
            "lanefold: gemm_grouped: problems[1]: a is 4 x 8, b is 8 x 6 and c is 4 x 5, and they must be m x k, k x n "
            "and m x n");
  EXPECT_EQ(message(-1).substr(0, 62), "lanefold: gemm_grouped: count is -1, and must be 0 or more; pr");
  EXPECT_EQ(message(1, planned(gemm_way::mma, 0, 2)), "lanefold: gemm_grouped: plan.splits is 2, and must be 1");
  EXPECT_EQ(message(1, planned(gemm_way::mma, 99)).substr(0, 52),
            "lanefold: gemm_grouped: plan.tile is 99, and must be");
  EXPECT_EQ(message(1, planned(gemm_way::skinny, 0)).substr(0, 59),
            "lanefold: gemm_grouped: plan.way is skinny, which takes no ");
}

}  // namespace
