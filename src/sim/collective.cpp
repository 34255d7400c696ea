// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Where lanes wait for one another: the one rendezvous of all warp operations, and the block barrier.

#include <lanefold/sim/operations.hpp>

#include <cstring>

#include "executor.hpp"

namespace lanefold::sim {

handover executor::arrive(lane& me, request const& arrival) {
  warp& w = *me.in;
  auto const width = static_cast<unsigned>(arrival.width);
  bool const plain = (arrival.mask & me.bit) != 0 && width - 1 < 32 && (width & (width - 1)) == 0;
  group* g = nullptr;
  w.arrivals[me.index] = &arrival;
  if (__builtin_expect(!aborting_ && (plain || check_arrival(me, arrival)), 1)) g = find_group(me, arrival);
  if (__builtin_expect(g == nullptr, 0)) return give_up(me);
  g->arrived |= me.bit;
  if ((g->mask & w.live & ~g->arrived) != 0) return suspend(me);
  complete(w, *g);
  w.ready &= ~me.bit;
  return __builtin_expect(aborting_, 0) ? give_up(me) : going_on(me);
}

handover executor::sync_block(lane& me, call_site const& site, bool by_all) {
  barrier& block = barriers_[0];
  me.in->arrivals[me.index] = nullptr;
  me.site = &site;
  bool const plain = live_ == grid_->threads && (block.arrived == 0 || same_addresses(site, block.site));
  if (__builtin_expect(aborting_ || !(plain || check_barrier(me, site, by_all)), 0)) return give_up(me);
  if (block.arrived == 0) {
    block.site = site;
    barrier_by_all_ = by_all;
  }
  if (++block.arrived == block.expected) {
    release_barrier();
    return going_on(me);
  }
  me.in->at_barrier |= me.bit;
  return suspend(me);
}

/// Says who runs while this lane waits.
inline handover executor::suspend(lane& me) {
  warp& w = *me.in;
  if (__builtin_expect(!schedule_.in_order() || w.ready == 0, 0)) return suspend_in_any_order(me);
  unsigned const to = schedule::next_above(w.ready, -(me.bit << 1));
  w.ready &= ~(1u << to);
  return switch_to(w.lanes[to], me);
}

/// Apart, so that its frame takes the place of its caller's: what lies deeper on a stack than anything before is in no
/// cache, as each lane has a stack of its own.
[[gnu::noinline]] handover executor::suspend_in_any_order(lane& me) {
  lane* to = gang_->blocks.size() == 1 ? pick(me.in->index, me.index, false) : nullptr;
  if (to == nullptr) to = next(me.in->index, me.index, false);
  if (to == &me) return aborting_ ? give_up(me) : handover{};
  return switch_to(*to, me);
}

inline handover executor::switch_to(lane& to, lane& me) {
  current_lane = &to;
  about_to_switch(me, to, in_flight_);
  return {to.context, static_cast<fiber*>(&me)};
}

/// The lane need not wait; in a random order another one may be first nevertheless.
inline handover executor::going_on(lane& me) {
  if (__builtin_expect(!schedule_.random(), 1)) return {};
  me.in->ready |= me.bit;
  return suspend(me);
}

void executor::woken(lane& me, transfer by) {
  arrived_from(by, me);
  if (__builtin_expect(aborting_, 0)) give_up(me);
}

handover arrive(request const& arrival) { return current_lane->home->arrive(*current_lane, arrival); }
handover arrive_at_barrier(call_site const& site, bool by_all) {
  return current_lane->home->sync_block(*current_lane, site, by_all);
}
void woken(transfer by) { current_lane->home->woken(*current_lane, by); }

/// The block is aborting. To a lane that is being unwound already, a collective gives zeros.
handover executor::give_up(lane& me) {
  request const* const r = me.in->arrivals[me.index];
  unwind(me);
  if (r != nullptr && r->out != nullptr) std::memset(r->out, 0, r->op->result_of(r->bytes));
  if (r != nullptr && r->flag != nullptr) *r->flag = false;
  return {};
}

/// The group with the same mask, or a new one; null after a fault.
inline group* executor::find_group(lane const& me, request const& arrival) {
  warp& w = *me.in;
  group& latest = *w.latest;  // most lanes come to the group that the lane before them came to
  if (latest.mask == arrival.mask && latest.op == arrival.op && latest.bytes == arrival.bytes) {
    latest.several_sites |= latest.line != arrival.site.line;
    return &latest;
  }
  group* joined = nullptr;
  bool crossing = w.open != 0 && w.latest == &w.groups[32];
  for (lane_set rest = w.open; rest != 0; rest &= rest - 1) {
    group& g = w.groups[__builtin_ctz(rest)];
    if (g.mask == arrival.mask) {
      if (__builtin_expect(g.op != arrival.op || g.bytes != arrival.bytes, 0)) {
        mismatch(me, arrival, g);
        return nullptr;
      }
      g.several_sites |= g.line != arrival.site.line;
      joined = &g;
    } else if ((g.mask & me.bit) != 0 && (g.arrived & arrival.mask) != 0) {
      // They wait for this lane, and this lane would wait for them.
      mismatch(me, arrival, g);
      return nullptr;
    } else {
      crossing |= (g.mask & arrival.mask) != 0;
    }
  }
  if (joined == nullptr) {
    unsigned const slot = static_cast<unsigned>(__builtin_ctz(~w.open));
    w.open |= 1u << slot;
    joined = &w.groups[slot];
    joined->mask = arrival.mask;
    joined->arrived = joined->astray = 0;
    joined->op = arrival.op;
    joined->bytes = arrival.bytes;
    joined->line = arrival.site.line;
    joined->several_sites = false;
    if ((joined->mask & ~w.live) != 0) lacking_ = true;
  }
  w.latest = crossing ? &w.groups[32] : joined;
  return joined;
}

/// Every live lane of the mask has arrived: hands out the results, makes the lanes ready.
void executor::complete(warp& w, group& g) {
  if (__builtin_expect((g.mask & ~w.live) != 0, 0) && !check_absent(w, g)) return;
  if (__builtin_expect(g.several_sites, 0) && !check_sites(w, g)) return;
  made_progress();
  if (__builtin_expect(watching != nullptr, 0))
    watching->collective_completed(*this, w, g.arrived, g.op == &operations::sync_warp);
  w.open &= ~(1u << (&g - w.groups));
  w.ready |= g.arrived;
  runnable_ |= 1u << w.index;
  call_site const& here = w.arrivals[__builtin_ctz(g.arrived)]->site;
  for (lane_set rest = w.open; rest != 0; rest &= rest - 1) {
    group& other = w.groups[__builtin_ctz(rest)];
    if (__builtin_expect((other.mask & g.arrived) == 0, 1)) continue;
    other.astray = other.mask & g.arrived;
    other.astray_mask = g.mask;
    other.astray_site = here;
  }
  operation const& op = *g.op;
  if (op.counter != nullptr) counting_.add(here, op.counter, op.count_of(g.bytes));
  complaint const wrong = op.complete({g.arrived, w.arrivals, grid_->settings.poison, in_shared_memory});
  if (__builtin_expect(wrong.lanes != 0, 0)) complain(w, g, wrong);
  g.mask = 0;
}

void executor::release_barrier() {
  if (watching != nullptr) watching->block_synchronised(*this);
  counting_.add(barriers_[0].site, &counts::barriers, 1);
  made_progress();
  for (unsigned w = 0; w < warp_count_; ++w) {
    warps_[w].ready |= warps_[w].at_barrier;
    warps_[w].at_barrier = 0;
  }
  runnable_ = all_warps_;
  barriers_[0].arrived = 0;
  ++barriers_[0].phase;
  schedule_.new_priorities();
}

/// A lane has exited: the groups that wait for it may be complete without it.
void executor::re_test_groups(lane const& exited) {
  warp& w = *exited.in;
  for (lane_set rest = w.open; rest != 0 && !aborting_; rest &= rest - 1) {
    group& g = w.groups[__builtin_ctz(rest)];
    if ((g.mask & exited.bit) == 0) continue;
    lacking_ = true;
    if ((g.mask & w.live & ~g.arrived) == 0) complete(w, g);
  }
}

}  // namespace lanefold::sim
