// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Blocks that run together on one OS thread, and the barriers that they and their threads meet at.

#include <lanefold/sim/simulator.hpp>

#include <map>
#include <vector>

#include "copies.hpp"
#include "fiber.hpp"
#include "shared_arena.hpp"

namespace lanefold::sim {

class executor;

/// A phase is over when all that are expected have arrived and no bytes are on their way any more.
struct barrier {
  unsigned expected = 0, arrived = 0;
  unsigned phase = 0;
  int bytes = 0;     ///< of an mbarrier: announced and not yet there, or the reverse
  call_site site{};  ///< where the first of the phase arrived, or where an mbarrier was initialised

  bool complete() const { return arrived == expected && bytes == 0; }
};

/// A single block, a cluster, or a whole cooperative grid of clusters.
struct gang {
  std::vector<executor*> blocks;  ///< cluster after cluster, by rank
  unsigned cluster_blocks = 1;
  barrier grid;
  std::vector<barrier> clusters;
  std::map<void const*, barrier> mbarriers;  ///< by address: what a kernel finds there is no state of theirs
  copy_engine engine;
  shared_layout layout;
  fiber outside;       ///< who runs the gang
  unsigned turns = 0;  ///< yields since one block handed over to the next
};

}  // namespace lanefold::sim
