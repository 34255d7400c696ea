// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The host call of gemm_mma; under NVRTC the kernel alone.

#include <lanefold/tensor/epilogue.cuh>
#include <lanefold/tensor/gemm_mma_kernel.cuh>

#ifndef __CUDACC_RTC__
#include <lanefold/host/launch.hpp>
#include <lanefold/tensor/gemm_layouts.hpp>

#include <initializer_list>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// What a call of gemm_mma may choose; `gemm_mma<Tile>(q, a, b, c, epilogue, 4)` names the splits alone.
struct mma_options {
  /// Runs of the sum that different blocks add, 1..16. More than 8 in a cluster are not granted by every GPU.
  int splits = 1;
  bool through_memory = false;  ///< runs meet in the workspace, as before sm_90, instead of in a cluster
  /// May start before the grid ahead of it in the queue has ended, and waits for it before it reads: sm_90.
  bool programmatic_dependent_launch = false;
  mma_options() = default;
  mma_options(int splits_) : splits(splits_) {}
};

/// How many bytes of workspace gemm_mma takes for a product of m x n from its queue: what to reserve before a stream capture.
template <class T>
size_t gemm_mma_workspace(int m, int n, mma_options const& options) {
  if (options.splits <= 1 || (!options.through_memory && backend::gives_clusters())) return 0;
  return detail::partial_sums<accumulator_of<T>>(nullptr, m, n).bytes(options.splits);
}

namespace detail {

/// The largest of 16, 4 and the size of an element that divides address and stride.
template <class T>
int copy_bytes(operand<T> const& x) {
  auto const all = static_cast<unsigned long long>(reinterpret_cast<size_t>(x.data)) |
                   static_cast<unsigned long long>((x.stride | x.batch_stride) * bytes_of<T>);
  return all % 16 == 0 ? 16 : bytes_of<T> < 4 && all % 4 == 0 ? 4 : bytes_of<T>;
}

template <class Tile>
constexpr tile_order mma_tiles_of(int m, int n) {
  return {m / Tile::m + (m % Tile::m != 0), n / Tile::n + (n % Tile::n != 0)};
}

template <class Tile, class T, bool AlongA, bool AlongB, int Bytes, class C, class Epilogue>
status start_gemm_mma(queue& q, operand<T> const& a, operand<T> const& b, int depth, output<C, Epilogue> const& out,
                      mma_options const& options) {
  using sum = accumulator_of<T>;
  using memory = mma_memory<Tile, T, AlongA, AlongB>;
  auto const splits = static_cast<unsigned>(options.splits), batches = static_cast<unsigned>(out.batches);
  size_t const workspace = gemm_mma_workspace<T>(out.m, out.columns(), options) * batches;
  bool const through_memory = workspace != 0;
  if (status failed = q.reserve(workspace); !failed) return failed;
  partial_sums<sum> const partials(through_memory ? static_cast<sum*>(q.workspace()) : nullptr, out.m, out.columns());
  tile_order const tiles = mma_tiles_of<Tile>(out.m, out.columns());
  int const steps = depth / Tile::k + (depth % Tile::k != 0);
  mma_problem<T, C, Epilogue> const problem{
      {{a, b, depth, tiles, 0, 0, out}}, partials, options.splits, steps / options.splits, steps % options.splits};
  launch_shape shape{{static_cast<unsigned>(tiles.count()) * splits, batches}, static_cast<unsigned>(Tile::threads)};
  shape.dynamic_shared_bytes = static_cast<size_t>(memory::bytes_for(splits > 1 && !through_memory));
  shape.programmatic_dependent_launch = options.programmatic_dependent_launch;
  if (!through_memory) shape.cluster = {splits};
  status started = launch(q, gemm_mma<Tile, T, AlongA, AlongB, Bytes, C, Epilogue>, shape, problem);
  if (!started || !through_memory) return started;
  return start_add_partials(q, partials, options.splits, out, options.programmatic_dependent_launch);
}

/// C by rows, whatever A and B are.
template <class Tile, bool AlongA, bool AlongB, class T, class C, class Epilogue>
status choose_copies(queue& q, operand<T> const& a, operand<T> const& b, int depth, output<C, Epilogue> const& out,
                     mma_options const& options) {
  int const of_a = copy_bytes(a), of_b = copy_bytes(b);
  int const least = of_a < of_b ? of_a : of_b;
  if (least == 16) return start_gemm_mma<Tile, T, AlongA, AlongB, 16>(q, a, b, depth, out, options);
  if constexpr (bytes_of<T> < 4)
    if (least == 4) return start_gemm_mma<Tile, T, AlongA, AlongB, 4>(q, a, b, depth, out, options);
  return start_gemm_mma<Tile, T, AlongA, AlongB, bytes_of<T>>(q, a, b, depth, out, options);
}

template <class T, class Layout>
status check_operand(char const* name, matrix_view<T, Layout> const& x) {
  bool const by_rows = x.order() == matrix_order::by_rows;
  int const line = by_rows ? x.columns() : x.rows(), lines = by_rows ? x.rows() : x.columns();
  if (x.rows() < 0 || x.columns() < 0)
    return status::failure(status_kind::bad_argument, "lanefold: gemm: %s is %d x %d, and extents are 0 and more", name,
                           x.rows(), x.columns());
  if (lines > 1 && x.stride() < line)
    return status::failure(status_kind::bad_argument,
                           "lanefold: gemm: %s has stride %lld, and it must be at least %d, the length of a line", name,
                           x.stride(), line);
  return status();
}

/// `taken`: columns of the product that make one of C.
template <class A, class B, class C>
status check_extents(A const& a, B const& b, C const& c, int taken) {
  if (a.rows() == c.rows() && b.columns() == 1ll * taken * c.columns() && a.columns() == b.rows()) return status();
  return status::failure(status_kind::bad_argument,
                         "lanefold: gemm: a is %d x %d, b is %d x %d and c is %d x %d, and they must be m x k, k x %sn "
                         "and m x n",
                         a.rows(), a.columns(), b.rows(), b.columns(), c.rows(), c.columns(), taken == 1 ? "" : "2 ");
}

template <class A, class B, class C>
status check_products(A const& a, B const& b, C const& c, int taken = 1) {
  for (status wrong : {check_operand("a", a), check_operand("b", b), check_operand("c", c)})
    if (!wrong) return wrong;
  return check_extents(a, b, c, taken);
}

template <class Epilogue, class = int>
constexpr bool checks_itself = false;
template <class Epilogue>
constexpr bool checks_itself<Epilogue, decltype(static_cast<void>(some<Epilogue>().check(0ll, 0)), 0)> = true;

/// Each epilogue of a chain that has something to check is asked for a product of `rows` rows: `check(rows, runs)`, with so
/// many runs of 128 bytes of sums in a row.
template <class Epilogue>
status check_epilogue([[maybe_unused]] Epilogue const& epilogue, [[maybe_unused]] long long rows,
                      [[maybe_unused]] int runs) {
  if constexpr (is_chain<Epilogue>) {
    if (status wrong = check_epilogue(epilogue.first, rows, runs); !wrong) return wrong;
    return check_epilogue(without_chain(epilogue.rest), rows, runs);
  } else if constexpr (checks_itself<Epilogue>) {
    return epilogue.check(rows, runs);
  } else {
    return status();
  }
}
template <class T, class Epilogue>
status check_epilogue_of(Epilogue const& epilogue, long long rows, int columns) {
  constexpr int run = 128 / static_cast<int>(sizeof(accumulator_of<T>));
  long long const of_product = 1ll * columns * columns_taken<Epilogue>;
  return check_epilogue(without_chain(epilogue), rows, static_cast<int>((of_product + run - 1) / run));
}

}  // namespace detail

