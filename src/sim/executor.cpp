// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "executor.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace lanefold::sim {

__thread lane* current_lane = nullptr;
observer* watching = nullptr;

executor::executor()
    : in_flight_(exceptions_in_flight::of_this_thread()), lanes_(std::make_unique<lane[]>(stack_pool::capacity)) {
  own_gang_.blocks = {this};
}

// ---------------------------------------------------------------- blocks

void executor::run(grid_run& grid) {
  grid_ = &grid;
  gather();
  for (;;) {
    std::uint64_t const number = grid.next_gang.fetch_add(1);
    if (number >= grid.gangs() || grid.block_of(number, 0) > grid.lowest_fault) break;
    ++grid.running;
    run_gang(number);
    made_progress();
    ++grid.epoch;
    --grid.running;
  }
  for (executor* const block : own_gang_.blocks) block->counting_.publish();
}

/// Makes this executor and as many more as it takes the blocks of a gang.
void executor::gather() {
  gang& all = own_gang_;
  all.blocks = {this};
  while (mates_.size() + 1 < grid_->gang_blocks) mates_.push_back(std::make_unique<executor>());
  for (unsigned i = 1; i < grid_->gang_blocks; ++i) all.blocks.push_back(mates_[i - 1].get());
  all.cluster_blocks = grid_->cluster_blocks;
  all.clusters.resize(all.blocks.size() / all.cluster_blocks);
  all.layout = {};
  for (unsigned rank = 0; rank < all.blocks.size(); ++rank) {
    all.blocks[rank]->grid_ = grid_;
    all.blocks[rank]->prepare(all, rank);
  }
}

/// Everything that is the same for all blocks of the grid.
void executor::prepare(gang& with, unsigned rank_in_gang) {
  gang_ = &with;
  rank_ = rank_in_gang;
  index3 const extent = grid_->request.block;
  unsigned const threads = grid_->threads;
  if (stacks_.resize(grid_->settings.stack_bytes))
    for (unsigned rank = 0; rank < stack_pool::capacity; ++rank) lanes_[rank].context = nullptr;
  warp_count_ = (threads + 31) / 32;
  all_warps_ = ~0u >> (31 - (threads - 1) / 32);
  for (unsigned w = 0; w < warp_count_; ++w) {
    unsigned const count = std::min(32u, threads - w * 32);
    warps_[w].existing = ~0u >> (32 - count);
    warps_[w].lanes = &lanes_[w * 32];
    warps_[w].index = w;
  }
  for (unsigned rank = 0; rank < threads; ++rank) {
    lane& l = lanes_[rank];
    index3 const thread{rank % extent.x, rank / extent.x % extent.y, rank / extent.x / extent.y};
    l.identity = {thread,
                  {},
                  extent,
                  grid_->request.grid,
                  rank % 32,
                  rank,
                  threads,
                  rank_ % with.cluster_blocks,
                  with.cluster_blocks};
    l.home = this;
    l.in = &warps_[rank / 32];
    l.bit = 1u << rank % 32;
    l.index = rank % 32;
  }
  arena_.start_grid(grid_->settings, grid_->request.dynamic_shared_bytes, with.layout);
}

void executor::run_gang(std::uint64_t number) {
  gang& all = own_gang_;
  all.mbarriers.clear();
  all.engine.start();
  all.turns = 0;
  all.grid = {};
  all.grid.expected = grid_->threads * static_cast<unsigned>(all.blocks.size());
  for (barrier& cluster : all.clusters) cluster = {};
  for (executor* const block : all.blocks) block->start_block(number);
  lane* const first = next(schedule_.origin(), schedule_.origin(), true);
  current_lane = first;
  switch_fiber(all.outside, *first, in_flight_);  // returns when the last lane has left
  for (executor* const block : all.blocks)
    if (watching != nullptr && !aborting_) watching->block_synchronised(*block);
}

