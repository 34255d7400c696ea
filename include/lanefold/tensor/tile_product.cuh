// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/tensor/operand_copy.cuh>
#include <lanefold/tensor/store_strip.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// How gemm_mma shares the work out: TileM x TileN of C a block, TileK terms of the sum a step; WarpsM x WarpsN warps, each
/// with its part of the tile; Stages steps of operands in shared memory, of which all but one are on their way.
///
/// - `TileK`: 32, 64 or 128 bytes of elements, and two fragments at least. Warps' parts: multiples of 16, powers of two.
template <int TileM, int TileN, int TileK, int WarpsM, int WarpsN, int Stages>
struct mma_tile {
  static constexpr int m = TileM, n = TileN, k = TileK, warps_m = WarpsM, warps_n = WarpsN, stages = Stages;
  static constexpr int threads = 32 * WarpsM * WarpsN;
  static constexpr int warp_m = TileM / WarpsM, warp_n = TileN / WarpsN;
  static_assert(warp_m * WarpsM == TileM && warp_n * WarpsN == TileN, "mma_tile: warps share the tile evenly");
  static_assert(warp_m % 16 == 0 && warp_n % 16 == 0 && (warp_m & (warp_m - 1)) == 0 && (warp_n & (warp_n - 1)) == 0,
                "mma_tile: a warp's part is a power of two, and 16 at least");
  static_assert(Stages >= 2, "mma_tile: two stages at least");
};

namespace detail {

template <class Tile, class T, bool AlongA, bool AlongB>
struct mma_memory {
  // What cannot be transposed on its way to registers is on its way to shared memory.
  using a = operand_tile<T, true, Tile::m, Tile::k, AlongA || bytes_of<T> != 2>;
  using b = operand_tile<T, false, Tile::n, Tile::k, AlongB || bytes_of<T> != 2>;
  static constexpr int stage_bytes = a::bytes + b::bytes;
  static constexpr int ring_bytes = Tile::stages * stage_bytes;
  // What follows the products takes the ring's place: strips, and before them the sums that a cluster's blocks exchange.
  static constexpr int strips_bytes = Tile::threads / 32 * strip_bytes;
  static constexpr int sums_bytes = Tile::m * Tile::n * static_cast<int>(sizeof(accumulator_of<T>));
  static LANEFOLD_HD constexpr int bytes_for(bool exchange) {
    int const after = strips_bytes + (exchange ? sums_bytes : 0);
    return ring_bytes > after ? ring_bytes : after;
  }
  static_assert(a::bytes % 128 == 0 && b::bytes % 128 == 0, "a stage begins at a multiple of 128 bytes");
};

/// What a block does for one tile: copies stages of both operands into a ring in shared memory, and each warp multiplies its
/// part of them. Every thread of the block makes one, and calls `add` once.
///
/// - `begin`, `end`: of the sum; it goes forward in steps of Tile::k.
/// - `shared`: mma_memory::ring_bytes, from a multiple of 128 on.
template <class Tile, class T, bool AlongA, bool AlongB, int Bytes>
class tile_product {
  using memory = mma_memory<Tile, T, AlongA, AlongB>;
  using tile_a = typename memory::a;
  using tile_b = typename memory::b;
  static constexpr int blocks_m = Tile::warp_m / 16, blocks_n = Tile::warp_n / 16, steps = Tile::k / depth_of<T>;
  static constexpr int stages = Tile::stages, stage_bytes = memory::stage_bytes;
  static_assert(steps >= 2, "mma_tile: TileK holds two fragments at least: 64 bytes of elements");

 public:
  using sums = typename accumulator_registers<T>::type[blocks_m][2 * blocks_n];

