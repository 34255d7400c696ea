// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The product where one side is short: a matrix of many lines ("wide") with one of 16 at most ("narrow"), each with its
// elements side by side along k. All time goes into reading the wide one once, so that nothing stands in the way of its
// loads: they go from global memory to the registers of mma.sync, and a ring of them is under way in every lane.

#include <lanefold/backend/mbarrier.cuh>
#include <lanefold/groups.cuh>
#include <lanefold/tensor/elements.cuh>
#include <lanefold/tensor/epilogue.cuh>
#include <lanefold/tensor/operand_copy.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// How the kernel is laid out: `Wide` lines of the wide matrix (a multiple of 16) a block, and `Narrow` of the narrow one
/// (8 or 16), of which each lane has `Slots` spans (1, 2 or 4) under way. Of these none changes a bit of the result; the
/// number of `Warps` does.
template <int Wide, int Narrow, int Slots, int Warps = 8>
struct skinny_tile {
  static constexpr int wide = Wide, narrow = Narrow, slots = Slots, warps = Warps, threads = 32 * Warps;
  static_assert(Wide % 16 == 0 && Narrow % 8 == 0, "skinny_tile: mma takes 16 wide lines and 8 narrow ones");
  static_assert(4 % Slots == 0, "skinny_tile: a warp takes 4 spans in a row");
};

namespace detail {

/// What the kernel is given. C has an element for each wide and each narrow line.
template <class T, class C, class Epilogue>
struct skinny_problem {
  operand<T> wide, narrow;
  int k, splits;
  C* c;
  long long wide_stride, narrow_stride, batch_stride;  ///< of C, in elements
  bool wide_is_row;  ///< the epilogue is told wide line, narrow line; else the other way round
  Epilogue epilogue;
};

/// The least blocks on a multiprocessor: what the registers leave room for, of which fp8 and double take more.
template <class Tile, class T>
struct skinny_occupancy {
  static constexpr bool small =
      Tile::wide * Tile::narrow <= 128 && traits::one_of<T, __half, __nv_bfloat16, float, signed char>;
  static constexpr int blocks = (small ? 24 : 16) / Tile::warps;
};

constexpr int span_bytes = 64, spans_in_run = 4, run_bytes = span_bytes * spans_in_run;

/// Where a lane reads: its lines of both matrices.
template <class Tile, class T>
struct skinny_lines {
  char const *wide[Tile::wide / 8], *narrow[Tile::narrow / 8];

  /// From `offset` bytes on. Lines that are not there are the last one once more: theirs are sums that nobody stores.
  LANEFOLD_FN skinny_lines(operand<T> const& of_wide, operand<T> const& of_narrow, int first, int offset, int lane) {
    auto const line = [&](operand<T> const& x, int number) {
      number = number < x.extent ? number : x.extent - 1;
      return backend::pin(reinterpret_cast<char const*>(x.data) + number * x.stride * bytes_of<T> + offset);
    };
    LANEFOLD_UNROLL
    for (int i = 0; i < Tile::wide / 8; ++i) wide[i] = line(of_wide, first + 8 * i + lane / 4);
    LANEFOLD_UNROLL
    for (int j = 0; j < Tile::narrow / 8; ++j) narrow[j] = line(of_narrow, 8 * j + lane / 4);
  }
  LANEFOLD_FN void advance(int bytes) {
    LANEFOLD_UNROLL
    for (int i = 0; i < Tile::wide / 8; ++i) wide[i] = backend::pin(wide[i] + bytes);
    LANEFOLD_UNROLL
    for (int j = 0; j < Tile::narrow / 8; ++j) narrow[j] = backend::pin(narrow[j] + bytes);
  }
};

/// What a lane holds of one span, 64 bytes of k: of wide lines lane / 4 and that + 8, and so on, and of narrow lines
/// lane / 4 and so on, the 16 bytes from 16 (lane % 4) on. Terms may be added in any order if both sides agree, and so
/// the first 8 bytes are taken for one mma's operands, the others for the next one's.
template <class Tile, class T>
struct skinny_span {
  unsigned wide[Tile::wide / 8][4], narrow[Tile::narrow / 8][4];

