// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <cstring>

#include "support/groups.cuh"

/// match_any, and match_all as 0 or 1.
struct matches {
  template <class Group, class Value>
  LANEFOLD_FN each<unsigned, 2> operator()(Group group, Value value) const {
    return {{lf::match_any(group, value), lf::match_all(group, value)}};
  }
  template <class Value>
  auto operator()(std::vector<Value> const& values, unsigned mask) const {
    std::vector<int> lane_of;
    for (int lane = 0; lane < 32; ++lane) {
      if (mask >> lane & 1) lane_of.push_back(lane);
    }
    std::vector<each<unsigned, 2>> result;
    for (Value const& mine : values) {
      unsigned same_bits = 0;
      for (std::size_t other = 0; other < values.size(); ++other) {
        if (std::memcmp(&mine, &values[other], sizeof(Value)) == 0) same_bits |= 1u << lane_of[other];
      }
      result.push_back({{same_bits, same_bits == mask}});
    }
    return result;
  }
};

/// Values of which many are equal, and some differ in one byte alone.
template <class T>
std::vector<input<T>> labels(std::uint64_t seed = test_seed()) {
  random_source random(seed);
  std::vector<input<T>> inputs;
  for (unsigned distinct : {1u, 2u, 5u, 32u}) {
    std::vector<T> choices(distinct, random_value<T>(random));
    for (T& choice : choices) {
      auto* const byte = reinterpret_cast<unsigned char*>(&choice);
      byte[random.below(sizeof(T))] ^= static_cast<unsigned char>(random.below(255) + 1);
    }
    input<T> next{std::to_string(distinct) + " distinct", {}};
    for (int lane = 0; lane < 32; ++lane) next.values.push_back(choices[random.below(distinct)]);
    inputs.push_back(next);
  }
  input<T> odd_one_out = inputs[0];
  odd_one_out.name = "the last byte of lane 31 differs";
  reinterpret_cast<unsigned char*>(&odd_one_out.values[31])[sizeof(T) - 1] ^= 0x80;
  inputs.push_back(odd_one_out);
  return inputs;
}

TEST(Match, EveryGroupMatchesItsOwnLanesOnly) {
  for_lane_groups([](auto groups) {
    expect_in_groups(groups, inputs_for<int>(32), matches{}, matches{});
    expect_in_groups(groups, labels<int>(), matches{}, matches{});
  });
}

template <class T>
struct MatchNumber : testing::Test {};
TYPED_TEST_SUITE(MatchNumber, number_types, type_names);

TYPED_TEST(MatchNumber, ComparesBits) {
  expect_in_groups(kind_of<lf::lanes>(), labels<TypeParam>(), matches{}, matches{});
  expect_in_groups(kind_of<lf::lanes>(), inputs_for<TypeParam>(32), matches{}, matches{});
}

TEST(Match, StructsOfEverySize) {
  auto const check = [](auto sample) {
    expect_in_groups(kind_of<lf::lanes>(), labels<decltype(sample)>(), matches{}, matches{});
  };
  check(bytes<1>{});
  check(bytes<3>{});
  check(bytes<5>{});
  check(bytes<8>{});
  check(bytes<9>{});
  check(bytes<12>{});
  check(bytes<17>{});
  check(bytes<33>{});
  check(vector4{});
}

TEST(Match, ZerosOfBothSignsDifferAndEqualNaNsMatch) {
  float const nan = std::numeric_limits<float>::quiet_NaN();
  input<float> in{"zeros and NaNs", std::vector<float>(32, 0.0f)};
  for (std::size_t lane = 0; lane < 32; lane += 4) in.values[lane] = -0.0f, in.values[lane + 1] = nan;
  expect_in_groups(kind_of<lf::warp>(), std::vector<input<float>>{in}, matches{},
                   [](std::vector<float> const&, unsigned) {
                     std::vector<each<unsigned, 2>> result;
                     for (unsigned lane = 0; lane < 32; ++lane) {
                       unsigned const expected[] = {0x11111111u, 0x22222222u, 0xccccccccu, 0xccccccccu};
                       result.push_back({{expected[lane % 4], 0}});
                     }
                     return result;
                   });
}

TEST(Match, SeveralGroupsAtOnceUnderEverySchedule) {
  for_each_schedule([] { expect_in_groups(kind_of<lf::lanes>(), labels<bytes<9>>(), matches{}, matches{}); });
}
