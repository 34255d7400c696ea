// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where calls come from, and what LANEFOLD_CHECKED=1 adds on the GPU: a failed check prints one line and traps, and the
// launch ends with an error.

#include <lanefold/backend/config.cuh>
#include <lanefold/base/index3.cuh>

#if LANEFOLD_CHECKED && !defined(__CUDACC_RTC__)
#include <cstdio>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

#if LANEFOLD_CHECKED

/// Where the user's code called a public verb. Groups carry it.
struct call_site {
  char const* verb;
  char const* file;
  int line;
  static __host__ __device__ constexpr call_site here(char const* file = __builtin_FILE(),
                                                      int line = __builtin_LINE()) {
    return {nullptr, file, line};
  }
  /// The outermost verb names the call.
  __host__ __device__ constexpr call_site in(char const* name, bool = false) const {
    return verb ? *this : call_site{name, file, line};
  }
  __host__ __device__ constexpr bool marked() const { return verb != nullptr; }
  __host__ __device__ constexpr call_site unmarked() const { return {nullptr, file, line}; }
};

#else

/// Where the user's code called a public verb: kept in checked builds, nothing at all in release builds.
struct call_site {
  static __host__ __device__ constexpr call_site here() { return {}; }
  __host__ __device__ constexpr call_site in(char const*, bool = false) const { return {}; }
  __host__ __device__ constexpr bool marked() const { return true; }
  __host__ __device__ constexpr call_site unmarked() const { return {}; }
};

#endif

namespace backend {

/// The lanes that an instruction names, and the call that it belongs to.
struct callers {
  unsigned mask;
  call_site site;
};

#if LANEFOLD_CHECKED

LANEFOLD_FN void fail(char const* message, callers who) {
  unsigned lane;
  asm("mov.u32 %0, %%laneid;" : "=r"(lane));
  printf("lanefold: %s at %s:%d: %s (block(%u,%u,%u) thread(%u,%u,%u) lane %u mask 0x%08x)\n", who.site.verb,
         who.site.file, who.site.line, message, blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y,
         threadIdx.z, lane, who.mask);
  __trap();
}

LANEFOLD_FN void check_range(char const* argument, int value, int least, int most, call_site site) {
  if (value >= least && value <= most) return;
  printf("lanefold: %s at %s:%d: %s is %d, and must be %d..%d (block(%u,%u,%u) thread(%u,%u,%u))\n", site.verb,
         site.file, site.line, argument, value, least, most, blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x,
         threadIdx.y, threadIdx.z);
  __trap();
}

LANEFOLD_FN void check_extent(index3 stated, call_site site) {
  if (stated.x == blockDim.x && stated.y == blockDim.y && stated.z == blockDim.z) return;
  printf(
      "lanefold: %s at %s:%d: the block is stated as block<%u, %u, %u>, and was launched with %u x %u x %u threads\n",
      site.verb, site.file, site.line, stated.x, stated.y, stated.z, blockDim.x, blockDim.y, blockDim.z);
  __trap();
}

LANEFOLD_FN void check_scratch(void const* scratch, call_site site) {
  if (__isShared(scratch)) return;
  printf("lanefold: %s at %s:%d: the scratch is not in shared memory: declare it by LANEFOLD_SHARED(name, type)\n",
         site.verb, site.file, site.line);
  __trap();
}

/// The caller is in its mask, and the lanes of the mask that are here with it pass the same one.
LANEFOLD_FN void check_mask(callers who) {
  unsigned lane;
  asm("mov.u32 %0, %%laneid;" : "=r"(lane));
  if ((who.mask >> lane & 1) == 0) fail("this lane is not in the group that it passes", who);
  unsigned const here = __activemask();
  unsigned const agreeing = __match_any_sync(here, who.mask);
  if ((who.mask & here & ~agreeing) != 0) fail("lanes of this group pass another group here", who);
}

LANEFOLD_FN void check_source(callers who, int source) {
  if ((who.mask >> source & 1) == 0) fail("the source lane is not in the group", who);
}

#else

LANEFOLD_FN void check_range(char const*, int, int, int, call_site) {}
LANEFOLD_FN void check_extent(index3, call_site) {}
LANEFOLD_FN void check_scratch(void const*, call_site) {}
LANEFOLD_FN void check_mask(callers) {}
LANEFOLD_FN void check_source(callers, int) {}

#endif

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
