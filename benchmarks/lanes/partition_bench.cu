// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// partition by a predicate and partition_by a label of at most 8: <verb>/<type>/warp/<implementation>. What goes on is each
// lane's rank in its new group, and the group's size.

#include "support/benchmark.cuh"

#if defined(__CUDACC__)
#include <cooperative_groups.h>
#endif

namespace bench {

LANEFOLD_HD int whole(int rank, int size) { return 64 * rank + size; }

template <class Operation>
struct partitioning : operation {
  template <class Value>
  static std::vector<Value> expect(std::vector<Value> const& in, std::vector<int> const&) {
    std::vector<Value> out;
    for (std::size_t mine = 0; mine < in.size(); ++mine) {
      int rank = 0, size = 0;
      for (std::size_t other = 0; other < in.size(); ++other) {
        bool const together = Operation::label(in[other]) == Operation::label(in[mine]);
        rank += together && other < mine;
        size += together;
      }
      out.push_back(whole(rank, size));
    }
    return out;
  }
};

/// By a predicate that holds for half of the values.
struct partition : partitioning<partition> {
  static constexpr char const* name = "partition";
  template <class Value>
  static std::string type_name() {
    return "bool";
  }
  static LANEFOLD_HD int label(int value) { return value < half_range<int>() / 2; }
  template <class Group>
  static LANEFOLD_FN lf::lanes verb(Group group, int value) {
    return lf::partition(group, label(value));
  }
  static LANEFOLD_FN unsigned by_hand(int value) {
    unsigned const holds = __ballot_sync(lf::full_mask, label(value));
    return label(value) ? holds : ~holds;
  }
};

/// By a label: the value, which is one of eight.
struct partition_by : partitioning<partition_by> {
  static constexpr char const* name = "partition_by";
  template <class Value>
  static constexpr Value limit() {
    return 7;
  }
  static LANEFOLD_HD int label(int value) { return value; }
  template <class Group>
  static LANEFOLD_FN lf::lanes verb(Group group, int value) {
    return lf::partition_by(group, label(value));
  }
  static LANEFOLD_FN unsigned by_hand(int value) { return __match_any_sync(lf::full_mask, label(value)); }
};

template <class Operation>
struct by_lanefold : way {
  static constexpr char const* name = "lanefold";
  LANEFOLD_FN int operator()(lf::warp group, int value, nothing&) const {
    lf::lanes const part = Operation::verb(group, value);
    return whole(part.rank(), part.size());
  }
};

template <class Operation>
struct by_hand : way {
  static constexpr char const* name = "hand_written";
  LANEFOLD_FN int operator()(lf::warp, int value, nothing&) const {
    unsigned const mask = Operation::by_hand(value), below = (1u << lf::lane_id()) - 1;
    return whole(__popc(mask & below), __popc(mask));
  }
};

#if defined(__CUDACC__)
namespace cg = cooperative_groups;

template <class Operation>
struct by_cooperative_groups : way {
  static constexpr char const* name = "cooperative_groups";
  LANEFOLD_FN int operator()(lf::warp, int value, nothing&) const {
    auto const tile = cg::tiled_partition<32>(cg::this_thread_block());
    auto const part = [&] {
      if constexpr (std::is_same_v<Operation, partition>) {
        return cg::binary_partition(tile, Operation::label(value));
      } else {
        return cg::labeled_partition(tile, Operation::label(value));
      }
    }();
    return whole(part.thread_rank(), part.num_threads());
  }
};
template <class Operation>
using peers = ways<by_cooperative_groups<Operation>>;
#else
template <class Operation>
using peers = ways<>;
#endif

template <class Operation>
constexpr auto implementations = ways<by_lanefold<Operation>, by_hand<Operation>>{} + peers<Operation>{};

inline void add_benchmarks() {
  add<partition>(types<int>{}, groups<lf::warp>{}, implementations<partition>);
  add<partition_by>(types<int>{}, groups<lf::warp>{}, implementations<partition_by>);
}

}  // namespace bench

int main(int argc, char** argv) {
  bench::add_benchmarks();
  return bench::run(argc, argv);
}
