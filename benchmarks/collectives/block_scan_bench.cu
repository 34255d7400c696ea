// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Scans by plus over a block: <verb>/<type>/block<threads>/<implementation>. Every implementation ends with the barrier
// that its contract asks for before the scratch is used again.

#include "support/scans.cuh"

#if defined(__CUDACC__)
#include <cub/block/block_scan.cuh>
#endif

namespace bench {

// Each warp by the shuffle-up loop, its total to shared memory, the first warp scans the totals, and everyone adds what is
// left of its warp.
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
    int const thread = static_cast<int>(threadIdx.x), lane = thread % 32, warp = thread / 32;
    Value const inclusive = inclusive_by_hand<32>(value);
    value = Operation::template of_inclusive<32>(value, inclusive, lane);
    if (lane == 31) totals.of_warp[warp] = inclusive;
    __syncthreads();
    if (warp == 0) {
      Value const total = inclusive_by_hand<32>(lane < warps ? totals.of_warp[lane] : Value(0));
      if (lane < warps) totals.of_warp[lane] = total;
    }
    __syncthreads();
    if (warp > 0) value += totals.of_warp[warp - 1];
    __syncthreads();
    return value;
  }
};

#if defined(__CUDACC__)
template <class Operation, cub::BlockScanAlgorithm Algorithm>
struct by_cub : way {
  static constexpr char const* name = Algorithm == cub::BLOCK_SCAN_RAKING           ? "cub_raking"
                                      : Algorithm == cub::BLOCK_SCAN_RAKING_MEMOIZE ? "cub_raking_memoize"
                                                                                    : "cub_warp";
  template <class Group, class Value>
  using scanner = cub::BlockScan<Value, Group::size(), Algorithm>;
  template <class Group, class Value>
  using scratch = typename scanner<Group, Value>::TempStorage;
  template <class Group, class Value, class Scratch>
  LANEFOLD_FN Value operator()(Group, Value value, Scratch& scratch) const {
    value = Operation::cub(scanner<Group, Value>(scratch), value);
    __syncthreads();
    return value;
  }
};

template <class Operation>
using peers = ways<by_cub<Operation, cub::BLOCK_SCAN_WARP_SCANS>, by_cub<Operation, cub::BLOCK_SCAN_RAKING>,
                   by_cub<Operation, cub::BLOCK_SCAN_RAKING_MEMOIZE>>;
#else
template <class Operation>
using peers = ways<>;
#endif

template <class Operation>
constexpr auto implementations =
    ways<by_lanefold<Operation>, by_lanefold_shared<Operation>, by_hand<Operation>>{} + peers<Operation>{};

inline void add_benchmarks() {
  using blocks = groups<lf::block<128>, lf::block<256>, lf::block<512>, lf::block<1024>>;
  add<inclusive_scan>(types<int, float, double, long long>{}, blocks{}, implementations<inclusive_scan>);
  add<exclusive_scan>(types<float>{}, blocks{}, implementations<exclusive_scan>);
}

}  // namespace bench

int main(int argc, char** argv) {
  bench::add_benchmarks();
  return bench::run(argc, argv);
}
