// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host side of gemm_skinny.cuh. Not included under NVRTC.

#include <lanefold/tensor/gemm_mma.cuh>
#include <lanefold/tensor/gemm_skinny.cuh>
#include <lanefold/tensor/store_strip.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

/// Whether lines, those of a batch too, begin at multiples of 16 bytes. One line has no next one, and its stride is nobody's
/// business.
template <class T>
bool has_aligned_lines(operand<T> const& x) {
  return reinterpret_cast<size_t>(x.data) % 16 == 0 && (x.extent == 1 || x.stride * bytes_of<T> % 16 == 0) &&
         x.batch_stride * bytes_of<T> % 16 == 0;
}

/// Whether terms lie side by side along k: by the layout, or as the one line there is across it has no gaps.
template <bool Along, class T>
bool is_along_k(operand<T> const& x) {
  return Along || (x.extent == 1 && x.stride == 1);
}

enum class skinny_side { none, a, b };

/// Which of A and B is the wide side of gemm_skinny: the one with more lines, if both may be; none where gemm_skinny does
/// not take them.
template <class Tile, bool AlongA, bool AlongB, class T>
skinny_side wide_side(operand<T> const& a, operand<T> const& b, int k) {
  constexpr int most_bytes = 1 << 30;
  bool const fit = is_along_k<AlongA>(a) && is_along_k<AlongB>(b) && has_aligned_lines(a) && has_aligned_lines(b) &&
                   k <= most_bytes / bytes_of<T>;
  int const narrow = a.extent < b.extent ? a.extent : b.extent;
  if (!fit || narrow > Tile::narrow) return skinny_side::none;
  return a.extent > b.extent ? skinny_side::a : skinny_side::b;
}

/// C = epilogue(A B), where there is a wide side. `column_stride`: of C; what else there is to say of it says `out`.
template <class Tile, bool AlongA, bool AlongB, class T, class C, class Epilogue>
status run_skinny(queue& q, operand<T> const& a, operand<T> const& b, int k, output<C, Epilogue> const& out,
                  long long column_stride, int splits, bool programmatic_dependent_launch) {
  skinny_side const side = wide_side<Tile, AlongA, AlongB>(a, b, k);
  if (side == skinny_side::none)
    return status::failure(
        status_kind::unsupported,
        "lanefold: gemm_skinny: it takes at most %d rows of a or columns of b, with elements side by side along k and "
        "lines of at most 2^30 bytes that begin at multiples of 16; a has %d rows, %lld bytes apart, from %p on, and "
        "batches %lld bytes apart; b has %d columns, %lld bytes apart, from %p on, and batches %lld bytes apart; k is "
        "%d",
        Tile::narrow, a.extent, a.stride * bytes_of<T>, static_cast<void const*>(a.data), a.batch_stride * bytes_of<T>,
        b.extent, b.stride * bytes_of<T>, static_cast<void const*>(b.data), b.batch_stride * bytes_of<T>, k);
  if constexpr (takes_neighbours<Epilogue>) {
    return status::failure(status_kind::unsupported,
                           "lanefold: gemm_skinny: the epilogue takes neighbours of a row, which no lane of it has");
  } else {
    bool const of_a = side == skinny_side::a;
    skinny_problem<T, C, Epilogue> const problem{of_a ? a : b,
                                                 of_a ? b : a,
                                                 k,
                                                 splits,
                                                 out.data,
                                                 of_a ? out.stride : column_stride,
                                                 of_a ? column_stride : out.stride,
                                                 out.batch_stride,
                                                 of_a,
                                                 out.epilogue};
    auto const blocks = static_cast<unsigned>((problem.wide.extent - 1) / Tile::wide + 1);
    launch_shape shape{{blocks * static_cast<unsigned>(splits), static_cast<unsigned>(out.batches)},
                       static_cast<unsigned>(Tile::threads)};
    shape.cluster = {static_cast<unsigned>(splits)};
    shape.programmatic_dependent_launch = programmatic_dependent_launch;
    return launch(q, gemm_skinny_kernel<Tile, T, C, Epilogue>, shape, problem);
  }
}

}  // namespace detail

/// C = epilogue(A B) where A has few rows or B few columns, Tile::narrow at most: as fast as the other one can be read.
///
/// - `a`, `b`: m x k and k x n, of one type, see is_element. Rows of a and columns of b have their elements side by side, and
///   begin at multiples of 16 bytes; they have at most 2^30 bytes. `c`: m x n, of any type that the epilogue's result
///   converts to, by rows or by columns; apart from a and b.
/// - `epilogue`: called once for each element of C, as `epilogue(sum, row, column)`.
/// - `splits`: blocks of a cluster that share the sums, 1..16; more than 1 need sm_90, more than 8 a GPU that grants such
///   clusters.
/// - Result: an element of C depends on its row of a, its column of b, k, Tile's warps and splits alone, not on m, n and
///   what else there is. The warps of a block, of all `splits` blocks of a cluster, take turns at runs of 256 bytes of k. Each
///   adds its runs forward, in spans of 64 bytes: first the terms in the lower halves of their four pieces of 16 bytes, then
///   those in the upper ones, each as one mma does it. What is left of k after whole pieces comes before all else, with the
///   first warp. Then the sums of a block's warps are added from the first to the last, and then those of the blocks. Integers
///   wrap. An empty sum is 0.
/// - Cost: one read of the wide matrix. No workspace.
/// - Errors: bad_argument if extents or strides do not fit, or splits is not 1..16; unsupported for other operands.
template <class Tile, class A, class LayoutA, class B, class LayoutB, class C, class LayoutC, class Epilogue = identity>
[[nodiscard]] status gemm_skinny(queue& q, matrix_view<A, LayoutA> a, matrix_view<B, LayoutB> b,
                                 matrix_view<C, LayoutC> c, Epilogue epilogue = {}, int splits = 1) {
  using T = traits::remove_const_t<A>;
  static_assert(traits::same<T, traits::remove_const_t<B>>, "gemm_skinny: A and B are of the same type");
  static_assert(is_element<T>, "gemm_skinny multiplies half, bfloat16, float, signed char, fp8 and double");
  static_assert(!traits::one_of<any_major, LayoutA, LayoutB, LayoutC>, "gemm_skinny: any_major is for gemm");
  if (status wrong = detail::check_products(a, b, c, detail::columns_taken<Epilogue>); !wrong) return wrong;
  if (splits < 1 || splits > 16)
    return status::failure(status_kind::bad_argument, "lanefold: gemm_skinny: splits is %d, and must be 1..16", splits);
  if (c.rows() == 0 || c.columns() == 0) return status();

  constexpr bool along_a = traits::same<LayoutA, row_major>, along_b = traits::same<LayoutB, column_major>;
  operand<T> const of_a{a.data(), a.rows(), a.stride()}, of_b{b.data(), b.columns(), b.stride()};
  constexpr bool by_rows = traits::same<LayoutC, row_major>;
  backend::device_facts device;
  if (status failed = backend::ask_device(&device); !failed) return failed;
  output<C, Epilogue> const out{c.data(), by_rows ? c.stride() : 1, c.rows(), c.columns(), false, epilogue};
  return detail::run_skinny<Tile, along_a, along_b>(q, of_a, of_b, a.columns(), out, by_rows ? 1 : c.stride(), splits,
                                                    device.sm >= 90);
}

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