/// C = epilogue(A B), on tensor cores by mma.sync: the way for small problems, and for GPUs before sm_90.
///
/// - `a`, `b`: m x k and k x n, of one type, see is_element; `c`: m x n, of any type that the epilogue's result converts to
///   (signed char: to the nearest, at most 127). Each by rows or by columns, of any extents, strides and alignment; c apart
///   from a and b.
/// - `epilogue`: called as `epilogue(sum, row, column)`, for each element of C at least once.
/// - Result: a function of the operands, Tile and splits alone. Steps of Tile::k terms are shared out to the splits as
///   contiguous runs, the first ones a step longer where that does not come out even; each run is added forward, depth_of<T>
///   terms at a time as mma does it, and then the runs from the first to the last. Integers wrap. An empty sum is 0.
/// - Memory: where splits meet in memory, a workspace of the queue, see gemm_mma_workspace; else none.
/// - Cost: fastest where addresses and strides are multiples of 16 bytes, and elements lie side by side along k, or are of
///   16 bits.
/// - Errors: bad_argument if extents or strides do not fit, or splits is not 1..16.
template <class Tile, class A, class LayoutA, class B, class LayoutB, class C, class LayoutC, class Epilogue = identity>
[[nodiscard]] status gemm_mma(queue& q, matrix_view<A, LayoutA> a, matrix_view<B, LayoutB> b, matrix_view<C, LayoutC> c,
                              Epilogue epilogue = {}, mma_options options = {}) {
  using T = traits::remove_const_t<A>;
  static_assert(traits::same<T, traits::remove_const_t<B>>, "gemm_mma: A and B are of the same type");
  static_assert(is_element<T>, "gemm_mma multiplies half, bfloat16, float, signed char, fp8 and double");
  if (status wrong = detail::check_products(a, b, c, detail::columns_taken<Epilogue>); !wrong) return wrong;
  if (status wrong = detail::check_epilogue_of<T>(epilogue, c.rows(), c.columns()); !wrong) return wrong;
  if (options.splits < 1 || options.splits > 16)
    return status::failure(status_kind::bad_argument, "lanefold: gemm_mma: splits is %d, and must be 1..16",
                           options.splits);
  if (c.rows() == 0 || c.columns() == 0) return status();

  return detail::visit_by_rows(a, b, c, epilogue,
                               [&](auto along_a, auto along_b, auto const& of_a, auto const& of_b, auto const& out) {
                                 return detail::choose_copies<Tile, decltype(along_a)::value, decltype(along_b)::value>(
                                     q, of_a, of_b, a.columns(), out, options);
                               });
}

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold

#endif  // __CUDACC_RTC__
