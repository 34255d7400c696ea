// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "support/groups.cuh"
#include "support/operators.hpp"

/// The lanes of the group with equal keys, per rank.
template <class KeyOf>
std::vector<unsigned> parts(std::vector<int> const& values, unsigned mask, KeyOf key_of) {
  std::vector<int> lane_of;
  for (int lane = 0; lane < 32; ++lane) {
    if (mask >> lane & 1) lane_of.push_back(lane);
  }
  std::vector<unsigned> result;
  for (int mine : values) {
    unsigned part = 0;
    for (std::size_t other = 0; other < values.size(); ++other) {
      if (key_of(mine) == key_of(values[other])) part |= 1u << lane_of[other];
    }
    result.push_back(part);
  }
  return result;
}

struct split_in_two {
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group group, int value) const {
    return lf::partition(group, value & 1).mask();
  }
};
struct split_by_label {
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group group, int value) const {
    return lf::partition_by(group, value % 4).mask();
  }
};

TEST(Partition, SplitsEveryGroupInTwo) {
  for_lane_groups([](auto groups) {
    expect_in_groups(groups, inputs_for<int>(32), split_in_two{}, [](auto const& values, unsigned mask) {
      return parts(values, mask, [](int value) { return value & 1; });
    });
  });
}

TEST(Partition, SplitsEveryGroupByLabel) {
  for_lane_groups([](auto groups) {
    expect_in_groups(groups, inputs_for<int>(32), split_by_label{}, [](auto const& values, unsigned mask) {
      return parts(values, mask, [](int value) { return value % 4; });
    });
  });
}

/// The parts work at once, each with another verb count, and split again.
struct work_in_parts {
  template <class Group>
  LANEFOLD_FN each<int, 3> operator()(Group group, int value) const {
    lf::lanes const part = lf::partition_by(group, value % 4);
    each<int, 3> result{{part.size(), lf::sum(part, value & 0xff), 0}};
    if (value & 1) {
      lf::lanes const half = lf::partition(part, value & 4);
      result.at[2] = lf::inclusive_scan(half, 1);
    } else {
      for (int i = 0; i < part.size(); ++i) result.at[2] += lf::shuffle(part, value & 0xff, i);
    }
    return result;
  }
};
TEST(Partition, PartsWorkAtOnceInDivergentCode) {
  for_each_schedule([] {
    for_warp_tile_and_lanes([](auto groups) {
      expect_in_groups(groups, inputs_for<int>(32), work_in_parts{}, [](std::vector<int> const& values, unsigned) {
        std::vector<each<int, 3>> result;
        for (std::size_t mine = 0; mine < values.size(); ++mine) {
          int const key = values[mine] % 4;
          int size = 0, sum = 0, place = 0;
          for (std::size_t other = 0; other < values.size(); ++other) {
            if (values[other] % 4 != key) continue;
            size += 1;
            sum += values[other] & 0xff;
            if (other <= mine && (values[other] & 4) == (values[mine] & 4)) place += 1;
          }
          result.push_back({{size, sum, values[mine] & 1 ? place : sum}});
        }
        return result;
      });
    });
  });
}

/// Whoever is here: this lane is among them, they are lanes of the warp, and they can work together at once.
struct whoever_is_here {
  template <class Group>
  LANEFOLD_FN each<unsigned, 3> operator()(Group group, int) const {
    lf::lanes const here = lf::opportunistic_lanes();
    unsigned const me = 1u << lf::lane_id();
    bool const agreed = lf::match_all(here, here.mask());
    return {{(here.mask() & me) != 0, agreed, (here.mask() & group.mask()) != 0}};
  }
};
TEST(Partition, OpportunisticLanesHoldThisLaneAndAgree) {
  for_each_schedule([] {
    expect_in_groups(kind_of<lf::lanes>(), inputs_for<int>(32), whoever_is_here{},
                     [](std::vector<int> const& values, unsigned) {
                       return std::vector<each<unsigned, 3>>(values.size(), {{1, 1, 1}});
                     });
  });
}
