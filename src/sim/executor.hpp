// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs one block after another on one OS thread: a fiber a lane, handed over from lane to lane without a central loop.
// Blocks that run together have an executor each, and hand over to each other's lanes in the same way.

#include <lanefold/sim/operation.hpp>
#include <lanefold/sim/simulator.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "copies.hpp"
#include "counting.hpp"
#include "fiber.hpp"
#include "gang.hpp"
#include "grid_run.hpp"
#include "observer.hpp"
#include "schedule.hpp"
#include "shared_arena.hpp"
#include "warpgroups.hpp"

namespace lanefold::sim {

/// The lanes that have arrived at one collective so far. Its identity is the mask; the call site is no part of it.
struct group {
  lane_set mask;  ///< 0: closed
  lane_set arrived;
  operation const* op;
  unsigned bytes;
  int line;              ///< of the first to arrive
  bool several_sites;    ///< perhaps
  lane_set astray;       ///< lanes of the mask in the last other group that completed meanwhile, for reports
  lane_set astray_mask;  ///< that group's mask
  call_site astray_site;
};

struct warp;

/// Lanes that met from several call sites: legal, and often where it began to go wrong.
struct meeting_of_sites {
  lane_set mask = 0;  ///< 0: there was none
  lane_set lanes, others;
  call_site site, other_site;
};

/// A copy that a lane has begun and not yet waited for.
struct late_copy {
  void* to;
  void const* from;
  unsigned bytes, valid_bytes, group;
};
struct late_copies {
  std::vector<late_copy> begun;  ///< in this order
  unsigned groups = 0;           ///< ended so far
};

/// What a switch touches comes first, in one cache line.
struct alignas(64) lane : fiber {
  executor* home;
  warp* in;
  lane_set bit;
  unsigned index;         ///< in the warp
  call_site const* site;  ///< while at a barrier or in active_mask
  barrier* at;            ///< while at a barrier; null: that of the block
  lane_identity identity;
  lane_set active;        ///< the answer of active_mask
  void const* asks_from;  ///< the instruction, while in active_mask or whole_warp_here
  bool arrived_at_cluster;
  unsigned cluster_phase;
  unsigned store_groups;       ///< groups of box stores that it has committed
  unsigned store_groups_read;  ///< those it has waited for
  unsigned last_store_group;   ///< the number of groups up to the last one with a store in it
  unsigned calls_while_aborting;
  late_copies copies;
};

/// A live lane is in one of the sets below `live`, or in the `arrived` set of one open group, or running.
struct warp {
  lane_set existing, live;
  lane_set ready;       ///< can run
  lane_set at_barrier;  ///< wait at a barrier
  lane_set polling;     ///< wait in active_mask
  lane_set paused;      ///< wait until no other lane of the warp can run: keeps what an observer stores small
  lane_set open;        ///< which groups are in use: never more than there are lanes
  group* latest;        ///< that a lane came to last, if no lane is in the masks of two open groups; else groups[32]
  group groups[33];     ///< the last one always closed
  request const* arrivals[32];  ///< by lane, while it is in a group; null at the barrier
  lane* lanes;
  unsigned index;
  meeting_of_sites met;
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
  handover sync_block(lane& me, call_site const& site, bool by_all);
  void sync_named(lane& me, unsigned id, unsigned threads, bool waits, call_site site);
  void sync_grid(lane& me, call_site site);
  void arrive_at_cluster(lane& me, call_site site);
  void wait_for_cluster(lane& me, call_site site);
  void* map_shared(lane& me, void* address, unsigned rank, call_site site);
  void mbarrier_init(lane& me, void* at, unsigned expected, call_site site);
  void mbarrier_invalidate(lane& me, void* at, call_site site);
  void mbarrier_arrive(lane& me, void* at, unsigned arrivals, unsigned bytes, call_site site);
  void mbarrier_bytes_came(lane& me, void* at, unsigned bytes, call_site site);
  bool mbarrier_test(lane& me, void* at, unsigned parity, call_site site);
  void mbarrier_wait(lane& me, void* at, unsigned parity, call_site site);
  void begin_copy(lane& me, late_copy const& copy, call_site site);
  void copy_box(lane& me, tensor_description const& map, void* to, box_place from, void* arrived, unsigned blocks,
                call_site site);
  void store_box(lane& me, tensor_description const& map, box_place to, void const* from, call_site site);
  void commit_stores(lane& me) { ++me.store_groups; }
  void wait_stores_read(lane& me, unsigned pending);
  void mbarrier_arrive_at(lane& me, void* here, unsigned rank, call_site site);
  void wait_for_products(lane& me, call_site site);
  unsigned active_mask(lane& me, call_site site, void const* asks_from);
  bool whole_warp_here(lane& me, call_site site, void const* asks_from);
  void yield(lane& me, call_site site, bool progress);
  void* shared_memory(lane& me, shared_slot& slot);
  [[noreturn]] void fail(lane& me, char const* kind, std::string message, call_site site);
  /// The kernel runs into what may not return nor throw: gives up the lane, without its destructors.
  [[noreturn]] void given_up(lane& me, char const* kind, call_site site, std::string message);
  bool overflows(lane const& me, void const* address) const { return stacks_.guards(address, me.identity.thread_rank); }
  [[noreturn]] void overflowed(lane& me);

  // What operations of a warp call, when it has met.
  void ask_for_product(warp& w, meeting const& all, operation const& op);
  void fence_products(warp& w);
  void commit_products(warp& w);
  void await_products(warp& w, unsigned pending);

