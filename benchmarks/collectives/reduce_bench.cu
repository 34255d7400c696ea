// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// sum, product, min, max over a warp, its tiles and a lane set: <verb>/<type>/<group>/<implementation>.

#include "support/reductions.cuh"

#if defined(__CUDACC__)
#include <cub/warp/warp_reduce.cuh>
#endif

namespace bench {

template <class Operation>
struct by_hand : way {
  static constexpr char const* name = "hand_written";
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group group, Value value, nothing&) const {
    return reduce_by_hand<Operation>(mask_by_hand<Group::size()>(), value, group.size());
  }
  // Any lanes: everyone reads everyone.
  template <class Value>
  LANEFOLD_FN Value operator()(lf::lanes group, Value value, nothing&) const {
    unsigned rest = group.mask() & (group.mask() - 1);
    Value total = __shfl_sync(group.mask(), value, __ffs(static_cast<int>(group.mask())) - 1);
    for (; rest; rest &= rest - 1) {
      total = Operation::combine(total, __shfl_sync(group.mask(), value, __ffs(static_cast<int>(rest)) - 1));
    }
    return total;
  }
};

// With a mask that names the whole warp, a tile's shuffles are cheaper; but then all its tiles must call together.
template <class Operation>
struct by_hand_whole_warp : way {
  static constexpr char const* name = "hand_written_whole_warp";
  template <class Group, class Value>
  static constexpr bool supports = lf::is_tile_v<Group> && !std::is_same_v<Group, lf::warp>;
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group group, Value value, nothing&) const {
    return reduce_by_hand<Operation>(lf::full_mask, value, group.size());
  }
};

#if defined(__CUDACC__)
// WarpReduce's storage is empty for sizes that are a power of two, so there is nothing to protect by a barrier.
template <class Operation, bool ToEveryLane>
struct by_cub : way {
  static constexpr char const* name = ToEveryLane ? "cub" : "cub_lane0";
  static constexpr bool first_rank_only = !ToEveryLane;
  template <class Group, class Value>
  static constexpr bool supports = lf::is_tile_v<Group>;
  template <class Group, class Value>
  using scratch = typename cub::WarpReduce<Value, Group::size()>::TempStorage;
  template <class Group, class Value, class Scratch>
  LANEFOLD_FN Value operator()(Group, Value value, Scratch& scratch) const {
    value = cub::WarpReduce<Value, Group::size()>(scratch).Reduce(value, typename Operation::cub_operator{});
    return ToEveryLane ? __shfl_sync(mask_by_hand<Group::size()>(), value, 0, Group::size()) : value;
  }
};

template <class Operation>
struct by_cooperative_groups : way {
  static constexpr char const* name = "cooperative_groups";
  template <class Group, class Value>
  static constexpr bool supports = lf::is_tile_v<Group>;
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group, Value value, nothing&) const {
    auto const tile = cg::tiled_partition<Group::size()>(cg::this_thread_block());
    return cg::reduce(tile, value, typename Operation::template cg_operator<Value>{});
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
    return cg::reduce(set, value, typename Operation::template cg_operator<Value>{});
  }
};

template <class Operation>
using peers = ways<by_cub<Operation, true>, by_cub<Operation, false>, by_cooperative_groups<Operation>,
                   by_coalesced_group<Operation>>;
#else
template <class Operation>
using peers = ways<>;
#endif

template <class Operation>
constexpr auto implementations =
    ways<by_lanefold<Operation>, by_lanefold_shared<Operation>, by_hand<Operation>, by_hand_whole_warp<Operation>>{} +
    peers<Operation>{};

inline void add_benchmarks() {
  using numbers = types<int, float, double, long long>;
  add<sum>(numbers{}, groups<lf::warp, lf::tile<16>, lf::tile<8>>{}, implementations<sum>);
  add<min>(numbers{}, groups<lf::warp>{}, implementations<min>);
  add<max>(types<int, float>{}, groups<lf::warp>{}, implementations<max>);
  add<product>(types<float>{}, groups<lf::warp>{}, implementations<product>);
  add<sum>(types<int, float>{}, groups<lf::lanes>{}, implementations<sum>);
}

}  // namespace bench

int main(int argc, char** argv) {
  bench::add_benchmarks();
  return bench::run(argc, argv);
}
