// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Code of the days before `_sync`, in lanefold's words, as docs/porting.md quotes it.

#include "tour.cuh"

#include <lanefold/sim/cuda_names.hpp>  // atomicAdd on the simulator; empty under nvcc

// [warp-sum]
LANEFOLD_FN float warp_sum(float value) { return lf::sum(lf::warp{}, value); }
// [/warp-sum]

LANEFOLD_KERNEL warp_sums(int* failed_line) { expect(failed_line, warp_sum(0.5f) == 16.0f); }

// [branch]
LANEFOLD_FN int lanes_alike(int value) {
  lf::lanes const alike = lf::partition(lf::warp{}, value < 0);  // by all lanes, before the branch
  if (value < 0) return alike.size();
  return lf::any_of(alike, value > 100) ? 100 : alike.size();
}
// [/branch]

LANEFOLD_KERNEL branch(int* failed_line) {
  int const lane = lf::lane_id();
  expect(failed_line, lanes_alike(lane - 10) == (lane < 10 ? 10 : 22));
}

// [block-sum]
LANEFOLD_FN float block_sum(float value) {
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<256>, float>);
  auto const block = lf::block<256>{}.with(scratch);
  return lf::sum(block, value);
}
// [/block-sum]

LANEFOLD_KERNEL block_sums(int* failed_line) { expect(failed_line, block_sum(0.25f) == 64.0f); }

// [exchange]
/// Neighbours exchange through shared memory, each warp for itself.
LANEFOLD_FN float from_partner(float value, float* warp_memory) {
  warp_memory[lf::lane_id()] = value;
  lf::sync(lf::warp{});  // the lanes of a warp do not run in step
  float const other = warp_memory[lf::lane_id() ^ 1];
  lf::sync(lf::warp{});  // before anyone writes again
  return other;
}
// [/exchange]

LANEFOLD_KERNEL exchange(int* failed_line) {
  struct memory {
    float values[32];
  };
  LANEFOLD_SHARED(shared, memory);
  for (int i = 0; i < 3; ++i) {
    float const value = static_cast<float>(32 * i + lf::lane_id());
    expect(failed_line, from_partner(value, shared.values) == static_cast<float>(32 * i + (lf::lane_id() ^ 1)));
  }
}

// [aggregated]
/// Whoever arrives together takes places with one atomic. Returns this lane's place.
LANEFOLD_FN int take_place(int* counter) {
  lf::lanes const here = lf::opportunistic_lanes();
  int first = 0;
  if (here.rank() == 0) first = atomicAdd(counter, here.size());
  return lf::broadcast(here, first) + here.rank();
}
// [/aggregated]

LANEFOLD_KERNEL places_taken(int* failed_line) {
  struct memory {
    int counter, taken[64];
  };
  LANEFOLD_SHARED(shared, memory);
  int const rank = lf::block<64>::rank();
  if (rank == 0) shared.counter = 0;
  shared.taken[rank] = 0;
  lf::sync(lf::block<64>{});
  if (rank % 3 == 0) atomicAdd(&shared.taken[take_place(&shared.counter)], 1);
  lf::sync(lf::block<64>{});
  expect(failed_line, shared.counter == 22 && shared.taken[rank] == (rank < 22 ? 1 : 0));
}

int main() {
  return tour([] {
    return visit("warp sum", warp_sums, 64) && visit("branch", branch, 32) && visit("block sum", block_sums, 256) &&
           visit("exchange", exchange, 32) && visit("aggregated atomics", places_taken, 64);
  });
}
