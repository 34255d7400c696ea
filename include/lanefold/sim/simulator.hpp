// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What host code asks of the simulator: how it shall run, what went wrong, what was counted. Plain C++17.

#include <lanefold/sim/interface.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lanefold::sim {

/// What to do about something that hardware lets pass.
enum class policy { error, warning, ignore };

/// In which order the lanes of a block run. `by_seed`: 0 is `lane`, an odd seed `priority`, an even one `uniform`.
enum class order { by_seed, lane, reverse, priority, uniform };

/// Defaults come from the environment variable named beside each field, read once.
struct options {
  std::uint64_t seed = 0;                    ///< LANEFOLD_SIM_SEED
  sim::order order = sim::order::by_seed;    ///< LANEFOLD_SIM_ORDER: lane, reverse, priority, uniform
  unsigned threads = 0;                      ///< LANEFOLD_SIM_THREADS; 0: one for each processor
  policy exited_lane = policy::error;        ///< LANEFOLD_SIM_EXITED_LANE: a mask names an exited lane
  policy inactive_read = policy::error;      ///< LANEFOLD_SIM_INACTIVE_READ: a shuffle reads an absent lane
  policy divergent_barrier = policy::error;  ///< LANEFOLD_SIM_DIVERGENT_BARRIER: one barrier, two call sites
  /// LANEFOLD_SIM_DIVERGENT_COLLECTIVE: lanes meet from several call sites
  policy divergent_collective = policy::warning;
  policy exited_thread = policy::ignore;        ///< LANEFOLD_SIM_EXITED_THREAD: __syncthreads after threads exited
  std::uint64_t livelock_yields = 20'000'000;   ///< LANEFOLD_SIM_LIVELOCK: yields of a block without progress
  std::uint32_t poison = 0xfffbfffbu;           ///< fills shared memory; a NaN as half, bfloat16, float and double
  std::size_t static_shared_limit = 48 * 1024;  ///< bytes of LANEFOLD_SHARED declarations in a block
  std::size_t total_shared_limit = 227 * 1024;  ///< with dynamic shared memory
  std::size_t stack_bytes = 64 * 1024;          ///< LANEFOLD_SIM_STACK: one lane's stack
  std::string report_path;                      ///< LANEFOLD_SIM_REPORT: reports go there too, a JSON object a line
};

options get_options();
void set_options(options const& next);

/// Some lanes of one warp that stand at the same place.
struct lanes_at {
  unsigned warp, lanes;    ///< lanes: one bit each
  std::string where;       ///< "wait", "wait at the block barrier", "exited", "met meanwhile", "can run" ...
  std::string verb, file;  ///< empty when they stand at no call
  int line;
  unsigned mask;  ///< the mask they passed, 0 where there is none
};

/// A fault: what happened, to which lane, and where the other lanes were.
struct report {
  std::string kind;     ///< "MASK-MISMATCH", "DEADLOCK" ...
  bool started = true;  ///< false: the launch was refused, and there is no block, thread or lane
  index3 block{}, thread{};
  unsigned warp = 0, lane = 0;
  std::uint64_t seed = 0;
  sim::order order = sim::order::by_seed;
  std::string verb, file;
  int line = 0;
  unsigned mask = 0;
  std::string message;
  std::vector<lanes_at> others;

  std::string text() const;
  std::string json() const;
};

/// The fault of this thread's last launch, or null when it went well. Valid until this thread's next launch.
report const* last_report();

/// What warps did, counted under ideal reconvergence: instructions and transactions, never time.
struct counts {
  std::uint64_t shuffles = 0;  ///< one for each 4 bytes
  std::uint64_t votes = 0, matches = 0, redux = 0, warp_syncs = 0, active_masks = 0;
  std::uint64_t mmas = 0, matrix_loads = 0, matrix_stores = 0;
  std::uint64_t barriers = 0;  ///< one for each block and barrier
  std::uint64_t yields = 0;    ///< by lane: atomics, nanosleep
  // Known only where the simulated code is linked with lanefold::simulator_counting:
  std::uint64_t shared_loads = 0, shared_load_wavefronts = 0;
  std::uint64_t shared_stores = 0, shared_store_wavefronts = 0;
  std::uint64_t global_loads = 0, global_load_sectors = 0;
  std::uint64_t global_stores = 0, global_store_sectors = 0;
  std::uint64_t atomics = 0;  ///< read-modify-write; atomic loads and stores are not counted

  counts& operator+=(counts const& more);
};

/// Memory accesses have the verb "memory", line 0, and as file the place of the instruction: "program+0x1234".
struct counts_at {
  std::string verb, file;
  int line;
  counts of;
};

struct all_counts {
  counts total;
  std::vector<counts_at> by_site;  ///< ordered by file, line, verb
};

void reset_counts();
/// Everything counted since the last reset_counts or take_counts, over all launches that have ended.
all_counts take_counts();

}  // namespace lanefold::sim
