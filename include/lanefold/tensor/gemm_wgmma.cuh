// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The product of two matrices on Hopper: one warpgroup fetches tiles through the copy engine into a ring in shared memory,
// the others multiply them and write the results; blocks stay and take one tile after the other.

#include <lanefold/backend/backend.cuh>
#include <lanefold/backend/cuda/bulk_copy.cuh>
#include <lanefold/backend/cuda/wgmma.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

template <int TileM, int TileN, int Stages, int ClusterM = 1, int ClusterN = 1, int Consumers = 2,
          bool PingPong = false, int Arrivals = 4>
struct wgmma_tile {
  static constexpr int m = TileM, n = TileN, stages = Stages, cluster_m = ClusterM, cluster_n = ClusterN;
  static constexpr int cluster = ClusterM * ClusterN, consumers = Consumers;
  static constexpr bool ping_pong = PingPong;
  static constexpr int arrivals = Arrivals;
  static constexpr int slabs = TileM / (PingPong ? 64 : 64 * Consumers);  // of 64 rows, for each warpgroup
  static constexpr int threads = 128 * (Consumers + 1);
  static constexpr int k_bytes = 128;
  static LANEFOLD_HD constexpr int piece_columns(int bytes) { return bytes == 4 ? 32 : TileN % 64 == 0 ? 64 : 32; }
  static_assert(slabs * (PingPong ? 64 : 64 * Consumers) == TileM);
};

template <class Tile>
struct wgmma_shared {
  unsigned char a[Tile::stages][Tile::m * 128];
  unsigned char b[Tile::stages][Tile::n * 128];
  unsigned char c[4 * Tile::consumers][16 * 128];
  backend::mbarrier full[Tile::stages], empty[Tile::stages];
};

template <class C, class Epilogue>
struct wgmma_problem {
  backend::tensor_map a, b, c;
  int m, n, k, tiles_m, tiles_n, group;
  C* out;
  long long stride;
  Epilogue epilogue;
};

/// Where the ring is: a slot, and the parity of its round.
template <int Stages>
struct ring {
  int slot = 0;
  unsigned parity = 0;
  LANEFOLD_FN void next() {
    if (++slot == Stages) {
      slot = 0;
      parity ^= 1;
    }
  }
  LANEFOLD_FN void skip(int slots) {
    slot += slots;
    parity ^= static_cast<unsigned>(slot / Stages) & 1;
    slot %= Stages;
  }
};

struct place_of_tile {
  int m, n;
};
/// Tiles in the order in which blocks take them: columns of `group` tiles, so that those under way share operands.
LANEFOLD_FN place_of_tile tile_at(int index, int tiles_m, int tiles_n, int group) {
  int const in_band = index % (group * tiles_n), first = index / (group * tiles_n) * group;
  int const rows = tiles_m - first < group ? tiles_m - first : group;
  return {first + in_band % rows, in_band / rows};
}

template <class T>
struct wgmma_of;
template <>
struct wgmma_of<__nv_bfloat16> {
  using sum = float;
  template <int TA, int TB, int R>
  static LANEFOLD_FN void go(float (&d)[R], backend::wgmma_operand a, backend::wgmma_operand b, bool add, call_site s) {
    backend::wgmma_bf16<TA, TB>(d, a, b, add, s);
  }
};
template <>
struct wgmma_of<__half> {
  using sum = float;
  template <int TA, int TB, int R>
  static LANEFOLD_FN void go(float (&d)[R], backend::wgmma_operand a, backend::wgmma_operand b, bool add, call_site s) {
    backend::wgmma_f16<TA, TB>(d, a, b, add, s);
  }
};
template <>
struct wgmma_of<float> {
  using sum = float;
  template <int TA, int TB, int R>
  static LANEFOLD_FN void go(float (&d)[R], backend::wgmma_operand a, backend::wgmma_operand b, bool add, call_site s) {
    backend::wgmma_tf32(d, a, b, add, s);
  }
};
template <>
struct wgmma_of<__nv_fp8_e4m3> {
  using sum = float;
  template <int TA, int TB, int R>
  static LANEFOLD_FN void go(float (&d)[R], backend::wgmma_operand a, backend::wgmma_operand b, bool add, call_site s) {
    backend::wgmma_e4m3(d, a, b, add, s);
  }
};
template <>
struct wgmma_of<signed char> {
  using sum = int;
  template <int TA, int TB, int R>
  static LANEFOLD_FN void go(int (&d)[R], backend::wgmma_operand a, backend::wgmma_operand b, bool add, call_site s) {
    backend::wgmma_s8(d, a, b, add, s);
  }
};

