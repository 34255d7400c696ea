// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Groups, votes, matches and partitions, as docs/reference.md quotes them.

#include "tour.cuh"

LANEFOLD_KERNEL groups(int* failed_line) {
  int const lane = lf::lane_id();
  // [groups]
  lf::warp const warp;               // 32 lanes
  lf::tile<8> const tile;            // lanes 8 k .. 8 k + 7, those I am in
  lf::lanes const odd(0xaaaaaaaau);  // any set: made by the lanes that are in it
  expect(failed_line, warp.size() == 32 && warp.rank() == lane);
  expect(failed_line, tile.rank() == lane % 8 && tile.lane_of(0) == lane / 8 * 8);
  if (lane % 2 == 1) expect(failed_line, odd.size() == 16 && odd.rank() == lane / 2 && odd.lane_of(1) == 3);
  if (lane < 20) expect(failed_line, lf::sum(lf::first_lanes(20), 1) == 20);  // the set, and the guard around it
  // [/groups]
  // [warp-tile]
  lf::warp_tile<8> const together;  // a tile<8>, and the promise that the warp's four tiles call together
  expect(failed_line, lf::sum(together, 1) == 8 && lf::max(together, lane) == lane / 8 * 8 + 7);
  // [/warp-tile]
  expect(failed_line, lf::is_lane_group_v<lf::tile<8>> && !lf::is_lane_group_v<lf::block<64>>);
  expect(failed_line, lf::is_block_v<lf::block<64>> && !lf::is_block_v<lf::warp>);
  lf::sync(warp);
}

LANEFOLD_KERNEL votes(int* failed_line) {
  int const lane = lf::lane_id();
  // [votes]
  expect(failed_line, lf::ballot(lf::warp{}, lane < 4) == 0xfu);
  expect(failed_line, lf::all_of(lf::tile<4>{}, lane / 4 == 7) == (lane >= 28));
  expect(failed_line, lf::any_of(lf::tile<4>{}, lane == 9) == (lane / 4 == 2));
  expect(failed_line, lf::none_of(lf::tile<4>{}, lane == 9) == (lane / 4 != 2));
  expect(failed_line, lf::uniform(lf::tile<2>{}, lane < 3) == (lane / 2 != 1));  // lanes 2 and 3 differ
  // [/votes]
}

LANEFOLD_KERNEL matches(int* failed_line) {
  int const lane = lf::lane_id();
  // [matches]
  expect(failed_line, lf::match_any(lf::warp{}, lane % 2) == (lane % 2 ? 0xaaaaaaaau : 0x55555555u));
  expect(failed_line, lf::match_all(lf::tile<16>{}, lane / 16));
  expect(failed_line, !lf::match_all(lf::warp{}, lane / 16));
  // [/matches]
}

LANEFOLD_KERNEL partitions(int* failed_line) {
  int const lane = lf::lane_id();
  // [partitions]
  lf::lanes const side = lf::partition(lf::warp{}, lane < 20);  // before the branch, by the whole warp
  if (lane < 20) expect(failed_line, lf::sum(side, 1) == 20);
  lf::lanes const residue = lf::partition_by(lf::warp{}, lane % 5);  // five sets, each sums for itself
  expect(failed_line, lf::max(residue, lane) == (lane % 5 < 2 ? 30 : 25) + lane % 5);
  // [/partitions]
  // [opportunistic]
  lf::lanes const here = lf::opportunistic_lanes();  // good for merging work, useless as a proof of who is missing
  int const merged = lf::sum(here, 1);
  expect(failed_line, merged == here.size() && here.mask() >> lane & 1u);
  // [/opportunistic]
}

int main() {
  return tour([] {
    return visit("groups", groups, 64) && visit("votes", votes, 64) && visit("matches", matches, 64) &&
           visit("partitions", partitions, 64);
  });
}
