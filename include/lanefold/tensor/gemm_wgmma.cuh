// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The product of two matrices on Hopper. One warp fetches panels of A and B through the copy engine into a ring in shared
// memory; warpgroups multiply them and write the results. Large problems: blocks stay, and take one tile after the other.

#include <lanefold/backend/bulk_copy.cuh>
#include <lanefold/broadcast.cuh>
#include <lanefold/tensor/partial_sums.cuh>
#include <lanefold/tensor/ring.cuh>
#include <lanefold/tensor/tile_order.cuh>
#include <lanefold/tensor/wgmma.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// Who multiplies a tile: one warpgroup; two that share it by rows; or two that take turns at tiles, so that one writes
/// while the other multiplies.
enum class schedule { single, shared, in_turns };

/// How the kernel is laid out.
///
/// - `M`, `N`: rows and columns of a block's tile; M a multiple of 64 (schedule::shared: 128), N one of wgmma's.
/// - `Slots`: panels of A and B under way.
/// - `ClusterM`, `ClusterN`: blocks of a cluster; those in a column of it share the panels of B, those in a row of A.
/// - `Promotes`: tensor cores sum one panel at a time, from 0, and what they made of it is added to other registers; while
///   one of two warpgroups that share a tile adds, the other multiplies.
template <int M, int N, int Slots, schedule Schedule, int ClusterM = 1, int ClusterN = 1, bool Promotes = false>
struct wgmma_tile {
  static constexpr bool promotes = Promotes;
  static constexpr int m = M, n = N, slots = Slots, cluster_m = ClusterM, cluster_n = ClusterN;
  static constexpr bool single = Schedule == schedule::single, in_turns = Schedule == schedule::in_turns;
  static constexpr int cluster = ClusterM * ClusterN;
  static constexpr int warpgroups = single ? 1 : 2;
  static constexpr int slabs = M / (Schedule == schedule::shared ? 128 : 64);  // of 64 rows, for each warpgroup
  static constexpr int threads = single ? 128 + 32 : 3 * 128;
  static constexpr int bytes = Slots * (M + N) * panel_bytes + 10 * 1024;  // of shared memory, about
  static constexpr int blocks = single ? (bytes < 75 * 1024 ? 3 : bytes < 113 * 1024 ? 2 : 1) : 1;  // on an SM
  static constexpr bool stays = !single;  // blocks take one tile after the other
  static_assert(slabs * (Schedule == schedule::shared ? 128 : 64) == M, "M is a multiple of 64, if shared of 128");
};

