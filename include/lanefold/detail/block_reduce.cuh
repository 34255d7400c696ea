// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/detail/redux.cuh>
#include <lanefold/detail/tree.cuh>

// Reductions of a lane group by its fastest path, and of a block. Ranks 32w .. 32w+31 of a block are warp w, so that
// the tree over a block is the tree over its warps' totals. A last warp that lacks lanes goes as a lane set.

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {

/// Whether a reduction of this group goes by redux.
template <path_kind Kind, class Group, class Value, class Operator>
constexpr bool by_redux =
    Kind == path_kind::redux ||
    // Below 32 lanes redux is issued once for each mask in the warp and loses to shuffles.
    (Kind == path_kind::automatic && backend::has_redux && max_size_v<Group> == 32 && redux_can<Operator, Value>);

template <path_kind Kind, class Group, class Value, class Operator>
LANEFOLD_FN Value reduce_lanes(Group group, Value value, Operator op, call_site site) {
  if constexpr (by_redux<Kind, Group, Value, Operator>) {
    static_assert(redux_can<Operator, Value>,
                  "via_redux: redux.sync combines integers by plus, min, max, and, or, xor, and floats by min and max; "
                  "use via_shuffle for this operator and type");
    static_assert(backend::has_redux && sizeof(Value) > 0,  // dependent: looked at only where this branch is taken
                  "via_redux: redux.sync needs sm_80 or newer; use via_shuffle or no tag");
    return reduce_by_redux(group.mask(), value, op, site);
  } else {
    return reduce_by_shuffle(group, value, op, site);
  }
}

/// The lanes of this thread's warp that the block has: all, or in the last warp the first ones.
template <class Block>
LANEFOLD_FN unsigned lanes_of_own_warp(Block block, unsigned rank) {
  if constexpr (!whole_warps_v<Block>) {
    unsigned const size = block.size();
    if ((rank | 31) >= size) return lowest_lanes(size & 31);
  }
  return full_mask;
}

/// Those lanes' reduction.
template <path_kind Kind, class Block, class Value, class Operator>
LANEFOLD_FN Value reduce_own_warp(Block block, unsigned rank, Value value, Operator op, call_site site) {
  if constexpr (!whole_warps_v<Block>) {
    unsigned const together = lanes_of_own_warp(block, rank);
    if (together != full_mask) return reduce_lanes<Kind>(lanes(together), value, op, site);
  }
  return reduce_lanes<Kind>(warp{}, value, op, site);
}

template <class Block>
LANEFOLD_FN unsigned warp_count(Block block) {
  return (static_cast<unsigned>(block.size()) + 31) / 32;
}

// Values that lanes read together in 16-byte chunks, `Share` values a lane. The chunks are permuted so that neither the
// writers (consecutive ranks) nor the readers (a lane's chunks) meet in a bank, unless `Permuted` is false.
template <class Value, int Share, bool Permuted = true>
struct rake_layout {
  static constexpr int bytes = sizeof(Value);
  static constexpr bool vectors = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8 || bytes == 16;
  static constexpr int per_chunk = !vectors ? 1 : Share * bytes <= 16 ? Share : 16 / bytes;
  static constexpr int chunks = Share / per_chunk;  // of one lane
  struct alignas(vectors ? per_chunk * bytes : alignof(Value)) chunk {
    Value values[per_chunk];
  };

  static LANEFOLD_HD constexpr unsigned place(unsigned c) {
    return Permuted && vectors && chunks > 1 ? c ^ (c / 8 & (chunks - 1)) : c;
  }
  static LANEFOLD_HD constexpr unsigned slot(unsigned index) {
    return place(index / per_chunk) * per_chunk + index % per_chunk;
  }
  static LANEFOLD_FN void load(Value const* x, unsigned lane, Value (&values)[Share]) {
    for (int j = 0; j < chunks; ++j) {
      chunk const c = reinterpret_cast<chunk const*>(x)[place(lane * chunks + j)];
      for (int i = 0; i < per_chunk; ++i) values[j * per_chunk + i] = c.values[i];
    }
  }
  static LANEFOLD_FN void store(Value* x, unsigned lane, Value const (&values)[Share]) {
    for (int j = 0; j < chunks; ++j) {
      chunk c;
      for (int i = 0; i < per_chunk; ++i) c.values[i] = values[j * per_chunk + i];
      reinterpret_cast<chunk*>(x)[place(lane * chunks + j)] = c;
    }
  }
};

/// The tree over Count values, a power of two, in one thread.
template <int Count, class Value, class Operator>
LANEFOLD_FN Value reduce_array(Value (&x)[Count], Operator op) {
  if constexpr (traits::integral<Value> && sizeof(Value) <= 4 && traits::same<Operator, plus>) {
    // In the order in which they arrive, two more an instruction; eight by fours, as two loads bring them.
    constexpr int part = Count == 8 ? 4 : Count;
    for (int i = 1; i < Count; ++i) {
      if (i % part != 0) x[i & -part] = op(x[i & -part], x[i]);
    }
    for (int i = part; i < Count; i += part) x[0] = op(x[0], x[i]);
  } else {
    for (int s = 1; s < Count; s *= 2) {
      for (int i = 0; i + s < Count; i += 2 * s) x[i] = op(x[i], x[i + s]);
    }
  }
  return x[0];
}

/// One warp works out the tree over the warps' totals, of which lane l holds that of warp l; lanes from `count` on hold
/// anything. `visit(level, sibling)`: at level k, lane l receives the total of the other half of its aligned run of
/// 2^(k+1). The tree over all of them is in every lane below `count`.
template <int MaxWarps, class Value, class Operator, class Visit>
LANEFOLD_FN Value reduce_totals(Value value, unsigned count, Operator op, Visit visit, call_site site) {
  unsigned const lane = backend::lane_id();
  for (int level = 0; (1 << level) < MaxWarps; ++level) {
    unsigned const s = 1u << level;
    Value const sibling = backend::shuffle_xor(full_mask, value, s, 32, site).value;
    visit(level, sibling);
    bool const lower = (lane & s) == 0;
    bool const upper_exists = ((lane | s) & ~(s - 1)) < count;
    Value const left = lower ? value : sibling, right = lower ? sibling : value;
    value = upper_exists ? op(left, right) : left;
  }
  return value;
}

template <path_kind Kind, bool TrailingSync, class Block, class Value, class Operator>
LANEFOLD_FN Value reduce_block(Block block, Value value, Operator op, Value* x, call_site site) {
  using layout = block_layout<Block, Value>;
  constexpr int warps = layout::warps;
  check_block(block, site);
  unsigned const rank = block.rank();
  if constexpr (warps == 1) {
    return reduce_own_warp<Kind>(block, rank, value, op, site);
  } else if constexpr (whole_warps_v<Block> && warps <= 4 && sizeof(Value) <= 4 &&
                       by_redux<Kind, warp, Value, Operator> && (traits::integral<Value> || !layout::rakes_reduction)) {
    // A redux a warp, and every thread combines the few totals alone. For floats, which need keys, raking is better.
    value = reduce_own_warp<Kind>(block, rank, value, op, site);
    if ((rank & 31) == 0) x[rank / 32] = value;
    backend::sync_block(site);
    value = x[0];
    for (int i = 1; i < warps; ++i) value = op(value, x[i]);
    if constexpr (TrailingSync) backend::sync_block(site);
    return value;
  } else if constexpr (layout::rakes_reduction) {
    constexpr int share = layout::share(), run = layout::threads / 32 / share;
    constexpr int parts = by_redux<Kind, warp, Value, Operator> ? 1 : layout::parts;
    using rake = rake_layout<Value, share>;
    value = reduce_runs<run>(full_mask, value, op, site);
    if (run == 1 || rank % run == 0) x[rake::slot(rank / run)] = value;
    backend::sync_block(site);
    if (rank < 32) {
      Value values[share];
      rake::load(x, rank, values);
      value = reduce_array(values, op);
      if constexpr (parts == 1) {
        value = reduce_lanes<Kind>(warp{}, value, op, site);
        if (rank == 0) x[layout::results] = value;
      } else {
        constexpr int run_of_part = 32 / parts;
        value = reduce_runs<run_of_part>(full_mask, value, op, site);
        if (rank % run_of_part == 0) x[layout::results + rank / run_of_part] = value;
      }
    }
    backend::sync_block(site);
    Value result[parts];
    rake_layout<Value, parts, false>::load(x + layout::results, 0, result);
    return reduce_array(result, op);
  } else {
    value = reduce_own_warp<Kind>(block, rank, value, op, site);
    if ((rank & 31) == 0) x[rank / 32] = value;
    backend::sync_block(site);
    unsigned const count = warp_count(block);
    if (rank < 32 && count > 1) {
      value = reduce_totals<warps>(x[rank < count ? rank : 0], count, op, [](int, Value const&) {}, site);
    }
    if (rank == 0) x[layout::results] = value;
    backend::sync_block(site);
    return x[layout::results];
  }
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
