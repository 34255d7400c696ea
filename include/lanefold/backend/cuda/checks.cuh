// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What LANEFOLD_CHECKED=1 adds on the GPU: a failed check prints one line and traps, and the launch ends with an error.

#include <lanefold/backend/call_site.cuh>
#include <lanefold/backend/cuda/lane.cuh>

#if LANEFOLD_CHECKED && !defined(__CUDACC_RTC__)
#include <cstdio>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

#if LANEFOLD_CHECKED

/// What must hold, and the sentence where it does not, told as printf would, of one value at least.
#define LANEFOLD_REQUIRE(condition, site, sentence, ...)                                                       \
  do {                                                                                                         \
    if (condition) break;                                                                                      \
    printf("lanefold: %s at %s:%d: " sentence " (block(%u,%u,%u) thread(%u,%u,%u))\n", site.verb, site.file,   \
           site.line, __VA_ARGS__, blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z); \
    __trap();                                                                                                  \
  } while (false)

/// The caller is in its mask, and the lanes of the mask that are here with it pass the same one.
LANEFOLD_FN void check_mask(callers who) {
  LANEFOLD_REQUIRE((who.mask >> lane_id() & 1) != 0, who.site,
                   "this lane, %u, is not in the group that it passes, 0x%08x", lane_id(), who.mask);
  unsigned const here = __activemask();
  unsigned const agreeing = __match_any_sync(here, who.mask);
  LANEFOLD_REQUIRE((who.mask & here & ~agreeing) == 0, who.site, "lanes of this group, 0x%08x, pass another group here",
                   who.mask);
}

LANEFOLD_FN void check_source(callers who, int source) {
  LANEFOLD_REQUIRE((who.mask >> source & 1) != 0, who.site, "the source lane, %d, is not in the group, 0x%08x", source,
                   who.mask);
}

#else

LANEFOLD_FN void check_mask(callers) {}
LANEFOLD_FN void check_source(callers, int) {}

#endif

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