namespace detail {

/// A product, or those of a batch.
template <class C, class Epilogue>
struct wgmma_product {
  backend::tensor_map a, b;
  int next_a, next_b;  ///< from one matrix of the map to the next: 0 where all products of a batch share one
  int k;
  tile_order tiles;   ///< those of a whole cluster are one
  int first, number;  ///< among other products: its first tile, and what its epilogue is told
  output<C, Epilogue> out;
};

/// What the kernel is given: a batch, or several products, which have no splits. With splits, tile t of split s of batch b is
/// number (b splits + s) tiles + t: it multiplies a run of k, and leaves its accumulators in `partials`.
template <class Sum, class C, class Epilogue, int Products = 1>
struct wgmma_problem {
  wgmma_product<C, Epilogue> products[Products];
  int tiles;  ///< of all, of whole clusters
  int splits;
  partial_sums<Sum> partials;
};

template <class Tile, class A, class B, major MajorA, major MajorB>
struct wgmma_shared {
  using panel_a = wgmma_panel<A, MajorA, Tile::m>;
  using panel_b = wgmma_panel<B, MajorB, Tile::n>;
  struct slot {
    unsigned char a[panel_a::bytes], b[panel_b::bytes];
  };
  unsigned char strips[4 * Tile::warpgroups][strip_bytes];
  ring_barriers<Tile::slots> ring;
  alignas(1024) slot slots[Tile::slots];  // the last ones are not there where a block has fewer panels
};

/// Blocks of the cluster that are in one line with this one, a bit each.
LANEFOLD_FN unsigned line_of(int first, int stride, int count) {
  unsigned blocks = 0;
  for (int i = 0; i < count; ++i) blocks |= 1u << (first + i * stride);
  return blocks;
}

/// Fetches this block's share of a panel; the other `Sharers` - 1 blocks of `blocks` fetch theirs, and all get all.
template <class Panel, major Major, int Sharers>
LANEFOLD_FN void fetch(unsigned char* panel, backend::tensor_map const& map, int k, int first, int matrix, int me,
                       unsigned blocks, backend::mbarrier& full, call_site here) {
  auto const box = [&](int row, int column_of_map, int row_of_map) {
    if constexpr (Sharers > 1)
      backend::copy_box_to(blocks, panel + row * panel_bytes, map, column_of_map, row_of_map, matrix, full, here);
    else
      backend::copy_box(panel + row * panel_bytes, map, column_of_map, row_of_map, matrix, full, here);
  };
  if constexpr (Major == major::k) {
    constexpr int share = Panel::rows / Sharers;
    box(me * share, k, first + me * share);
  } else {
    for (int row = 64 * me; row < Panel::rows; row += 64 * Sharers) box(row, first + row, k);
  }
}

/// C = epilogue(A B), of a batch or of several products. Started by start_gemm_wgmma, which says what it needs.
template <class Tile, class A, class B, major MajorA, major MajorB, class C, class Epilogue, int Products = 1>
LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(Tile::threads, Tile::blocks)
    gemm_wgmma(LANEFOLD_GRID_CONSTANT wgmma_problem<accumulator_of<A>, C, Epilogue, Products> const problem) {
#if LANEFOLD_WITHOUT_WGMMA
  backend::no_such_instruction();
#else
  using Shared = detail::wgmma_shared<Tile, A, B, MajorA, MajorB>;
  using PanelA = typename Shared::panel_a;
  using PanelB = typename Shared::panel_b;
  using Sum = accumulator_of<A>;
  static_assert(PanelA::depth == PanelB::depth, "A and B have elements of one size");
  call_site const here = call_site::here().in("gemm");

  auto* const memory = static_cast<unsigned char*>(backend::dynamic_shared());
  auto& shared = *reinterpret_cast<Shared*>(memory + (-reinterpret_cast<unsigned long long>(memory) & 1023));
  int const thread = static_cast<int>(thread_index().x), lane = lane_id();
  int const warp =
      broadcast(lanefold::warp{}, thread / 32, 0);  // so that the compiler knows it is the same in all lanes
  int const rank = Tile::cluster > 1 ? static_cast<int>(backend::cluster_rank()) : 0;
  int const row_in_cluster = rank % Tile::cluster_m, column_in_cluster = rank / Tile::cluster_m % Tile::cluster_n;

  constexpr int fetching_warp = Tile::single ? 4 : 0;
  bool const fetches = Tile::single ? warp >= 4 : warp < 4;
  int const consumer_warp = Tile::single ? warp : warp - 4;
  if (warp == fetching_warp && lane == 0) {
    backend::prefetch(problem.products[0].a);
    backend::prefetch(problem.products[0].b);
  }
  if (thread == 0) {
    // A slot is read by the warps of all blocks that this one sends panels to.
    constexpr unsigned readers = 4 * (Tile::in_turns ? 1 : Tile::warpgroups) * (Tile::cluster_m + Tile::cluster_n - 1);
    shared.ring.init(1, readers, here);
    backend::fence_mbarrier_init(here);
  }
  if constexpr (Tile::cluster > 1) {
    backend::arrive_cluster(here);
    backend::wait_cluster(here);
  } else {
    backend::sync_block(here);
  }
  backend::let_next_grid_start();
  backend::wait_for_previous_grid();

  int const step = static_cast<int>(grid_extent().x) / Tile::cluster, tiles = problem.tiles;
  int const first_tile = static_cast<int>(block_index().x) / Tile::cluster;
  ring_position<Tile::slots> at;
  struct work {
    int product, run, batch, row, column, first_panel, panels;
  };
  int current = 0;  // the product of the tile that was asked for last; numbers only grow
  auto const work_of = [&](int number) {
    if constexpr (Products > 1)
      while (current + 1 < Products && number >= problem.products[current + 1].first) ++current;
    auto const& product = problem.products[current];
    int const panels = (product.k + PanelA::depth - 1) / PanelA::depth;
    int const in_split = (panels + problem.splits - 1) / problem.splits;  // the last one has what is left
    // Divisors are pinned: what is made of them is not kept in registers from tile to tile.
    tile_order const clusters{product.tiles.rows, backend::pin(product.tiles.columns)};
    int run = product.number, batch = 0, split = 0, in_run = number - product.first;
    if constexpr (Products == 1) {
      int const splits = backend::pin(problem.splits);
      run = number / clusters.count();
      in_run = number - run * clusters.count();
      batch = run / splits;
      split = run - batch * splits;
    }
    int const first = split * in_split;
    auto const cluster = clusters[in_run];
    return work{current,
                run,
                batch,
                (cluster.row * Tile::cluster_m + row_in_cluster) * Tile::m,
                (cluster.column * Tile::cluster_n + column_in_cluster) * Tile::n,
                first,
                panels - first < in_split ? panels - first : in_split};
  };

  if (fetches) {
    if constexpr (!Tile::single) backend::give_registers_back<24>();
    if (warp == fetching_warp && backend::elect_one()) {
      unsigned const row = detail::line_of(row_in_cluster, Tile::cluster_m, Tile::cluster_n);
      unsigned const column = detail::line_of(column_in_cluster * Tile::cluster_m, 1, Tile::cluster_m);
      for (int number = first_tile; number < tiles; number += step) {
        auto const tile = work_of(number);
        auto const& product = problem.products[tile.product];
        int const end = (tile.first_panel + tile.panels) * PanelA::depth;
        for (int k = tile.first_panel * PanelA::depth; k < end; k += PanelA::depth, at.next()) {
          at.wait_empty(shared.ring, here);
          backend::mbarrier& full = shared.ring.full[at.slot()];
          backend::mbarrier_arrive_expect(full, PanelA::bytes + PanelB::bytes, here);
          detail::fetch<PanelA, MajorA, Tile::cluster_n>(shared.slots[at.slot()].a, product.a, k, tile.row,
                                                         tile.batch * product.next_a, column_in_cluster, row, full,
                                                         here);
          detail::fetch<PanelB, MajorB, Tile::cluster_m>(shared.slots[at.slot()].b, product.b, k, tile.column,
                                                         tile.batch * product.next_b, row_in_cluster, column, full,
                                                         here);
        }
      }
    }
  } else {
    if constexpr (!Tile::single) backend::take_registers<240>();
    int const warpgroup = consumer_warp / 4;
    int const my_rows = Tile::in_turns ? 0 : warpgroup * Tile::slabs * 64;
    // Lane r tells the block of rank r, if that one sends panels here.
    bool const tells = lane < Tile::cluster_m * Tile::cluster_n &&
                       (lane % Tile::cluster_m == row_in_cluster || lane / Tile::cluster_m == column_in_cluster);
    auto const leave = [&](int slot) {
      if constexpr (Tile::cluster_m * Tile::cluster_n == 1) {
        if (lane == 0) backend::mbarrier_arrive(shared.ring.empty[slot], here);
      } else {
        if (tells) backend::mbarrier_arrive_at(shared.ring.empty[slot], static_cast<unsigned>(lane), here);
      }
    };
    if constexpr (Tile::in_turns) {
      if (warpgroup == 1) {
        at.skip(work_of(first_tile).panels);
        backend::arrive_barrier(1, 256, here);
      }
    }
    for (int number = first_tile + (Tile::in_turns ? warpgroup * step : 0); number < tiles;
         number += Tile::in_turns ? 2 * step : step) {
      if constexpr (Tile::in_turns) backend::sync_barrier(1 + static_cast<unsigned>(warpgroup), 256, here);
      auto const tile = work_of(number);
      Sum sums[1 + Tile::promotes][Tile::slabs][Tile::n / 2];
      auto &d = sums[0], &products = sums[Tile::promotes];
      if constexpr (Tile::promotes) {
        for (auto& slab : d)
          for (Sum& sum : slab) sum = Sum();
      }
      int before = 0;
      for (int i = 0; i < tile.panels; ++i, at.next()) {
        at.wait_full(shared.ring, here);
        PanelA const a(shared.slots[at.slot()].a + my_rows * panel_bytes);
        PanelB const b(shared.slots[at.slot()].b);
        backend::wgmma_fence(here);
        LANEFOLD_UNROLL
        for (int s = 0; s < panel_bytes / step_bytes; ++s) {
          LANEFOLD_UNROLL
          for (int slab = 0; slab < Tile::slabs; ++slab)
            wgmma<A, B, MajorA, MajorB>(products[slab], a.at(s, 64 * slab), b.at(s),
                                        ((Tile::promotes ? 0 : i) | s) != 0, here);
        }
        backend::wgmma_commit(here);
        if constexpr (Tile::promotes) {
          backend::wgmma_wait<0>(here);
          leave(at.slot());
          LANEFOLD_UNROLL
          for (int slab = 0; slab < Tile::slabs; ++slab) {
            LANEFOLD_UNROLL
            for (int j = 0; j < Tile::n / 2; ++j) d[slab][j] = backend::add(d[slab][j], products[slab][j]);
          }
        } else if (i > 0) {
          backend::wgmma_wait<1>(here);
          leave(before);
        }
        before = at.slot();
      }
      if constexpr (Tile::in_turns) {
        if (number + step < tiles) {
          backend::arrive_barrier(2 - static_cast<unsigned>(warpgroup), 256, here);
          at.skip(work_of(number + step).panels);
        }
      }
      using strips = strip<Sum, C, Epilogue, Tile::n>;
      auto const& out = problem.products[tile.product].out;
      int const first_row = tile.row + my_rows + warp % 4 * 16;
      typename strips::look_ahead next;
      if (problem.splits == 1) next = strips::look(first_row, tile.column, out, here);
      if constexpr (!Tile::promotes) {
        backend::wgmma_wait<0>(here);
        leave(before);
      }

      if (problem.splits == 1) {
        LANEFOLD_UNROLL
        for (int slab = 0; slab < Tile::slabs; ++slab) {
          auto const read = next;
          int const row = first_row + 64 * slab;
          if (slab + 1 < Tile::slabs) next = strips::look(row + 64, tile.column, out, here);
          strips::store(d[slab], row, tile.column, out, shared.strips[consumer_warp], here, tile.run,
                        read);  // without splits a run is a batch
        }
      } else {
        LANEFOLD_UNROLL
        for (int slab = 0; slab < Tile::slabs; ++slab)
          problem.partials.template leave<Tile::n>(d[slab], tile.run, first_row + 64 * slab, tile.column, here);
      }
    }
  }
  if constexpr (Tile::cluster > 1) {
    backend::arrive_cluster(here);  // nobody leaves while others may reach for its shared memory
    backend::wait_cluster(here);
  }
#endif
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
