// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the executor tells to whoever watches the memory accesses of simulated code.

#include <cstdint>

namespace lanefold::sim {

class executor;
struct warp;

class observer {
 public:
  /// The lanes have completed a collective together. `ordering`: one that orders memory, sync_warp.
  virtual void collective_completed(executor& block, warp& w, std::uint32_t lanes, bool ordering) = 0;
  /// All live lanes of the warp wait, some of them in executor::pause.
  virtual void warp_paused(executor& block, warp& w) = 0;
  /// The block barrier opens. Also told when a block has ended without a fault.
  virtual void block_synchronised(executor& block) = 0;
  virtual void block_started(executor& block) = 0;

 protected:
  ~observer() = default;
};

/// Null where nothing is linked that watches.
extern observer* watching;

}  // namespace lanefold::sim