  // What an observer calls, on a lane. `pause` does not throw: it is called from between any two instructions.
  void pause(lane& me);
  shared_arena const& arena() const { return arena_; }
  unsigned rank() const { return rank_; }
  counting& counted() { return counting_; }
  warp* begin() { return warps_; }
  warp* end() { return warps_ + warp_count_; }
  /// A lane's own memory, or the simulator's: stacks, identities, kernel parameters.
  bool is_private(void const* address) const;

 private:
  static void lane_main(transfer by);
  void gather();
  void prepare(gang& with, unsigned rank);
  void run_gang(std::uint64_t number);
  void start_block(std::uint64_t number);
  void leave(lane& me);

  // The rendezvous and the barrier (collective.cpp).
  handover suspend(lane& me);
  handover suspend_in_any_order(lane& me);
  handover switch_to(lane& to, lane& me);
  handover going_on(lane& me);
  handover give_up(lane& me);
  group* find_group(lane const& me, request const& arrival);
  void complete(warp& w, group& g);
  void re_test_groups(lane const& exited);
  void release_barrier();
  void made_progress();

  // The other barriers (barriers.cpp).
  void wait_at(lane& me, barrier& at, unsigned phase, call_site site);
  void release_if_complete(barrier& at);
  void re_test_cluster();
  barrier& cluster() { return gang_->clusters[rank_ / gang_->cluster_blocks]; }
  void check_nobody_waits(lane& me, barrier const& at, call_site site);
  barrier& mbarrier_at(lane& me, void const* at, call_site site);
  std::string name_of(barrier const* at) const;
  executor& block_of_cluster(unsigned rank) const {
    return *gang_->blocks[rank_ / gang_->cluster_blocks * gang_->cluster_blocks + rank];
  }

  // The copy engine (copies.cpp).
  box_copy checked_copy(lane& me, tensor_description const& map, box_place at, void const* shared, call_site site);
  void ask(lane& me, box_copy const& copy);
  void carry_out(box_copy const& copy);
  template <class Which>
  void carry_out_if(Which which);
  void carry_out_due();
  bool carry_out_one();
  void check_copies_at_exit(lane const& me);

  // Products of four warps (warpgroups.cpp).
  accumulators* take_accumulators(warp& w, warpgroup::part& part, meeting const& all, wgmma_operands const& operands);
  void carry_out_products(warpgroup& group, std::uint64_t end);
  void give_accumulators_back(warp& w, warpgroup::part& part, call_site site);
  void check_products_at_exit(lane const& me);

  // Who runs next; `me` is in one of the waiting sets. hand_over, give_way and unwind return false when this lane is
  // being unwound already.
  lane* next(unsigned from_warp, unsigned from_lane, bool yielding);
  lane* ready_lane(unsigned from_warp, unsigned from_lane, bool yielding);
  lane* pick(unsigned from_warp, unsigned from_lane, bool yielding);
  void wake(warp& w);
  bool rather_another_block(bool yielding);
  lane* any_live();
  void abort();
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
  bool check_barrier(lane const& me, call_site const& site, bool by_all);
  void mismatch(lane const& me, request const& arrival, group const& g);
  void complain(warp const& w, group const& g, complaint const& wrong);
  bool check_sites(warp& w, group const& g);
  void deadlock();
  bool deadlock_here(bool in_groups);
  std::uint64_t progress_of_gang() const;
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
  unsigned live_ = 0;
  gang* gang_ = nullptr;
  unsigned rank_ = 0;     ///< in the gang
  barrier barriers_[16];  ///< of the block, by id; 0 expects all live threads
  bool barrier_by_all_ = false;
  lane_set runnable_ = 0;  ///< the warps that may have a lane to run
  std::uint64_t idle_yields_ = 0, lacking_yields_ = 0, stuck_epoch_ = 0;
  std::uint64_t progress_ = 0, stuck_progress_ = 0;
  schedule schedule_;
  shared_arena arena_;
  counting counting_;

  exceptions_in_flight& in_flight_;
  fiber abandoned_;
  stack_pool stacks_;
  std::unique_ptr<lane[]> lanes_;
  warp warps_[32]{};
  warpgroup warpgroups_[8];
  unsigned warp_count_ = 0;
  lane_set all_warps_ = 0;

  gang own_gang_;  ///< of which this is the first block
  std::vector<std::unique_ptr<executor>> mates_;
};

/// A lane of this block.
inline lane* executor::pick(unsigned from_warp, unsigned from_lane, bool yielding) {
  while (!aborting_ && runnable_ != 0) {
    bool const leave = yielding && schedule_.round_done(warps_[from_warp].ready, from_lane);
    warp& w = warps_[schedule_.pick_warp(runnable_, from_warp, leave)];
    if (w.ready == 0 && (w.paused | w.polling) != 0) wake(w);
    if (w.ready != 0) {
      unsigned const from = w.index == from_warp ? from_lane : schedule_.origin();  // a whole round in another warp
      unsigned const chosen = schedule_.pick_lane(w.ready, w.index, from);
      w.ready &= ~(1u << chosen);
      return &w.lanes[chosen];
    }
    runnable_ &= ~(1u << w.index);
  }
  return nullptr;
}

/// The lane that runs on this OS thread; null outside kernels. A trivial thread-local: read on every call.
extern __thread lane* current_lane __attribute__((tls_model("initial-exec")));

bool same_place(call_site const& a, call_site const& b);

/// "{0-3,7}"
std::string lanes_text(lane_set lanes);

}  // namespace lanefold::sim
