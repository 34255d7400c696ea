// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// The copy engine of Hopper and a ring of mbarriers. One lane asks for boxes of a matrix, which a tensor map describes; each
// box tells the slot's barrier when its bytes are there. The other warps read the slots and say when they have done so.
// Here they add up each column of the matrix.

#include <lanefold/backend/bulk_copy.cuh>
#include <lanefold/backend/tensor_map.hpp>
#include <lanefold/tensor/ring.cuh>

#include "matrices.cuh"

// [engine]
constexpr int slots = 4, box_rows = 16, box_columns = 64;  // 128 bytes a row

struct ring {
  alignas(128) half boxes[slots][box_rows][box_columns];
  lf::tensor::ring_barriers<slots> barriers;
};

/// A block for 64 columns: two warps add them up, and the third one fetches.
LANEFOLD_KERNEL sum_columns(LANEFOLD_GRID_CONSTANT lf::backend::tensor_map const map, int rows, float* sums) {
#if FOR_HOPPER
  LANEFOLD_SHARED(shared, ring);
  auto const here = lf::call_site::here();
  int const thread = static_cast<int>(lf::thread_index().x);
  int const first_column = static_cast<int>(lf::block_index().x) * box_columns;
  if (thread == 0) {
    shared.barriers.init(1, 2, here);  // a slot is filled by one lane, and left by two warps
    lf::backend::fence_mbarrier_init(here);
  }
  lf::sync(lf::block<96>{});

  lf::tensor::ring_position<slots> at;
  if (thread == 64) {
    for (int row = 0; row < rows; row += box_rows, at.next()) {
      at.wait_empty(shared.barriers, here);
      auto& full = shared.barriers.full[at.slot()];
      lf::backend::mbarrier_arrive_expect(full, sizeof shared.boxes[0], here);
      lf::backend::copy_box(shared.boxes[at.slot()], map, first_column, row, full, here);
    }
  } else if (thread < 64) {
    float sum = 0;
    for (int row = 0; row < rows; row += box_rows, at.next()) {
      at.wait_full(shared.barriers, here);
      for (int r = 0; r < box_rows; ++r) sum += static_cast<float>(shared.boxes[at.slot()][r][thread]);
      lf::sync(lf::warp{});
      if (lf::lane_id() == 0) lf::backend::mbarrier_arrive(shared.barriers.empty[at.slot()], here);
    }
    sums[first_column + thread] = sum;
  }
#endif
}
// [/engine]

int main() {
  return run_example([] {
    if (!on_hopper("copy_engine_ring")) return true;
    constexpr int rows = 150, columns = 256;  // the last box hangs over the edge, where the engine brings zeros
    auto const values = integers(rows * columns, 1);
    lf::device_array<half> const in(values);
    lf::device_array<float> out(columns);
    // [engine-host]
    lf::backend::tensor_map_request request{};
    request.data = in.data();
    request.bytes = sizeof(half);
    request.columns = columns;
    request.rows = rows;
    request.stride_bytes = columns * sizeof(half);
    request.box_columns = box_columns;
    request.box_rows = box_rows;
    lf::backend::tensor_map map{};
    lf::error::unless_ok(lf::backend::make_tensor_map(&map, request));
    lf::error::unless_ok(lf::launch(sum_columns, {columns / box_columns, 96}, map, rows, out.data()));
    // [/engine-host]
    auto const got = out.to_host();
    int wrong = 0;
    for (std::size_t column = 0; column < columns; ++column) {
      float sum = 0;
      for (std::size_t row = 0; row < rows; ++row) sum += static_cast<float>(values[row * columns + column]);
      wrong += got[column] != sum;
    }
    std::printf("%d columns of %d rows through %d slots: %d sums wrong\n", columns, rows, slots, wrong);
    return wrong == 0;
  });
}
