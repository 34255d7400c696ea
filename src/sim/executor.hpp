// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs one block after another on one OS thread: a fiber a lane, handed over from lane to lane without a central loop.

#include <lanefold/sim/operation.hpp>
#include <lanefold/sim/simulator.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "counting.hpp"
#include "fiber.hpp"
#include "grid_run.hpp"
#include "observer.hpp"
#include "schedule.hpp"
#include "shared_arena.hpp"

namespace lanefold::sim {

/// The lanes that have arrived at one collective so far. Its identity is the mask; the call site is no part of it.
struct group {
  lane_set mask, arrived;
  operation const* op;
  unsigned bytes;
  lane_set astray;       ///< lanes of the mask in the last other group that completed meanwhile, for reports
  lane_set astray_mask;  ///< that group's mask
  call_site astray_site;
};

class executor;
struct warp;

/// What a switch touches comes first, in one cache line.
struct alignas(64) lane : fiber {
  executor* home;
  warp* in;
  lane_set bit;
  unsigned index;  ///< in the warp
  lane_identity identity;
  call_site site;   ///< while at the barrier, in active_mask or in yield
  lane_set active;  ///< the answer of active_mask
  unsigned calls_while_aborting;
};

/// A live lane is in one of the sets below `live`, or in the `arrived` set of one open group, or running.
struct warp {
  lane_set existing, live;
  lane_set ready;       ///< can run
  lane_set at_barrier;  ///< wait at the block barrier
  lane_set polling;     ///< wait in active_mask
  lane_set paused;      ///< wait until no other lane of the warp can run: keeps what an observer stores small
  lane_set open;        ///< which groups are in use: never more than there are lanes
  group groups[32];
  request const* arrivals[32];  ///< by lane, while it is in a group; null at the barrier
  lane* lanes;
  unsigned index;
};

/// What a lane throws to leave its kernel when the block has a fault. Only a `catch (...)` of the kernel can see it.
struct unwinding {};

class executor {
 public:
  executor();
  executor(executor const&) = delete;
  executor& operator=(executor const&) = delete;

  /// Runs blocks of the grid until none is left to start. Faults go to the grid, counts to the process.
  void run(grid_run& grid);

  // What lanes call. `arrive` and `sync_block` say where to jump, and `woken` is called when the lane is back. While a
  // fault unwinds the block, all of these return at once to a lane that is being unwound.
  handover arrive(lane& me, request const& arrival);
  void woken(lane& me, transfer by);
  handover sync_block(lane& me, call_site site, bool by_all);
  unsigned active_mask(lane& me, call_site site);
  void yield(lane& me, call_site site, bool progress);
  void* shared_memory(lane& me, shared_slot& slot);
  [[noreturn]] void fail(lane& me, char const* kind, std::string message, call_site site);
  /// The kernel runs into std::terminate: gives up the lane, without its destructors.
  [[noreturn]] void terminated(lane& me);
  bool overflows(lane const& me, void const* address) const { return stacks_.guards(address, me.identity.thread_rank); }
  [[noreturn]] void overflowed(lane& me);

  // What an observer calls, on a lane. `pause` does not throw: it is called from between any two instructions.
  void pause(lane& me);
  shared_arena const& arena() const { return arena_; }
  counting& counted() { return counting_; }
  warp* begin() { return warps_; }
  warp* end() { return warps_ + warp_count_; }
  /// A lane's own memory, or the simulator's: stacks, identities, kernel parameters.
  bool is_private(void const* address) const;

 private:
  static void lane_main(boost::context::detail::transfer_t transfer);
  void prepare();
  void run_block(std::uint64_t index);
  void leave(lane& me);

  // The rendezvous and the barrier (collective.cpp).
  handover suspend(lane& me);
  handover going_on(lane& me);
  handover give_up(lane& me);
  group* find_group(lane const& me, request const& arrival);
  void complete(warp& w, group& g);
  void re_test_groups(lane const& exited);
  void release_barrier();
  void made_progress();

  // Who runs next; `me` is in one of the waiting sets. hand_over, give_way and unwind return false when this lane is
  // being unwound already.
  lane* next(unsigned from_warp, unsigned from_lane, bool yielding);
  bool hand_over(lane& me, bool yielding = false);
  bool give_way(lane& me, bool yielding = false);
  bool unwind(lane& me);
  [[noreturn]] void abandon(lane& me);

  // What can go wrong (fault.cpp). The first fault of a block is reported and turns the block to aborting.
  void fault(lane const& culprit, char const* kind, call_site site, unsigned mask, std::string message,
             std::vector<lanes_at> others = {});
  /// As the policy says: a fault, a warning, or nothing. True when the lane may go on.
  bool tolerate(policy chosen, lane const& culprit, char const* kind, call_site site, unsigned mask,
                std::string message, std::vector<lanes_at> others = {});
  bool check_arrival(lane const& me, request const& arrival);
  bool check_absent(warp const& w, group const& g);
  bool blame_absent();
  bool check_barrier(lane const& me, call_site site, bool by_all);
  void mismatch(lane const& me, request const& arrival, group const& g);
  void complain(warp const& w, group const& g, complaint const& wrong);
  void deadlock();
  void livelock(lane const& me, call_site site);
  report describe(lane const& culprit, char const* kind, call_site site, unsigned mask, std::string message,
                  std::vector<lanes_at> others) const;
  /// Where lanes of a warp are; those at the same place together.
  void locate(warp const& w, lane_set which, std::vector<lanes_at>& places) const;
  /// The same of every warp; `which(w)` or `w.*which` says of which of its lanes.
  template <class Which>
  std::vector<lanes_at> locate_all(Which which) const;

  grid_run* grid_ = nullptr;
  std::uint64_t index_ = 0;
  bool aborting_ = false;
  bool stuck_ = false;
  bool lacking_ = false;  ///< a group has waited for a lane that had exited
  unsigned live_ = 0, at_barrier_ = 0;
  call_site barrier_site_{};
  bool barrier_by_all_ = false;
  lane_set runnable_ = 0;  ///< the warps that may have a lane to run
  std::uint64_t idle_yields_ = 0, lacking_yields_ = 0, stuck_epoch_ = 0;
  schedule schedule_;
  shared_arena arena_;
  counting counting_;

  exceptions_in_flight& in_flight_;
  fiber outside_, abandoned_;
  stack_pool stacks_;
  std::unique_ptr<lane[]> lanes_;
  warp warps_[32]{};
  unsigned warp_count_ = 0;
  lane_set all_warps_ = 0;
};

/// The lane that runs on this OS thread; null outside kernels. A trivial thread-local: read on every call.
extern __thread lane* current_lane __attribute__((tls_model("initial-exec")));

/// "{0-3,7}"
std::string lanes_text(lane_set lanes);

}  // namespace lanefold::sim
