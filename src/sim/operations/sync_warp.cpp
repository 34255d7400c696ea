// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <lanefold/sim/operation.hpp>
#include <lanefold/sim/operations.hpp>
#include <lanefold/sim/simulator.hpp>

namespace lanefold::sim {

operation const operations::sync_warp{
    "sync_warp", &counts::warp_syncs, false, 0, 0, [](meeting) { return complaint{}; }};

}  // namespace lanefold::sim