  LANEFOLD_FN tile_product(operand<T> const& a, operand<T> const& b, int row, int column, int begin, int end,
                           char* shared, int thread, call_site site)
      : copy_a_(a, row, begin, end, thread),
        copy_b_(b, column, begin, end, thread),
        tiles_((end - begin + Tile::k - 1) / Tile::k),
        whole_(row + Tile::m <= a.extent && column + Tile::n <= b.extent ? (end - begin) / Tile::k : 0),
        pointed_a_(tile_a::pointed(thread / 32 % Tile::warps_m * Tile::warp_m)),
        pointed_b_(tile_b::pointed(thread / 32 / Tile::warps_m * Tile::warp_n) + tile_a::bytes),
        shared_(shared),
        site_(site) {}

  LANEFOLD_FN void add(sums& d) {
    if (tiles_ <= 0) return;
    for (int stage = 0; stage < stages - 1; ++stage) fill<false>();
    backend::cp_async_wait<stages - 2>();
    backend::sync_block(site_);
    load(0, 0);
    int tile = 0;
    if constexpr (Bytes == 16) {  // one block of code, without a branch
      for (; tile + stages - 1 < whole_; ++tile) multiply_stage<true>(d);
    }
    for (; tile < tiles_; ++tile) multiply_stage<false>(d);
  }

 private:
  static LANEFOLD_FN int after(int stage) { return stage == (stages - 1) * stage_bytes ? 0 : stage + stage_bytes; }

  /// Begins to copy the next tile, where there is one; `Whole`: there is, all inside of the operands.
  template <bool Whole>
  LANEFOLD_FN void fill() {
    if (Whole || filled_ < tiles_) {
      copy_a_.template next<Whole>(shared_ + written_, site_);
      copy_b_.template next<Whole>(shared_ + written_ + tile_a::bytes, site_);
    }
    ++filled_;
    written_ = after(written_);
    backend::cp_async_commit();  // empty groups keep the count
  }

  LANEFOLD_FN void load(int into, int step) {
    backend::callers const who{full_mask, site_};
    LANEFOLD_UNROLL
    for (int i = 0; i < blocks_m; ++i) tile_a::load(words_a_[into][i], shared_, pointed_a_ + read_, i, step, who);
    LANEFOLD_UNROLL
    for (int j = 0; j < blocks_n; ++j) tile_b::load(words_b_[into][j], shared_, pointed_b_ + read_, j, step, who);
  }

  /// Multiplies fragments while the next ones are loaded, and begins to fill the stage that was read last.
  template <bool Whole>
  LANEFOLD_FN void multiply_stage(sums& d) {
    LANEFOLD_UNROLL
    for (int step = 0; step < steps; ++step) {
      if (step == steps - 1) {
        // All warps have loaded the last of this stage, and the next one is there: it may be read, and this one filled.
        backend::cp_async_wait<stages - 2>();
        backend::sync_block(site_);
        read_ = after(read_);
      }
      load((step + 1) % 2, (step + 1) % steps);  // behind the last stage: of what nobody needs
      if (step == 0) fill<Whole>();
      LANEFOLD_UNROLL
      for (int i = 0; i < blocks_m; ++i) {
        LANEFOLD_UNROLL
        for (int j = 0; j < 2 * blocks_n; ++j) {
          auto const& pair = words_b_[step % 2][j / 2];
          multiply_add<T>(d[i][j], words_a_[step % 2][i], {pair[j % 2 * 2], pair[j % 2 * 2 + 1]}, {full_mask, site_});
        }
      }
    }
  }

  operand_copy<tile_a, T, Tile::m, Tile::k, AlongA, AlongA || bytes_of<T> != 2, Tile::threads, Bytes> copy_a_;
  operand_copy<tile_b, T, Tile::n, Tile::k, AlongB, AlongB || bytes_of<T> != 2, Tile::threads, Bytes> copy_b_;
  int tiles_, whole_;             // steps of the sum, and those that are whole in both operands
  int pointed_a_, pointed_b_;     // where this lane points in stage 0
  int filled_ = 0, written_ = 0;  // tiles begun to be copied, and the offset of the next one's stage
  int read_ = 0;                  // the offset of the stage that is multiplied
  char* shared_;
  call_site site_;
  unsigned words_a_[2][blocks_m][4], words_b_[2][blocks_n][4];
};

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
