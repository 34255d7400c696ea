// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where calls come from.

#include <lanefold/backend/config.cuh>

#if LANEFOLD_ON_SIMULATOR
#include <lanefold/sim/interface.hpp>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

#if LANEFOLD_ON_SIMULATOR || LANEFOLD_CHECKED

namespace backend {
#if LANEFOLD_ON_SIMULATOR
using place = sim::call_site;
#else
struct place {
  char const* verb;
  char const* file;
  int line;
  bool of_block = false;
};
#endif
}  // namespace backend

/// Where the user's code called a public verb. Groups carry it.
struct call_site : backend::place {
  static LANEFOLD_HD constexpr call_site here(char const* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {{nullptr, file, line}};
  }
  /// The outermost verb names the call. `all_threads`: those of the block are to make it.
  LANEFOLD_HD constexpr call_site in(char const* name, bool all_threads = false) const {
    return verb ? *this : call_site{{name, file, line, all_threads}};
  }
  LANEFOLD_HD constexpr bool marked() const { return verb != nullptr; }
  LANEFOLD_HD constexpr call_site unmarked() const { return {{nullptr, file, line}}; }
};

#else

/// Where the user's code called a public verb: in release builds of device code nothing at all.
struct call_site {
  static LANEFOLD_HD constexpr call_site here() { return {}; }
  LANEFOLD_HD constexpr call_site in(char const*, bool = false) const { return {}; }
  LANEFOLD_HD constexpr bool marked() const { return true; }
  LANEFOLD_HD constexpr call_site unmarked() const { return {}; }
};

#endif

namespace backend {
/// The lanes that an instruction names, and the call that it belongs to.
struct callers {
  unsigned mask;
  call_site site;
};
}  // namespace backend

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
