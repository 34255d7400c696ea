// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Waiting for one another.

#include <lanefold/backend/call_site.cuh>
#include <lanefold/sim/operations.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

LANEFOLD_FN void sync_warp(callers who) {
  sim::collective({&sim::operations::sync_warp, who.mask, 0, 0, 32, nullptr, nullptr, nullptr, who.site});
}
LANEFOLD_FN void sync_block(call_site site) { sim::sync_block(site, true); }
LANEFOLD_FN void sync_block_apart(call_site site) { sync_block(site); }

// Inline in every build: the simulator tells one question of a verb from the next by the address it comes from.
inline __attribute__((always_inline)) unsigned active_mask(call_site site) { return sim::active_mask(site); }
/// In lane order never, and otherwise at times, by the seed: so both ways of the caller are tested.
inline __attribute__((always_inline)) bool whole_warp_here(call_site site) { return sim::whole_warp_here(site); }

/// Waits until `threads` threads of the block have come to barrier `id`, or arrives there and goes on. The count is a
/// multiple of 32, and the same for all.
LANEFOLD_FN void sync_barrier(unsigned id, unsigned threads, call_site site) {
  sim::sync_named(id, threads, true, site);
}
LANEFOLD_FN void arrive_barrier(unsigned id, unsigned threads, call_site site) {
  sim::sync_named(id, threads, false, site);
}

/// The barrier of a cooperative grid.
LANEFOLD_FN void sync_grid(call_site site) { sim::sync_grid(site); }
constexpr bool has_clusters = true;
/// The barrier of a cluster: what a thread did before it arrives is seen by those that have waited.
LANEFOLD_FN void arrive_cluster(call_site site) { sim::arrive_at_cluster(site); }
LANEFOLD_FN void arrive_cluster_relaxed(call_site site) { sim::arrive_at_cluster(site); }
LANEFOLD_FN void wait_cluster(call_site site) { sim::wait_for_cluster(site); }

/// One grid runs after the other.
LANEFOLD_FN void wait_for_previous_grid() {}
LANEFOLD_FN void let_next_grid_start() {}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
