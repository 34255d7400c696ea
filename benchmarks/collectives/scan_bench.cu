// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Scans by plus over a warp, its tiles and a lane set: <verb>/<type>/<group>/<implementation>.

#include "support/scans.cuh"

#if defined(__CUDACC__)
#include <cooperative_groups/scan.h>
#include <cub/warp/warp_scan.cuh>
#endif

namespace bench {

template <class Operation>
struct by_hand : way {
  static constexpr char const* name = "hand_written";
  template <class Group, class Value>
  static constexpr bool supports = lf::is_tile_v<Group>;
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group group, Value value, nothing&) const {
    constexpr int size = Group::size();
    return Operation::template of_inclusive<size>(value, inclusive_by_hand<size>(value), group.rank());
  }
};

#if defined(__CUDACC__)
namespace cg = cooperative_groups;

// WarpScan's storage is empty for sizes that are a power of two, so there is nothing to protect by a barrier.
template <class Operation>
struct by_cub : way {
  static constexpr char const* name = "cub";
  template <class Group, class Value>
  static constexpr bool supports = lf::is_tile_v<Group>;
  template <class Group, class Value>
  using scratch = typename cub::WarpScan<Value, Group::size()>::TempStorage;
  template <class Group, class Value, class Scratch>
  LANEFOLD_FN Value operator()(Group, Value value, Scratch& scratch) const {
    return Operation::cub(cub::WarpScan<Value, Group::size()>(scratch), value);
  }
};

template <class Set, class Value>
LANEFOLD_FN Value scan_by_cg(inclusive_scan, Set const& set, Value value) {
  return cg::inclusive_scan(set, value, cg::plus<Value>());
}
template <class Set, class Value>
LANEFOLD_FN Value scan_by_cg(exclusive_scan, Set const& set, Value value) {
  return cg::exclusive_scan(set, value, cg::plus<Value>());
}
template <class Set, class Value>
LANEFOLD_FN Value scan_by_cg(inclusive_scan_with_total, Set const& set, Value value) {
  Value const prefix = cg::inclusive_scan(set, value, cg::plus<Value>());
  return whole(lf::prefix_and_total<Value>{prefix, set.shfl(prefix, set.num_threads() - 1)});
}
template <class Set, class Value>
LANEFOLD_FN Value scan_by_cg(exclusive_scan_with_total, Set const& set, Value value) {
  Value const prefix = cg::exclusive_scan(set, value, cg::plus<Value>());
  return whole(lf::prefix_and_total<Value>{prefix, set.shfl(prefix + value, set.num_threads() - 1)});
}

template <class Operation>
struct by_cooperative_groups : way {
  static constexpr char const* name = "cooperative_groups";
  template <class Group, class Value>
  static constexpr bool supports = lf::is_tile_v<Group>;
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group, Value value, nothing&) const {
    return scan_by_cg(Operation{}, cg::tiled_partition<Group::size()>(cg::this_thread_block()), value);
  }
};

template <class Operation>
struct by_coalesced_group : way {
  static constexpr char const* name = "cooperative_groups";
  template <class Group, class Value>
  static constexpr bool supports = std::is_same_v<Group, lf::lanes>;
  cg::coalesced_group const set = cg::coalesced_threads();
  template <class Value>
  LANEFOLD_FN Value operator()(lf::lanes, Value value, nothing&) const {
    return scan_by_cg(Operation{}, set, value);
  }
};

template <class Operation>
using peers = ways<by_cub<Operation>, by_cooperative_groups<Operation>, by_coalesced_group<Operation>>;
#else
template <class Operation>
using peers = ways<>;
#endif

template <class Operation>
constexpr auto own = ways<by_lanefold<Operation>, by_lanefold_shared<Operation>, by_hand<Operation>>{};
template <class Operation>
constexpr auto implementations = own<Operation> + peers<Operation>{};

inline void add_benchmarks() {
  using numbers = types<int, float, double, long long>;
  add<inclusive_scan>(numbers{}, groups<lf::warp, lf::tile<16>, lf::tile<8>>{}, implementations<inclusive_scan>);
  add<exclusive_scan>(numbers{}, groups<lf::warp>{}, implementations<exclusive_scan>);
  add<try_exclusive_scan>(types<float>{}, groups<lf::warp>{}, own<try_exclusive_scan>);
  add<inclusive_scan_with_total>(types<int, float>{}, groups<lf::warp>{}, implementations<inclusive_scan_with_total>);
  add<exclusive_scan_with_total>(types<int, float>{}, groups<lf::warp>{}, implementations<exclusive_scan_with_total>);
  add<inclusive_scan>(types<int, float>{}, groups<lf::lanes>{}, implementations<inclusive_scan>);
}

}  // namespace bench

int main(int argc, char** argv) {
  bench::add_benchmarks();
  return bench::run(argc, argv);
}
