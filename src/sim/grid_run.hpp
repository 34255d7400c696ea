// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the OS threads that run one grid share.

#include <lanefold/sim/simulator.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace lanefold::sim {

/// Appends one JSON object to the file; an empty path means no file.
void write_report(report const& what, std::string const& path, char const* severity);

struct grid_run {
  launch_request const& request;
  options const settings;
  std::uint64_t const blocks;
  unsigned const threads;         ///< in a block
  unsigned const cluster_blocks;  ///< blocks in a cluster
  unsigned const gang_blocks;     ///< blocks that run together: a cluster, or all of them

  std::uint64_t gangs() const { return blocks / gang_blocks; }
  /// The index of a block of a gang: the clusters lie in the grid side by side, x first.
  std::uint64_t block_of(std::uint64_t gang, unsigned rank) const {
    index3 const g = request.grid, c = request.cluster;
    std::uint64_t const cluster = gang * (gang_blocks / cluster_blocks) + rank / cluster_blocks;
    unsigned const within = rank % cluster_blocks;
    std::uint64_t const x = cluster % (g.x / c.x) * c.x + within % c.x;
    std::uint64_t const y = cluster / (g.x / c.x) % (g.y / c.y) * c.y + within / c.x % c.y;
    std::uint64_t const z = cluster / (g.x / c.x) / (g.y / c.y) * c.z + within / c.x / c.y;
    return x + g.x * (y + g.y * z);
  }

  std::atomic<std::uint64_t> next_gang{0};
  /// The lowest block with a fault: which one is reported does not depend on how fast the OS threads are.
  std::atomic<std::uint64_t> lowest_fault{~std::uint64_t{0}};

  // For telling a livelock from waiting for a block on another OS thread.
  std::atomic<unsigned> running{0}, stuck{0};
  std::atomic<std::uint64_t> epoch{0};  ///< changes when a block ends or makes progress after it was stuck

  unsigned helpers = 0;  ///< guarded by the thread pool

  std::mutex guard{};
  std::unique_ptr<report> first_fault{};
  std::set<std::string> warned{};

  void faulted(std::uint64_t block, report&& fault) {
    std::lock_guard<std::mutex> const lock(guard);
    if (block >= lowest_fault) return;
    lowest_fault = block;
    first_fault = std::make_unique<report>(std::move(fault));
  }
  /// Tells of something that the settings call a warning: once a launch for each kind and call site.
  void warn(report const& what);
};

}  // namespace lanefold::sim
