// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <cmath>

#include "support/reductions.cuh"

// ---- every group, size, shape and path -------------------------------------------------------------------------------

TEST(Reduce, EveryGroupBracketsAsTheTree) {
  auto const check = [](auto groups) {
    reduce_by<bracketing, automatic, unsynced, in_shared> const reduce{};
    expect_in_groups(groups, inputs_for<unsigned>(groups), reduce, reduce);
  };
  for_lane_groups(check);
  for_each_fixed_size(check);
  for_every_size(check);
}

TEST(Reduce, IntegerSumsByEveryPath) {
  auto const check = [](auto groups) {
    reduce_by<lf::plus, automatic, by_redux, by_shuffle> const sum{};
    expect_in_groups(groups, inputs_for<int>(groups), sum, sum);
  };
  for_lane_groups(check);
  for_blocks<1, 33, 64, 96, 128, 256, 512, 1000, 1024>(check);
}

TEST(Reduce, FloatMaximaByBothPathsInBlocksOfEverySize) {
  for_every_size([](auto block) {
    reduce_by<lf::maximum, by_redux, by_shuffle> const maximum{};
    expect_in_groups(block, inputs_for<float>(block), maximum, maximum);
  });
}

TEST(Reduce, BlocksOfTwoAndThreeDimensionsRankXFastest) {
  for_each_shape([](auto block) {
    reduce_by<bracketing, automatic> const reduce{};
    expect_in_groups(block, inputs_for<unsigned>(block), reduce, reduce);
  });
}

TEST(Reduce, NotCommutativeOperatorsKeepTheOrderOfRanks) {
  for_warp_tile_and_lanes([](auto groups) {
    reduce_by<matrix_product, automatic, by_shuffle> const multiply{};
    expect_in_groups(groups, inputs_for<matrix>(groups), multiply, multiply);
    reduce_by<concatenate, automatic> const spell{};
    expect_in_groups(groups, one_letter_each(), spell, spell);
  });
}

TEST(Reduce, SumProductMinMaxAreTheReductionsTheyAreNamedAfter) {
  for_one_of_each(
      [](auto groups) { expect_in_groups(groups, inputs_for<float>(groups), named_verbs{}, named_verbs{}); });
}

TEST(Reduce, FloatSumIsWithinItsErrorBound) {
  for (input<float> const& in : inputs_for<float>(32)) {
    double exact = 0, magnitude = 0;
    bool finite = true;
    for (float x : in.values) {
      exact += x;
      magnitude += std::fabs(x);
      finite = finite && std::fabs(x) < 1e30f;
    }
    // Five levels, each rounds by half a unit in the last place at most.
    if (!finite) continue;
    EXPECT_NEAR(tree(in.values, lf::plus{}), exact, magnitude * 5 * 6e-8) << in.name << ", " << seed_text();
  }
}

// ---- contracts ------------------------------------------------------------------------------------------------------

// Zero is a fine identity of a sum and a wrong one of a maximum or a product: absent lanes take no part.
TEST(Reduce, AbsentLanesTakeNoPart) {
  for_kinds<lf::lanes, lf::tile<4>, lf::block<20>>([](auto groups) {
    input<int> negatives{"negatives", {}}, positives{"positives", {}};
    for (int i = 0; i < static_cast<int>(groups.count()); ++i) {
      negatives.values.push_back(-100 + i);
      positives.values.push_back(1 + i % 2);
    }
    expect_in_groups(groups, std::vector<input<int>>{negatives, positives}, named_verbs{}, named_verbs{});
  });
}

// logical_and over one lane combines nothing: 5 stays 5 on every path.
TEST(Reduce, OneRankKeepsItsValue) {
  for_kinds<lf::tile<1>, lf::lanes, lf::block<1>>([](auto groups) {
    reduce_by<lf::logical_and, automatic, by_shuffle> const reduce{};
    std::vector<input<int>> const fives{{"five", std::vector<int>(groups.count(), 5)}};
    expect_in_groups(groups, fives, reduce, reduce);
  });
}

/// A product that only its own lane could fuse into the sum must be rounded there, too.
struct sum_of_products {
  template <class Group, class Number>
  LANEFOLD_FN Number operator()(Group group, each<Number, 2> pair) const {
    return lf::sum(group, pair.at[0] * pair.at[1]);
  }
  template <class Number>
  auto operator()(std::vector<each<Number, 2>> const& pairs, unsigned) const {
    std::vector<Number> products;
    for (auto const& pair : pairs) products.push_back(lf::multiplies{}(pair.at[0], pair.at[1]));
    return for_every_rank(pairs, tree(products, lf::plus{}));
  }
};
TEST(Reduce, SumOfProductsIsNotContracted) {
  for_one_of_each([](auto groups) {
    auto const check = [&](auto zero) {
      using number = decltype(zero);
      expect_in_groups<number>(groups, inputs_for<each<number, 2>>(groups), sum_of_products{}, sum_of_products{});
    };
    check(0.0f);
    check(0.0);
  });
}

