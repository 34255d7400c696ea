// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <cmath>

#include "support/lane_groups.cuh"
#include "support/operators.hpp"

// ---- the functions under test: each calls every path, and the results must agree ------------------------------------

/// automatic, via_shuffle, via_redux (where it can).
template <class Operator>
struct reduce_by {
  template <class Group, class Value>
  LANEFOLD_FN each<Value, 3> operator()(Group group, Value value) const {
    Operator const op{};
    each<Value, 3> result{{lf::reduce(group, value, op), lf::reduce(lf::via_shuffle(group), value, op), value}};
    if constexpr (lf::detail::redux_can<Operator, Value>) {
      result.at[2] = lf::reduce(lf::via_redux(group), value, op);
    } else {
      result.at[2] = result.at[0];
    }
    return result;
  }
};
/// automatic and via_shared.
template <class Operator>
struct reduce_in_shared_by {
  template <class Group, class Value>
  LANEFOLD_FN each<Value, 2> operator()(Group group, Value value) const {
    Operator const op{};
    auto& scratch = shared_scratch_of<Group, Value>(group);
    return {{lf::reduce(group, value, op), lf::reduce(lf::via_shared(group, scratch), value, op)}};
  }
};
struct named_verbs {
  template <class Group, class Value>
  LANEFOLD_FN each<Value, 4> operator()(Group group, Value value) const {
    return {{lf::sum(group, value), lf::product(group, value), lf::min(group, value), lf::max(group, value)}};
  }
};
struct sum_of_products {
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group group, each<Value, 2> pair) const {
    return lf::sum(group, pair.at[0] * pair.at[1]);
  }
};
/// Groups leave the loop at different times, while others still reduce.
struct sum_in_a_loop {
  static LANEFOLD_HD int trips(unsigned mask) { return static_cast<int>(mask % 7) % 4 + 1; }
  template <class Group>
  LANEFOLD_FN int operator()(Group group, int value) const {
    for (int i = 0; i < trips(group.mask()); ++i) {
      value = static_cast<int>(static_cast<unsigned>(lf::sum(group, value)) + static_cast<unsigned>(group.rank()));
    }
    return value;
  }
};
struct sum_or_maximum {
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group group, Value value) const {
    if (group.mask() & 1) {
      return lf::sum(group, value);
    } else {
      return lf::max(group, value);
    }
  }
};
struct reduce_by_lambda {
  template <class Group>
  LANEFOLD_FN each<unsigned, 1> operator()(Group group, unsigned value) const {
    return {{lf::reduce(group, value, [](unsigned a, unsigned b) { return a + b; })}};
  }
};
struct repeatedly_in_shared {
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group group, unsigned value) const {
    auto& scratch = shared_scratch_of<Group, unsigned>(group);
    for (int i = 0; i < 4; ++i) {
      value = lf::reduce(lf::via_shared(group, scratch), value, bracketing{}) + static_cast<unsigned>(group.rank());
    }
    return value;
  }
};
struct parity {
  template <class Group>
  LANEFOLD_FN each<int, 3> operator()(Group group, unsigned char value) const {
    bool const odd = value & 1;
    return {{lf::reduce(group, odd, lf::bit_xor{}), lf::min(group, odd), lf::reduce(group, odd, lf::logical_or{})}};
  }
};
struct lambda_like {
  LANEFOLD_HD unsigned operator()(unsigned a, unsigned b) const { return a + b; }
};
struct declared_commutative : lambda_like {};
template <>
constexpr bool lanefold::is_commutative_v<declared_commutative, unsigned> = true;

/// The definition: every rank gets the tree over all ranks, on each of `Paths` paths.
template <int Paths, class Operator>
struct definition {
  template <class Value>
  auto operator()(std::vector<Value> const& values, unsigned) const {
    each<Value, Paths> result;
    for (Value& path : result.at) path = tree(values, Operator{});
    return std::vector<each<Value, Paths>>(values.size(), result);
  }
};
// ---- every group ----------------------------------------------------------------------------------------------------

