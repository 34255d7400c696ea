// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// From views of any layouts to the problem that kernels solve: C by rows, and whether A and B^T lie along k as constants.

#include <lanefold/tensor/epilogue.cuh>
#include <lanefold/tensor/operand_copy.cuh>
#include <lanefold/tensor/store_strip.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

/// A bool that is passed as an argument and known to the compiler.
template <bool Value>
struct fixed {
  static constexpr bool value = Value;
};

/// `use(fixed<whether a matrix lies by rows>)`; a layout that is known at run time alone has it compiled for both.
template <class Layout, class Use>
auto visit_order(matrix_order order, Use use) {
  if constexpr (traits::same<Layout, any_major>)
    return order == matrix_order::by_rows ? use(fixed<true>()) : use(fixed<false>());
  else
    return use(fixed<traits::same<Layout, row_major>>());
}

/// The epilogue of C, or of C^T: which, is known at run time.
template <class Epilogue>
struct transposed_if {
  static_assert(
      !takes_neighbours<Epilogue>,
      "gemm: an epilogue that takes pairs of columns or rows of elements writes C by rows: pass a row-major c");
  Epilogue epilogue;
  bool across;
  template <class Value>
  LANEFOLD_HD auto operator()(Value value, int row, int column, int batch = 0) const {
    return finish(epilogue, value, across ? column : row, across ? row : column, batch);
  }
};

/// The epilogue for a C of this layout, which is stored by rows.
template <class Layout, class Epilogue>
auto epilogue_by_rows(Epilogue const& epilogue, [[maybe_unused]] matrix_order order) {
  if constexpr (traits::same<Layout, row_major> || traits::same<Epilogue, identity>)
    return epilogue;
  else if constexpr (traits::same<Layout, column_major>)
    return transposed<Epilogue>{epilogue};
  else
    return transposed_if<Epilogue>{epilogue, order == matrix_order::by_columns};
}

/// The stride of a single line is anything: it is taken as 0, of which all lines begin at the same address.
template <class T, class View>
operand<T> operand_of(View const& x, int extent, int lines) {
  return {x.data(), extent, lines > 1 ? x.stride() : 0};
}

/// What a batch is made of: itself, or a matrix for all of it.
template <class T, class Layout>
matrix_batch<T, Layout> as_batch(matrix_batch<T, Layout> const& x, int) {
  return x;
}
template <class T, class Layout>
matrix_batch<T, Layout> as_batch(matrix_view<T, Layout> const& x, int count) {
  return {x, count, 0};
}

/// `use(along_a, along_b, a, b, out)`: A and B as operands, and whether each lies along k, for C by rows; where C lies by
/// columns they are those of C^T = B^T A^T.
template <class A, class LayoutA, class B, class LayoutB, class C, class LayoutC, class Epilogue, class Use>
auto visit_by_rows(matrix_batch<A, LayoutA> const& all_a, matrix_batch<B, LayoutB> const& all_b,
                   matrix_batch<C, LayoutC> const& all_c, Epilogue const& epilogue, Use use) {
  using T = traits::remove_const_t<A>;
  auto const a = all_a.first();
  auto const b = all_b.first();
  auto const c = all_c.first();
  int const batches = all_c.count();
  long long const batch_stride = batches > 1 ? all_c.stride() : 0;  // one has no next one
  bool const a_by_rows = a.order() == matrix_order::by_rows, b_by_rows = b.order() == matrix_order::by_rows;
  operand<T> of_a = operand_of<T>(a, a.rows(), a_by_rows ? a.rows() : a.columns());
  operand<T> of_b = operand_of<T>(b, b.columns(), b_by_rows ? b.rows() : b.columns());
  if (batches > 1) of_a.batch_stride = all_a.stride(), of_b.batch_stride = all_b.stride();
  bool const aligned = reinterpret_cast<size_t>(c.data()) % 16 == 0 && c.stride() * sizeof(C) % 16 == 0 &&
                       batch_stride * sizeof(C) % 16 == 0;
  auto const finish = epilogue_by_rows<LayoutC>(epilogue, c.order());
  auto const output_of = [&](int m, int n) {
    return output<C, traits::remove_const_t<decltype(finish)>>{c.data(), c.stride(), m,       n,
                                                               aligned,  finish,     batches, batch_stride};
  };
  return visit_order<LayoutA>(a.order(), [&](auto rows_a) {
    return visit_order<LayoutB>(b.order(), [&](auto rows_b) {
      fixed<decltype(rows_a)::value> const along_a;
      fixed<!decltype(rows_b)::value> const along_b;
      return visit_order<LayoutC>(c.order(), [&](auto rows_c) {
        if constexpr (decltype(rows_c)::value)
          return use(along_a, along_b, of_a, of_b, output_of(c.rows(), c.columns()));
        else
          return use(along_b, along_a, of_b, of_a, output_of(c.columns(), c.rows()));
      });
    });
  });
}

/// The same of one product.
template <class A, class LayoutA, class B, class LayoutB, class C, class LayoutC, class Epilogue, class Use>
auto visit_by_rows(matrix_view<A, LayoutA> const& a, matrix_view<B, LayoutB> const& b, matrix_view<C, LayoutC> const& c,
                   Epilogue const& epilogue, Use use) {
  return visit_by_rows(as_batch(a, 1), as_batch(b, 1), as_batch(c, 1), epilogue, use);
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
