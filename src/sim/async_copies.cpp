// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Copies that a lane begins and later waits for (cp.async). They are made when it waits: a GPU may be as late as that.

#include <cstring>

#include "executor.hpp"

namespace lanefold::sim {

void begin_copy(void* to, void const* from, unsigned bytes, unsigned valid_bytes, call_site site) {
  lane& me = *current_lane;
  me.home->begin_copy(me, {to, from, bytes, valid_bytes, me.copies.groups}, site);
}

void executor::begin_copy(lane& me, late_copy const& copy, call_site site) {
  if (aborting_) {
    unwind(me);
    return;
  }
  if (!arena_.contains(copy.to)) fail(me, "PRECONDITION", "cp.async copies into the block's own shared memory", site);
  for (unsigned i = 0; i < copy.bytes; i += 4) std::memcpy(static_cast<char*>(copy.to) + i, &grid_->settings.poison, 4);
  me.copies.begun.push_back(copy);
}

void commit_copies() { ++current_lane->copies.groups; }

void finish_copies(unsigned pending) {
  late_copies& mine = current_lane->copies;
  std::size_t done = 0;
  for (; done < mine.begun.size() && mine.begun[done].group + pending < mine.groups; ++done) {
    late_copy const& copy = mine.begun[done];
    std::memcpy(copy.to, copy.from, copy.valid_bytes);
    std::memset(static_cast<char*>(copy.to) + copy.valid_bytes, 0, copy.bytes - copy.valid_bytes);
  }
  mine.begun.erase(mine.begun.begin(), mine.begun.begin() + static_cast<std::ptrdiff_t>(done));
}

}  // namespace lanefold::sim