TEST(Reduce, EveryGroupAndPathBracketsAsTheTree) {
  for_all_groups([](auto groups) {
    expect_in_groups(groups, inputs_for<unsigned>(32), reduce_in_shared_by<bracketing>{}, definition<2, bracketing>{});
    expect_in_groups(groups, inputs_for<int>(32), reduce_by<lf::plus>{}, definition<3, lf::plus>{});
  });
}

TEST(Reduce, NotCommutativeOperatorsKeepTheOrderOfRanks) {
  for_warp_tile_and_lanes([](auto groups) {
    expect_in_groups(groups, inputs_for<matrix>(32), reduce_by<matrix_product>{}, definition<3, matrix_product>{});
    expect_in_groups(groups, one_letter_each(), reduce_by<concatenate>{}, definition<3, concatenate>{});
  });
}

TEST(Reduce, SumProductMinMaxAreTheReductionsTheyAreNamedAfter) {
  for_warp_tile_and_lanes([](auto groups) {
    expect_in_groups(groups, inputs_for<float>(32), named_verbs{}, [](std::vector<float> const& values, unsigned) {
      each<float, 4> const result{{tree(values, lf::plus{}), tree(values, lf::multiplies{}),
                                   tree(values, lf::minimum{}), tree(values, lf::maximum{})}};
      return std::vector<each<float, 4>>(values.size(), result);
    });
  });
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

// ---- values ---------------------------------------------------------------------------------------------------------

template <int Size>
void expect_bytes_reduce() {
  expect_in_groups(kind_of<lf::warp>(), inputs_for<bytes<Size>>(32), reduce_by<blend>{}, definition<3, blend>{});
}

TEST(Reduce, StructsOfOddSizes) {
  expect_bytes_reduce<1>();
  expect_bytes_reduce<3>();
  expect_bytes_reduce<7>();
  expect_bytes_reduce<12>();
  expect_bytes_reduce<33>();
}

template <class T>
struct ReduceStruct : testing::Test {};
using structs = testing::Types<padded_tail, padded_middle, vector2, vector4>;
TYPED_TEST_SUITE(ReduceStruct, structs, type_names);

// padded_tail, three words of which one is half padding, was miscompiled elsewhere when moved by a cast to words.
TYPED_TEST(ReduceStruct, PaddedStructsAndVectors) {
  auto const inputs = inputs_for<TypeParam>(32);
  expect_in_groups(kind_of<lf::warp>(), inputs, reduce_by<add_fields>{}, definition<3, add_fields>{});
  expect_in_groups(kind_of<lf::lanes>(), inputs, reduce_by<add_fields>{}, definition<3, add_fields>{});
}

// ---- what others got wrong ------------------------------------------------------------------------------------------

// Zero is a fine identity of a sum and a wrong one of a maximum or a product: absent lanes take no part.
TEST(Reduce, AbsentLanesTakeNoPart) {
  input<int> negatives{"negatives", {}}, positives{"positives", {}};
  for (int i = 0; i < 32; ++i) {
    negatives.values.push_back(-100 + i);
    positives.values.push_back(1 + i % 2);
  }
  std::vector<input<int>> const inputs{negatives, positives};
  auto const oracle = [](std::vector<int> const& values, unsigned) {
    each<int, 4> const result{{tree(values, lf::plus{}), tree(values, lf::multiplies{}), tree(values, lf::minimum{}),
                               tree(values, lf::maximum{})}};
    return std::vector<each<int, 4>>(values.size(), result);
  };
  expect_in_groups(kind_of<lf::lanes>(), inputs, named_verbs{}, oracle);
  expect_in_groups(kind_of<lf::tile<4>>(), inputs, named_verbs{}, oracle);
}

// logical_and over one lane combines nothing: 5 stays 5 on every path.
TEST(Reduce, OneLaneKeepsItsValue) {
  std::vector<input<int>> const inputs{{"five", std::vector<int>(32, 5)}};
  expect_in_groups(kind_of<lf::tile<1>>(), inputs, reduce_by<lf::logical_and>{}, definition<3, lf::logical_and>{});
  expect_in_groups(kind_of<lf::lanes>(), inputs, reduce_by<lf::logical_and>{}, definition<3, lf::logical_and>{});
}

// A product that only its own lane could fuse into the sum must be rounded there, too.
TEST(Reduce, SumOfProductsIsNotContracted) {
  auto const check = [](auto zero) {
    using number = decltype(zero);
    for_warp_tile_and_lanes([](auto groups) {
      expect_in_groups(groups, inputs_for<each<number, 2>>(32), sum_of_products{}, [](auto const& pairs, unsigned) {
        std::vector<number> products;
        for (auto const& pair : pairs) {
          products.push_back(lf::multiplies{}(pair.at[0], pair.at[1]));
        }
        return std::vector<number>(pairs.size(), tree(products, lf::plus{}));
      });
    });
  };
  check(0.0f);
  check(0.0);
}

TEST(Reduce, DivergentLoopsOverSeveralGroups) {
  for_each_schedule([] {
    expect_in_groups(kind_of<lf::lanes>(), inputs_for<int>(32), sum_in_a_loop{},
                     [](std::vector<int> values, unsigned mask) {
                       for (int i = 0; i < sum_in_a_loop::trips(mask); ++i) {
                         int const total = tree(values, lf::plus{});
                         for (std::size_t rank = 0; rank < values.size(); ++rank) {
                           values[rank] = static_cast<int>(static_cast<unsigned>(total) + static_cast<unsigned>(rank));
                         }
                       }
                       return values;
                     });
  });
}

TEST(Reduce, EachArmOfABranchReducesItsOwnGroup) {
  expect_in_groups(
      kind_of<lf::lanes>(), inputs_for<int>(32), sum_or_maximum{}, [](std::vector<int> const& values, unsigned mask) {
        return std::vector<int>(values.size(), mask & 1 ? tree(values, lf::plus{}) : tree(values, lf::maximum{}));
      });
}

// ---- operators of the user's ----------------------------------------------------------------------------------------

TEST(Reduce, LambdaIsAnOperator) {
  for_warp_tile_and_lanes([](auto groups) {
    expect_in_groups(groups, inputs_for<unsigned>(32), reduce_by_lambda{}, definition<1, lf::plus>{});
  });
}

TEST(Reduce, OperatorDeclaredCommutative) {
  EXPECT_FALSE((lf::is_commutative_v<lambda_like, unsigned>));
  EXPECT_TRUE((lf::is_commutative_v<declared_commutative, unsigned>));
  for_warp_tile_and_lanes([](auto groups) {
    expect_in_groups(groups, inputs_for<unsigned>(32), reduce_by<declared_commutative>{}, definition<3, lf::plus>{});
  });
}

TEST(Reduce, BoolAndCharacterValues) {
  for_warp_tile_and_lanes([](auto groups) {
    expect_in_groups(groups, inputs_for<unsigned char>(32), parity{},
                     [](std::vector<unsigned char> const& values, unsigned) {
                       auto const odd = std::count_if(values.begin(), values.end(), [](int x) { return x & 1; });
                       return std::vector<each<int, 3>>(
                           values.size(), {{odd % 2 == 1, odd == static_cast<int>(values.size()), odd > 0}});
                     });
    expect_in_groups(groups, inputs_for<char>(32), reduce_by<lf::maximum>{}, definition<3, lf::maximum>{});
  });
}

TEST(Reduce, PathsByOneScratchFollowEachOther) {
  for_each_schedule([] {
    expect_in_groups(kind_of<lf::lanes>(), inputs_for<unsigned>(32), repeatedly_in_shared{},
                     [](std::vector<unsigned> values, unsigned) {
                       for (int i = 0; i < 4; ++i) {
                         unsigned const total = tree(values, bracketing{});
                         for (std::size_t r = 0; r < values.size(); ++r) values[r] = total + static_cast<unsigned>(r);
                       }
                       return values;
                     });
  });
}
