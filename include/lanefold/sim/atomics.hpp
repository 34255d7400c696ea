// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// How simulated code changes memory that other lanes see.

#include <lanefold/sim/interface.hpp>

namespace lanefold::sim {

/// Applies `change` atomically, in the memory order of the __atomic built-ins; returns the value before. Other lanes get a
/// turn after it.
template <class T, class Change>
T atomically(T* address, Change change, int order, call_site site) {
  T before, after;
  __atomic_load(address, &before, __ATOMIC_RELAXED);
  do {
    after = change(before);
  } while (!__atomic_compare_exchange(address, &before, &after, true, order, __ATOMIC_RELAXED));
  yield(site, __builtin_memcmp(&before, &after, sizeof(T)) != 0);
  return before;
}

}  // namespace lanefold::sim