  LANEFOLD_FN void load(skinny_lines<Tile, T> const& from, int offset, bool there, call_site site) {
    LANEFOLD_UNROLL
    for (int i = 0; i < Tile::wide / 8; ++i) {
      auto const piece = backend::load_or_zero<false>(from.wide[i] + offset, there, site);
      memcpy(wide[i], &piece, 16);
    }
    LANEFOLD_UNROLL
    for (int j = 0; j < Tile::narrow / 8; ++j) {
      auto const piece = backend::load_or_zero<true>(from.narrow[j] + offset, there, site);
      memcpy(narrow[j], &piece, 16);
    }
  }
  /// The last terms, `count` of them, fewer than fill 16 bytes: element i is in word i / 4 of lane i % 4, with zeros beside
  /// it.
  LANEFOLD_FN void load_rest(skinny_lines<Tile, T> const& from, int count, int lane) {
    auto const load_line = [&](unsigned (&to)[4], char const* line) {
      using Bits = detail::element_bits<T>;
      LANEFOLD_UNROLL
      for (int word = 0; word < 4; ++word) to[word] = 0;
      LANEFOLD_UNROLL
      for (int word = 0; 4 * word < 16 / bytes_of<T>; ++word) {
        int const i = 4 * word + lane % 4;
        if (i >= count) continue;
        Bits const element = reinterpret_cast<Bits const*>(line)[i];
        memcpy(&to[word], &element, sizeof element);
      }
    };
    LANEFOLD_UNROLL
    for (int i = 0; i < Tile::wide / 8; ++i) load_line(wide[i], from.wide[i]);
    LANEFOLD_UNROLL
    for (int j = 0; j < Tile::narrow / 8; ++j) load_line(narrow[j], from.narrow[j]);
  }
  LANEFOLD_FN void multiply(accumulator_of<T> (&d)[Tile::wide / 16][Tile::narrow / 8][4], backend::callers who) const {
    LANEFOLD_UNROLL
    for (int half = 0; half < 4; half += 2) {
      LANEFOLD_UNROLL
      for (int i = 0; i < Tile::wide / 16; ++i) {
        unsigned const(&upper)[4] = wide[2 * i], (&lower)[4] = wide[2 * i + 1];
        unsigned const a[4] = {upper[half], bytes_of<T> == 8 ? upper[half + 1] : lower[half],
                               bytes_of<T> == 8 ? lower[half] : upper[half + 1], lower[half + 1]};
        LANEFOLD_UNROLL
        for (int j = 0; j < Tile::narrow / 8; ++j)
          multiply_add<T>(d[i][j], a, {narrow[j][half], narrow[j][half + 1]}, who);
      }
    }
  }
};

/// This warp's sums, when the grid ahead has ended. The warps of all splits take turns at runs of 256 bytes of k; `turn` is
/// this one's, of `turns`.
template <class Tile, class T>
LANEFOLD_FN void multiply_runs(accumulator_of<T> (&d)[Tile::wide / 16][Tile::narrow / 8][4], operand<T> const& wide,
                               operand<T> const& narrow, int k, int first, int turn, int turns, call_site site) {
  backend::callers const who{full_mask, site};
  constexpr int slots = Tile::slots;
  int const lane = lane_id(), in_span = lane % 4 * 16;
  int const all = k * bytes_of<T>, whole = all / 16 * 16;  // bytes of a line, and those in whole pieces
  int const begin = turn * run_bytes, step = turns * run_bytes;
  skinny_lines<Tile, T> from(wide, narrow, first, begin + in_span, lane);
  backend::wait_for_previous_grid();

  skinny_span<Tile, T> ring[slots];
  if (whole < all && turn == 0) {  // before the others, while registers are free
    ring[0].load_rest({wide, narrow, first, whole, lane}, (all - whole) / bytes_of<T>, lane);
    ring[0].multiply(d, who);
  }
  int left = whole - begin - in_span;  // of the line, from the lane's place in the run that is being loaded
  LANEFOLD_UNROLL
  for (int s = 0; s < slots; ++s) ring[s].load(from, s * span_bytes, s * span_bytes < left, site);
  for (int run = begin; run < whole; run += step) {
    LANEFOLD_UNROLL
    for (int s = 0; s < spans_in_run; ++s) {
      int const next = (s + slots) % spans_in_run * span_bytes;
      if (next == 0) {
        from.advance(step);
        left -= step;
      }
      ring[s % slots].multiply(d, who);
      ring[s % slots].load(from, next, next < left, site);
    }
  }
}

/// C = epilogue(wide narrow^T), by blocks of Tile::wide lines of the wide matrix; batches along y. Lines begin at multiples
/// of 16 bytes. Started by run_skinny; gemm_skinny says in which order terms are added.
template <class Tile, class T, class C, class Epilogue>
LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(Tile::threads, (detail::skinny_occupancy<Tile, T>::blocks))
    gemm_skinny_kernel(skinny_problem<T, C, Epilogue> problem) {
  using Sum = accumulator_of<T>;
  constexpr int column = Tile::wide + 4;  // of sums: four of them begin in different banks
  LANEFOLD_SHARED(sums, traits::type_identity_t<Sum[Tile::warps][Tile::narrow][column]>);
  call_site const here = call_site::here().in("gemm_skinny");
  int const thread = static_cast<int>(thread_index().x), warp = thread / 32, lane = lane_id();
  int const splits = problem.splits, block = static_cast<int>(block_index().x);
  int const batch = static_cast<int>(block_index().y);
  int const split = splits > 1 ? block % splits : 0, first = (splits > 1 ? block / splits : block) * Tile::wide;

  backend::let_next_grid_start();
  Sum d[Tile::wide / 16][Tile::narrow / 8][4] = {};
  detail::multiply_runs<Tile, T>(d, problem.wide.of(batch), problem.narrow.of(batch), problem.k, first,
                                 split * Tile::warps + warp, splits * Tile::warps, here);
  LANEFOLD_UNROLL
  for (int i = 0; i < Tile::wide / 16; ++i) LANEFOLD_UNROLL
  for (int j = 0; j < Tile::narrow / 8; ++j) LANEFOLD_UNROLL
  for (int e = 0; e < 4; ++e) sums[warp][8 * j + lane % 4 * 2 + e % 2][16 * i + lane / 4 + e / 2 * 8] = d[i][j][e];
  backend::sync_block(here);

  constexpr int elements = Tile::wide * Tile::narrow, mine = (elements + Tile::threads - 1) / Tile::threads;
  Sum total[mine] = {};
  LANEFOLD_UNROLL
  for (int i = 0; i < mine; ++i) {
    int const e = thread + i * Tile::threads, wide = e % Tile::wide, narrow = e / Tile::wide;
    if (e >= elements) break;
    total[i] = sums[0][narrow][wide];
    LANEFOLD_UNROLL
    for (int w = 1; w < Tile::warps; ++w) total[i] = total[i] + sums[w][narrow][wide];
    if (splits > 1) sums[0][narrow][wide] = total[i];
  }
  if (splits > 1) {
    backend::arrive_cluster(here);
    backend::wait_cluster(here);
  }
  LANEFOLD_UNROLL
  for (int i = 0; i < mine; ++i) {
    int const e = thread + i * Tile::threads, wide = e % Tile::wide, narrow = e / Tile::wide, line = first + wide;
    if (e >= elements) break;
    if constexpr (backend::has_clusters) {
      if (splits > 1) {
        if (e / 32 % splits != split) continue;  // another block's share
        LANEFOLD_UNROLL_BY(1)
        for (int q = 0; q < splits; ++q) {
          Sum const theirs = *backend::map_shared(&sums[0][narrow][wide], static_cast<unsigned>(q), here);
          total[i] = q == 0 ? theirs : total[i] + theirs;
        }
      }
    }
    if (line < problem.wide.extent && narrow < problem.narrow.extent)
      problem.c[batch * problem.batch_stride + line * problem.wide_stride + narrow * problem.narrow_stride] =
          detail::to_element<C>(detail::finish(problem.epilogue, total[i], problem.wide_is_row ? line : narrow,
                                               problem.wide_is_row ? narrow : line, batch));
  }
  if (splits > 1) {
    // Nobody leaves while others may read its sums; what was read has been added.
    backend::arrive_cluster_relaxed(here);
    backend::wait_cluster(here);
  }
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
