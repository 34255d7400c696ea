// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <cstring>

#include "support/groups.cuh"

int positive_mod(int a, int n) { return (a % n + n) % n; }

/// What an out-of-range shuffle leaves: the lane's own value, and the word that it was out of range.
template <class Value>
lf::received<Value> received_from(std::vector<Value> const& values, int rank, int source) {
  bool const valid = source >= 0 && source < static_cast<int>(values.size());
  return {values[static_cast<std::size_t>(valid ? source : rank)], valid};
}
/// An oracle from the result of one rank.
template <class OfRank>
auto by_rank(OfRank of_rank) {
  return [of_rank](auto const& values, unsigned) {
    std::vector<decltype(of_rank(values, 0))> result;
    for (int rank = 0; rank < static_cast<int>(values.size()); ++rank) result.push_back(of_rank(values, rank));
    return result;
  };
}

// ---- every group, every distance ------------------------------------------------------------------------------------

struct shuffle_from {
  int source;
  template <class Group, class Value>
  LANEFOLD_FN each<Value, 2> operator()(Group group, Value value) const {
    return {{lf::shuffle(group, value, source), lf::shuffle(group, value, source + 5 * group.rank())}};
  }
};
TEST(Shuffle, SourceIsTakenModuloTheSizeOfEveryGroup) {
  for_lane_groups([](auto groups) {
    for (int source = -40; source <= 70; source += source > 0 && source < 32 ? 1 : 5) {
      expect_in_groups(groups, inputs_for<int>(32), shuffle_from{source}, by_rank([&](auto const& values, int rank) {
                         auto const at = [&](int from) {
                           return values[static_cast<std::size_t>(positive_mod(from, static_cast<int>(values.size())))];
                         };
                         return each<int, 2>{{at(source), at(source + 5 * rank)}};
                       }));
    }
  });
}

/// try_shuffle_up, _down, _xor.
struct shuffle_by {
  int distance;
  template <class Group, class Value>
  LANEFOLD_FN each<lf::received<Value>, 3> operator()(Group group, Value value) const {
    return {{lf::try_shuffle_up(group, value, distance), lf::try_shuffle_down(group, value, distance),
             lf::try_shuffle_xor(group, value, distance < 32 ? distance : 0)}};
  }
};
TEST(Shuffle, UpDownAndXorKeepTheOwnValueOutOfRange) {
  for_lane_groups([](auto groups) {
    for (int distance = 0; distance <= 32; ++distance) {
      expect_in_groups(
          groups, inputs_for<int>(32), shuffle_by{distance}, by_rank([&](auto const& values, int rank) {
            return each<lf::received<int>, 3>{{received_from(values, rank, rank - distance),
                                               received_from(values, rank, rank + distance),
                                               received_from(values, rank, rank ^ (distance < 32 ? distance : 0))}};
          }));
    }
  });
}

struct xor_beyond {
  int bits;
  template <class Group>
  LANEFOLD_FN lf::received<int> operator()(Group group, int value) const {
    return lf::try_shuffle_xor(group, value, bits);
  }
};
TEST(Shuffle, XorBeyondTheGroupIsOutOfRange) {
  for_lane_groups([](auto groups) {
    for (int bits = 1; bits < 32; bits = bits * 2 + bits % 3) {
      expect_in_groups(groups, inputs_for<int>(32), xor_beyond{bits},
                       by_rank([&](auto const& values, int rank) { return received_from(values, rank, rank ^ bits); }));
    }
  });
}

/// The verbs without the flag, and broadcast with and without a source.
struct plain_verbs {
  template <class Group>
  LANEFOLD_FN each<int, 5> operator()(Group group, int value) const {
    return {{lf::shuffle_up(group, value, 1), lf::shuffle_down(group, value, 1), lf::shuffle_xor(group, value, 1),
             lf::broadcast(group, value), lf::broadcast(group, value, group.size() - 1)}};
  }
};
TEST(Shuffle, PlainVerbsAndBroadcast) {
  for_lane_groups([](auto groups) {
    expect_in_groups(
        groups, inputs_for<int>(32), plain_verbs{}, by_rank([](auto const& values, int rank) {
          return each<int, 5>{{received_from(values, rank, rank - 1).value, received_from(values, rank, rank + 1).value,
                               received_from(values, rank, rank ^ 1).value, values.front(), values.back()}};
        }));
  });
}

// ---- every value ----------------------------------------------------------------------------------------------------

