// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The product of two matrices of float on CUDA cores: each element a chain of fma over k, in order. A block's threads share
// a tile; cp.async brings the next terms into shared memory while these are multiplied.

#include <lanefold/tensor/operand_copy.cuh>
#include <lanefold/tensor/store_strip.cuh>
#include <lanefold/tensor/tile_order.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

/// How the kernel is laid out.
///
/// - `M`, `N`: rows and columns of a block's tile. `Rows`, `Columns`: those of a thread, in fours: a thread's fours are
///   M / (Rows / 4) rows apart, so that neighbours load neighbours.
/// - `Stages`: pieces of `k` terms in shared memory, of which all but one are on their way.
template <int M, int N, int Rows, int Columns, int Stages>
struct simt_tile {
  static constexpr int m = M, n = N, k = 16, rows = Rows, columns = Columns, stages = Stages;
  static constexpr int threads_m = M / Rows, threads_n = N / Columns, threads = threads_m * threads_n;
  static constexpr int blocks = 512 / threads;  // on a multiprocessor: 128 registers a thread
  static constexpr int apart_m = M / (Rows / 4), apart_n = N / (Columns / 4);
  static_assert(threads_m % 8 == 0 && threads_n % 4 == 0, "simt_tile: a warp is 8 threads high and 4 wide");
  static_assert(Rows % 4 == 0 && Columns % 4 == 0 && Stages >= 2, "simt_tile: fours of rows and columns, two stages");
};

/// A block's piece of an operand in shared memory: for each term a line of `Extent` elements. Lines are 16 bytes further
/// apart, so that copies which transpose meet in few banks.
template <int Extent, int Depth>
struct simt_operand_tile {
  static constexpr int line_bytes = (Extent + 4) * 4, bytes = Depth * line_bytes;
  static constexpr bool swizzled = false;
  static LANEFOLD_HD constexpr int at(int extent, int depth) { return depth * line_bytes + extent * 4; }
};

template <class Tile>
struct simt_memory {
  using a = simt_operand_tile<Tile::m, Tile::k>;
  using b = simt_operand_tile<Tile::n, Tile::k>;
  static constexpr int stage_bytes = a::bytes + b::bytes, bytes = Tile::stages * stage_bytes;
};

/// Fours of a line, `Apart` elements from one to the next.
template <int Count, int Apart>
LANEFOLD_FN void load_fours(float (&values)[Count], char const* from, call_site here) {
  LANEFOLD_UNROLL
  for (int i = 0; i < Count; i += 4) {
    auto const four = backend::load_words<16>(from + i / 4 * Apart * 4, here);
    memcpy(values + i, &four, 16);
  }
}

/// d = a chain of fma for each element, over the stages' terms in order.
template <class Tile, bool AlongA, bool AlongB, int Bytes>
LANEFOLD_FN void add_terms(float (&d)[Tile::rows][Tile::columns], operand<float> const& a, operand<float> const& b,
                           int row, int column, int k, char* shared, int at_a, int at_b, call_site here) {
  using memory = simt_memory<Tile>;
  using tile_a = typename memory::a;
  using tile_b = typename memory::b;
  int const thread = static_cast<int>(thread_index().x), steps = (k + Tile::k - 1) / Tile::k;
  operand_copy<tile_a, float, Tile::m, Tile::k, AlongA, false, Tile::threads, Bytes> copy_a(a, row, 0, k, thread);
  operand_copy<tile_b, float, Tile::n, Tile::k, AlongB, false, Tile::threads, Bytes> copy_b(b, column, 0, k, thread);
  auto const after = [](int stage) {
    return stage == memory::bytes - memory::stage_bytes ? 0 : stage + memory::stage_bytes;
  };
  int filled = 0, written = 0, read = 0;
  auto const fill = [&] {
    if (filled < steps) {
      char* const to = shared + written;
      copy_a.template next<false>(to, here);
      copy_b.template next<false>(to + tile_a::bytes, here);
    }
    ++filled;
    written = after(written);
    backend::cp_async_commit();  // empty groups keep the count
  };
  auto const load = [&](float (&of_a)[Tile::rows], float (&of_b)[Tile::columns], int term) {
    load_fours<Tile::rows, Tile::apart_m>(of_a, shared + read + at_a + term * tile_a::line_bytes, here);
    load_fours<Tile::columns, Tile::apart_n>(of_b, shared + read + at_b + term * tile_b::line_bytes, here);
  };
  auto const multiply = [&](float const(&of_a)[Tile::rows], float const(&of_b)[Tile::columns]) {
    LANEFOLD_UNROLL
    for (int i = 0; i < Tile::rows; ++i) {
      LANEFOLD_UNROLL
      for (int j = 0; j < Tile::columns; ++j) d[i][j] = backend::fused_multiply_add(of_a[i], of_b[j], d[i][j]);
    }
  };

  for (int stage = 0; stage < Tile::stages - 1; ++stage) fill();
  for (int step = 0; step < steps; ++step, read = after(read)) {
    backend::cp_async_wait<Tile::stages - 2>();
    backend::sync_block(here);  // this stage is there, and all have read the one before it
    fill();
    float of_a[2][Tile::rows], of_b[2][Tile::columns];
    int const terms = k - step * Tile::k;
    if (terms >= Tile::k) {
      load(of_a[0], of_b[0], 0);
      LANEFOLD_UNROLL
      for (int term = 0; term < Tile::k; ++term) {
        if (term + 1 < Tile::k) load(of_a[(term + 1) % 2], of_b[(term + 1) % 2], term + 1);
        multiply(of_a[term % 2], of_b[term % 2]);
      }
    } else {  // no term more: a product of zeros would turn -0 to +0
      LANEFOLD_UNROLL_BY(1)
      for (int term = 0; term < terms; ++term) {
        load(of_a[0], of_b[0], term);
        multiply(of_a[0], of_b[0]);
      }
    }
  }
}

