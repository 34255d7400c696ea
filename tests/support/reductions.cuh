// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reductions as function objects, each with its definition: called with a group and a value they run the library, called
// with the values of all ranks they are the oracle.

#include "support/groups.cuh"
#include "support/operators.hpp"

/// The same result for every rank.
template <class Value, class Result>
std::vector<Result> for_every_rank(std::vector<Value> const& values, Result const& result) {
  return std::vector<Result>(values.size(), result);
}

/// reduce by one path after another.
template <class Operator, class... Paths>
struct reduce_by {
  template <class Group, class Value>
  LANEFOLD_FN each<Value, sizeof...(Paths)> operator()(Group group, Value value) const {
    return {{lf::reduce(Paths::template in<Value>(group), value, Operator{})...}};
  }
  template <class Value>
  auto operator()(std::vector<Value> const& values, unsigned) const {
    each<Value, sizeof...(Paths)> result;
    for (Value& path : result.at) path = tree(values, Operator{});
    return for_every_rank(values, result);
  }
};

struct named_verbs {
  template <class Group, class Value>
  LANEFOLD_FN each<Value, 4> operator()(Group group, Value value) const {
    return {{lf::sum(group, value), lf::product(group, value), lf::min(group, value), lf::max(group, value)}};
  }
  template <class Value>
  auto operator()(std::vector<Value> const& values, unsigned) const {
    return for_every_rank(values, each<Value, 4>{{tree(values, lf::plus{}), tree(values, lf::multiplies{}),
                                                  tree(values, lf::minimum{}), tree(values, lf::maximum{})}});
  }
};
