// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The scans by plus: lanefold's verb, CUB's call, the hand-written form, the oracle.

#include "by_lanefold.cuh"

#include <vector>

namespace bench {

/// The shuffle-up loop that people write, over the aligned run of Size lanes.
template <int Size, class Value>
LANEFOLD_FN Value inclusive_by_hand(Value value) {
  int const rank = lf::lane_id() & (Size - 1);
#if defined(__CUDACC__)
#pragma unroll
#endif
  for (int distance = 1; distance < Size; distance *= 2) {
    Value const below = __shfl_up_sync(mask_by_hand<Size>(), value, distance, Size);
    if (rank >= distance) value += below;
  }
  return value;
}

struct inclusive_scan : operation {
  static constexpr char const* name = "inclusive_scan";
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return lf::inclusive_scan(group, value);
  }
  template <class Cub, class Value>
  static LANEFOLD_FN Value cub(Cub scan, Value value) {
    Value result;
    scan.InclusiveSum(value, result);
    return result;
  }
  /// From a value and its inclusive prefix.
  template <int Size, class Value>
  static LANEFOLD_FN Value of_inclusive(Value, Value inclusive, int) {
    return inclusive;
  }
  template <class Value>
  static std::vector<Value> expect(std::vector<Value> const& in, std::vector<int> const&) {
    std::vector<Value> out;
    std::conditional_t<std::is_floating_point_v<Value>, double, Value> total = 0;
    for (Value value : in) {
      total += value;
      out.push_back(static_cast<Value>(total));
    }
    return out;
  }
};

struct exclusive_scan : operation {
  static constexpr char const* name = "exclusive_scan";
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return lf::exclusive_scan(group, value);
  }
  template <class Cub, class Value>
  static LANEFOLD_FN Value cub(Cub scan, Value value) {
    Value result;
    scan.ExclusiveSum(value, result);
    return result;
  }
  template <int Size, class Value>
  static LANEFOLD_FN Value of_inclusive(Value, Value inclusive, int rank) {
    Value const below = __shfl_up_sync(mask_by_hand<Size>(), inclusive, 1, Size);
    return rank == 0 ? Value(0) : below;
  }
  template <class Value>
  static std::vector<Value> expect(std::vector<Value> const& in, std::vector<int> const& lanes) {
    std::vector<Value> out = inclusive_scan::expect(in, lanes);
    out.insert(out.begin(), Value(0));
    out.pop_back();
    return out;
  }
};

/// Rank 0, which has no prefix, keeps its own value.
struct try_exclusive_scan : operation {
  static constexpr char const* name = "try_exclusive_scan";
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return lf::try_exclusive_scan(group, value, lf::plus{}).value;
  }
  template <int Size, class Value>
  static LANEFOLD_FN Value of_inclusive(Value value, Value inclusive, int rank) {
    Value const below = __shfl_up_sync(mask_by_hand<Size>(), inclusive, 1, Size);
    return rank == 0 ? value : below;
  }
  template <class Value>
  static std::vector<Value> expect(std::vector<Value> const& in, std::vector<int> const& lanes) {
    std::vector<Value> out = exclusive_scan::expect(in, lanes);
    out[0] = in[0];
    return out;
  }
};

template <class Value>
LANEFOLD_HD Value whole(lf::prefix_and_total<Value> result) {
  return result.prefix + result.total;
}

/// Prefix and total at once; their sum goes on.
struct inclusive_scan_with_total : operation {
  static constexpr char const* name = "inclusive_scan_with_total";
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return whole(lf::inclusive_scan_with_total(group, value));
  }
  template <class Cub, class Value>
  static LANEFOLD_FN Value cub(Cub scan, Value value) {
    lf::prefix_and_total<Value> result;
    scan.InclusiveSum(value, result.prefix, result.total);
    return whole(result);
  }
  template <int Size, class Value>
  static LANEFOLD_FN Value of_inclusive(Value, Value inclusive, int) {
    return whole(lf::prefix_and_total<Value>{inclusive, __shfl_sync(mask_by_hand<Size>(), inclusive, Size - 1, Size)});
  }
  template <class Value>
  static std::vector<Value> expect(std::vector<Value> const& in, std::vector<int> const& lanes) {
    std::vector<Value> out = inclusive_scan::expect(in, lanes);
    Value const total = out.back();
    for (Value& value : out) value += total;
    return out;
  }
};

struct exclusive_scan_with_total : operation {
  static constexpr char const* name = "exclusive_scan_with_total";
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return whole(lf::exclusive_scan_with_total(group, value));
  }
  template <class Cub, class Value>
  static LANEFOLD_FN Value cub(Cub scan, Value value) {
    lf::prefix_and_total<Value> result;
    scan.ExclusiveSum(value, result.prefix, result.total);
    return whole(result);
  }
  template <int Size, class Value>
  static LANEFOLD_FN Value of_inclusive(Value value, Value inclusive, int rank) {
    return exclusive_scan::of_inclusive<Size>(value, inclusive, rank) +
           __shfl_sync(mask_by_hand<Size>(), inclusive, Size - 1, Size);
  }
  template <class Value>
  static std::vector<Value> expect(std::vector<Value> const& in, std::vector<int> const& lanes) {
    std::vector<Value> out = exclusive_scan::expect(in, lanes);
    Value const total = inclusive_scan::expect(in, lanes).back();
    for (Value& value : out) value += total;
    return out;
  }
};

}  // namespace bench
