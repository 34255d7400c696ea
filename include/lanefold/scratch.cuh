// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/groups.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

namespace detail {
template <class Group>
struct group_limit {
  static constexpr int value = 32;
};
template <int Size, bool WholeWarp>
struct group_limit<tile<Size, WholeWarp>> {
  static constexpr int value = Size;
};
template <int X, int Y, int Z>
struct group_limit<block<X, Y, Z>> {
  static constexpr int value = block<X, Y, Z>::max_size;
};
/// The most ranks a group of this type can have.
template <class Group>
constexpr int max_size_v = group_limit<Group>::value;
template <class Group>
constexpr int max_warps_v = (max_size_v<Group> + 31) / 32;
/// Whether each warp of the block is known to have all its lanes.
template <class Block>
constexpr bool whole_warps_v = !is_runtime_block_v<Block> && max_size_v<Block> % 32 == 0;

// How a block's scratch is laid out, in values:
//   staging [0, scan)       written before a call's first barrier, read after it by the warps that combine;
//   scan    [scan, results) a scan's values, each written before the first barrier by the thread that reads it last;
//   results [results, end)  written after the first barrier, read after the second.
// No call writes staging or another thread's place in scan while an earlier one may still be read: a call that ends
// with reading results needs no barrier behind it.
template <class Block, class Value>
struct block_layout {
  static constexpr int threads = max_size_v<Block>, warps = max_warps_v<Block>;
  static constexpr bool fixed = !is_runtime_block_v<Block>;
  static constexpr int bytes = sizeof(Value);

  // Reductions of 64, 128 .. 1024 threads: one warp combines everything. Over 64 bytes a lane all warps first shuffle
  // once, which halves it; then on until it is 128 at most.
  static constexpr bool rakes_reduction = fixed && warps > 1 && (threads & (threads - 1)) == 0;
  static LANEFOLD_HD constexpr int share() {
    int values = threads / 32;
    if (values > 1 && values * bytes > 64) values /= 2;
    while (values > 1 && values * bytes > 128) values /= 2;
    return values;
  }
  // Where it goes on by shuffles over 4- or 8-byte values, up to 2 KiB of them, it stops short of its last steps, with
  // 16 bytes of results, and every thread takes those steps alone.
  static constexpr int parts = threads * bytes <= 2048 && (bytes == 4 || bytes == 8) ? 16 / bytes : 1;

  // Scans of more than 128 threads: each run of 128 or 256 ranks is scanned by one warp, four or eight values a lane.
  static constexpr bool vectors = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
  static constexpr int rake = threads >= 512 && threads % 256 == 0 && bytes <= 4 ? 256 : 128;
  static constexpr bool rakes_scan = fixed && vectors && threads > 128 && threads % rake == 0;
  static constexpr bool direct_scan = warps <= 4;

  static constexpr int scan = rakes_reduction ? 32 * share() : (warps + 3) / 4 * 4;
  static constexpr int results = scan + (rakes_scan ? threads : 0);
  static constexpr int result_count = 1 + (direct_scan ? 0 : rakes_scan ? warps : 5 * warps);
  static constexpr int slots = results + (result_count + 3) / 4 * 4;
  static_assert(!rakes_reduction || parts == 1 || (slots - results >= parts && results * bytes % 16 == 0));
};
}  // namespace detail

/// Shared memory for the collectives of a block over values of type Value. Declare it in the kernel,
/// `LANEFOLD_SHARED(scratch, lanefold::scratch<lanefold::block<256>, float>);`, and pass it to every call; each call
/// leaves it reusable. Contents need no initial value. Size: sizeof(scratch); at most about 1.6 values a thread.
template <class Group, class Value>
struct scratch {
  static_assert(is_block_v<Group>,
                "scratch is for blocks: within a warp only via_shared needs memory, a shared_scratch");
  alignas(16) unsigned char bytes[detail::block_layout<Group, Value>::slots * sizeof(Value)];
};

/// Shared memory for via_shared: one Value for each rank of the group (for a warp, tile or lane set: one scratch for
/// each group that runs at the same time).
template <class Group, class Value>
struct shared_scratch {
  static constexpr int slots = detail::max_size_v<Group>;
  alignas(16) unsigned char bytes[slots * sizeof(Value)];
};

