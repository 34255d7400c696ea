// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// What can go wrong, and how it is told.

#include <cstring>
#include <functional>
#include <thread>

#include "executor.hpp"

namespace lanefold::sim {
namespace {

std::string or_empty(char const* text) { return text != nullptr ? text : ""; }

bool same_text(char const* a, char const* b) { return a == b || (a != nullptr && b != nullptr && !std::strcmp(a, b)); }

bool same_place(call_site const& a, call_site const& b) {
  return a.line == b.line && same_text(a.file, b.file) && same_text(a.verb, b.verb);
}

/// "4-byte shuffle_up of inclusive_scan": what the hardware does, and the verb that asked for it.
std::string described(request const& r) {
  std::string text = (r.op->sized ? std::to_string(r.bytes) + "-byte " : "") + r.op->name;
  std::string const verb = or_empty(r.site.verb);
  if (!verb.empty() && verb[0] != '_' && verb != r.op->name) text += " of " + verb;
  return text;
}

call_site site_of(request const& r) {
  return {r.site.verb != nullptr ? r.site.verb : r.op->name, r.site.file, r.site.line};
}

lane_set waiting_in_groups(warp const& w) {
  lane_set waiting = 0;
  for (lane_set rest = w.open; rest != 0; rest &= rest - 1) waiting |= w.groups[__builtin_ctz(rest)].arrived;
  return waiting;
}

}  // namespace

std::string lanes_text(lane_set lanes) {
  std::string text = "{";
  for (unsigned first = 0; first < 32; ++first) {
    if ((lanes >> first & 1) == 0) continue;
    unsigned last = first;
    while (last < 31 && (lanes >> (last + 1) & 1) != 0) ++last;
    if (text.size() > 1) text += ',';
    text += std::to_string(first);
    if (last > first) text += '-' + std::to_string(last);
    first = last;
  }
  return text + '}';
}

report executor::describe(lane const& culprit, char const* kind, call_site site, unsigned mask, std::string message,
                          std::vector<lanes_at> others) const {
  report r;
  r.kind = kind;
  r.block = culprit.identity.block;
  r.thread = culprit.identity.thread;
  r.warp = culprit.in->index;
  r.lane = culprit.index;
  r.seed = grid_->settings.seed;
  r.order = grid_->settings.order;
  r.verb = or_empty(site.verb);
  r.file = or_empty(site.file);
  r.line = site.line;
  r.mask = mask;
  r.message = std::move(message);
  r.others = std::move(others);
  return r;
}

void executor::fault(lane const& culprit, char const* kind, call_site site, unsigned mask, std::string message,
                     std::vector<lanes_at> others) {
  if (aborting_) return;
  grid_->faulted(index_, describe(culprit, kind, site, mask, std::move(message), std::move(others)));
  aborting_ = true;
}

bool executor::tolerate(policy chosen, lane const& culprit, char const* kind, call_site site, unsigned mask,
                        std::string message, std::vector<lanes_at> others) {
  if (chosen == policy::ignore) return true;
  if (chosen == policy::error) {
    fault(culprit, kind, site, mask, std::move(message), std::move(others));
    return false;
  }
  grid_->warn(describe(culprit, kind, site, mask, std::move(message), std::move(others)));
  return true;
}

// ---------------------------------------------------------------- where lanes are

void executor::locate(warp const& w, lane_set which, std::vector<lanes_at>& places) const {
  std::size_t const begin = places.size();
  auto const put = [&](unsigned l, char const* where, call_site site, unsigned mask) {
    lanes_at here{w.index, 1u << l, where, or_empty(site.verb), or_empty(site.file), site.line, mask};
    for (std::size_t i = begin; i < places.size(); ++i) {
      lanes_at& p = places[i];
      if (p.where == here.where && p.verb == here.verb && p.file == here.file && p.line == here.line &&
          p.mask == mask) {
        p.lanes |= here.lanes;
        return;
      }
    }
    places.push_back(std::move(here));
  };
  lane_set const in_groups = waiting_in_groups(w);
  for (lane_set rest = which; rest != 0; rest &= rest - 1) {
    auto const l = static_cast<unsigned>(__builtin_ctz(rest));
    lane const& at = w.lanes[l];
    if ((w.existing & at.bit) == 0)
      put(l, "never existed", {}, 0);
    else if ((w.live & at.bit) == 0)
      put(l, "exited", {}, 0);
    else if ((in_groups & at.bit) != 0)
      put(l, "wait", site_of(*w.arrivals[l]), w.arrivals[l]->mask);
    else if ((w.at_barrier & at.bit) != 0)
      put(l, "wait at the block barrier", at.site, 0);
    else if ((w.polling & at.bit) != 0)
      put(l, "wait in active_mask", at.site, 0);
    else
      put(l, "can run", {}, 0);
  }
}

template <class Which>
std::vector<lanes_at> executor::locate_all(Which which) const {
  std::vector<lanes_at> places;
  for (unsigned w = 0; w < warp_count_; ++w) locate(warps_[w], std::invoke(which, warps_[w]), places);
  return places;
}

// ---------------------------------------------------------------- the checks

bool executor::check_arrival(lane const& me, request const& arrival) {
  lane_set const mask = arrival.mask;
  auto const width = static_cast<unsigned>(arrival.width);
  if ((mask & me.bit) == 0)
    fault(me, "CALLER-NOT-IN-MASK", site_of(arrival), mask,
          "this lane passes " + lanes_text(mask) + ", which does not name it");
  else if (width - 1 > 31 || (width & (width - 1)) != 0)
    fault(me, "PRECONDITION", site_of(arrival), mask,
          "the width of a shuffle is 1, 2, 4, 8, 16 or 32; it is " + std::to_string(arrival.width));
  return !aborting_;
}

/// A group of which no more lanes will come: some have exited, or the block never had them.
bool executor::check_absent(warp const& w, group const& g) {
  policy const chosen = grid_->settings.exited_lane;
  if (chosen == policy::ignore) return true;
  lane const& me = w.lanes[__builtin_ctz(g.arrived)];
  lane_set const exited = g.mask & w.existing & ~w.live, missing = g.mask & ~w.existing;
  std::string message = "this lane passes " + lanes_text(g.mask);
  if (exited != 0)
    message += "; lanes " + lanes_text(exited) +
               " have exited: let every lane of the mask come here, or form the set before the branch, by partition";
  if (missing != 0)
    message += "; lanes " + lanes_text(missing) + " never existed: the block has " + std::to_string(grid_->threads) +
               " threads";
  std::vector<lanes_at> others;
  locate(w, g.mask & w.existing, others);
  if (lane_set const astray = g.astray & exited; astray != 0) {
    call_site const there = g.astray_site;
    others.push_back(
        {w.index, astray, "met meanwhile", or_empty(there.verb), or_empty(there.file), there.line, g.astray_mask});
  }
  return tolerate(chosen, me, "EXITED-LANE-IN-MASK", site_of(*w.arrivals[me.index]), g.mask, std::move(message),
                  std::move(others));
}

/// Where the block is stuck: whether a group lacks lanes that have exited, which is then the fault.
bool executor::blame_absent() {
  for (unsigned i = 0; i < warp_count_; ++i) {
    warp const& w = warps_[i];
    for (lane_set rest = w.open; rest != 0; rest &= rest - 1) {
      group const& g = w.groups[__builtin_ctz(rest)];
      if ((g.mask & ~w.live) != 0 && !check_absent(w, g)) return true;
    }
  }
  return false;
}

void executor::mismatch(lane const& me, request const& arrival, group const& g) {
  std::vector<lanes_at> waiting;
  locate(*me.in, g.arrived, waiting);
  std::string const they = "; lanes " + lanes_text(g.arrived) + " wait for it ";
  if (g.mask == arrival.mask)
    fault(me, "COLLECTIVE-MISMATCH", site_of(arrival), arrival.mask,
          "this lane calls " + described(arrival) + they + "in " +
              described(*me.in->arrivals[__builtin_ctz(g.arrived)]) + " with the same mask " + lanes_text(g.mask),
          std::move(waiting));
  else
    fault(me, "MASK-MISMATCH", site_of(arrival), arrival.mask,
          "this lane passes " + lanes_text(arrival.mask) + they + "with " + lanes_text(g.mask), std::move(waiting));
}

void executor::complain(warp const& w, group const& g, complaint const& wrong) {
  auto const first = static_cast<unsigned>(__builtin_ctz(wrong.lanes));
  request const& r = *w.arrivals[first];
  if (wrong.rule != nullptr) return fault(w.lanes[first], "PRECONDITION", site_of(r), r.mask, wrong.rule);
  std::vector<lanes_at> read;
  locate(w, 1u << wrong.absent, read);
  std::string message = "lanes " + lanes_text(wrong.lanes) + " read lanes that take no part; this lane reads lane " +
                        std::to_string(wrong.absent) + ", and lanes " + lanes_text(g.arrived) + " take part";
  tolerate(grid_->settings.inactive_read, w.lanes[first], "INACTIVE-READ", site_of(r), r.mask, std::move(message),
           std::move(read));
}

bool executor::check_barrier(lane const& me, call_site site, bool by_all) {
  if (at_barrier_ != 0 && !same_place(site, barrier_site_) && grid_->settings.divergent_barrier != policy::ignore) {
    return tolerate(grid_->settings.divergent_barrier, me, "DIVERGENT-BARRIER", site, 0,
                    "this thread arrives at the block barrier here; others wait for it at another call",
                    locate_all(&warp::at_barrier));
  }
  policy const exited = by_all ? policy::error : grid_->settings.exited_thread;
  if (live_ != grid_->threads && exited != policy::ignore) {
    if (lacking_ && blame_absent()) return false;
    return tolerate(exited, me, "DIVERGENT-BARRIER", site, 0,
                    std::to_string(grid_->threads - live_) + " threads of the block exited without this barrier" +
                        (by_all ? ": all threads of a block call its collectives; guard the value, not the call" : ""),
                    locate_all([](warp const& w) { return w.existing & ~w.live; }));
  }
  return true;
}

void executor::deadlock() {
  if (blame_absent()) return;
  // Told from the side of the first lane that waits in a collective. There is one: a barrier alone cannot be stuck.
  unsigned first = 0;
  while (first < warp_count_ - 1 && warps_[first].open == 0) ++first;
  warp const& w = warps_[first];
  lane_set const waiting = waiting_in_groups(w);
  lane const& culprit = w.lanes[waiting != 0 ? __builtin_ctz(waiting) : 0];
  request const& r = *w.arrivals[culprit.index];
  lane_set arrived = 0;
  for (lane_set rest = w.open; rest != 0; rest &= rest - 1)
    if (w.groups[__builtin_ctz(rest)].mask == r.mask) arrived = w.groups[__builtin_ctz(rest)].arrived;
  fault(culprit, "DEADLOCK", site_of(r), r.mask,
        "lanes " + lanes_text(arrived) + " wait for lanes " + lanes_text(r.mask & w.live & ~arrived) + " with " +
            lanes_text(r.mask) + ", and no lane of the block can run",
        locate_all(&warp::existing));
}

/// Many yields and nothing done. A block on another OS thread may still do what this one waits for.
void executor::livelock(lane const& me, call_site site) {
  std::uint64_t const limit = grid_->settings.livelock_yields;
  if (!stuck_) {
    stuck_ = true;
    stuck_epoch_ = grid_->epoch;
    ++grid_->stuck;
    idle_yields_ = 0;
    return;
  }
  if (grid_->stuck < grid_->running || grid_->epoch != stuck_epoch_) {
    stuck_epoch_ = grid_->epoch;
    idle_yields_ = limit / 2;
    std::this_thread::yield();
    return;
  }
  if (blame_absent()) return;
  fault(me, "LIVELOCK", site, 0,
        "the lanes of the block yielded " + std::to_string(2 * limit) + " times and changed nothing",
        locate_all(&warp::live));
}

}  // namespace lanefold::sim
