// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "support/scans.cuh"

template <class Operator, class Value, class Path = automatic>
constexpr scan_with_init<Path, Operator, Value> scan_after(Value init) {
  return {init};
}

// ---- every group, size, shape and path -------------------------------------------------------------------------------

TEST(Scan, EveryGroupBracketsAsTheTreeOfItsPrefix) {
  auto const check = [](auto groups) {
    auto const scan = scan_after<bracketing>(0x12345678u);
    expect_in_groups(groups, inputs_for<unsigned>(groups), scan, scan);
  };
  for_lane_groups(check);
  for_every_size(check);
}

TEST(Scan, BlocksOfEverySizeFixedAtCompileTimeBracketAsTheTreeOfTheirPrefix) {
  for_each_fixed_size([](auto block) {
    inclusive_scan_by<bracketing> const scan{};
    expect_in_groups(block, inputs_for<unsigned>(block), scan, scan);
  });
}

TEST(Scan, EveryPathBracketsAsTheTreeOfItsPrefix) {
  auto const check = [](auto groups) {
    auto const shared = scan_after<bracketing, unsigned, in_shared>(0x12345678u);
    expect_in_groups(groups, inputs_for<unsigned>(groups), shared, shared);
    auto const shuffle = scan_after<bracketing, unsigned, by_shuffle>(0x12345678u);
    expect_in_groups(groups, inputs_for<unsigned>(groups), shuffle, shuffle);
  };
  for_warp_tile_and_lanes(check);
  for_blocks<200>(check);
  for (int size : {1, 20, 32, 33, 500, 1024}) check(block_of(size));
}

TEST(Scan, WithoutInitRankZeroGetsTheIdentity) {
  auto const check = [](auto groups) {
    scan_from_identity<automatic, lf::plus> const sums{};
    expect_in_groups(groups, inputs_for<int>(groups), sums, sums);
  };
  for_lane_groups(check);
  for_blocks<1, 33, 64, 128, 256, 384, 768, 1000, 1024>(check);
  for_warp_tile_and_lanes([](auto groups) {
    scan_from_identity<in_shared, lf::minimum> const minima{};
    expect_in_groups(groups, inputs_for<float>(groups), minima, minima);
  });
  for_every_size([](auto block) {
    scan_from_identity<automatic, lf::maximum> const maxima{};
    expect_in_groups(block, inputs_for<int>(block), maxima, maxima);
  });
}

TEST(Scan, EightByteValuesOfEveryNumberOfRuns) {
  using eight_bytes = unsigned long long;
  for_blocks<128, 256, 384, 512, 640, 768, 896, 1024>([](auto block) {
    auto const brackets = scan_after<bracketing, eight_bytes>(0x123456789abcdef0u);
    expect_in_groups(block, inputs_for<eight_bytes>(block), brackets, brackets);
    scan_from_identity<automatic, lf::plus> const sums{};
    expect_in_groups(block, inputs_for<double>(block), sums, sums);
    expect_in_groups(block, inputs_for<long long>(block), sums, sums);
  });
  for_kinds<lf::block<32, 16>, lf::block<5, 8, 16>>([](auto block) {
    inclusive_scan_by<bracketing> const scan{};
    expect_in_groups(block, inputs_for<eight_bytes>(block), scan, scan);
  });
}

TEST(Scan, BlocksOfTwoAndThreeDimensionsRankXFastest) {
  for_each_shape([](auto block) {
    inclusive_scan_by<bracketing> const scan{};
    expect_in_groups(block, inputs_for<unsigned>(block), scan, scan);
  });
}

TEST(Scan, NotCommutativeOperatorsKeepTheOrderOfRanks) {
  for_warp_tile_and_lanes([](auto groups) {
    auto const scan = scan_after<matrix_product>(matrix{{2, 3, 5, 7}});
    expect_in_groups(groups, inputs_for<matrix>(groups), scan, scan);
    inclusive_scan_by<concatenate> const spell{};
    expect_in_groups(groups, one_letter_each(), spell, spell);
  });
}

// ---- laws and contracts ---------------------------------------------------------------------------------------------

