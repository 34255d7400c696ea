// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where calls come from, and the preconditions of the caller's: where one fails, the simulator reports the call site and
// unwinds the block.

#include <lanefold/backend/config.cuh>
#include <lanefold/base/index3.cuh>
#include <lanefold/sim/interface.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// Where the user's code called a public verb. Groups carry it.
struct call_site : sim::call_site {
  static constexpr call_site here(char const* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {{nullptr, file, line}};
  }
  /// The outermost verb names the call. `all_threads`: those of the block are to make it.
  constexpr call_site in(char const* name, bool all_threads = false) const {
    return verb ? *this : call_site{{name, file, line, all_threads}};
  }
  constexpr bool marked() const { return verb != nullptr; }
  constexpr call_site unmarked() const { return {{nullptr, file, line}}; }
};

namespace backend {

/// The lanes that an instruction names, and the call that it belongs to.
struct callers {
  unsigned mask;
  call_site site;
};

LANEFOLD_FN void check_range(char const* argument, int value, int least, int most, call_site site) {
  if (__builtin_expect(value < least || value > most, 0))
    sim::fail("PRECONDITION", site, "%s is %d, and must be %d..%d", argument, value, least, most);
}
LANEFOLD_FN void check_extent(index3 stated, call_site site) {
  index3 const n = sim::self().block_extent;
  if (__builtin_expect(stated.x != n.x || stated.y != n.y || stated.z != n.z, 0))
    sim::fail("PRECONDITION", site,
              "the block is stated as block<%u, %u, %u>, and was launched with %u x %u x %u threads", stated.x,
              stated.y, stated.z, n.x, n.y, n.z);
}
LANEFOLD_FN void check_scratch(void const* scratch, call_site site) {
  if (__builtin_expect(!sim::in_shared_memory(scratch), 0))
    sim::fail("PRECONDITION", site, "the scratch is not in shared memory: declare it by LANEFOLD_SHARED(name, type)");
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