void executor::start_block(std::uint64_t number) {
  std::uint64_t const index = grid_->block_of(number, rank_);
  index3 const grid = grid_->request.grid;
  index3 const block{static_cast<unsigned>(index % grid.x), static_cast<unsigned>(index / grid.x % grid.y),
                     static_cast<unsigned>(index / grid.x / grid.y)};
  index_ = index;
  aborting_ = false;
  live_ = grid_->threads;
  for (barrier& b : barriers_) b = {};
  barriers_[0].expected = live_;
  idle_yields_ = lacking_yields_ = 0;
  lacking_ = false;
  runnable_ = all_warps_;
  for (unsigned w = 0; w < warp_count_; ++w) {
    warps_[w].live = warps_[w].ready = warps_[w].existing;
    warps_[w].at_barrier = warps_[w].polling = warps_[w].paused = warps_[w].open = 0;
    warps_[w].met.mask = 0;
    warps_[w].latest = &warps_[w].groups[32];
  }
  for (unsigned rank = 0; rank < grid_->threads; ++rank) {
    lane& l = lanes_[rank];
    if (l.context == nullptr) stacks_.start(l, rank, lane_main);
    l.identity.block = block;
    l.calls_while_aborting = 0;
    l.at = nullptr;
    l.arrived_at_cluster = false;
    l.copies.begun.clear();
    l.copies.groups = 0;
    l.store_groups = l.store_groups_read = l.last_store_group = 0;
  }
  for (unsigned w = 0; w < warp_count_; w += 4) warpgroups_[w / 4] = {};
  arena_.start_block();
  schedule_.start_block(grid_->settings.order, grid_->settings.seed, index, warp_count_);
  if (watching != nullptr) watching->block_started(*this);
}

/// The life of a fiber: one run of the kernel for each block.
void executor::lane_main(transfer by) {
  lane& me = *current_lane;
  arrived_from(by, me);
  executor& home = *me.home;
  for (;;) {
    if (!home.aborting_) {
      launch_request const& kernel = home.grid_->request;
      try {
        kernel.entry(kernel.closure);
      } catch (unwinding const&) {
      } catch (std::exception const& error) {
        home.fault(me, "EXCEPTION", {}, 0, std::string("the kernel threw an exception: ") + error.what());
      } catch (...) {
        home.fault(me, "EXCEPTION", {}, 0, "the kernel threw an exception that is no std::exception");
      }
    }
    home.leave(me);
  }
}

/// The lane has ended its kernel. Returns when the next block starts it.
void executor::leave(lane& me) {
  warp& w = *me.in;
  w.live &= ~me.bit;
  barrier& block = barriers_[0];
  block.expected = --live_;
  if (!aborting_) {
    made_progress();
    check_copies_at_exit(me);
    check_products_at_exit(me);
    if (w.open != 0) re_test_groups(me);
    if (block.arrived != 0 && block.complete() && check_barrier(me, block.site, barrier_by_all_)) release_barrier();
    if (me.arrived_at_cluster && me.cluster_phase == cluster().phase) --cluster().arrived;
    re_test_cluster();
  }
  lane* const to = next(w.index, me.index, false);
  current_lane = to;
  switch_fiber(me, to != nullptr ? static_cast<fiber&>(*to) : gang_->outside, in_flight_);
}

// ---------------------------------------------------------------- who runs next

namespace {

/// Of the lanes that ask who is here, those that ask by the same instruction as the first of them. The call site would not
/// do: one verb may ask twice.
lane_set alike(warp const& w) {
  void const* const first = w.lanes[__builtin_ctz(w.polling)].asks_from;
  lane_set result = 0;
  for_each_lane(w.polling, [&](unsigned l) { result |= lane_set{w.lanes[l].asks_from == first} << l; });
  return result;
}

}  // namespace