/// Both sides of each law, found by the library: the results come in equal pairs.
struct laws {
  template <class Group>
  LANEFOLD_FN each<float, 8> operator()(Group group, float value) const {
    int const rank = group.rank(), last = group.size() - 1;
    float const inclusive = lf::inclusive_scan(group, value);
    float const exclusive = lf::exclusive_scan(group, value);
    float const reduction = lf::sum(group, value);
    float const below = lf::shuffle(group, inclusive, rank > 0 ? rank - 1 : 0);
    auto const [prefix, total] = lf::inclusive_scan_with_total(group, value);
    return {{lf::shuffle(group, inclusive, last), reduction, total, reduction, prefix, inclusive, exclusive,
             rank > 0 ? below : 0.0f}};
  }
  auto operator()(std::vector<float> const& values, unsigned) const {
    auto const prefix = prefixes(values, lf::plus{});
    std::vector<each<float, 8>> result;
    for (std::size_t r = 0; r < values.size(); ++r) {
      float const total = prefix.back(), below = r > 0 ? prefix[r - 1] : 0.0f;
      result.push_back({{total, total, total, total, prefix[r], prefix[r], below, below}});
    }
    return result;
  }
};
TEST(Scan, LastPrefixIsTheReductionAndExclusiveIsThePrefixBelow) {
  for_warp_tile_and_lanes([](auto groups) { expect_in_groups(groups, inputs_for<float>(groups), laws{}, laws{}); });
}

struct sums_of_products {
  template <class Group>
  LANEFOLD_FN float operator()(Group group, each<float, 2> pair) const {
    return lf::inclusive_scan(group, pair.at[0] * pair.at[1]);
  }
  auto operator()(std::vector<each<float, 2>> const& pairs, unsigned) const {
    std::vector<float> products;
    for (auto const& pair : pairs) products.push_back(lf::multiplies{}(pair.at[0], pair.at[1]));
    return prefixes(products, lf::plus{});
  }
};
TEST(Scan, SumOfProductsIsNotContracted) {
  for_one_of_each([](auto groups) {
    expect_in_groups<float>(groups, inputs_for<each<float, 2>>(groups), sums_of_products{}, sums_of_products{});
  });
}

/// Every overload, so that an init is never taken for an operator.
struct overloads {
  template <class Group>
  LANEFOLD_FN each<int, 8> operator()(Group group, int value) const {
    lf::plus const op{};
    return {{lf::inclusive_scan(group, value), lf::inclusive_scan(group, value, op),
             lf::inclusive_scan(group, value, op, 100), lf::inclusive_scan(group, value, op, short{100}),
             lf::exclusive_scan(group, value), lf::exclusive_scan(group, value, op),
             lf::exclusive_scan(group, value, op, 100), lf::exclusive_scan(group, value, op, short{100})}};
  }
  auto operator()(std::vector<int> const& values, unsigned) const {
    std::vector<each<int, 8>> result;
    int sum = 0;
    for (int value : values) {
      int const below = sum;
      sum += value;
      result.push_back({{sum, sum, sum + 100, sum + 100, below, below, below + 100, below + 100}});
    }
    return result;
  }
};
TEST(Scan, OperatorAndInitAreToldApart) {
  for_kinds<lf::warp, lf::block<96>>([](auto groups) {
    std::vector<input<int>> const ones{{"ones", std::vector<int>(groups.count(), 1)}};
    expect_in_groups(groups, ones, overloads{}, overloads{});
  });
}

/// Sums of bool are 0 or 1, and cannot be undone by subtraction.
struct scan_bools {
  template <class Group>
  LANEFOLD_FN each<int, 2> operator()(Group group, int value) const {
    bool const odd = value & 1;
    return {{lf::exclusive_scan(group, odd), lf::inclusive_scan(group, odd)}};
  }
  auto operator()(std::vector<int> const& values, unsigned) const {
    std::vector<each<int, 2>> result;
    bool any = false;
    for (int value : values) {
      bool const below = any;
      any = any || (value & 1);
      result.push_back({{below, any}});
    }
    return result;
  }
};
TEST(Scan, BoolsSumToOneAtMost) {
  for_one_of_each(
      [](auto groups) { expect_in_groups<bool>(groups, inputs_for<int>(groups), scan_bools{}, scan_bools{}); });
}

struct scan_in_a_loop {
  static LANEFOLD_HD int trips(unsigned mask) { return static_cast<int>(mask % 7) % 4 + 1; }
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group group, unsigned value) const {
    for (int i = 0; i < trips(group.mask()); ++i) value = lf::inclusive_scan(group, value, bracketing{});
    return value;
  }
  auto operator()(std::vector<unsigned> values, unsigned mask) const {
    for (int i = 0; i < trips(mask); ++i) values = prefixes(values, bracketing{});
    return values;
  }
};
TEST(Scan, DivergentLoopsOverSeveralGroups) {
  for_each_schedule(
      [] { expect_in_groups(kind_of<lf::lanes>(), inputs_for<unsigned>(32), scan_in_a_loop{}, scan_in_a_loop{}); });
}
