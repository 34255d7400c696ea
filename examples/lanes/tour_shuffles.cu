// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Shuffles and what happens out of range, as docs/reference.md quotes them.

#include "tour.cuh"

LANEFOLD_KERNEL shuffles(int* failed_line) {
  int const lane = lf::lane_id(), rank = lane % 8, first = lane - rank;
  // [shuffles]
  lf::tile<8> const tile;
  expect(failed_line, lf::shuffle(tile, lane, 3) == first + 3);
  expect(failed_line, lf::broadcast(tile, lane) == first);
  expect(failed_line, lf::shuffle_xor(tile, lane, 1) == (lane ^ 1));
  // [/shuffles]

  // [out-of-range]
  expect(failed_line, lf::shuffle(tile, lane, 11) == first + 3);  // the source is taken modulo the size
  expect(failed_line, lf::shuffle_up(tile, lane, 2) == (rank >= 2 ? lane - 2 : lane));  // no source: the lane's own
  expect(failed_line, lf::shuffle_down(tile, lane, 2) == (rank < 6 ? lane + 2 : lane));
  expect(failed_line, lf::shuffle_xor(tile, lane, 8) == lane);
  // [/out-of-range]

  // [try]
  auto const [left, exists] = lf::try_shuffle_up(tile, lane, 1);
  int const difference = exists ? lane - left : 0;
  expect(failed_line, difference == (rank > 0 ? 1 : 0));
  lf::received<int> const right = lf::try_shuffle_down(tile, lane, 1);
  expect(failed_line, right.in_range == (rank < 7) && right.value == (rank < 7 ? lane + 1 : lane));
  expect(failed_line, lf::try_shuffle_xor(tile, lane, 4).in_range && !lf::try_shuffle_xor(tile, lane, 8).in_range);
  // [/try]
}

// [structs]
struct particle {
  double mass;
  char kind;
};
LANEFOLD_KERNEL structs(int* failed_line) {
  particle const mine{0.5 * lf::lane_id(), static_cast<char>('A' + lf::lane_id())};
  particle const theirs = lf::shuffle_down(lf::warp{}, mine, 1);  // anything trivially copyable, of any size
  int const source = lf::lane_id() < 31 ? lf::lane_id() + 1 : 31;
  expect(failed_line, theirs.mass == 0.5 * source && theirs.kind == 'A' + source);
}
// [/structs]

// [lane-sets]
LANEFOLD_KERNEL lane_sets(int* failed_line) {
  int const lane = lf::lane_id();
  lf::lanes const threes = lf::partition_by(lf::warp{}, lane % 3);  // ranks count the lanes of the set
  expect(failed_line, lf::shuffle(threes, lane, 2) == lane % 3 + 6);
  expect(failed_line, lf::shuffle_up(threes, lane, 1) == (lane >= 3 ? lane - 3 : lane));
}
// [/lane-sets]

int main() {
  return tour([] {
    return visit("shuffles", shuffles, 64) && visit("structs", structs, 64) && visit("lane sets", lane_sets, 64);
  });
}
