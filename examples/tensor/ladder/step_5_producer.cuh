// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Step 5: one warp fetches, others multiply. A ring of four slots lies between them: a slot's barriers say when it is full
// and when it is empty, so that nobody waits for the whole block. Two warpgroups share a tile of 128 x 256, which needs fewer
// bytes for each product; products of a slab go on while the next one's are asked for.

#include <lanefold/tensor/ring.cuh>

#include "step_4_wgmma.cuh"

namespace ladder {

struct fetched_ring {
  static constexpr int slots = 4;
  unsigned char a[slots][panel<128>::bytes], b[slots][panel<256>::bytes];
  lf::tensor::ring_barriers<slots> barriers;
};

LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(288, 1)
    by_producer(LANEFOLD_GRID_CONSTANT lf::backend::tensor_map const map_a,
                LANEFOLD_GRID_CONSTANT lf::backend::tensor_map const map_b, int k, rows_of_c out) {
#if FOR_HOPPER
  constexpr int depth = panel<128>::depth;
  auto* const memory = lf::dynamic_shared<unsigned char>();  // a swizzle begins at a multiple of 1024
  auto& ring = *reinterpret_cast<fetched_ring*>(memory + (-reinterpret_cast<unsigned long long>(memory) & 1023));
  auto const here = lf::call_site::here();
  int const thread = static_cast<int>(lf::thread_index().x), slabs = k / depth;
  lf::tensor::tile_order const tiles{out.rows() / 128, out.columns() / 256};
  auto const tile = tiles[static_cast<int>(lf::block_index().x)];
  if (thread == 0) {
    ring.barriers.init(1, 8, here);  // filled by one lane, left by eight warps
    lf::backend::fence_mbarrier_init(here);
  }
  lf::sync(lf::block<288>{});

  lf::tensor::ring_position<fetched_ring::slots> at;
  if (thread >= 256) {
    if (thread > 256) return;
    for (int slab = 0; slab < slabs; ++slab, at.next()) {
      at.wait_empty(ring.barriers, here);
      auto& full = ring.barriers.full[at.slot()];
      lf::backend::mbarrier_arrive_expect(full, panel<128>::bytes + panel<256>::bytes, here);
      lf::backend::copy_box(ring.a[at.slot()], map_a, slab * depth, tile.row * 128, full, here);
      lf::backend::copy_box(ring.b[at.slot()], map_b, slab * depth, tile.column * 256, full, here);
    }
    return;
  }
  auto const leave = [&](int slot) {
    if (thread % 32 == 0) lf::backend::mbarrier_arrive(ring.barriers.empty[slot], here);
  };
  int const my_row = thread / 128 * 64;
  float d[128];
  int before = 0;
  for (int slab = 0; slab < slabs; ++slab, at.next()) {
    at.wait_full(ring.barriers, here);
    lf::backend::wgmma_fence(here);
    multiply_panels(d, panel<128>(ring.a[at.slot()]), my_row, panel<256>(ring.b[at.slot()]), slab > 0, here);
    lf::backend::wgmma_commit(here);
    lf::backend::wgmma_wait<1>(here);  // those of the slab before are done
    if (slab > 0) leave(before);
    before = at.slot();
  }
  lf::backend::wgmma_wait<0>(here);
  store_warpgroup(out, tile.row * 128 + my_row, tile.column * 256, d);
#endif
}

inline lf::status step_5(lf::queue& queue, rows_of_a a, columns_of_b b, rows_of_c c) {
  lf::backend::tensor_map map_a{}, map_b{};
  if (lf::status made = make_map(&map_a, a.data(), a.rows(), a.columns(), 128); !made) return made;
  if (lf::status made = make_map(&map_b, b.data(), b.columns(), b.rows(), 256); !made) return made;
  lf::launch_shape shape{static_cast<unsigned>(c.rows() / 128 * (c.columns() / 256)), 288};
  shape.dynamic_shared_bytes = sizeof(fetched_ring) + 1024 - 128;  // dynamic shared memory begins at a multiple of 128
  return lf::launch(queue, by_producer, shape, map_a, map_b, a.columns(), c);
}

}  // namespace ladder
