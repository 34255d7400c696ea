// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The scan verbs as function objects, each with its definition: called with a group and a value they run the library,
// called with the values of all ranks they are the oracle.

#include "support/groups.cuh"
#include "support/operators.hpp"

/// inclusive_scan, with init, exclusive_scan with init, both with the total, and try_exclusive_scan.
template <class Path, class Operator, class Value>
struct scan_with_init {
  Value init;

  template <class Group>
  LANEFOLD_FN each<Value, 11> operator()(Group group, Value value) const {
    Operator const op{};
    auto const in = Path::template in<Value>(group);
    Value const inclusive = lf::inclusive_scan(in, value, op);
    Value const inclusive_after = lf::inclusive_scan(in, value, op, init);
    Value const exclusive = lf::exclusive_scan(in, value, op, init);
    auto const both = lf::inclusive_scan_with_total(in, value, op);
    auto const both_after = lf::inclusive_scan_with_total(in, value, op, init);
    auto const after = lf::exclusive_scan_with_total(in, value, op, init);
    auto const tried = lf::try_exclusive_scan(in, value, op);
    return {{inclusive, inclusive_after, exclusive, both.prefix, both.total, both_after.prefix, both_after.total,
             after.prefix, after.total, tried.value, tried.present ? value : init}};
  }
  auto operator()(std::vector<Value> const& values, unsigned) const {
    Operator const op{};
    std::vector<Value> const prefix = prefixes(values, op);
    std::vector<each<Value, 11>> result;
    for (std::size_t r = 0; r < values.size(); ++r) {
      Value const below = r > 0 ? op(init, prefix[r - 1]) : init;
      Value const up_to = op(init, prefix[r]), total = prefix.back();
      result.push_back({{prefix[r], up_to, below, prefix[r], total, up_to, total, below, total,
                         r > 0 ? prefix[r - 1] : values[r], r > 0 ? values[r] : init}});
    }
    return result;
  }
};

/// exclusive_scan alone and with the total, from the operator's identity.
template <class Path, class Operator>
struct scan_from_identity {
  template <class Group, class Value>
  LANEFOLD_FN each<Value, 3> operator()(Group group, Value value) const {
    Operator const op{};
    auto const in = Path::template in<Value>(group);
    Value const exclusive = lf::exclusive_scan(in, value, op);
    auto const both = lf::exclusive_scan_with_total(in, value, op);
    return {{exclusive, both.prefix, both.total}};
  }
  template <class Value>
  auto operator()(std::vector<Value> const& values, unsigned) const {
    std::vector<Value> const prefix = prefixes(values, Operator{});
    std::vector<each<Value, 3>> result;
    for (std::size_t r = 0; r < values.size(); ++r) {
      Value const below = r > 0 ? prefix[r - 1] : lf::identity_of<Operator, Value>();
      result.push_back({{below, below, prefix.back()}});
    }
    return result;
  }
};

/// inclusive_scan on its automatic path.
template <class Operator>
struct inclusive_scan_by {
  template <class Group, class Value>
  LANEFOLD_FN each<Value, 1> operator()(Group group, Value value) const {
    return {{lf::inclusive_scan(group, value, Operator{})}};
  }
  template <class Value>
  auto operator()(std::vector<Value> const& values, unsigned) const {
    std::vector<each<Value, 1>> result;
    for (Value const& prefix : prefixes(values, Operator{})) result.push_back({{prefix}});
    return result;
  }
};

/// inclusive_scan with the total, then exclusive_scan after init, on one scratch.
template <class Operator, class Value>
struct scan_both_ways_by {
  Value init;

  template <class Group>
  LANEFOLD_FN each<Value, 3> operator()(Group group, Value value) const {
    auto const inclusive = lf::inclusive_scan_with_total(group, value, Operator{});
    return {{inclusive.prefix, inclusive.total, lf::exclusive_scan(group, value, Operator{}, init)}};
  }
  auto operator()(std::vector<Value> const& values, unsigned) const {
    std::vector<Value> const prefix = prefixes(values, Operator{});
    std::vector<each<Value, 3>> result;
    for (std::size_t r = 0; r < values.size(); ++r) {
      result.push_back({{prefix[r], prefix.back(), r > 0 ? Operator{}(init, prefix[r - 1]) : init}});
    }
    return result;
  }
};
