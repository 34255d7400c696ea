// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Copies that have been asked for, and are not carried out yet.

#include <lanefold/sim/copies.hpp>

#include <vector>

namespace lanefold::sim {

class executor;
struct lane;

/// A box on its way to or from the shared memory of one block.
struct box_copy {
  tensor_description map;
  box_place at;
  char* shared;
  executor* block;  ///< whose shared memory it is
  void* arrived;    ///< the mbarrier that learns of it; null: a store
  lane* asker;
  unsigned group;  ///< of a store: how many groups its lane had committed before
  call_site site;
  std::uint64_t due;  ///< by the clock of the gang
};

/// What the copy engine has to do for the blocks of a gang.
struct copy_engine {
  std::vector<box_copy> waiting;
  std::uint64_t clock = 0;  ///< how many times a lane has been picked

  void start() {
    waiting.clear();
    clock = 0;
  }
};

}  // namespace lanefold::sim
