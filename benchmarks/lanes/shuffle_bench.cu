// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// The shuffles against the intrinsics: <verb>/<type>/<group>/<implementation>.

#include "support/by_lanefold.cuh"

#if defined(__CUDACC__)
#include <cooperative_groups.h>
#endif

namespace bench {

/// A source that differs from rank to rank, and a distance that all share.
LANEFOLD_HD int mirrored(int rank, int size) { return size - 1 - rank; }
constexpr int distance = 3;

/// Each rank receives from `Operation::source(rank, size)`; a negative one is out of range.
template <class Operation>
struct shuffling : operation {
  template <class Value>
  static std::vector<Value> expect(std::vector<Value> const& in, std::vector<int> const&) {
    std::vector<Value> out;
    int const size = static_cast<int>(in.size());
    for (int rank = 0; rank < size; ++rank) {
      int const source = Operation::source(rank, size);
      bool const valid = source >= 0 && source < size;
      out.push_back(valid ? in[source] : Operation::out_of_range(in[rank]));
    }
    return out;
  }
  template <class Value>
  static Value out_of_range(Value own) {
    return own;
  }
};

struct shuffle : shuffling<shuffle> {
  static constexpr char const* name = "shuffle";
  static int source(int rank, int size) { return mirrored(rank, size); }
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return lf::shuffle(group, value, mirrored(group.rank(), group.size()));
  }
  template <class Value>
  static LANEFOLD_FN Value by_hand(unsigned mask, Value value, int rank, int size) {
    return __shfl_sync(mask, value, mirrored(rank, size), size);
  }
  template <class Set, class Value>
  static LANEFOLD_FN Value by_cg(Set const& set, Value value) {
    return set.shfl(value, mirrored(set.thread_rank(), set.num_threads()));
  }
};

struct broadcast : shuffling<broadcast> {
  static constexpr char const* name = "broadcast";
  static int source(int, int) { return distance; }
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return lf::broadcast(group, value, distance);
  }
  template <class Value>
  static LANEFOLD_FN Value by_hand(unsigned mask, Value value, int, int size) {
    return __shfl_sync(mask, value, distance, size);
  }
  template <class Set, class Value>
  static LANEFOLD_FN Value by_cg(Set const& set, Value value) {
    return set.shfl(value, distance);
  }
};

struct shuffle_up : shuffling<shuffle_up> {
  static constexpr char const* name = "shuffle_up";
  static int source(int rank, int) { return rank - distance; }
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return lf::shuffle_up(group, value, distance);
  }
  template <class Value>
  static LANEFOLD_FN Value by_hand(unsigned mask, Value value, int, int size) {
    return __shfl_up_sync(mask, value, distance, size);
  }
  template <class Set, class Value>
  static LANEFOLD_FN Value by_cg(Set const& set, Value value) {
    return set.shfl_up(value, distance);
  }
};

struct shuffle_down : shuffling<shuffle_down> {
  static constexpr char const* name = "shuffle_down";
  static int source(int rank, int) { return rank + distance; }
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return lf::shuffle_down(group, value, distance);
  }
  template <class Value>
  static LANEFOLD_FN Value by_hand(unsigned mask, Value value, int, int size) {
    return __shfl_down_sync(mask, value, distance, size);
  }
  template <class Set, class Value>
  static LANEFOLD_FN Value by_cg(Set const& set, Value value) {
    return set.shfl_down(value, distance);
  }
};

struct shuffle_xor : shuffling<shuffle_xor> {
  static constexpr char const* name = "shuffle_xor";
  static int source(int rank, int) { return rank ^ distance; }
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return lf::shuffle_xor(group, value, distance);
  }
  template <class Value>
  static LANEFOLD_FN Value by_hand(unsigned mask, Value value, int, int size) {
    return __shfl_xor_sync(mask, value, distance, size);
  }
  template <class Set, class Value>
  static LANEFOLD_FN Value by_cg(Set const& set, Value value) {
    return set.shfl_xor(value, distance);
  }
};

/// Out of range counts as zero. Cooperative Groups have no such form.
template <class Operation>
struct tried : shuffling<Operation> {
  template <class Value>
  static LANEFOLD_FN Value in_range_or_zero(lf::received<Value> received) {
    return received.in_range ? received.value : Value(0);
  }
  template <class Value>
  static Value out_of_range(Value) {
    return Value(0);
  }
};

