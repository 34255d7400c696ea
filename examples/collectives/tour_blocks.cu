// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Collectives of a block and their scratch, as docs/reference.md quotes them.

#include "tour.cuh"

// [block]
LANEFOLD_KERNEL blocks(int* failed_line) {
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<256>, int, float>);  // the types of the values
  auto const block = lf::block<256>{}.with(scratch);                  // bound once
  int const rank = block.rank();
  expect(failed_line, lf::sum(block, rank) == 255 * 128);         // in every thread
  expect(failed_line, lf::inclusive_scan(block, 1) == rank + 1);  // the next call at once
  expect(failed_line, lf::sum(block, 0.5f) == 128.0f);            // of another type, too
  expect(failed_line, lf::reduce(lf::via_shuffle(block), rank, lf::maximum{}) == 255);
  expect(failed_line, lf::broadcast(block, rank, 70) == 70);
}
// [/block]

// [block-argmax]
LANEFOLD_KERNEL block_argmax(int* failed_line) {
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<256>, lf::extremum<float>>);
  auto const block = lf::block<256>{}.with(scratch);
  auto const [value, rank] = lf::argmax(block, static_cast<float>(block.rank() % 100));
  expect(failed_line, value == 99.0f && rank == 99);
}
// [/block-argmax]

// [no-trailing-sync]
LANEFOLD_KERNEL no_trailing_sync(int* failed_line) {
  lf::block<128> const block;
  LANEFOLD_SHARED(first, lf::scratch<lf::block<128>, int>);
  LANEFOLD_SHARED(second, lf::scratch<lf::block<128>, int>);
  int const total = lf::sum(lf::no_trailing_sync(block.with(first)), 1);
  int const before = lf::exclusive_scan(block.with(second), 1);  // other scratch: no wait needed between
  lf::sync(block);                                               // from here on `first` may be used again
  expect(failed_line, total == 128 && before == block.rank());
  expect(failed_line, lf::sum(block.with(first), 2) == 256);
}
// [/no-trailing-sync]

// [runtime-block]
LANEFOLD_KERNEL runtime_block(int* failed_line) {
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<>, int>);  // any size and shape, known when launched
  auto const block = lf::block<>{}.with(scratch);
  expect(failed_line, lf::sum(block, 1) == block.size());
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
