// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// sum and min over a block: <verb>/<type>/block<threads>/<implementation>. Every implementation ends with the barrier that
// its contract asks for before the scratch is used again.

#include "support/reductions.cuh"

#if defined(__CUDACC__)
#include <cub/block/block_reduce.cuh>
#endif

namespace bench {

// Each warp by the xor loop, its total to shared memory, and every warp reduces the totals.
template <class Operation>
struct by_hand : way {
  static constexpr char const* name = "hand_written";
  template <class Value>
  struct totals {
    Value of_warp[32];
  };
  template <class Group, class Value>
  using scratch = totals<Value>;
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group, Value value, totals<Value>& totals) const {
    constexpr int warps = Group::size() / 32;
    int const thread = static_cast<int>(threadIdx.x), lane = thread % 32;
    value = reduce_by_hand<Operation>(lf::full_mask, value, 32);
    if (lane == 0) totals.of_warp[thread / 32] = value;
    __syncthreads();
    // The warps are a power of two: an aligned run of lanes holds each total once.
    value = reduce_by_hand<Operation>(lf::full_mask, totals.of_warp[lane % warps], warps);
    __syncthreads();
    return value;
  }
};

#if defined(__CUDACC__)
constexpr char const* short_name(cub::BlockReduceAlgorithm algorithm, bool to_every_thread) {
  switch (algorithm) {
    case cub::BLOCK_REDUCE_RAKING_COMMUTATIVE_ONLY:
      return to_every_thread ? "cub_raking_commutative" : "cub_raking_commutative_lane0";
    case cub::BLOCK_REDUCE_RAKING:
      return to_every_thread ? "cub_raking" : "cub_raking_lane0";
    default:
      return to_every_thread ? "cub_warp" : "cub_warp_lane0";
  }
}

template <class Operation, cub::BlockReduceAlgorithm Algorithm, bool ToEveryThread>
struct by_cub : way {
  static constexpr char const* name = short_name(Algorithm, ToEveryThread);
  static constexpr bool first_rank_only = !ToEveryThread;
  template <class Group, class Value>
  using reducer = cub::BlockReduce<Value, Group::size(), Algorithm>;
  template <class Group, class Value>
  struct scratch {
    typename reducer<Group, Value>::TempStorage storage;
    Value total;
  };
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group, Value value, scratch<Group, Value>& scratch) const {
    value = reducer<Group, Value>(scratch.storage).Reduce(value, typename Operation::cub_operator{});
    // One barrier publishes the total and frees the storage. The total itself is free again once everybody has passed the
    // next reduction's own barrier.
    if (ToEveryThread && threadIdx.x == 0) scratch.total = value;
    __syncthreads();
    return ToEveryThread ? scratch.total : value;
  }
};

template <class Operation, bool ToEveryThread>
using cub_algorithms = ways<by_cub<Operation, cub::BLOCK_REDUCE_WARP_REDUCTIONS, ToEveryThread>,
                            by_cub<Operation, cub::BLOCK_REDUCE_RAKING, ToEveryThread>,
                            by_cub<Operation, cub::BLOCK_REDUCE_RAKING_COMMUTATIVE_ONLY, ToEveryThread>>;
template <class Operation>
constexpr auto peers = cub_algorithms<Operation, true>{} + cub_algorithms<Operation, false>{};
#else
template <class Operation>
constexpr auto peers = ways<>{};
#endif

template <class Operation>
constexpr auto implementations =
    ways<by_lanefold<Operation>, by_lanefold_shared<Operation>, by_hand<Operation>>{} + peers<Operation>;

inline void add_benchmarks() {
  using blocks = groups<lf::block<128>, lf::block<256>, lf::block<512>, lf::block<1024>>;
  add<sum>(types<int, float, double, long long>{}, blocks{}, implementations<sum>);
  add<min>(types<float>{}, blocks{}, implementations<min>);
}

}  // namespace bench

int main(int argc, char** argv) {
  bench::add_benchmarks();
  return bench::run(argc, argv);
}