/// Four rows and columns of each lane, 32 x 16 of the warp: they change hands in `memory`, strip_bytes of the warp's own, to lie
/// as tensor cores lay accumulators out, and go the way of those.
template <class Four, class C, class Epilogue>
LANEFOLD_FN void store_fours(Four row_of, int row, int column, output<C, Epilogue> const& out, char* memory,
                             call_site here, int batch) {
  constexpr int line = 64;
  backend::callers const who{full_mask, here};
  int const lane = lane_id();
  LANEFOLD_UNROLL
  for (int i = 0; i < 4; ++i) {
    backend::words<16> four;
    memcpy(&four, row_of(i), 16);
    backend::store_words<16>(memory + (lane / 4 * 4 + i) * line + lane % 4 * 16, four, here);
  }
  backend::sync_warp(who);
  float sums[2][8];
  LANEFOLD_UNROLL
  for (int half = 0; half < 2; ++half) {
    LANEFOLD_UNROLL
    for (int i = 0; i < 4; ++i) {
      int const in_row = 16 * half + lane / 4 + i % 2 * 8, in_column = i / 2 * 8 + lane % 4 * 2;
      auto const pair = backend::load_words<8>(memory + in_row * line + in_column * 4, here);
      memcpy(sums[half] + 2 * i, &pair, 8);
    }
  }
  backend::sync_warp(who);
  LANEFOLD_UNROLL
  for (int half = 0; half < 2; ++half)
    strip<float, C, Epilogue, 16>::store(sums[half], row + 16 * half, column, out, memory, here, batch);
}

/// C = epilogue(A B) of float: each element sum = fma(a(row, k), b(k, column), sum) for k = 0, 1, ..., from +0.
///
/// - Call: a block of Tile::threads threads, for the tile of its number in `tiles`, along y the batch; simt_memory::bytes of dynamic shared memory.
/// - `AlongA`, `AlongB`: whether the operand's elements lie side by side along k. `Bytes`: 4; or 16, where address and stride
///   of operands that do not are multiples of it.
template <class Tile, bool AlongA, bool AlongB, int Bytes, class C, class Epilogue>
LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(Tile::threads, Tile::blocks)
    gemm_simt(operand<float> a, operand<float> b, int k, tile_order tiles, output<C, Epilogue> out) {
  call_site const here = call_site::here().in("gemm");
  auto const tile = tiles[static_cast<int>(block_index().x)];
  int const row = tile.row * Tile::m, column = tile.column * Tile::n;
  int const warp = static_cast<int>(thread_index().x) / 32, lane = lane_id(), batch = static_cast<int>(block_index().y);
  int const warp_m = warp % (Tile::threads_m / 8), warp_n = warp / (Tile::threads_m / 8);
  using memory = simt_memory<Tile>;
  backend::let_next_grid_start();
  backend::wait_for_previous_grid();

  char* const shared = static_cast<char*>(backend::pin_shared(dynamic_shared<char>()));
  float d[Tile::rows][Tile::columns] = {};
  add_terms<Tile, AlongA, AlongB, Bytes>(d, a.of(batch), b.of(batch), row, column, k, shared,
                                         memory::a::at(warp_m * 32 + lane / 4 * 4, 0),
                                         memory::a::bytes + memory::b::at(warp_n * 16 + lane % 4 * 4, 0), here);
  backend::sync_block(here);  // the last stage has been read
  LANEFOLD_UNROLL
  for (int i = 0; i < Tile::rows; i += 4) {
    LANEFOLD_UNROLL
    for (int j = 0; j < Tile::columns; j += 4)
      store_fours([&](int below) { return d[i + below] + j; }, row + warp_m * 32 + i / 4 * Tile::apart_m,
                  column + warp_n * 16 + j / 4 * Tile::apart_n, out, shared + warp * strip_bytes, here, batch);
  }
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
