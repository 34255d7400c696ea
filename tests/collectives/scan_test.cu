// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "support/lane_groups.cuh"
#include "support/scans.cuh"

struct automatic_path {
  template <class Value, class Group>
  static LANEFOLD_FN Group in(Group group) {
    return group;
  }
};
struct shuffle_path {
  template <class Value, class Group>
  static LANEFOLD_FN auto in(Group group) {
    return lf::via_shuffle(group);
  }
};
struct shared_path {
  template <class Value, class Group>
  static LANEFOLD_FN auto in(Group group) {
    return lf::via_shared(group, shared_scratch_of<Group, Value>(group));
  }
};

// ---- every group and path -------------------------------------------------------------------------------------------

TEST(Scan, EveryGroupBracketsAsTheTreeOfItsPrefix) {
  for_all_groups([](auto groups) {
    scan_with_init<automatic_path, bracketing, unsigned> const scan{0x12345678u};
    expect_in_groups(groups, inputs_for<unsigned>(32), scan, scan);
  });
}

TEST(Scan, EveryPathBracketsAsTheTreeOfItsPrefix) {
  for_warp_tile_and_lanes([](auto groups) {
    scan_with_init<shared_path, bracketing, unsigned> const shared{0x12345678u};
    expect_in_groups(groups, inputs_for<unsigned>(32), shared, shared);
  });
  scan_with_init<shuffle_path, bracketing, unsigned> const shuffle{0x12345678u};
  expect_in_groups(kind_of<lf::warp>(), inputs_for<unsigned>(32), shuffle, shuffle);
}

TEST(Scan, WithoutInitRankZeroGetsTheIdentity) {
  for_all_groups([](auto groups) {
    scan_from_identity<automatic_path, lf::plus> const scan{};
    expect_in_groups(groups, inputs_for<int>(32), scan, scan);
  });
  for_warp_tile_and_lanes([](auto groups) {
    scan_from_identity<shared_path, lf::minimum> const scan{};
    expect_in_groups(groups, inputs_for<float>(32), scan, scan);
  });
}

TEST(Scan, NotCommutativeOperatorsKeepTheOrderOfRanks) {
  for_warp_tile_and_lanes([](auto groups) {
    scan_with_init<automatic_path, matrix_product, matrix> const scan{{{2, 3, 5, 7}}};
    expect_in_groups(groups, inputs_for<matrix>(32), scan, scan);
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
};
TEST(Scan, LastPrefixIsTheReductionAndExclusiveIsThePrefixBelow) {
  for_warp_tile_and_lanes([](auto groups) {
    expect_in_groups(groups, inputs_for<float>(32), laws{}, [](std::vector<float> const& values, unsigned) {
      auto const prefix = prefixes(values, lf::plus{});
      std::vector<each<float, 8>> result;
      for (std::size_t r = 0; r < values.size(); ++r) {
        float const total = prefix.back(), below = r > 0 ? prefix[r - 1] : 0.0f;
        result.push_back({{total, total, total, total, prefix[r], prefix[r], below, below}});
      }
      return result;
    });
  });
}

struct sums_of_products {
  template <class Group>
  LANEFOLD_FN float operator()(Group group, each<float, 2> pair) const {
    return lf::inclusive_scan(group, pair.at[0] * pair.at[1]);
  }
};
TEST(Scan, SumOfProductsIsNotContracted) {
  for_warp_tile_and_lanes([](auto groups) {
    expect_in_groups(groups, inputs_for<each<float, 2>>(32), sums_of_products{}, [](auto const& pairs, unsigned) {
      std::vector<float> products;
      for (auto const& pair : pairs) products.push_back(lf::multiplies{}(pair.at[0], pair.at[1]));
      return prefixes(products, lf::plus{});
    });
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
};
TEST(Scan, OperatorAndInitAreToldApart) {
  input<int> const ones{"ones", std::vector<int>(32, 1)};
  expect_in_groups(kind_of<lf::warp>(), std::vector<input<int>>{ones}, overloads{},
                   [](std::vector<int> const& values, unsigned) {
                     std::vector<each<int, 8>> result;
                     for (int r = 0; r < static_cast<int>(values.size()); ++r) {
                       int const n = r + 1;
                       result.push_back({{n, n, n + 100, n + 100, r, r, r + 100, r + 100}});
                     }
                     return result;
                   });
}

/// Sums of bool are 0 or 1, and cannot be undone by subtraction.
struct scan_bools {
  template <class Group>
  LANEFOLD_FN each<int, 2> operator()(Group group, int value) const {
    bool const odd = value & 1;
    return {{lf::exclusive_scan(group, odd), lf::inclusive_scan(group, odd)}};
  }
};
TEST(Scan, BoolsSumToOneAtMost) {
  for_warp_tile_and_lanes([](auto groups) {
    expect_in_groups(groups, inputs_for<int>(32), scan_bools{}, [](std::vector<int> const& values, unsigned) {
      std::vector<each<int, 2>> result;
      bool any = false;
      for (int value : values) {
        bool const below = any;
        any = any || (value & 1);
        result.push_back({{below, any}});
      }
      return result;
    });
  });
}

struct scan_in_a_loop {
  static LANEFOLD_HD int trips(unsigned mask) { return static_cast<int>(mask % 7) % 4 + 1; }
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group group, unsigned value) const {
    for (int i = 0; i < trips(group.mask()); ++i) value = lf::inclusive_scan(group, value, bracketing{});
    return value;
  }
};
TEST(Scan, DivergentLoopsOverSeveralGroups) {
  for_each_schedule([] {
    expect_in_groups(kind_of<lf::lanes>(), inputs_for<unsigned>(32), scan_in_a_loop{},
                     [](std::vector<unsigned> values, unsigned mask) {
                       for (int i = 0; i < scan_in_a_loop::trips(mask); ++i) values = prefixes(values, bracketing{});
                       return values;
                     });
  });
}