/// Groups leave the loop at different times, while others still reduce.
struct sum_in_a_loop {
  static LANEFOLD_HD int trips(unsigned mask) { return static_cast<int>(mask % 7) % 4 + 1; }
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group group, unsigned value) const {
    for (int i = 0; i < trips(group.mask()); ++i) value = lf::sum(group, value) + static_cast<unsigned>(group.rank());
    return value;
  }
  auto operator()(std::vector<unsigned> values, unsigned mask) const {
    for (int i = 0; i < trips(mask); ++i) {
      std::vector<unsigned> const totals = for_every_rank(values, tree(values, lf::plus{}));
      for (std::size_t rank = 0; rank < values.size(); ++rank)
        values[rank] = totals[rank] + static_cast<unsigned>(rank);
    }
    return values;
  }
};
TEST(Reduce, DivergentLoopsOverSeveralGroups) {
  for_each_schedule(
      [] { expect_in_groups(kind_of<lf::lanes>(), inputs_for<unsigned>(32), sum_in_a_loop{}, sum_in_a_loop{}); });
}

struct sum_or_maximum {
  template <class Group>
  LANEFOLD_FN int operator()(Group group, int value) const {
    if (group.mask() & 1) {
      return lf::sum(group, value);
    } else {
      return lf::max(group, value);
    }
  }
  auto operator()(std::vector<int> const& values, unsigned mask) const {
    return for_every_rank(values, mask & 1 ? tree(values, lf::plus{}) : tree(values, lf::maximum{}));
  }
};
TEST(Reduce, EachArmOfABranchReducesItsOwnGroup) {
  expect_in_groups(kind_of<lf::lanes>(), inputs_for<int>(32), sum_or_maximum{}, sum_or_maximum{});
}

/// Threads first..last of a block are not there.
template <class Block>
LANEFOLD_KERNEL some_threads_leave(int* out, int first, int last) {
  LANEFOLD_SHARED(memory, lf::scratch<Block, int>);
  Block const block{};
  if (block.rank() >= first && block.rank() <= last) return;
  out[block.rank()] = lf::sum(block.with(memory), 1);
}
TEST(Reduce, ThreadsThatLeftBeforeABlocksCallAreReported) {
  if (!lf::backend::simulated) GTEST_SKIP() << "the simulator finds this; on a GPU it is undefined";
  auto const expect_report = [](auto block, int first, int last) {
    std::vector<int> const untouched(block.count(), 7);
    lf::device_array<int> out(untouched);
    lf::launch_shape const shape{1, block.threads};
    lf::status const status =
        lf::launch(some_threads_leave<typename decltype(block)::type>, shape, out.data(), first, last);
    EXPECT_FALSE(status.ok());
    EXPECT_NE(std::strstr(status.message(), "SIMT-FAULT"), nullptr) << status.message();
    EXPECT_EQ(out.to_host(), untouched);
  };
  expect_report(kind_of<lf::block<64>>(), 40, 40);
  for (int first : {0, 32, 96}) {  // whole warps, whose lanes no mask names
    expect_report(kind_of<lf::block<128>>(), first, first + 31);
    expect_report(kind_of<lf::block<256>>(), first, first + 63);
    expect_report(block_of(192), first, first + 31);
  }
}

// ---- operators of the user's ----------------------------------------------------------------------------------------

struct reduce_by_lambda {
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group group, unsigned value) const {
    return lf::reduce(group, value, [](unsigned a, unsigned b) { return a + b; });
  }
  auto operator()(std::vector<unsigned> const& values, unsigned) const {
    return for_every_rank(values, tree(values, lf::plus{}));
  }
};
TEST(Reduce, LambdaIsAnOperator) {
  for_one_of_each([](auto groups) {
    expect_in_groups(groups, inputs_for<unsigned>(groups), reduce_by_lambda{}, reduce_by_lambda{});
  });
}

struct wrapping_plus {
  LANEFOLD_HD unsigned operator()(unsigned a, unsigned b) const { return a + b; }
};
struct declared_commutative : wrapping_plus {};
template <>
constexpr bool lanefold::is_commutative_v<declared_commutative, unsigned> = true;

TEST(Reduce, OperatorDeclaredCommutative) {
  EXPECT_FALSE((lf::is_commutative_v<wrapping_plus, unsigned>));
  EXPECT_TRUE((lf::is_commutative_v<declared_commutative, unsigned>));
  for_one_of_each([](auto groups) {
    reduce_by<declared_commutative, automatic, by_shuffle> const sum{};
    expect_in_groups(groups, inputs_for<unsigned>(groups), sum, sum);
  });
}

struct parity {
  template <class Group>
  LANEFOLD_FN each<int, 3> operator()(Group group, unsigned char value) const {
    bool const odd = value & 1;
    return {{lf::reduce(group, odd, lf::bit_xor{}), lf::min(group, odd), lf::reduce(group, odd, lf::logical_or{})}};
  }
  auto operator()(std::vector<unsigned char> const& values, unsigned) const {
    auto const odd = std::count_if(values.begin(), values.end(), [](int x) { return x & 1; });
    return for_every_rank(values, each<int, 3>{{odd % 2 == 1, odd == static_cast<int>(values.size()), odd > 0}});
  }
};
TEST(Reduce, BoolAndCharacterValues) {
  for_one_of_each([](auto groups) {
    expect_in_groups<bool>(groups, inputs_for<unsigned char>(groups), parity{}, parity{});
    reduce_by<lf::maximum, automatic, by_redux> const maximum{};
    expect_in_groups(groups, inputs_for<char>(groups), maximum, maximum);
  });
}
