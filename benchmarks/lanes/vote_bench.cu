// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// ballot, all_of, any_of, none_of, uniform against the intrinsics: <verb>/bool/<group>/<implementation>.

#include "support/benchmark.cuh"

#if defined(__CUDACC__)
#include <cooperative_groups.h>
#endif

namespace bench {

#if defined(__CUDACC__)
namespace cg = cooperative_groups;
#endif

/// Holds for half of the values. It takes all their bits to tell, so that none of the step between two votes is optimised
/// away.
LANEFOLD_HD bool predicate_of(unsigned value) { return value < half_range<unsigned>() / 2; }

/// The answer goes on as a number.
template <class Operation>
struct vote : operation {
  template <class Value>
  static std::string type_name() {
    return "bool";
  }
  template <class Value>
  static std::vector<Value> expect(std::vector<Value> const& in, std::vector<int> const& lanes) {
    unsigned members = 0, holds = 0;
    for (std::size_t rank = 0; rank < in.size(); ++rank) {
      members |= 1u << lanes[rank];
      holds |= unsigned(predicate_of(in[rank])) << lanes[rank];
    }
    return std::vector<Value>(in.size(), Operation::answer(members, holds));
  }
};

struct ballot : vote<ballot> {
  static constexpr char const* name = "ballot";
  static unsigned answer(unsigned, unsigned holds) { return holds; }
  template <class Group>
  static LANEFOLD_FN unsigned verb(Group group, bool predicate) {
    return lf::ballot(group, predicate);
  }
  static LANEFOLD_FN unsigned by_hand(unsigned mask, bool predicate) { return __ballot_sync(mask, predicate); }
  // The bits of a tile's ballot are ranks.
  template <class Tile>
  static LANEFOLD_FN unsigned by_cg(Tile const& tile, bool predicate) {
    return tile.ballot(predicate) << (lf::lane_id() & -static_cast<int>(tile.num_threads()));
  }
};

struct all_of : vote<all_of> {
  static constexpr char const* name = "all_of";
  static unsigned answer(unsigned members, unsigned holds) { return holds == members; }
  template <class Group>
  static LANEFOLD_FN unsigned verb(Group group, bool predicate) {
    return lf::all_of(group, predicate);
  }
  static LANEFOLD_FN unsigned by_hand(unsigned mask, bool predicate) { return __all_sync(mask, predicate); }
  template <class Tile>
  static LANEFOLD_FN unsigned by_cg(Tile const& tile, bool predicate) {
    return tile.all(predicate);
  }
};

struct any_of : vote<any_of> {
  static constexpr char const* name = "any_of";
  static unsigned answer(unsigned, unsigned holds) { return holds != 0; }
  template <class Group>
  static LANEFOLD_FN unsigned verb(Group group, bool predicate) {
    return lf::any_of(group, predicate);
  }
  static LANEFOLD_FN unsigned by_hand(unsigned mask, bool predicate) { return __any_sync(mask, predicate); }
  template <class Tile>
  static LANEFOLD_FN unsigned by_cg(Tile const& tile, bool predicate) {
    return tile.any(predicate);
  }
};

struct none_of : vote<none_of> {
  static constexpr char const* name = "none_of";
  static unsigned answer(unsigned, unsigned holds) { return holds == 0; }
  template <class Group>
  static LANEFOLD_FN unsigned verb(Group group, bool predicate) {
    return lf::none_of(group, predicate);
  }
  static LANEFOLD_FN unsigned by_hand(unsigned mask, bool predicate) { return !__any_sync(mask, predicate); }
  template <class Tile>
  static LANEFOLD_FN unsigned by_cg(Tile const& tile, bool predicate) {
    return !tile.any(predicate);
  }
};

struct uniform : vote<uniform> {
  static constexpr char const* name = "uniform";
  static unsigned answer(unsigned members, unsigned holds) { return holds == 0 || holds == members; }
  template <class Group>
  static LANEFOLD_FN unsigned verb(Group group, bool predicate) {
    return lf::uniform(group, predicate);
  }
  static LANEFOLD_FN unsigned by_hand(unsigned mask, bool predicate) { return __uni_sync(mask, predicate); }
  template <class Tile>
  static LANEFOLD_FN unsigned by_cg(Tile const& tile, bool predicate) {
    return tile.all(predicate) || !tile.any(predicate);
  }
};

template <class Operation>
struct by_lanefold : way {
  static constexpr char const* name = "lanefold";
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group group, unsigned value, nothing&) const {
    return Operation::verb(group, predicate_of(value));
  }
};

template <class Operation>
struct by_hand : way {
  static constexpr char const* name = "hand_written";
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group, unsigned value, nothing&) const {
    return Operation::by_hand(mask_by_hand<Group::size()>(), predicate_of(value));
  }
};

#if defined(__CUDACC__)
template <class Operation>
struct by_cooperative_groups : way {
  static constexpr char const* name = "cooperative_groups";
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group, unsigned value, nothing&) const {
    return Operation::by_cg(cg::tiled_partition<Group::size()>(cg::this_thread_block()), predicate_of(value));
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
  add<ballot>(types<unsigned>{}, groups<lf::warp, lf::tile<8>>{}, implementations<ballot>);
  add<all_of>(types<unsigned>{}, groups<lf::warp>{}, implementations<all_of>);
  add<any_of>(types<unsigned>{}, groups<lf::warp, lf::tile<8>>{}, implementations<any_of>);
  add<none_of>(types<unsigned>{}, groups<lf::warp>{}, implementations<none_of>);
  add<uniform>(types<unsigned>{}, groups<lf::warp>{}, implementations<uniform>);
}

}  // namespace bench

int main(int argc, char** argv) {
  bench::add_benchmarks();
  return bench::run(argc, argv);
}
