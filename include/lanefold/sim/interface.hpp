// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What simulated code and the simulator know of each other. Simulated translation units include only this; the
// executor is the library lanefold::simulator. Plain C++17, no heavy standard header: it is in every user's compile.

#include <lanefold/base/index3.cuh>

#include <cstddef>
#include <cstdint>

namespace lanefold::sim {

using lanefold::index3;

/// Where in the user's source a lane stands: the public verb and the line that called it.
struct call_site {
  char const* verb;
  char const* file;
  int line;
  bool of_block = false;  ///< the verb is one of all threads of the block: said where some of them are missing
};

/// What a warp does together, compared by address: see operation.hpp.
struct operation;
struct counts;

/// One lane's arrival at an operation. `in` holds what it brings, `bytes` bytes, and `out` takes what it receives; they
/// lie on the lane's stack, apart. What `operand`, `width` and `flag` mean is the operation's to say; `flag` may be null,
/// and an operation without a width is given 32.
struct request {
  operation const* op;
  unsigned mask;
  unsigned bytes;
  int operand;
  int width;
  void const* in;
  void* out;
  bool* flag;
  call_site site;
};

// A lane switches to the next one in its own frame: were the switch inside a function, the return from it would be
// mispredicted every time, at twice the cost of the switch.
struct handover {
  void *to, *from;  ///< to: null when this lane goes on
};
struct transfer {
  void *context, *from;
};
handover arrive(request const& arrival);
handover arrive_at_barrier(call_site const& site, bool by_all);
extern transfer (*const jump)(void* to, void* from);
void woken(transfer by);

inline __attribute__((always_inline)) void wait(handover next) {
  if (next.to != nullptr) woken(jump(next.to, next.from));
}

/// Joins the collective; returns once every live lane of `mask` has. Faults unwind the lane and never return.
inline __attribute__((always_inline)) void collective(request const& arrival) { wait(arrive(arrival)); }

/// The block barrier. Every live thread of the block arrives; `by_all`: it is an error if one has exited.
inline __attribute__((always_inline)) void sync_block(call_site site, bool by_all = false) {
  wait(arrive_at_barrier(site, by_all));
}

/// A barrier of some threads of the block: `id` 1..15, and all threads of a phase name the same count, a multiple of 32.
/// Id 0 is the block barrier, and takes the whole block. `waits`: or the thread arrives and goes on.
void sync_named(unsigned id, unsigned threads, bool waits, call_site site);

/// Barriers of the blocks that run together: those of a cooperative grid, and those of a cluster.
void sync_grid(call_site site);
void arrive_at_cluster(call_site site);
void wait_for_cluster(call_site site);
/// Where the block of that rank in the cluster has what this block has at `address`, in shared memory.
void* map_shared(void* address, unsigned rank, call_site site);

/// Barriers in shared memory (mbarrier). A phase ends when `expected` arrivals and all announced bytes are there. Phases
/// are numbered from 0, and their parity says which one is meant.
void mbarrier_init(void* at, unsigned expected, call_site site);
void mbarrier_invalidate(void* at, call_site site);
/// Announces bytes, then arrives.
void mbarrier_arrive(void* at, unsigned arrivals, unsigned bytes, call_site site);
void mbarrier_bytes_came(void* at, unsigned bytes, call_site site);
/// Whether the phase of that parity is over: the current one is of the other parity. Lets other lanes run.
bool mbarrier_test(void* at, unsigned parity, call_site site);
void mbarrier_wait(void* at, unsigned parity, call_site site);

/// Copies that come late: begun now, in groups, and made when the lane waits for all groups but the last `pending`. Until
/// then the target, in shared memory, holds poison. The first `valid_bytes` are read; the others become 0.
void begin_copy(void* to, void const* from, unsigned bytes, unsigned valid_bytes, call_site site);
void commit_copies();
void finish_copies(unsigned pending);

/// The lanes of this warp found waiting here together once no other lane of the warp can run on.
unsigned active_mask(call_site site);
/// Whether these are all 32: all of them are told the same. In lane order never; else by the seed at times.
bool whole_warp_here(call_site site);

/// Who this lane is. One fixed object a lane; the pointer is valid while the lane runs.
struct lane_identity {
  index3 thread, block, block_extent, grid_extent;
  unsigned lane;          ///< 0..31
  unsigned thread_rank;   ///< linear rank in the block, x fastest
  unsigned thread_count;  ///< threads in the block
  unsigned cluster_rank, cluster_blocks;
};
lane_identity const& self();

/// One `LANEFOLD_SHARED` declaration. Its address names the declaration; each block gets its own bytes for it.
struct shared_slot {
  std::size_t bytes, alignment;
};
void* shared_memory(shared_slot& slot);
/// Dynamic shared memory of this launch: start address (16-byte aligned or better) and size.
void* dynamic_shared_memory();
std::size_t dynamic_shared_bytes();

/// Lets other lanes run; called by atomics, volatile accesses and nanosleep so that a spin-wait makes progress.
/// `progress`: this lane has just changed memory that others see. Many yields without any progress are a LIVELOCK.
void yield(call_site site, bool progress = false);

/// Whether an address is in the shared memory of this lane's block.
bool in_shared_memory(void const* address);
/// Where in the block's shared memory an address of it is, in bytes: what instructions call its shared address.
unsigned shared_address(void const* address);

/// Reports a fault of the kernel itself (a failed check), told as printf would, and unwinds the block. Never returns.
[[noreturn]] __attribute__((format(printf, 3, 4))) void fail(char const* kind, call_site site, char const* format, ...);

/// A launch, type-erased: `entry(closure)` is one lane's run of the kernel.
struct launch_request {
  index3 grid, block;
  std::size_t dynamic_shared_bytes;
  void (*entry)(void* closure);
  void* closure;
  std::size_t closure_bytes = 0;  ///< kernel parameters: reading them is not counted as a global access
  index3 cluster{1, 1, 1};        ///< blocks that run together and reach each other's shared memory
  bool cooperative = false;       ///< all blocks run together
};
/// Runs the grid to its end. Returns null when all went well; otherwise the report of the first fault as text, valid
/// until this thread's next launch. Never throws, never aborts the process.
char const* launch(launch_request const& request);

}  // namespace lanefold::sim