LANEFOLD_FN unsigned pack_pair(float x, float y, __nv_bfloat16) {
  unsigned r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(y), "f"(x));
  return r;
}
LANEFOLD_FN unsigned pack_pair(float x, float y, __half) {
  unsigned r;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(y), "f"(x));
  return r;
}

template <class Tile, class T, bool KMajorA, bool KMajorB, class C, class Epilogue>
__global__ void __launch_bounds__(Tile::threads, 1)
    gemm_wgmma_kernel(__grid_constant__ wgmma_problem<C, Epilogue> const p) {
  using sum = typename wgmma_of<T>::sum;
  constexpr int tile_k = Tile::k_bytes / static_cast<int>(sizeof(T)), steps = 4;
  call_site const here = call_site::here().in("gemm");
  unsigned char* const memory = static_cast<unsigned char*>(backend::dynamic_shared());
  unsigned const base = backend::shared_address(memory);
  auto& shared = *reinterpret_cast<wgmma_shared<Tile>*>(memory + ((1024 - base % 1024) % 1024));

  int const warpgroup = __shfl_sync(~0u, static_cast<int>(threadIdx.x) / 128, 0);
  int const lane = static_cast<int>(threadIdx.x) % 32;
  unsigned const rank = Tile::cluster > 1 ? backend::cluster_rank() : 0;
  int const my_m = static_cast<int>(rank) % Tile::cluster_m, my_n = static_cast<int>(rank) / Tile::cluster_m;

  if (threadIdx.x == 0) {
    for (int s = 0; s < Tile::stages; ++s) {
      backend::mbarrier_init(shared.full[s], 1, here);
      backend::mbarrier_init(
          shared.empty[s],
          Tile::arrivals * (Tile::ping_pong ? 1 : Tile::consumers) * (Tile::cluster_m + Tile::cluster_n - 1), here);
    }
    backend::fence_mbarrier_init(here);
  }
  if constexpr (Tile::cluster > 1) {
    backend::arrive_cluster(here);
    backend::wait_cluster(here);
  } else {
    __syncthreads();
  }
  backend::let_next_grid_start();
  backend::wait_for_grids_ahead();

  int const tiles = p.tiles_m * p.tiles_n, k_tiles = (p.k + tile_k - 1) / tile_k;
  int const first = static_cast<int>(blockIdx.x) / Tile::cluster, step = static_cast<int>(gridDim.x) / Tile::cluster;
  ring<Tile::stages> at;

  if (warpgroup == 0) {
    backend::give_registers_back<Tile::consumers == 2 ? 40 : Tile::consumers == 1 ? 56 : 32>();
    if (threadIdx.x < 32 && backend::elect_one()) {
      backend::prefetch(p.a);
      backend::prefetch(p.b);
      constexpr unsigned bytes = (Tile::m + Tile::n) * 128;
      constexpr int rows_a = Tile::m / Tile::cluster_n, rows_b = Tile::n / Tile::cluster_m;
      unsigned to_a = 0, to_b = 0;
      for (int i = 0; i < Tile::cluster_n; ++i) to_a |= 1u << (my_m + i * Tile::cluster_m);
      for (int i = 0; i < Tile::cluster_m; ++i) to_b |= 1u << (i + my_n * Tile::cluster_m);
      auto const fetch = [&](unsigned blocks, int others, void* to, backend::tensor_map const& map, int column, int row,
                             backend::mbarrier& arrived) {
        if (others > 1)
          backend::copy_box_to(blocks, to, map, column, row, arrived, here);
        else
          backend::copy_box(to, map, column, row, arrived, here);
      };
      for (int index = first; index < tiles; index += step) {
        auto const tile = tile_at(index, p.tiles_m, p.tiles_n, p.group);
        int const row = (tile.m * Tile::cluster_m + my_m) * Tile::m + my_n * rows_a;
        int const column = (tile.n * Tile::cluster_n + my_n) * Tile::n + my_m * rows_b;
        for (int k = 0; k < k_tiles; ++k) {
          backend::mbarrier_wait(shared.empty[at.slot], at.parity ^ 1, here);
          backend::mbarrier& full = shared.full[at.slot];
          backend::mbarrier_arrive_expect(full, bytes, here);
          if constexpr (KMajorA) {
            fetch(to_a, Tile::cluster_n, shared.a[at.slot] + my_n * rows_a * 128, p.a, k * tile_k, row, full);
          } else {
            for (int i = 0; i < rows_a / 64; ++i)
              fetch(to_a, Tile::cluster_n, shared.a[at.slot] + (my_n * rows_a + i * 64) * 128, p.a, row + i * 64,
                    k * tile_k, full);
          }
          if constexpr (KMajorB) {
            fetch(to_b, Tile::cluster_m, shared.b[at.slot] + my_m * rows_b * 128, p.b, k * tile_k, column, full);
          } else {
            for (int i = 0; i < rows_b / 64; ++i)
              fetch(to_b, Tile::cluster_m, shared.b[at.slot] + (my_m * rows_b + i * 64) * 128, p.b, column + i * 64,
                    k * tile_k, full);
          }
          at.next();
        }
      }
    }
  } else {
    backend::take_registers<Tile::consumers == 2 ? 232 : Tile::consumers == 1 ? 256 : 160>();
    int const consumer = warpgroup - 1, warp = static_cast<int>(threadIdx.x) / 32 - 4;
    auto const release = [&](int slot) {
      if constexpr (Tile::cluster == 1) {
        if (lane == 0 && (Tile::arrivals == 4 || warp % 4 == 0)) backend::mbarrier_arrive(shared.empty[slot], here);
      } else {
        if ((Tile::arrivals == 4 || warp % 4 == 0) && lane < Tile::cluster &&
            (lane % Tile::cluster_m == my_m || lane / Tile::cluster_m == my_n))
          backend::mbarrier_arrive_at(shared.empty[slot], static_cast<unsigned>(lane), here);
      }
    };
    if constexpr (Tile::ping_pong) {
      if (consumer == 1) {
        at.skip(k_tiles);
        backend::arrive_barrier(1, 256, here);
      }
    }
    for (int index = first + (Tile::ping_pong ? consumer * step : 0); index < tiles;
         index += Tile::ping_pong ? 2 * step : step) {
      if constexpr (Tile::ping_pong) backend::sync_barrier(1 + consumer, 256, here);
      sum d[Tile::slabs][Tile::n / 2];
      int before = 0;
      for (int k = 0; k < k_tiles; ++k) {
        backend::mbarrier_wait(shared.full[at.slot], at.parity, here);
        unsigned char const* const a = shared.a[at.slot] + (Tile::ping_pong ? 0 : consumer * Tile::slabs * 64 * 128);
        auto const in_a = KMajorA ? backend::wgmma_operand::at(a, 16, 1024, 128)
                                  : backend::wgmma_operand::at(a, tile_k * 128, 1024, 128);
        auto const in_b = KMajorB ? backend::wgmma_operand::at(shared.b[at.slot], 16, 1024, 128)
                                  : backend::wgmma_operand::at(shared.b[at.slot], tile_k * 128, 1024, 128);
        backend::wgmma_fence(here);
#pragma unroll
        for (int s = 0; s < steps; ++s)
#pragma unroll
          for (int slab = 0; slab < Tile::slabs; ++slab)
            wgmma_of<T>::template go<!KMajorA, !KMajorB>(d[slab],
                                                         in_a.plus(slab * 64 * 128 + s * (KMajorA ? 32 : 2048)),
                                                         in_b.plus(s * (KMajorB ? 32 : 2048)), (k | s) != 0, here);
        backend::wgmma_commit(here);
        if (k > 0) {
          backend::wgmma_wait<1>(here);
          release(before);
        }
        before = at.slot;
        at.next();
      }
      if constexpr (Tile::ping_pong) {
        if (index + step < tiles) backend::arrive_barrier(2 - consumer, 256, here);
        at.skip(k_tiles);
      }
      backend::wgmma_wait<0>(here);
      release(before);

      auto const tile = tile_at(index, p.tiles_m, p.tiles_n, p.group);
      int const row0 = (tile.m * Tile::cluster_m + my_m) * Tile::m +
                       (Tile::ping_pong ? 0 : consumer * Tile::slabs * 64) + warp % 4 * 16;
      int const column0 = (tile.n * Tile::cluster_n + my_n) * Tile::n;
      constexpr int piece = Tile::piece_columns(sizeof(C)), size = static_cast<int>(sizeof(C));
      constexpr int row_bytes = piece * size, chunks = row_bytes / 16, passes = 16 * chunks / 32;
      unsigned char* const staged = shared.c[warp];
      unsigned const staged_at = backend::shared_address(staged);
      // 16-byte chunk `chunk` of row r, of which eight rows lie in different banks
      auto const chunk_at = [](int r, int chunk) {
        return r * row_bytes + ((chunks == 8 ? chunk ^ (r & 7) : chunk ^ (r >> 1 & 3)) * 16);
      };
#pragma unroll
      for (int slab = 0; slab < Tile::slabs; ++slab)
#pragma unroll
        for (int c = 0; c < Tile::n / piece; ++c) {
          int const row = row0 + slab * 64, column = column0 + c * piece;
          if constexpr (sizeof(C) == 2) {
#pragma unroll
            for (int j = 0; j < piece / 16; ++j) {
              unsigned words[4];
#pragma unroll
              for (int w = 0; w < 4; ++w) {
                int const i = c * (piece / 2) + 8 * j + 2 * w;
                int const r = row + lane / 4 + w % 2 * 8, col = column + 16 * j + w / 2 * 8 + lane % 4 * 2;
                words[w] = pack_pair(p.epilogue(d[slab][i], r, col), p.epilogue(d[slab][i + 1], r, col + 1), C());
              }
              unsigned const to = staged_at + chunk_at(lane % 16, 2 * j + lane / 16);
              asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1,%2,%3,%4};" ::"r"(to), "r"(words[0]),
                           "r"(words[1]), "r"(words[2]), "r"(words[3])
                           : "memory");
            }
          } else {
#pragma unroll
            for (int j = 0; j < piece / 8; ++j)
#pragma unroll
              for (int h = 0; h < 2; ++h) {
                int const i = c * (piece / 2) + 4 * j + 2 * h;
                int const in_r = lane / 4 + h * 8, in_c = 8 * j + lane % 4 * 2;
                C two[2] = {static_cast<C>(p.epilogue(d[slab][i], row + in_r, column + in_c)),
                            static_cast<C>(p.epilogue(d[slab][i + 1], row + in_r, column + in_c + 1))};
                memcpy(staged + chunk_at(in_r, in_c / 4) + in_c % 4 * 4, two, 8);
              }
          }
          __syncwarp();
#pragma unroll
          for (int pass = 0; pass < passes; ++pass) {
            int const r = pass * (32 / chunks) + lane / chunks, chunk = lane % chunks;
            uint4 const value = *reinterpret_cast<uint4 const*>(staged + chunk_at(r, chunk));
            if (row + r < p.m && column + chunk * (16 / size) < p.n)
              *reinterpret_cast<uint4*>(p.out + (row + r) * p.stride + column + chunk * (16 / size)) = value;
          }
          __syncwarp();
        }
    }
  }
  if constexpr (Tile::cluster > 1) {
    backend::arrive_cluster(here);
    backend::wait_cluster(here);
  }
}

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