/// The path a collective takes: its fastest one for the type, operator, group and architecture.
struct automatic {};

namespace detail {
struct no_scratch {};
enum class path_kind { automatic, shuffle, redux, shared };
struct path_base {};
template <path_kind Kind, class Scratch, bool TrailingSync>
struct path : path_base {
  static constexpr path_kind kind = Kind;
  static constexpr bool trailing_sync = TrailingSync;
  using scratch_type = Scratch;
  Scratch* scratch;
  explicit LANEFOLD_FN path(Scratch* s = nullptr) : scratch(s) {}
};
}  // namespace detail

/// Forces the path by shuffles: `via_shuffle{}` within a warp, `via_shuffle{scratch}` for a block.
template <class Scratch = detail::no_scratch>
struct via_shuffle : detail::path<detail::path_kind::shuffle, Scratch, true> {
  via_shuffle() = default;
  explicit LANEFOLD_FN via_shuffle(Scratch& s) : detail::path<detail::path_kind::shuffle, Scratch, true>(&s) {}
};
via_shuffle() -> via_shuffle<>;

/// Forces the path by redux.sync (sm_80 and newer): `via_redux{}`, or `via_redux{scratch}` for a block. Does not compile
/// for operators and types that redux cannot do.
template <class Scratch = detail::no_scratch>
struct via_redux : detail::path<detail::path_kind::redux, Scratch, true> {
  via_redux() = default;
  explicit LANEFOLD_FN via_redux(Scratch& s) : detail::path<detail::path_kind::redux, Scratch, true>(&s) {}
};
via_redux() -> via_redux<>;

/// Forces the path by shared memory: `via_shared{shared_scratch}`, for any group. Same bits, for comparison.
template <class Scratch>
struct via_shared : detail::path<detail::path_kind::shared, Scratch, true> {
  explicit LANEFOLD_FN via_shared(Scratch& s) : detail::path<detail::path_kind::shared, Scratch, true>(&s) {}
};

namespace detail {
LANEFOLD_FN path<path_kind::automatic, no_scratch, true> as_path(automatic&) {
  return path<path_kind::automatic, no_scratch, true>();
}
template <class Group, class Value>
LANEFOLD_FN path<path_kind::automatic, scratch<Group, Value>, true> as_path(scratch<Group, Value>& s) {
  return path<path_kind::automatic, scratch<Group, Value>, true>(&s);
}
template <path_kind Kind, class Scratch, bool TrailingSync>
LANEFOLD_FN path<Kind, Scratch, TrailingSync> as_path(path<Kind, Scratch, TrailingSync>& p) {
  return p;
}
template <class Path>
using path_t = decltype(as_path(*static_cast<Path*>(nullptr)));

template <class Path>
constexpr bool is_path_v = __is_base_of(path_base, Path);
template <>
constexpr inline bool is_path_v<automatic> = true;
template <class Group, class Value>
constexpr bool is_path_v<scratch<Group, Value>> = true;
template <class T>
using conditional_automatic = traits::conditional_t<is_path_v<T>, T, automatic>;
/// Keeps an overload for calls whose trailing argument is a path (or is not).
template <class T, bool Is = true>
using if_path = typename traits::enable_if<is_path_v<traits::remove_reference_t<T>> == Is>::type;
}  // namespace detail

/// Leaves out the barrier with which a block's collective makes its scratch reusable. The caller then synchronises
/// the block before the scratch is used again. `no_trailing_sync{scratch}`, `no_trailing_sync{via_shuffle{scratch}}`.
template <class Path>
struct no_trailing_sync : detail::path<detail::path_t<Path>::kind, typename detail::path_t<Path>::scratch_type, false> {
  explicit LANEFOLD_FN no_trailing_sync(Path& p)
      : detail::path<detail::path_t<Path>::kind, typename detail::path_t<Path>::scratch_type, false>(
            detail::as_path(p).scratch) {}
  explicit LANEFOLD_FN no_trailing_sync(Path&& p) : no_trailing_sync(p) {}
};

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
