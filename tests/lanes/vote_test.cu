// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "support/groups.cuh"

/// ballot, all_of, any_of, none_of, uniform.
struct votes {
  template <class Group>
  LANEFOLD_FN each<unsigned, 5> operator()(Group group, unsigned value) const {
    bool const odd = value & 1;
    return {{lf::ballot(group, odd), lf::all_of(group, odd), lf::any_of(group, odd), lf::none_of(group, odd),
             lf::uniform(group, odd)}};
  }
  auto operator()(std::vector<unsigned> const& values, unsigned mask) const {
    unsigned ballot = 0, count = 0;
    std::size_t rank = 0;
    for (unsigned lane = 0; lane < 32; ++lane) {
      if ((mask >> lane & 1) == 0) continue;
      if (values[rank++] & 1) ballot |= 1u << lane, ++count;
    }
    bool const all = count == values.size(), none = count == 0;
    return std::vector<each<unsigned, 5>>(values.size(), {{ballot, all, !none, none, all || none}});
  }
};

std::vector<input<unsigned>> predicates() {
  auto inputs = inputs_for<unsigned>(32);
  inputs.push_back({"all false", std::vector<unsigned>(32, 0)});
  inputs.push_back({"all true", std::vector<unsigned>(32, 1)});
  for (std::size_t lane = 0; lane < 32; ++lane) {
    inputs.push_back({"only lane " + std::to_string(lane), std::vector<unsigned>(32, 0)});
    inputs.back().values[lane] = 1;
    inputs.push_back({"all but lane " + std::to_string(lane), std::vector<unsigned>(32, 1)});
    inputs.back().values[lane] = 0;
  }
  return inputs;
}

TEST(Vote, EveryVoteInEveryGroupCountsItsOwnLanesOnly) {
  for_lane_groups([](auto groups) { expect_in_groups(groups, predicates(), votes{}, votes{}); });
}

/// A group whose lanes stand in both arms of a branch: one vote all the same.
struct vote_from_both_arms {
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group group, unsigned value) const {
    if (value & 2) {
      return lf::ballot(group, value & 1);
    } else {
      return lf::ballot(group, value & 1);
    }
  }
};
TEST(Vote, BothArmsOfABranchJoinOneVote) {
  for_each_schedule([] {
    lanes_meet_from_several_calls();
    for_lane_groups([](auto groups) {
      expect_in_groups(groups, predicates(), vote_from_both_arms{}, [](auto const& values, unsigned mask) {
        std::vector<unsigned> result;
        for (auto const& one : votes{}(values, mask)) result.push_back(one.at[0]);
        return result;
      });
    });
  });
}

/// Groups of one warp that vote different numbers of times.
struct votes_in_a_loop {
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group group, unsigned value) const {
    unsigned hash = 0;
    for (unsigned i = 0; i < group.mask() % 5 + 1; ++i) hash = hash * 31 + lf::ballot(group, value >> i & 1);
    return hash;
  }
};
TEST(Vote, DivergentLoopsOverSeveralGroups) {
  for_each_schedule([] {
    expect_in_groups(kind_of<lf::lanes>(), predicates(), votes_in_a_loop{},
                     [](std::vector<unsigned> const& values, unsigned mask) {
                       unsigned hash = 0;
                       for (unsigned i = 0; i < mask % 5 + 1; ++i) {
                         std::vector<unsigned> shifted;
                         for (unsigned value : values) shifted.push_back(value >> i);
                         hash = hash * 31 + votes{}(shifted, mask)[0].at[0];
                       }
                       return std::vector<unsigned>(values.size(), hash);
                     });
  });
}
