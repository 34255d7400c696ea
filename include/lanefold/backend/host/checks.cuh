// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where a check fails, the simulator reports the call site and unwinds the block.

#include <lanefold/backend/call_site.cuh>

/// What must hold, and the sentence where it does not, told as printf would.
#define LANEFOLD_REQUIRE(condition, site, ...)                                                       \
  do {                                                                                               \
    if (__builtin_expect(!(condition), 0)) ::lanefold::sim::fail("PRECONDITION", site, __VA_ARGS__); \
  } while (false)
