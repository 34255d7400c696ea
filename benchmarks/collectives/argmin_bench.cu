// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// argmin and argmax, value and rank both wanted, over a warp, a tile, a lane set and a block:
// <verb>/<type>/<group>/<implementation>.

#include "support/by_lanefold.cuh"

#include <cstring>

#if defined(__CUDACC__)
#include <cooperative_groups/reduce.h>
#include <cub/block/block_reduce.cuh>
#include <cub/warp/warp_reduce.cuh>
#endif

namespace bench {

// One value of both parts, for the next operation. The rank goes into the value's middle bits, where a comparison with a tolerance still sees it.
template <class Value>
LANEFOLD_HD Value whole(lf::extremum<Value> result) {
  if constexpr (std::is_floating_point_v<Value>) {
    using word = std::conditional_t<sizeof(Value) == 8, long long, int>;
    word bits;
    memcpy(&bits, &result.value, sizeof(bits));
    bits += static_cast<word>(result.rank) << (sizeof(Value) == 8 ? 40 : 11);
    memcpy(&result.value, &bits, sizeof(bits));
    return result.value;
  } else {
    return result.value + result.rank;
  }
}

/// Of a value and its rank, the better; the lower rank among equals.
template <bool Greatest, class Value>
LANEFOLD_HD bool better(lf::extremum<Value> a, lf::extremum<Value> b) {
  return (Greatest ? b.value < a.value : a.value < b.value) || (a.value == b.value && a.rank < b.rank);
}

template <bool Greatest>
struct extremum_of : operation {
  static constexpr char const* name = Greatest ? "argmax" : "argmin";
  template <class Value>
  using stored = lf::extremum<Value>;
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    if constexpr (Greatest) {
      return whole(lf::argmax(group, value));
    } else {
      return whole(lf::argmin(group, value));
    }
  }
  /// The peers' operator.
  struct combine {
    template <class Value>
    LANEFOLD_HD lf::extremum<Value> operator()(lf::extremum<Value> a, lf::extremum<Value> b) const {
      return better<Greatest>(b, a) ? b : a;
    }
  };
  template <class Value>
  static std::vector<Value> expect(std::vector<Value> const& in, std::vector<int> const&) {
    lf::extremum<Value> best{in[0], 0};
    for (int rank = 1; rank < static_cast<int>(in.size()); ++rank) {
      best = combine{}(best, lf::extremum<Value>{in[rank], rank});
    }
    return std::vector<Value>(in.size(), whole(best));
  }
};
using argmin = extremum_of<false>;
using argmax = extremum_of<true>;

/// The xor loop over pairs.
template <class Operation, class Value>
LANEFOLD_FN lf::extremum<Value> best_by_hand(unsigned mask, lf::extremum<Value> best, int size) {
#if defined(__CUDACC__)
#pragma unroll
#endif
  for (int distance = size / 2; distance > 0; distance /= 2) {
    lf::extremum<Value> const other{__shfl_xor_sync(mask, best.value, distance),
                                    __shfl_xor_sync(mask, best.rank, distance)};
    best = typename Operation::combine{}(best, other);
  }
  return best;
}

template <class Operation>
struct by_hand : way {
  static constexpr char const* name = "hand_written";
  template <class Group, class Value>
  static constexpr bool supports = !std::is_same_v<Group, lf::lanes>;
  template <class Value>
  struct bests {
    lf::extremum<Value> of_warp[32];
  };
  template <class Group, class Value>
  using scratch = std::conditional_t<lf::is_block_v<Group>, bests<Value>, nothing>;
  template <class Group, class Value, class Scratch>
  LANEFOLD_FN Value operator()(Group group, Value value, Scratch& scratch) const {
    lf::extremum<Value> best{value, group.rank()};
    if constexpr (lf::is_block_v<Group>) {
      int const thread = static_cast<int>(threadIdx.x);
      best = best_by_hand<Operation>(lf::full_mask, best, 32);
      if (thread % 32 == 0) scratch.of_warp[thread / 32] = best;
      __syncthreads();
      best = best_by_hand<Operation>(lf::full_mask, scratch.of_warp[thread % (Group::size() / 32)], Group::size() / 32);
      __syncthreads();
      return whole(best);
    } else {
      return whole(best_by_hand<Operation>(mask_by_hand<Group::size()>(), best, group.size()));
    }
  }
};

