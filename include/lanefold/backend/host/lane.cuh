// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who this lane is, and what it does alone.

#include <lanefold/backend/config.cuh>
#include <lanefold/base/index3.cuh>
#include <lanefold/sim/interface.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

constexpr bool simulated = true;

LANEFOLD_FN unsigned lane_id() { return sim::self().lane; }
LANEFOLD_FN index3 thread_index() { return sim::self().thread; }
LANEFOLD_FN index3 block_index() { return sim::self().block; }
LANEFOLD_FN index3 block_extent() { return sim::self().block_extent; }
LANEFOLD_FN index3 grid_extent() { return sim::self().grid_extent; }
LANEFOLD_FN void* dynamic_shared() { return sim::dynamic_shared_memory(); }
LANEFOLD_FN bool is_shared(void const* address) { return sim::in_shared_memory(address); }

LANEFOLD_HD int popcount(unsigned x) { return __builtin_popcount(x); }
/// Index of the lowest / highest set bit; x is not 0.
LANEFOLD_HD int lowest_bit(unsigned x) { return __builtin_ctz(x); }
LANEFOLD_HD int highest_bit(unsigned x) { return 31 - __builtin_clz(x); }

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
