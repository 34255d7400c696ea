// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <lanefold/sim/operation.hpp>
#include <lanefold/sim/operations.hpp>
#include <lanefold/sim/simulator.hpp>

namespace lanefold::sim {
namespace {

template <class Answer>
constexpr operation vote(char const* name, Answer) {
  return {name, &counts::votes, false, 0, 4, [](meeting all) {
            std::uint32_t yes = 0;
            for_each_lane(all.lanes, [&](unsigned l) { yes |= std::uint32_t{value_of<int>(all[l]) != 0} << l; });
            std::uint32_t const answer = Answer::of(yes, all.lanes);
            for_each_lane(all.lanes, [&](unsigned l) { give(all[l], answer); });
            return complaint{};
          }};
}

struct who {
  static std::uint32_t of(std::uint32_t yes, std::uint32_t) { return yes; }
};
struct every {
  static std::uint32_t of(std::uint32_t yes, std::uint32_t lanes) { return yes == lanes; }
};
struct some {
  static std::uint32_t of(std::uint32_t yes, std::uint32_t) { return yes != 0; }
};
struct alike {
  static std::uint32_t of(std::uint32_t yes, std::uint32_t lanes) { return yes == 0 || yes == lanes; }
};

}  // namespace

operation const operations::ballot = vote("ballot", who{});
operation const operations::vote_all = vote("all_of", every{});
operation const operations::vote_any = vote("any_of", some{});
operation const operations::vote_uniform = vote("uniform", alike{});

}  // namespace lanefold::sim
