// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Copies from global to shared memory that come late, on the simulator: as late as they may. Until the lane waits for
// them, the target holds poison, so that a missing wait shows.

#include <lanefold/backend/checks.cuh>
#include <lanefold/backend/host/memory.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

constexpr bool copies_are_late = true;

/// Begins to copy Bytes (4, 8 or 16) bytes, of which the first `valid_bytes` are read, and the others become 0.
template <int Bytes>
LANEFOLD_FN void cp_async(void* shared, void const* global, int valid_bytes, call_site site) {
  static_assert(Bytes == 4 || Bytes == 8 || Bytes == 16, "cp_async copies 4, 8 or 16 bytes");
  check_alignment<Bytes>(shared, site);
  check_alignment<Bytes>(global, site);
  check_range("valid_bytes", valid_bytes, 0, Bytes, site);
  sim::begin_copy(shared, global, Bytes, static_cast<unsigned>(valid_bytes), site);
}
template <int Bytes>
LANEFOLD_FN void cp_async(void* shared, void const* global, call_site site) {
  cp_async<Bytes>(shared, global, Bytes, site);
}

/// Ends a group of copies: those that this lane began since the last one.
LANEFOLD_FN void cp_async_commit() { sim::commit_copies(); }
/// Until all but the last Pending groups of this lane have come.
template <int Pending>
LANEFOLD_FN void cp_async_wait() {
  sim::finish_copies(Pending);
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
