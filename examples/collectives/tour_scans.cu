// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Scans, and the law that ties them to reductions, as docs/reference.md quotes them.

#include "tour.cuh"

/// The value of the higher rank.
struct later {
  LANEFOLD_HD int operator()(int, int b) const { return b; }
};

LANEFOLD_KERNEL scans(int* failed_line) {
  int const lane = lf::lane_id();
  // [scans]
  lf::warp const warp;
  expect(failed_line, lf::inclusive_scan(warp, 1) == lane + 1);
  expect(failed_line, lf::exclusive_scan(warp, 1) == lane);
  expect(failed_line, lf::inclusive_scan(warp, 1, lf::plus{}, 100) == lane + 101);
  expect(failed_line, lf::exclusive_scan(warp, 1, lf::plus{}, 100) == lane + 100);
  // [/scans]
  // [no-identity]
  auto const [latest, present] = lf::try_exclusive_scan(warp, lane, later{});  // `later` states no identity
  expect(failed_line, present == (lane > 0) && latest == (lane > 0 ? lane - 1 : lane));
  // [/no-identity]
  // [with-total]
  bool const kept = lane % 3 == 0;
  auto const [place, count] = lf::exclusive_scan_with_total(warp, kept ? 1 : 0);
  if (kept) expect(failed_line, place == lane / 3);
  expect(failed_line, count == 11);  // in every lane
  // [/with-total]
  lf::prefix_and_total<int> const both = lf::inclusive_scan_with_total(warp, 2);
  expect(failed_line, both.prefix == 2 * lane + 2 && both.total == 64);
  auto const [after, all] = lf::exclusive_scan_with_total(warp, 1, lf::plus{}, 1000);
  expect(failed_line, after == 1000 + lane && all == 32);
}

// [law]
/// inclusive_scan at rank r has the bits of a reduction over the ranks 0..r.
LANEFOLD_KERNEL law(int* failed_line) {
  float const value = 1.0f / static_cast<float>(lf::lane_id() + 1);
  float const prefix = lf::inclusive_scan(lf::warp{}, value);
  for (int r = 0; r < 32; ++r) {
    lf::lanes const up_to_r = lf::partition(lf::warp{}, lf::lane_id() <= r);
    float const total = lf::sum(up_to_r, value);
    if (lf::lane_id() == r) expect(failed_line, prefix == total);
  }
}
// [/law]

int main() {
  return tour([] { return visit("scans", scans, 64) && visit("law", law, 32); });
}
