// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Waiting for one another.

#include <lanefold/backend/host/checks.cuh>
#include <lanefold/sim/operations.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

LANEFOLD_FN void sync_warp(callers who) {
  sim::collective({&sim::operations::sync_warp, who.mask, 0, 0, 32, nullptr, nullptr, nullptr, who.site});
}
LANEFOLD_FN void sync_block(call_site site) { sim::sync_block(site, true); }
LANEFOLD_FN void sync_block_apart(call_site site) { sync_block(site); }

LANEFOLD_FN unsigned active_mask(call_site site) { return sim::active_mask(site); }
LANEFOLD_FN bool whole_warp_here(call_site) { return false; }  // each set by itself: masks are checked

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