struct try_shuffle_up : tried<try_shuffle_up> {
  static constexpr char const* name = "try_shuffle_up";
  static int source(int rank, int) { return rank - distance; }
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return in_range_or_zero(lf::try_shuffle_up(group, value, distance));
  }
  template <class Value>
  static LANEFOLD_FN Value by_hand(unsigned mask, Value value, int rank, int size) {
    Value const got = __shfl_up_sync(mask, value, distance, size);
    return rank >= distance ? got : Value(0);
  }
};

struct try_shuffle_down : tried<try_shuffle_down> {
  static constexpr char const* name = "try_shuffle_down";
  static int source(int rank, int) { return rank + distance; }
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return in_range_or_zero(lf::try_shuffle_down(group, value, distance));
  }
  template <class Value>
  static LANEFOLD_FN Value by_hand(unsigned mask, Value value, int rank, int size) {
    Value const got = __shfl_down_sync(mask, value, distance, size);
    return rank + distance < size ? got : Value(0);
  }
};

struct try_shuffle_xor : tried<try_shuffle_xor> {
  static constexpr char const* name = "try_shuffle_xor";
  static int source(int rank, int) { return rank ^ distance; }
  template <class Group, class Value>
  static LANEFOLD_FN Value verb(Group group, Value value) {
    return in_range_or_zero(lf::try_shuffle_xor(group, value, distance));
  }
  template <class Value>
  static LANEFOLD_FN Value by_hand(unsigned mask, Value value, int rank, int size) {
    Value const got = __shfl_xor_sync(mask, value, distance, size);
    return (rank ^ distance) < size ? got : Value(0);
  }
};

template <class Operation>
struct by_hand : way {
  static constexpr char const* name = "hand_written";
  template <class Group, class Value>
  static constexpr bool supports = lf::is_tile_v<Group>;
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group group, Value value, nothing&) const {
    return Operation::by_hand(mask_by_hand<Group::size()>(), value, group.rank(), group.size());
  }
};

#if defined(__CUDACC__)
namespace cg = cooperative_groups;

template <class Operation>
struct by_cooperative_groups : way {
  static constexpr char const* name = "cooperative_groups";
  template <class Group, class Value>
  static constexpr bool supports = lf::is_tile_v<Group>;
  template <class Group, class Value>
  LANEFOLD_FN Value operator()(Group, Value value, nothing&) const {
    return Operation::by_cg(cg::tiled_partition<Group::size()>(cg::this_thread_block()), value);
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
    return Operation::by_cg(set, value);
  }
};
template <class Operation>
using peers = ways<by_cooperative_groups<Operation>>;
template <class Operation>
using lane_set_peers = ways<by_coalesced_group<Operation>>;
#else
template <class Operation>
using peers = ways<>;
template <class Operation>
using lane_set_peers = ways<>;
#endif

template <class Operation>
constexpr auto own = ways<by_lanefold<Operation>, by_hand<Operation>>{};

inline void add_benchmarks() {
  using numbers = types<int, double>;
  using tiles = groups<lf::warp, lf::tile<8>>;
  add<shuffle>(numbers{}, tiles{}, own<shuffle> + peers<shuffle>{});
  add<broadcast>(numbers{}, groups<lf::warp>{}, own<broadcast> + peers<broadcast>{});
  add<shuffle_up>(numbers{}, tiles{}, own<shuffle_up> + peers<shuffle_up>{});
  add<shuffle_down>(types<int>{}, groups<lf::warp>{}, own<shuffle_down> + peers<shuffle_down>{});
  add<shuffle_xor>(numbers{}, tiles{}, own<shuffle_xor> + peers<shuffle_xor>{});
  add<try_shuffle_up>(types<int>{}, groups<lf::warp>{}, own<try_shuffle_up>);
  add<try_shuffle_down>(types<int>{}, groups<lf::warp>{}, own<try_shuffle_down>);
  add<try_shuffle_xor>(types<int>{}, groups<lf::warp>{}, own<try_shuffle_xor>);
  add<shuffle>(types<int>{}, groups<lf::lanes>{}, ways<by_lanefold<shuffle>>{} + lane_set_peers<shuffle>{});
  add<shuffle_up>(types<int>{}, groups<lf::lanes>{}, ways<by_lanefold<shuffle_up>>{} + lane_set_peers<shuffle_up>{});
}

}  // namespace bench

int main(int argc, char** argv) {
  bench::add_benchmarks();
  return bench::run(argc, argv);
}
