// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// A ring of slots in shared memory between warps that fill them and warps that read them: each slot has a barrier that
// says it is full and one that says it is empty.

#include <lanefold/backend/mbarrier.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// In shared memory: the barriers of a ring.
template <int Slots>
struct ring_barriers {
  backend::mbarrier full[Slots], empty[Slots];

  /// One thread calls, before all others know of it by a barrier of the block (and of the cluster). `fillers`, `readers`:
  /// how often each slot's barrier is arrived at in one round.
  LANEFOLD_FN void init(unsigned fillers, unsigned readers, call_site here) {
    for (int slot = 0; slot < Slots; ++slot) {
      backend::mbarrier_init(full[slot], fillers, here);
      backend::mbarrier_init(empty[slot], readers, here);
    }
  }
};

/// Where one of them is: a slot, and the parity of the round. All begin at the first slot; slots begin empty.
template <int Slots>
class ring_position {
 public:
  LANEFOLD_FN int slot() const { return slot_; }
  LANEFOLD_FN void next() {
    if (++slot_ == Slots) {
      slot_ = 0;
      parity_ ^= 1;
    }
  }
  LANEFOLD_FN void skip(int slots) {
    slot_ += slots;
    parity_ ^= static_cast<unsigned>(slot_ / Slots) & 1;
    slot_ %= Slots;
  }
  /// Until the slot is full: the reader's wait.
  LANEFOLD_FN void wait_full(ring_barriers<Slots>& of, call_site here) const {
    backend::mbarrier_wait(of.full[slot_], parity_, here);
  }
  /// Until its readers of the round before have left it: the filler's wait.
  LANEFOLD_FN void wait_empty(ring_barriers<Slots>& of, call_site here) const {
    backend::mbarrier_wait(of.empty[slot_], parity_ ^ 1, here);
  }

 private:
  int slot_ = 0;
  unsigned parity_ = 0;
};

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
