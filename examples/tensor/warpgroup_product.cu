// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Hopper's own product: a warpgroup, four warps, multiplies straight from shared memory. The copy engine brings 64 rows of A
// and 128 columns of B, each with 64 terms, in the swizzle that wgmma reads; four instructions do the rest.

#include <lanefold/backend/bulk_copy.cuh>
#include <lanefold/backend/tensor_map.hpp>
#include <lanefold/tensor/wgmma.cuh>

#include "matrices.cuh"

// [wgmma]
constexpr int m = 64, n = 128, k = 64;  // 128 bytes of k: one panel
using panel_a = lf::tensor::wgmma_panel<half, lf::tensor::major::k, m>;
using panel_b = lf::tensor::wgmma_panel<half, lf::tensor::major::k, n>;

struct panels {
  alignas(1024) unsigned char a[panel_a::bytes], b[panel_b::bytes];
  lf::backend::mbarrier full;
};

LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(128)
    multiply(LANEFOLD_GRID_CONSTANT lf::backend::tensor_map const map_a,
             LANEFOLD_GRID_CONSTANT lf::backend::tensor_map const map_b, lf::matrix_view<float> out) {
#if FOR_HOPPER
  LANEFOLD_SHARED(shared, panels);
  auto const here = lf::call_site::here();
  int const thread = static_cast<int>(lf::thread_index().x);
  if (thread == 0) {
    lf::backend::mbarrier_init(shared.full, 1, here);
    lf::backend::fence_mbarrier_init(here);
    lf::backend::mbarrier_arrive_expect(shared.full, panel_a::bytes + panel_b::bytes, here);
    lf::backend::copy_box(shared.a, map_a, 0, 0, shared.full, here);
    lf::backend::copy_box(shared.b, map_b, 0, 0, shared.full, here);
  }
  lf::sync(lf::block<128>{});
  lf::backend::mbarrier_wait(shared.full, 0, here);

  float d[n / 2];
  panel_a const a(shared.a);
  panel_b const b(shared.b);
  lf::backend::wgmma_fence(here);
  LANEFOLD_UNROLL
  for (int step = 0; step < lf::tensor::panel_bytes / lf::tensor::step_bytes; ++step)  // the first one does not add
    lf::tensor::wgmma<half, half, lf::tensor::major::k, lf::tensor::major::k>(d, a.at(step), b.at(step), step > 0,
                                                                              here);
  lf::backend::wgmma_commit(here);
  lf::backend::wgmma_wait<0>(here);

  LANEFOLD_UNROLL
  for (int i = 0; i < n / 2; ++i)
    out(thread / 32 * 16 + thread % 32 / 4 + 8 * (i / 2 % 2), i / 4 * 8 + thread % 4 * 2 + i % 2) = d[i];
#endif
}
// [/wgmma]

lf::backend::tensor_map map_of(lf::device_array<half> const& lines, int count) {
  lf::backend::tensor_map_request request{};
  request.data = lines.data();
  request.bytes = sizeof(half);
  request.columns = k;
  request.rows = count;
  request.stride_bytes = k * sizeof(half);
  request.box_columns = k;
  request.box_rows = count;
  request.swizzle_bytes = lf::tensor::panel_bytes;
  lf::backend::tensor_map map{};
  lf::error::unless_ok(lf::backend::make_tensor_map(&map, request));
  return map;
}

int main() {
  return run_example([] {
    if (!on_hopper("warpgroup_product")) return true;
    auto const a = integers(m * k, 1), b = integers(k * n, 2);
    lf::device_array<half> const on_a(a), on_b(b);
    lf::device_array<float> c(m * n);
    lf::error::unless_ok(
        lf::launch(multiply, {1, 128}, map_of(on_a, m), map_of(on_b, n), lf::matrix_view<float>(c.data(), m, n)));
    int const wrong = product_of{m, n, k, a, b}.wrong(c.to_host());
    std::printf("%d x %d x %d by one warpgroup: %d of %d elements wrong\n", m, n, k, wrong, m * n);
    return wrong == 0;
  });
}
