// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// match_any and match_all over at most 8 different values: <verb>/<type>/warp/<implementation>.

#include "support/by_lanefold.cuh"

#if defined(__CUDACC__)
#include <cooperative_groups.h>
#endif

namespace bench {

struct match : operation {
  template <class Value>
  static constexpr Value limit() {
    return 7;
  }
};

struct match_any : match {
  static constexpr char const* name = "match_any";
  template <class Group, class Value>
  static LANEFOLD_FN unsigned verb(Group group, Value value) {
    return lf::match_any(group, value);
  }
  template <class Value>
  static LANEFOLD_FN unsigned by_hand(Value value) {
    return __match_any_sync(lf::full_mask, value);
  }
  template <class Value>
  static std::vector<Value> expect(std::vector<Value> const& in, std::vector<int> const& lanes) {
    std::vector<Value> out;
    for (Value mine : in) {
      unsigned same = 0;
      for (std::size_t rank = 0; rank < in.size(); ++rank) same |= unsigned(in[rank] == mine) << lanes[rank];
      out.push_back(static_cast<Value>(same));
    }
    return out;
  }
};

struct match_all : match {
  static constexpr char const* name = "match_all";
  template <class Group, class Value>
  static LANEFOLD_FN unsigned verb(Group group, Value value) {
    return lf::match_all(group, value);
  }
  template <class Value>
  static LANEFOLD_FN unsigned by_hand(Value value) {
    int same;
    __match_all_sync(lf::full_mask, value, &same);
    return same != 0;
  }
  template <class Value>
  static std::vector<Value> expect(std::vector<Value> const& in, std::vector<int> const&) {
    return std::vector<Value>(in.size(), in == std::vector<Value>(in.size(), in[0]));
  }
};

template <class Operation>
struct by_hand : way {
  static constexpr char const* name = "hand_written";
  template <class Value>
  LANEFOLD_FN Value operator()(lf::warp, Value value, nothing&) const {
    return static_cast<Value>(Operation::by_hand(value));
  }
};

#if defined(__CUDACC__)
namespace cg = cooperative_groups;

template <class Operation>
struct by_cooperative_groups : way {
  static constexpr char const* name = "cooperative_groups";
  template <class Value>
  LANEFOLD_FN Value operator()(lf::warp, Value value, nothing&) const {
    auto const tile = cg::tiled_partition<32>(cg::this_thread_block());
    if constexpr (std::is_same_v<Operation, match_any>) {
      return static_cast<Value>(tile.match_any(value));
    } else {
      int same;
      tile.match_all(value, same);
      return same != 0;
    }
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
  add<match_any>(types<int, long long>{}, groups<lf::warp>{}, implementations<match_any>);
  add<match_all>(types<int, long long>{}, groups<lf::warp>{}, implementations<match_all>);
}

}  // namespace bench

int main(int argc, char** argv) {
  bench::add_benchmarks();
  return bench::run(argc, argv);
}
