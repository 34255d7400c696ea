// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// The one rendezvous of all warp operations.

#include <cstring>

#include "executor.hpp"

namespace lanefold::sim {
namespace {

std::uint64_t counts::*counter(operation op) {
  if (op == operation::sync_warp) return &counts::warp_syncs;
  if (op <= operation::vote_uniform) return &counts::votes;
  if (op <= operation::shuffle_xor) return &counts::shuffles;
  if (op <= operation::match_all) return &counts::matches;
  return &counts::redux;
}

bool is_shuffle(operation op) { return op >= operation::shuffle && op <= operation::shuffle_xor; }

/// A lane that is unwinding gets nothing, but nothing undefined either.
void receive_zeros(request const& r) {
  if (r.out != nullptr) std::memset(r.out, 0, is_shuffle(r.op) ? r.bytes : 4);
  if (r.flag != nullptr) *r.flag = false;
}

}  // namespace

void executor::collective(lane& me, request const& arrival) {
  warp& w = *me.in;
  bool const plain = !aborting_ && (arrival.mask & me.bit) != 0 && (arrival.mask & ~w.live) == 0 && arrival.width == 32;
  group* g = nullptr;
  if (__builtin_expect(plain, 1) || (!aborting_ && check_arrival(me, arrival))) g = find_group(me, arrival);
  if (__builtin_expect(g == nullptr, 0)) {
    unwind(me);
    receive_zeros(arrival);
    return;
  }
  me.arrival = &arrival;
  g->arrived |= me.bit;
  bool going_on = true;
  if ((g->mask & w.live & ~g->arrived) != 0) {
    going_on = hand_over(me);
  } else {
    complete(w, *g);
    w.ready &= ~me.bit;
    if (aborting_)
      going_on = unwind(me);
    else if (schedule_.random())
      going_on = give_way(me);
  }
  if (__builtin_expect(!going_on, 0)) receive_zeros(arrival);
}

/// The group with the same mask, or a new one; null after a fault.
inline group* executor::find_group(lane const& me, request const& arrival) {
  warp& w = *me.in;
  group* joined = nullptr;
  for (lane_set rest = w.open; rest != 0; rest &= rest - 1) {
    group& g = w.groups[__builtin_ctz(rest)];
    if (g.mask == arrival.mask) {
      if (__builtin_expect(g.op != arrival.op || g.bytes != arrival.bytes, 0)) {
        mismatch(me, arrival, g);
        return nullptr;
      }
      joined = &g;
    } else if ((g.mask & me.bit) != 0 && (g.arrived & arrival.mask) != 0) {
      // They wait for this lane, and this lane would wait for them.
      mismatch(me, arrival, g);
      return nullptr;
    }
  }
  if (joined == nullptr) {
    unsigned const slot = static_cast<unsigned>(__builtin_ctz(~w.open));
    w.open |= 1u << slot;
    joined = &w.groups[slot];
    *joined = {arrival.mask, 0, arrival.op, arrival.bytes};
  }
  return joined;
}

/// Every live lane of the mask has arrived: hands out the results, makes the lanes ready.
void executor::complete(warp& w, group& g) {
  made_progress();
  w.open &= ~(1u << (&g - w.groups));
  w.ready |= g.arrived;
  runnable_ |= 1u << w.index;
  unsigned const lowest = static_cast<unsigned>(__builtin_ctz(g.arrived));
  counting_.add(w.lanes[lowest].arrival->site, counter(g.op), is_shuffle(g.op) ? (g.bytes + 3) / 4 : 1);
  lane_set const misread = compute(g, w.lanes, grid_->settings.poison);
  if (__builtin_expect(misread != 0, 0)) inactive_read(w, g, misread);
}

/// A lane has exited: the groups that wait for it may be complete without it.
void executor::re_test_groups(lane const& exited) {
  warp& w = *exited.in;
  for (lane_set rest = w.open; rest != 0 && !aborting_; rest &= rest - 1) {
    group& g = w.groups[__builtin_ctz(rest)];
    if ((g.mask & exited.bit) == 0) continue;
    lane const& waiting = w.lanes[__builtin_ctz(g.arrived)];
    if (check_absent(waiting, *waiting.arrival) && (g.mask & w.live & ~g.arrived) == 0) complete(w, g);
  }
}

}  // namespace lanefold::sim
