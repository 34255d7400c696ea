// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <lanefold/sim/operation.hpp>
#include <lanefold/sim/operations.hpp>
#include <lanefold/sim/simulator.hpp>

#include <algorithm>
#include <functional>

namespace lanefold::sim {
namespace {

using u32 = std::uint32_t;
using i32 = std::int32_t;

template <class T>
struct least {
  T operator()(T a, T b) const { return std::min(a, b); }
};
template <class T>
struct greatest {
  T operator()(T a, T b) const { return std::max(a, b); }
};

template <class T, class Operator>
constexpr operation redux(char const* name, Operator) {
  return {name, &counts::redux, false, 0, 4, [](meeting all) {
            T total = value_of<T>(all.first());
            for_each_lane(all.lanes & (all.lanes - 1),
                          [&](unsigned l) { total = Operator()(total, value_of<T>(all[l])); });
            for_each_lane(all.lanes, [&](unsigned l) { give(all[l], total); });
            return complaint{};
          }};
}

}  // namespace

operation const operations::redux_add = redux<u32>("redux_add", std::plus<u32>());
operation const operations::redux_min_signed = redux<i32>("redux_min", least<i32>());
operation const operations::redux_max_signed = redux<i32>("redux_max", greatest<i32>());
operation const operations::redux_min_unsigned = redux<u32>("redux_min", least<u32>());
operation const operations::redux_max_unsigned = redux<u32>("redux_max", greatest<u32>());
operation const operations::redux_and = redux<u32>("redux_and", std::bit_and<u32>());
operation const operations::redux_or = redux<u32>("redux_or", std::bit_or<u32>());
operation const operations::redux_xor = redux<u32>("redux_xor", std::bit_xor<u32>());

}  // namespace lanefold::sim