/// Takes a lane to run out of the ready ones. No lane to run and some alive: a deadlock. Null: all have left.
lane* executor::next(unsigned from_warp, unsigned from_lane, bool yielding) {
  if (__builtin_expect(!gang_->engine.waiting.empty(), 0) && !aborting_) carry_out_due();
  do {
    lane* const found = ready_lane(from_warp, from_lane, yielding);
    if (found != nullptr) return found;
    lane* const live = any_live();
    if (live == nullptr || aborting_) return live;
  } while (carry_out_one());
  deadlock();
  return any_live();
}

/// Of this block or another one of the gang; null: all wait.
lane* executor::ready_lane(unsigned from_warp, unsigned from_lane, bool yielding) {
  auto const& blocks = gang_->blocks;
  if (__builtin_expect(blocks.size() == 1, 1)) return pick(from_warp, from_lane, yielding);
  std::size_t const first = rank_ + (rather_another_block(yielding) ? 1 : 0);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    executor& block = *blocks[(first + i) % blocks.size()];
    unsigned const origin = block.schedule_.origin();
    lane* const found = &block == this ? pick(from_warp, from_lane, yielding) : block.pick(origin, origin, true);
    if (found != nullptr) return found;
  }
  return nullptr;
}

/// Whether another block of the gang comes first: after a round of yields, and in a random order at any time.
bool executor::rather_another_block(bool yielding) {
  if (schedule_.random()) return schedule_.one_in_16();
  if (!yielding || ++gang_->turns < live_) return false;
  gang_->turns = 0;
  return true;
}

/// Of this block if it has one.
lane* executor::any_live() {
  auto const& blocks = gang_->blocks;
  for (std::size_t i = 0; i < blocks.size(); ++i)
    for (warp& w : *blocks[(rank_ + i) % blocks.size()])
      if (w.live != 0) return &w.lanes[__builtin_ctz(w.live)];
  return nullptr;
}

void executor::abort() {
  for (executor* const block : gang_->blocks) block->aborting_ = true;
}

/// No lane of the warp can run but those that wait for that.
void executor::wake(warp& w) {
  if (w.paused != 0) {
    watching->warp_paused(*this, w);
    w.ready = std::exchange(w.paused, 0);
  } else {  // nobody else can join those that ask who is here
    lane_set const together = schedule_.split(alike(w));
    for_each_lane(together, [&](unsigned l) { w.lanes[l].active = together; });
    w.polling &= ~together;
    w.ready = together;
  }
}

/// Suspends this lane, which the caller has put into one of the waiting sets.
bool executor::hand_over(lane& me, bool yielding) {
  lane* const to = next(me.in->index, me.index, yielding);
  if (to != &me) {
    current_lane = to;
    switch_fiber(me, *to, in_flight_);
  }
  return !aborting_ || unwind(me);
}

/// Lets another lane run; this one stays ready.
bool executor::give_way(lane& me, bool yielding) {
  me.in->ready |= me.bit;
  runnable_ |= 1u << me.in->index;
  return hand_over(me, yielding);
}

