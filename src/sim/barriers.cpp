// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// The barriers besides that of the block: named ones, mbarriers, and those of blocks that run together.

#include <algorithm>

#include "executor.hpp"

namespace lanefold::sim {

/// Waits until the barrier has left that phase.
void executor::wait_at(lane& me, barrier& at, unsigned phase, call_site site) {
  while (at.phase == phase) {
    me.in->arrivals[me.index] = nullptr;
    me.at = &at;
    me.site = &site;
    me.in->at_barrier |= me.bit;
    if (!hand_over(me)) return;
  }
}

/// Starts the next phase and wakes those who wait for it, in whichever block they are.
void executor::release_if_complete(barrier& at) {
  made_progress();
  if (!at.complete()) return;
  ++at.phase;
  at.arrived = 0;
  for (executor* const block : gang_->blocks)
    for (warp& w : *block)
      for_each_lane(w.at_barrier, [&](unsigned l) {
        lane& waiting = w.lanes[l];
        if (waiting.at != &at) return;
        waiting.at = nullptr;
        w.at_barrier &= ~waiting.bit;
        w.ready |= waiting.bit;
        block->runnable_ |= 1u << w.index;
      });
}

std::string executor::name_of(barrier const* at) const {
  if (at == nullptr || at == barriers_) return "the block barrier";
  if (at > barriers_ && at < std::end(barriers_)) return "barrier " + std::to_string(at - barriers_);
  if (at == &gang_->grid) return "the grid barrier";
  for (barrier const& cluster : gang_->clusters)
    if (at == &cluster) return "the cluster barrier";
  for (unsigned i = 0; i < 8; ++i)
    if (at == &warpgroups_[i].met)
      return "a product of warps " + std::to_string(4 * i) + "-" + std::to_string(4 * i + 3);
  auto const known = std::find_if(gang_->mbarriers.begin(), gang_->mbarriers.end(),
                                  [at](auto const& entry) { return &entry.second == at; });
  return "the mbarrier at byte " + std::to_string(arena_.offset(known->first)) + " of shared memory";
}

// ---------------------------------------------------------------- named barriers

void executor::sync_named(lane& me, unsigned id, unsigned threads, bool waits, call_site site) {
  if (aborting_) {
    unwind(me);
    return;
  }
  if (id > 15) fail(me, "PRECONDITION", "the id of a barrier is 0..15; it is " + std::to_string(id), site);
  if (id == 0)
    fail(me, "PRECONDITION", "barrier 0 is that of the block, for all its threads to wait at; parts use 1..15", site);
  if (threads == 0 || threads % 32 != 0 || threads > grid_->threads)
    fail(me, "PRECONDITION",
         "the threads that a barrier counts are a multiple of 32, up to the block's " + std::to_string(grid_->threads) +
             "; here they are " + std::to_string(threads),
         site);
  barrier& at = barriers_[id];
  if (at.arrived == 0) {
    at.expected = threads;
    at.site = site;
  } else if (at.expected != threads) {
    fail(me, "BARRIER-MISMATCH",
         "this thread counts " + std::to_string(threads) + " threads at barrier " + std::to_string(id) + "; the " +
             std::to_string(at.arrived) + " that have arrived count " + std::to_string(at.expected),
         site);
  }
  unsigned const phase = at.phase;
  if (++at.arrived == 1) counting_.add(site, &counts::barriers, 1);
  release_if_complete(at);
  if (waits) wait_at(me, at, phase, site);
}

// ---------------------------------------------------------------- blocks that run together

void executor::sync_grid(lane& me, call_site site) {
  if (aborting_) {
    unwind(me);
    return;
  }
  if (!grid_->request.cooperative)
    fail(me, "PRECONDITION", "only a cooperative launch has a grid barrier: its blocks all run together", site);
  barrier& at = gang_->grid;
  unsigned const phase = at.phase;
  if (at.arrived++ == 0) at.site = site;
  release_if_complete(at);
  wait_at(me, at, phase, site);
}

void executor::arrive_at_cluster(lane& me, call_site site) {
  if (aborting_) {
    unwind(me);
    return;
  }
  if (me.arrived_at_cluster)
    fail(me, "PRECONDITION", "this thread has arrived at the cluster barrier already, and must wait for it next", site);
  barrier& at = cluster();
  if (at.arrived++ == 0) at.site = site;
  me.arrived_at_cluster = true;
  me.cluster_phase = at.phase;
  re_test_cluster();
}

void executor::wait_for_cluster(lane& me, call_site site) {
  if (aborting_) {
    unwind(me);
    return;
  }
  if (!me.arrived_at_cluster)
    fail(me, "PRECONDITION", "this thread waits for the cluster barrier and has not arrived there", site);
  wait_at(me, cluster(), me.cluster_phase, site);
  me.arrived_at_cluster = false;
}

/// The threads of the cluster that have not exited are those that it waits for.
void executor::re_test_cluster() {
  barrier& at = cluster();
  if (at.arrived == 0) return;
  unsigned const first = rank_ / gang_->cluster_blocks * gang_->cluster_blocks;
  at.expected = 0;
  for (unsigned i = 0; i < gang_->cluster_blocks; ++i) at.expected += gang_->blocks[first + i]->live_;
  release_if_complete(at);
}

void* executor::map_shared(lane& me, void* address, unsigned rank, call_site site) {
  if (!arena_.contains(address)) fail(me, "PRECONDITION", "the address to be mapped is not in shared memory", site);
  if (rank >= gang_->cluster_blocks)
    fail(me, "PRECONDITION",
         "the cluster has " + std::to_string(gang_->cluster_blocks) + " blocks, and the rank asked for is " +
             std::to_string(rank),
         site);
  return block_of_cluster(rank).arena_.same_place(arena_, address);
}

// ---------------------------------------------------------------- mbarriers

namespace {
constexpr unsigned most_arrivals = (1u << 20) - 1;  // PTX ISA, mbarrier: the ranges of its counts
}

void executor::mbarrier_init(lane& me, void* at, unsigned expected, call_site site) {
  if (!arena_.contains(at) || reinterpret_cast<std::uintptr_t>(at) % 8 != 0)
    fail(me, "PRECONDITION", "an mbarrier lies in shared memory, at a multiple of 8", site);
  if (expected == 0 || expected > most_arrivals)
    fail(me, "PRECONDITION", "an mbarrier expects 1..1048575 arrivals; here " + std::to_string(expected), site);
  barrier fresh;
  fresh.expected = expected;
  fresh.site = site;
  auto const [entry, is_new] = gang_->mbarriers.try_emplace(at);
  if (!is_new) check_nobody_waits(me, entry->second, site);
  entry->second = fresh;
}

void executor::check_nobody_waits(lane& me, barrier const& at, call_site site) {
  for (warp& w : *this)
    for_each_lane(w.at_barrier, [&](unsigned l) {
      if (w.lanes[l].at == &at) fail(me, "PRECONDITION", "threads wait at this mbarrier: its memory is in use", site);
    });
}

barrier& executor::mbarrier_at(lane& me, void const* at, call_site site) {
  auto const found = gang_->mbarriers.find(at);
  if (found == gang_->mbarriers.end())
    fail(me, "PRECONDITION", "no mbarrier has been initialised at this address", site);
  return found->second;
}

void executor::mbarrier_invalidate(lane& me, void* at, call_site site) {
  check_nobody_waits(me, mbarrier_at(me, at, site), site);
  gang_->mbarriers.erase(at);
}

void executor::mbarrier_arrive(lane& me, void* at, unsigned arrivals, unsigned bytes, call_site site) {
  if (aborting_) {
    unwind(me);
    return;
  }
  barrier& there = mbarrier_at(me, at, site);
  if (arrivals > there.expected - there.arrived)
    fail(me, "PRECONDITION",
         std::to_string(arrivals) + " arrivals at an mbarrier that still expects " +
             std::to_string(there.expected - there.arrived) + " of " + std::to_string(there.expected),
         site);
  there.bytes += static_cast<int>(bytes);
  there.arrived += arrivals;
  release_if_complete(there);
}

void executor::mbarrier_bytes_came(lane& me, void* at, unsigned bytes, call_site site) {
  barrier& there = mbarrier_at(me, at, site);
  there.bytes -= static_cast<int>(bytes);
  release_if_complete(there);
}

bool executor::mbarrier_test(lane& me, void* at, unsigned parity, call_site site) {
  yield(me, site, false);
  return (mbarrier_at(me, at, site).phase & 1) != parity;
}

void executor::mbarrier_wait(lane& me, void* at, unsigned parity, call_site site) {
  if (aborting_) {
    unwind(me);
    return;
  }
  if (!arena_.contains(at))
    fail(me, "PRECONDITION", "a thread waits at mbarriers of its own block's shared memory only", site);
  barrier& there = mbarrier_at(me, at, site);
  if ((there.phase & 1) == parity) wait_at(me, there, there.phase, site);
}

}  // namespace lanefold::sim
