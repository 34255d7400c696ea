// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Preconditions of the caller's, checked on the simulator and where LANEFOLD_CHECKED is 1.

#include <lanefold/backend/config.cuh>

#if LANEFOLD_ON_SIMULATOR
#include <lanefold/backend/host/checks.cuh>
#include <lanefold/backend/host/lane.cuh>
#else
#include <lanefold/backend/cuda/checks.cuh>
#include <lanefold/backend/cuda/lane.cuh>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

#if LANEFOLD_ON_SIMULATOR || LANEFOLD_CHECKED

LANEFOLD_FN void check_range(char const* argument, int value, int least, int most, call_site site) {
  LANEFOLD_REQUIRE(value >= least && value <= most, site, "%s is %d, and must be %d..%d", argument, value, least, most);
}
LANEFOLD_FN void check_extent(index3 stated, call_site site) {
  index3 const n = block_extent();
  LANEFOLD_REQUIRE(stated.x == n.x && stated.y == n.y && stated.z == n.z, site,
                   "the block is stated as block<%u, %u, %u>, and was launched with %u x %u x %u threads", stated.x,
                   stated.y, stated.z, n.x, n.y, n.z);
}
LANEFOLD_FN void check_scratch(void const* scratch, call_site site) {
  LANEFOLD_REQUIRE(is_shared(scratch), site, "%s is not in shared memory: declare it by LANEFOLD_SHARED(name, type)",
                   "the scratch");
}
#undef LANEFOLD_REQUIRE

#else

LANEFOLD_FN void check_range(char const*, int, int, int, call_site) {}
LANEFOLD_FN void check_extent(index3, call_site) {}
LANEFOLD_FN void check_scratch(void const*, call_site) {}

#endif

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