/// Reversed, and from the next rank.
struct move_about {
  template <class Group, class Value>
  LANEFOLD_FN each<Value, 2> operator()(Group group, Value value) const {
    return {{lf::shuffle(group, value, group.size() - 1 - group.rank()), lf::shuffle_down(group, value, 1)}};
  }
};
template <class Value, class Group>
void expect_moved(group_kind<Group> const& groups) {
  expect_in_groups(groups, inputs_for<Value>(32), move_about{}, by_rank([](auto const& values, int rank) {
                     int const last = static_cast<int>(values.size()) - 1;
                     return each<Value, 2>{
                         {received_from(values, rank, last - rank).value, received_from(values, rank, rank + 1).value}};
                   }));
}

template <class T>
struct ShuffleValue : testing::Test {};
TYPED_TEST_SUITE(ShuffleValue, number_types, type_names);
TYPED_TEST(ShuffleValue, NumbersArriveBitForBit) {
  expect_moved<TypeParam>(kind_of<lf::warp>());
  expect_moved<TypeParam>(kind_of<lf::lanes>());
}

/// A struct of each size from 1 to 33 bytes, one below the other: the first bytes of the next rank's value.
struct move_every_size {
  template <int Size, class Group>
  static LANEFOLD_FN void move(Group group, bytes<33> const& value, each<bytes<33>, 33>& result) {
    bytes<Size> part;
    memcpy(&part, &value, Size);
    part = lf::shuffle_down(group, part, 1);
    memcpy(&result.at[Size - 1], &part, Size);
    if constexpr (Size < 33) move<Size + 1>(group, value, result);
  }
  template <class Group>
  LANEFOLD_FN each<bytes<33>, 33> operator()(Group group, bytes<33> value) const {
    each<bytes<33>, 33> result{};
    move<1>(group, value, result);
    return result;
  }
};
TEST(Shuffle, StructsOfOneTo33Bytes) {
  expect_in_groups(
      kind_of<lf::warp>(), inputs_for<bytes<33>>(32), move_every_size{}, by_rank([](auto const& values, int rank) {
        each<bytes<33>, 33> result{};
        for (std::size_t size = 1; size <= 33; ++size) {
          std::memcpy(&result.at[size - 1], &values[static_cast<std::size_t>(rank < 31 ? rank + 1 : rank)], size);
        }
        return result;
      }));
}

// Elsewhere the width was ignored for values of several words, or compared with the index of the word.
TEST(Shuffle, ValuesOfManyWordsStayWithinTheirTile) {
  expect_moved<bytes<33>>(kind_of<lf::tile<4>>());
  expect_moved<bytes<64>>(kind_of<lf::tile<2>>());
  expect_moved<each<double, 8>>(kind_of<lf::tile<8>>());
  expect_moved<bytes<33>>(kind_of<lf::lanes>());
}

TEST(Shuffle, PaddedStructsAndVectors) {
  expect_moved<padded_tail>(kind_of<lf::lanes>());
  expect_moved<padded_middle>(kind_of<lf::lanes>());
  expect_moved<vector2>(kind_of<lf::lanes>());
  expect_moved<vector4>(kind_of<lf::lanes>());
}

/// No default constructor, a const member: trivially copyable all the same.
struct only_from_int {
  int const value;
  explicit LANEFOLD_HD only_from_int(int v) : value(v) {}
};
struct move_without_default {
  template <class Group>
  LANEFOLD_FN int operator()(Group group, int value) const {
    return lf::shuffle(group, only_from_int(value), group.rank() + 1).value;
  }
};
TEST(Shuffle, ValuesNeedNoDefaultConstructor) {
  expect_in_groups(
      kind_of<lf::warp>(), inputs_for<int>(32), move_without_default{},
      by_rank([](auto const& values, int rank) { return values[static_cast<std::size_t>(rank + 1) % 32]; }));
}

// ---- divergence -----------------------------------------------------------------------------------------------------

struct shuffle_in_a_loop {
  static LANEFOLD_HD int trips(unsigned mask) { return static_cast<int>(mask % 5) + 1; }
  template <class Group>
  LANEFOLD_FN int operator()(Group group, int value) const {
    for (int i = 0; i < trips(group.mask()); ++i) {
      value = group.mask() & 1 ? lf::shuffle(group, value, group.rank() + 1) : lf::shuffle_down(group, value, 1);
    }
    return value;
  }
};
TEST(Shuffle, GroupsOfOneWarpShuffleIndependently) {
  for_each_schedule([] {
    expect_in_groups(kind_of<lf::lanes>(), inputs_for<int>(32), shuffle_in_a_loop{},
                     [](std::vector<int> values, unsigned mask) {
                       for (int i = 0; i < shuffle_in_a_loop::trips(mask); ++i) {
                         int const first = values.front(), last = values.back();
                         values.erase(values.begin());
                         values.push_back(mask & 1 ? first : last);
                       }
                       return values;
                     });
  });
}
