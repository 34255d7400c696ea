// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Collectives of a block and their scratch, as docs/reference.md quotes them.

#include "tour.cuh"

// [block]
LANEFOLD_KERNEL blocks(int* failed_line) {
  using block = lf::block<256>;
  LANEFOLD_SHARED(scratch, lf::scratch<block, int>);  // one for each value type
  int const rank = block::rank();
  expect(failed_line, lf::sum(block{}.with(scratch), rank) == 255 * 128);         // in every thread
  expect(failed_line, lf::inclusive_scan(block{}.with(scratch), 1) == rank + 1);  // the same scratch, at once
  expect(failed_line, lf::reduce(lf::via_shuffle(block{}.with(scratch)), rank, lf::maximum{}) == 255);
}
// [/block]

// [block-argmax]
LANEFOLD_KERNEL block_argmax(int* failed_line) {
  using block = lf::block<256>;
  LANEFOLD_SHARED(scratch, lf::scratch<block, lf::extremum<float>>);
  auto const [value, rank] = lf::argmax(block{}.with(scratch), static_cast<float>(block::rank() % 100));
  expect(failed_line, value == 99.0f && rank == 99);
}
// [/block-argmax]

// [no-trailing-sync]
LANEFOLD_KERNEL no_trailing_sync(int* failed_line) {
  using block = lf::block<128>;
  LANEFOLD_SHARED(first, lf::scratch<block, int>);
  LANEFOLD_SHARED(second, lf::scratch<block, int>);
  int const total = lf::sum(lf::no_trailing_sync(block{}.with(first)), 1);
  int const before = lf::exclusive_scan(block{}.with(second), 1);  // other scratch: no wait needed between
  lf::sync(block{});                                               // from here on `first` may be used again
  expect(failed_line, total == 128 && before == block::rank());
  expect(failed_line, lf::sum(block{}.with(first), 2) == 256);
}
// [/no-trailing-sync]

// [runtime-block]
LANEFOLD_KERNEL runtime_block(int* failed_line) {
  using block = lf::block<>;  // any size and shape, known when launched
  LANEFOLD_SHARED(scratch, lf::scratch<block, int>);
  expect(failed_line, lf::sum(block{}.with(scratch), 1) == block::size());
}
// [/runtime-block]

// [dynamic-shared]
LANEFOLD_KERNEL dynamic_memory(int* failed_line) {
  int* const reversed = lf::dynamic_shared<int>();
  int const rank = lf::block<>::rank(), size = lf::block<>::size();
  reversed[size - 1 - rank] = rank;
  lf::sync(lf::block<>{});
  expect(failed_line, reversed[rank] == size - 1 - rank);
}
// [/dynamic-shared]

LANEFOLD_KERNEL places(int* failed_line) {
  lf::index3 const extent = lf::block_extent();
  expect(failed_line, extent.x == 64 && lf::thread_index().x % 32 == static_cast<unsigned>(lf::lane_id()));
  expect(failed_line, lf::block_index().x == 0 && lf::grid_extent().x == 1);
}

int main() {
  return tour([] {
    bool const right = visit("block", blocks, 256) && visit("block argmax", block_argmax, 256) &&
                       visit("no trailing sync", no_trailing_sync, 128) &&
                       visit("run-time block", runtime_block, 300) &&
                       visit("dynamic shared", dynamic_memory, 100, 100 * sizeof(int)) && visit("places", places, 64);
    return right && lf::synchronize().ok();
  });
}
