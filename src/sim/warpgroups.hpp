// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Products of four warps that have been asked for, and what is known of the accumulators until they are there.

#include <lanefold/sim/operation.hpp>
#include <lanefold/sim/warpgroups.hpp>

#include <vector>

#include "gang.hpp"

namespace lanefold::sim {

/// A warp's part of D, while products are to change it. The lanes' own words hold poison meanwhile.
struct accumulators {
  std::uint32_t* of_lane[32];
  unsigned words;                     ///< a lane
  std::uint64_t last;                 ///< the number of the last product that changes them
  call_site site;                     ///< where it was asked for
  std::vector<std::uint32_t> values;  ///< lane after lane
};

/// One product; what the four warps bring is the same but for their accumulators.
struct product {
  operation const* op;
  wgmma_operands operands;
  call_site site;
  unsigned asked = 0;  ///< the warps that have asked: one bit each
  std::uint32_t* values[4];
};

/// Computes 64 rows of D from what lies in shared memory.
using multiply_function = void(product const& what, char const* shared);
multiply_function* multiply_of(operation const& op);
/// What is wrong with the descriptors, or null. `shared_bytes`: how much shared memory there is.
char const* wrong_operands(operation const& op, wgmma_operands const& operands, std::size_t shared_bytes);

struct warpgroup {
  /// How far one warp has come. Products are numbered from 0.
  struct part {
    std::uint64_t asked = 0;             ///< products
    std::uint64_t covered = 0;           ///< products that its last wait is for
    std::vector<std::uint64_t> commits;  ///< groups not waited for yet: how many products it had asked for
    std::vector<accumulators> under_way;
    bool fenced = false;
  };
  part parts[4];
  std::vector<product> products;  ///< not carried out yet
  std::uint64_t done = 0;         ///< those that are
  barrier met;                    ///< a phase ends where the fourth warp has asked for a product

  std::uint64_t asked_by_all() const {
    std::uint64_t least = parts[0].asked;
    for (part const& p : parts) least = p.asked < least ? p.asked : least;
    return least;
  }
};

}  // namespace lanefold::sim