/// The block is aborting: leaves the kernel by an exception. Destructors that run on the way call back: false.
bool executor::unwind(lane& me) {
  // A kernel that catches everything and goes on would keep the simulator here for ever.
  if (++me.calls_while_aborting > 10'000) abandon(me);
  if (std::uncaught_exceptions() > 0) return false;
#ifdef LANEFOLD_SIM_ASAN
  __lsan::ScopedDisabler const lost_when_the_lane_is_abandoned;
#endif
  throw unwinding{};
}

/// Gives the lane's stack up with all that is on it.
void executor::abandon(lane& me) {
  me.in->live &= ~me.bit;
  --live_;
  me.context = nullptr;
  lane* const to = next(me.in->index, me.index, false);
  current_lane = to;
  switch_fiber(abandoned_, to != nullptr ? static_cast<fiber&>(*to) : gang_->outside, in_flight_);
  __builtin_unreachable();
}

void executor::given_up(lane& me, char const* kind, call_site site, std::string message) {
  fault(me, kind, site, 0, std::move(message));
  while (in_flight_.caught != nullptr) abi::__cxa_end_catch();  // else the exception that led here would leak
  abandon(me);
}

void executor::overflowed(lane& me) {
  fault(me, "STACK-OVERFLOW", {}, 0,
        "the lane's stack of " + std::to_string(grid_->settings.stack_bytes) +
            " bytes overflowed; LANEFOLD_SIM_STACK sets another size");
  abandon(me);
}

// ---------------------------------------------------------------- what lanes wait for

unsigned executor::active_mask(lane& me, call_site site, void const* asks_from) {
  if (aborting_ && !unwind(me)) return me.bit;
  counting_.add(site, &counts::active_masks, 1);
  me.asks_from = asks_from;
  me.in->polling |= me.bit;
  runnable_ |= 1u << me.in->index;
  me.site = &site;
  return hand_over(me) ? me.active : me.bit;
}

bool executor::whole_warp_here(lane& me, call_site site, void const* asks_from) {
  return schedule_.random() && me.in->live == ~0u && active_mask(me, site, asks_from) == ~0u;
}

void executor::made_progress() {
  idle_yields_ = 0;
  ++progress_;
  if (!stuck_) return;
  for (executor* const block : gang_->blocks) block->stuck_ = false;
  ++grid_->epoch;
  --grid_->stuck;
}

void executor::yield(lane& me, call_site site, bool progress) {
  if (!aborting_ && grid_->lowest_fault < gang_->blocks[0]->index_) abort();  // the result is of no interest any more
  if (aborting_) {
    unwind(me);
    return;
  }
  counting_.add(site, &counts::yields, 1);
  if (progress)
    made_progress();
  else if (++idle_yields_ >= grid_->settings.livelock_yields)
    livelock(me, site);
  if (!aborting_ && idle_yields_ % 256 == 255) carry_out_one();  // a spin on what a copy changes
  // Whoever may yet come to a group that waits in vain has had time to.
  if (lacking_ && ++lacking_yields_ == 100'000) blame_absent();
  schedule_.demote(me.in->index, me.index);
  give_way(me, true);
}

void executor::pause(lane& me) {
  if (aborting_) {
    if ((me.calls_while_aborting += 10) > 10'000) abandon(me);
    return;
  }
  if (++idle_yields_ >= grid_->settings.livelock_yields) livelock(me, {});
  if (aborting_) return;
  me.in->paused |= me.bit;
  runnable_ |= 1u << me.in->index;
  lane* const to = next(me.in->index, me.index, true);
  if (to == &me) return;
  current_lane = to;
  switch_fiber(me, *to, in_flight_);
}

bool executor::is_private(void const* address) const {
  auto const within = [address](void const* from, std::size_t bytes) {
    return address >= from && address < static_cast<char const*>(from) + bytes;
  };
  launch_request const& r = grid_->request;
  return stacks_.contains(address) || within(lanes_.get(), stack_pool::capacity * sizeof(lane)) ||
         within(r.closure, r.closure_bytes) || address == &jump;
}

void* executor::shared_memory(lane& me, shared_slot& slot) {
  void* const found = arena_.find(slot);
  if (__builtin_expect(found != nullptr, 1)) return found;
  fail(me, "SHARED-MEMORY-LIMIT",
       "a declaration of " + std::to_string(slot.bytes) + " bytes of shared memory, after " +
           std::to_string(arena_.used()) + " bytes, exceeds the " + std::to_string(arena_.static_limit()) +
           " bytes that a block has for declarations",
       {});
}

void executor::fail(lane& me, char const* kind, std::string message, call_site site) {
  fault(me, kind, site, 0, std::move(message));
  unwind(me);
  abandon(me);  // failed in a destructor while unwinding: there is no way back to it
}

}  // namespace lanefold::sim
