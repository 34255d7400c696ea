// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host side of gemm_wgmma.cuh. Not included under NVRTC.

#include <lanefold/backend/tensor_map.hpp>
#include <lanefold/host/launch.hpp>
#include <lanefold/tensor/gemm_wgmma.cuh>
#include <lanefold/tensor/operand_copy.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

/// An operand's lines lie side by side: rows of A and columns of B if k runs fastest, else those of one k.
template <class T>
struct lines_of {
  T const* data;
  long long count, length, stride, batch_stride;
  lines_of(operand<T> const& x, int k, major m)
      : data(x.data),
        count(m == major::k ? x.extent : k),
        length(m == major::k ? k : x.extent),
        stride(x.stride),
        batch_stride(x.batch_stride) {
    // One line has no next one, and its stride is nobody's business.
    if (count == 1) stride = (length * bytes_of<T> + 15) / 16 * 16 / bytes_of<T>;
  }
  /// Whether the copy engine takes it as it is.
  bool fetchable() const {
    return reinterpret_cast<size_t>(data) % 16 == 0 && stride * bytes_of<T> % 16 == 0 && stride >= length &&
           batch_stride * bytes_of<T> % 16 == 0;
  }
};

template <class Panel, major Major, int Sharers, class T>
status make_map(backend::tensor_map* map, operand<T> const& x, int k, int batches) {
  lines_of<T> const lines(x, k, Major);
  backend::tensor_map_request request{};
  request.data = lines.data;
  request.bytes = bytes_of<T>;
  request.columns = lines.length;
  request.rows = lines.count;
  request.stride_bytes = lines.stride * bytes_of<T>;
  request.box_columns = panel_bytes / bytes_of<T>;
  request.box_rows = Major == major::k ? Panel::rows / Sharers : Panel::depth;
  request.swizzle_bytes = panel_bytes;
  request.matrices = lines.batch_stride == 0 ? 1 : batches;
  request.matrix_stride_bytes = lines.batch_stride * bytes_of<T>;
  return backend::make_tensor_map(map, request);
}

/// How many runs `panels` are shared out to, none of them empty, if `wanted` are asked for.
constexpr int splits_of(int panels, int wanted) {
  int const in_each = (panels + wanted - 1) / wanted;
  return (panels + in_each - 1) / in_each;
}

template <class Tile>
constexpr tile_order clusters_of(int m, int n) {
  constexpr int rows = Tile::m * Tile::cluster_m, columns = Tile::n * Tile::cluster_n;
  return {(m + rows - 1) / rows, (n + columns - 1) / columns};
}

/// `panels`: the most that a tile has.
template <class Tile, class Shared>
launch_shape wgmma_shape(int work, int panels, int multiprocessors) {
  int const at_once = multiprocessors / Tile::cluster;
  launch_shape shape{static_cast<unsigned>((Tile::stays && at_once < work ? at_once : work) * Tile::cluster),
                     static_cast<unsigned>(Tile::threads)};
  // It begins at a multiple of 1024. Where blocks of one tile with few panels are many, others find room beside them.
  int const unused = Tile::single && work > multiprocessors && panels < Tile::slots ? Tile::slots - panels : 0;
  shape.dynamic_shared_bytes =
      sizeof(Shared) - static_cast<size_t>(unused) * sizeof(typename Shared::slot) + 1024 - 128;
  shape.cluster = {static_cast<unsigned>(Tile::cluster)};
  shape.programmatic_dependent_launch = true;
  return shape;
}

/// What a kernel is told of C = epilogue(A B), k at least 1, of operands that are fetchable.
template <class Shared, class Tile, major MajorA, major MajorB, class T, class C, class Epilogue>
status describe(wgmma_product<C, Epilogue>* product, operand<T> const& a, operand<T> const& b, int k,
                output<C, Epilogue> const& out) {
  *product = {{}, {}, a.batch_stride != 0, b.batch_stride != 0, k, clusters_of<Tile>(out.m, out.columns()), 0, 0, out};
  if (status made = make_map<typename Shared::panel_a, MajorA, Tile::cluster_n>(&product->a, a, k, out.batches); !made)
    return made;
  return make_map<typename Shared::panel_b, MajorB, Tile::cluster_m>(&product->b, b, k, out.batches);
}

/// C = epilogue(A B), see describe; `partials`: memory for partial_sums, where there are splits.
template <class Tile, major MajorA, major MajorB, class A, class B, class C, class Epilogue>
status start_gemm_wgmma(queue& q, operand<A> const& a, operand<B> const& b, int k, output<C, Epilogue> const& out,
                        int splits, void* partials, int multiprocessors) {
  using Sum = accumulator_of<A>;
  using Shared = wgmma_shared<Tile, A, B, MajorA, MajorB>;
  auto const kernel = gemm_wgmma<Tile, A, B, MajorA, MajorB, C, Epilogue>;
  if (status built = backend::needs_sm_90a(reinterpret_cast<void const*>(kernel)); !built) return built;

  constexpr int depth = Shared::panel_a::depth;
  wgmma_problem<Sum, C, Epilogue> problem{
      {}, 0, splits_of((k + depth - 1) / depth, splits), {static_cast<Sum*>(partials), out.m, out.columns()}};
  auto& product = problem.products[0];
  if (status made = describe<Shared, Tile, MajorA, MajorB>(&product, a, b, k, out); !made) return made;
  problem.tiles = product.tiles.count() * problem.splits * out.batches;
  int const panels = (k + depth - 1) / depth, in_split = (panels + problem.splits - 1) / problem.splits;
  status started = launch(q, kernel, wgmma_shape<Tile, Shared>(problem.tiles, in_split, multiprocessors), problem);
  if (!started || problem.splits == 1) return started;
  return start_add_partials(q, problem.partials, problem.splits, out, true);
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
