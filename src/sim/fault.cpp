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

char const advice[] = "let every lane of the mask come here, or form the set before the branch, by partition";
char const advice_to_blocks[] = "all threads of a block call its collectives; guard the value, not the call";

}  // namespace

bool same_place(call_site const& a, call_site const& b) {
  return a.line == b.line && same_text(a.file, b.file) && same_text(a.verb, b.verb);
}

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
  meeting_of_sites const& met = culprit.in->met;
  if (mask == 0 || met.mask == 0) return r;
  auto const add = [&](lane_set lanes, call_site from) {
    r.others.push_back({culprit.in->index, lanes, "met others before, at another call", or_empty(from.verb),
                        or_empty(from.file), from.line, met.mask});
  };
  add(met.lanes, met.site);
  add(met.others, met.other_site);
  return r;
}

void executor::fault(lane const& culprit, char const* kind, call_site site, unsigned mask, std::string message,
                     std::vector<lanes_at> others) {
  if (aborting_) return;
  grid_->faulted(index_, describe(culprit, kind, site, mask, std::move(message), std::move(others)));
  abort();
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
  auto const put = [&](unsigned l, std::string where, call_site site, unsigned mask) {
    lanes_at here{w.index, 1u << l, std::move(where), or_empty(site.verb), or_empty(site.file), site.line, mask};
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
      put(l, "wait at " + name_of(at.at), *at.site, 0);
    else if ((w.polling & at.bit) != 0)
      put(l, "wait in active_mask", *at.site, 0);
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
  bool const of_block = w.arrivals[me.index]->site.of_block;
  std::string message =
      of_block ? "this lane is in a collective of the block" : "this lane passes " + lanes_text(g.mask);
  if (exited != 0)
    message += "; lanes " + lanes_text(exited) + " have exited: " + (of_block ? advice_to_blocks : advice);
  if (missing != 0)
    message += "; lanes " + lanes_text(missing) + " never existed: the block has " + std::to_string(grid_->threads) +
               " threads; launch whole warps, or name only lanes that there are; hardware obliges, and so does the "
               "simulator with LANEFOLD_SIM_EXITED_LANE=warning";
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
              described(*me.in->arrivals[__builtin_ctz(g.arrived)]) + " with the same mask " + lanes_text(g.mask) +
              ": " + advice,
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

bool executor::check_barrier(lane const& me, call_site const& site, bool by_all) {
  barrier const& block = barriers_[0];
  if (block.arrived != 0 && !same_place(site, block.site) && grid_->settings.divergent_barrier != policy::ignore) {
    return tolerate(grid_->settings.divergent_barrier, me, "DIVERGENT-BARRIER", site, 0,
                    "this thread arrives at the block barrier here; others wait for it at another call",
                    locate_all([this](warp const& w) {
                      lane_set here = 0;
                      for_each_lane(w.at_barrier, [&](unsigned l) { here |= lane_set{w.lanes[l].at == nullptr} << l; });
                      return here;
                    }));
  }
  policy const exited = by_all ? policy::error : grid_->settings.exited_thread;
  if (live_ != grid_->threads && exited != policy::ignore) {
    if (lacking_ && blame_absent()) return false;
    return tolerate(exited, me, "DIVERGENT-BARRIER", site, 0,
                    std::to_string(grid_->threads - live_) + " threads of the block exited without this barrier" +
                        (by_all ? std::string(": ") + advice_to_blocks : ""),
                    locate_all([](warp const& w) { return w.existing & ~w.live; }));
  }
  return true;
}

void executor::deadlock() {
  for (executor* const block : gang_->blocks)
    if (block->blame_absent()) return;
  for (bool const in_groups : {true, false})
    for (executor* const block : gang_->blocks)
      if (block->deadlock_here(in_groups)) return;
}

/// Told from the side of the first lane that waits in a collective, or where there is none at a barrier.
bool executor::deadlock_here(bool in_groups) {
  for (warp const& w : *this) {
    lane_set const waiting = in_groups ? waiting_in_groups(w) : w.at_barrier;
    if (waiting == 0) continue;
    lane const& culprit = w.lanes[__builtin_ctz(waiting)];
    if (!in_groups) {
      barrier const& at = culprit.at != nullptr ? *culprit.at : barriers_[0];
      fault(culprit, "DEADLOCK", *culprit.site, 0,
            "threads wait at " + name_of(&at) + ", where " + std::to_string(at.arrived) + " of " +
                std::to_string(at.expected) + " have arrived" +
                (at.bytes != 0 ? " and " + std::to_string(at.bytes) + " bytes are missing" : "") +
                ", and no lane can run",
            locate_all(&warp::existing));
      return true;
    }
    request const& r = *w.arrivals[culprit.index];
    lane_set arrived = 0;
    for_each_lane(w.open, [&](unsigned slot) {
      if (w.groups[slot].mask == r.mask) arrived = w.groups[slot].arrived;
    });
    fault(culprit, "DEADLOCK", site_of(r), r.mask,
          "lanes " + lanes_text(arrived) + " wait for lanes " + lanes_text(r.mask & w.live & ~arrived) + " with " +
              lanes_text(r.mask) +
              ", and no lane of the block can run: " + (r.site.of_block ? advice_to_blocks : advice),
          locate_all(&warp::existing));
    return true;
  }
  return false;
}

/// Lanes have met from several call sites. False after a fault.
bool executor::check_sites(warp& w, group const& g) {
  auto const first = static_cast<unsigned>(__builtin_ctz(g.arrived));
  call_site const here = site_of(*w.arrivals[first]);
  lane_set others = 0;
  for_each_lane(g.arrived, [&](unsigned l) { others |= lane_set{!same_place(site_of(*w.arrivals[l]), here)} << l; });
  if (others == 0) return true;
  lane const& other = w.lanes[__builtin_ctz(others)];
  call_site const there = site_of(*w.arrivals[other.index]);
  policy const chosen = grid_->settings.divergent_collective;
  std::vector<lanes_at> waiting;
  if (chosen != policy::ignore) locate(w, g.arrived, waiting);
  bool const go_on = chosen == policy::ignore ||
                     tolerate(chosen, other, "DIVERGENT-COLLECTIVE", there, g.mask,
                              "lanes " + lanes_text(others) + " meet lanes " + lanes_text(g.arrived & ~others) +
                                  " here, which made another call: what they exchange is of two places of the program",
                              waiting);
  if (w.met.mask == 0) w.met = {g.mask, g.arrived & ~others, others, here, there};
  return go_on;
}

/// Many yields and nothing done. A block on another OS thread may still do what this one waits for.
std::uint64_t executor::progress_of_gang() const {
  std::uint64_t total = 0;
  for (executor const* const block : gang_->blocks) total += block->progress_;
  return total;
}

void executor::livelock(lane const& me, call_site site) {
  std::uint64_t const limit = grid_->settings.livelock_yields;
  std::uint64_t const progress = progress_of_gang();
  if (gang_->blocks.size() > 1 && progress != stuck_progress_) {
    stuck_progress_ = progress;  // another block of the gang has done something
    idle_yields_ = 0;
    return;
  }
  if (!stuck_) {
    for (executor* const block : gang_->blocks) block->stuck_ = true;
    stuck_epoch_ = grid_->epoch;
    ++grid_->stuck;
  }
  if (grid_->stuck < grid_->running || grid_->epoch != stuck_epoch_) {
    stuck_epoch_ = grid_->epoch;
    idle_yields_ = limit / 2;
    std::this_thread::yield();
    return;
  }
  if (blame_absent()) return;
  fault(me, "LIVELOCK", site, 0,
        "the lanes of the block yielded " + std::to_string(limit) + " times and changed nothing",
        locate_all(&warp::live));
}

}  // namespace lanefold::sim
