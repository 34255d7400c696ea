// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/base/status.hpp>

namespace lanefold {

/// How a kernel is started: `launch_shape{blocks, threads}`, each a number or {x, y, z}, and what else it asks for.
struct launch_shape {
  struct extent {
    unsigned x = 1, y = 1, z = 1;
    constexpr extent(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
    constexpr unsigned long long count() const { return 1ull * x * y * z; }
  };
  extent blocks;
  extent threads;                   ///< of each block
  size_t dynamic_shared_bytes = 0;  ///< for each block
  extent cluster = {};              ///< blocks that run together and reach each other's shared memory; sm_90
  bool cooperative = false;         ///< all blocks run together, so that they may wait for each other
  /// The grid may start before the one ahead of it in the queue has ended; it calls cudaGridDependencySynchronize
  /// before it reads what that one wrote. sm_90; elsewhere an error. The simulator runs one grid after the other.
  bool programmatic_dependent_launch = false;

  /// What is wrong with it on every GPU.
  status check() const {
    constexpr unsigned long long most_x = 2147483647, most_yz = 65535;
    struct {
      char const* name;
      unsigned long long value, limit;
    } const limits[] = {
        {"blocks.x", blocks.x, most_x},
        {"blocks.y", blocks.y, most_yz},
        {"blocks.z", blocks.z, most_yz},
        {"threads.x", threads.x, 1024},
        {"threads.y", threads.y, 1024},
        {"threads.z", threads.z, 64},
        {"threads.x * threads.y * threads.z", threads.count(), 1024},
        {"cluster.x", cluster.x, 16},
        {"cluster.y", cluster.y, 16},
        {"cluster.z", cluster.z, 16},
        {"cluster.x * cluster.y * cluster.z", cluster.count(), 16},
    };
    for (auto const& one : limits) {
      if (one.value < 1 || one.value > one.limit) {
        return status::failure(status_kind::bad_argument, "lanefold: launch: %s is %llu, and must be 1..%llu", one.name,
                               one.value, one.limit);
      }
    }
    struct {
      char axis;
      unsigned blocks, cluster;
    } const axes[] = {{'x', blocks.x, cluster.x}, {'y', blocks.y, cluster.y}, {'z', blocks.z, cluster.z}};
    for (auto const& one : axes) {
      if (one.blocks % one.cluster != 0) {
        return status::failure(status_kind::bad_argument,
                               "lanefold: launch: blocks.%c is %u, and must be a multiple of cluster.%c, which is %u",
                               one.axis, one.blocks, one.axis, one.cluster);
      }
    }
    return status();
  }
};

}  // namespace lanefold