#if defined(__CUDACC__)
namespace cg = cooperative_groups;

template <class Operation>
struct by_cub : way {
  static constexpr char const* name = "cub";
  template <class Group, class Value>
  static constexpr bool supports = lf::is_tile_v<Group>;
  template <class Group, class Value>
  using scratch = typename cub::WarpReduce<lf::extremum<Value>, Group::size()>::TempStorage;
  template <class Group, class Value, class Scratch>
  LANEFOLD_FN Value operator()(Group group, Value value, Scratch& scratch) const {
    lf::extremum<Value> const best = cub::WarpReduce<lf::extremum<Value>, Group::size()>(scratch).Reduce(
        lf::extremum<Value>{value, group.rank()}, typename Operation::combine{});
    unsigned const mask = mask_by_hand<Group::size()>();
    return whole(lf::extremum<Value>{__shfl_sync(mask, best.value, 0, Group::size()),
                                     __shfl_sync(mask, best.rank, 0, Group::size())});
  }
};

template <class Operation, cub::BlockReduceAlgorithm Algorithm>
struct by_cub_block : way {
  static constexpr char const* name = Algorithm == cub::BLOCK_REDUCE_WARP_REDUCTIONS ? "cub_warp"
                                      : Algorithm == cub::BLOCK_REDUCE_RAKING        ? "cub_raking"
                                                                                     : "cub_raking_commutative";
  template <class Group, class Value>
  static constexpr bool supports = lf::is_block_v<Group>;
  template <class Group, class Value>
  struct scratch {
    typename cub::BlockReduce<lf::extremum<Value>, Group::size(), Algorithm>::TempStorage storage;
    lf::extremum<Value> best;
  };
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group group, Value value, scratch<Group, Value>& scratch) const {
    lf::extremum<Value> const best =
        cub::BlockReduce<lf::extremum<Value>, Group::size(), Algorithm>(scratch.storage)
            .Reduce(lf::extremum<Value>{value, group.rank()}, typename Operation::combine{});
    if (threadIdx.x == 0) scratch.best = best;
    __syncthreads();
    return whole(scratch.best);
  }
};

template <class Operation>
struct by_cooperative_groups : way {
  static constexpr char const* name = "cooperative_groups";
  template <class Group, class Value>
  static constexpr bool supports = lf::is_tile_v<Group>;
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group group, Value value, nothing&) const {
    auto const tile = cg::tiled_partition<Group::size()>(cg::this_thread_block());
    return whole(cg::reduce(tile, lf::extremum<Value>{value, group.rank()}, typename Operation::combine{}));
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
    return whole(cg::reduce(set, lf::extremum<Value>{value, static_cast<int>(set.thread_rank())},
                            typename Operation::combine{}));
  }
};

template <class Operation>
using peers = ways<by_cub<Operation>, by_cub_block<Operation, cub::BLOCK_REDUCE_WARP_REDUCTIONS>,
                   by_cub_block<Operation, cub::BLOCK_REDUCE_RAKING>,
                   by_cub_block<Operation, cub::BLOCK_REDUCE_RAKING_COMMUTATIVE_ONLY>, by_cooperative_groups<Operation>,
                   by_coalesced_group<Operation>>;
#else
template <class Operation>
using peers = ways<>;
#endif

template <class Operation>
constexpr auto implementations =
    ways<by_lanefold<Operation>, by_lanefold_shared<Operation>, by_hand<Operation>>{} + peers<Operation>{};

inline void add_benchmarks() {
  add<argmax>(types<int, float, double, long long>{}, groups<lf::warp>{}, implementations<argmax>);
  add<argmax>(types<float>{}, groups<lf::tile<8>, lf::lanes, lf::block<256>>{}, implementations<argmax>);
  add<argmin>(types<int, float>{}, groups<lf::warp>{}, implementations<argmin>);
}

}  // namespace bench

int main(int argc, char** argv) {
  bench::add_benchmarks();
  return bench::run(argc, argv);
}
