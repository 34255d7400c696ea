// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <lanefold/sim/operation.hpp>
#include <lanefold/sim/operations.hpp>
#include <lanefold/sim/simulator.hpp>

namespace lanefold::sim {
namespace {

/// The lanes of `among` whose value is that of the lowest of them.
std::uint32_t same_as_lowest(meeting all, std::uint32_t among) {
  request const& lowest = all[static_cast<unsigned>(__builtin_ctz(among))];
  std::uint32_t same = 0;
  for_each_lane(among,
                [&](unsigned l) { same |= std::uint32_t{std::memcmp(all[l].in, lowest.in, lowest.bytes) == 0} << l; });
  return same;
}

complaint any(meeting all) {
  for (std::uint32_t rest = all.lanes; rest != 0;) {
    std::uint32_t const same = same_as_lowest(all, rest);
    for_each_lane(same, [&](unsigned l) { give(all[l], same); });
    rest &= ~same;
  }
  return {};
}

complaint every(meeting all) {
  bool const alike = same_as_lowest(all, all.lanes) == all.lanes;
  for_each_lane(all.lanes, [&](unsigned l) {
    give(all[l], alike ? all.lanes : 0);
    if (all[l].flag != nullptr) *all[l].flag = alike;
  });
  return {};
}

}  // namespace

operation const operations::match_any{"match_any", &counts::matches, true, 0, 4, any};
operation const operations::match_all{"match_all", &counts::matches, true, 0, 4, every};

}  // namespace lanefold::sim
