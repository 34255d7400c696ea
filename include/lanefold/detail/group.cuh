// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a group is made of: the call that it was passed to, what was wished for it, and what verbs ask of its type.

#include <lanefold/backend/backend.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// Up to where a group reaches.
enum class group_level { lanes, block, cluster, grid };

/// What a group knows of the call that it was passed to: a verb's first line marks it, and everything below reports that
/// verb and the line of its caller. Copying a group that no verb has marked yet takes the place where it is copied; so a
/// group's own copy constructor hands its caller's place on. In release builds of device code this is nothing.
class group_context {
 public:
  LANEFOLD_HD constexpr explicit group_context(call_site here) : site_(here) {}
  LANEFOLD_HD constexpr group_context(group_context const& other, call_site here)
      : site_(other.site_.marked() ? other.site_ : here) {}
  LANEFOLD_HD constexpr call_site site() const { return site_; }
  LANEFOLD_HD constexpr void mark(char const* verb, bool all_threads = false) { site_ = site_.in(verb, all_threads); }

 private:
  call_site site_;
};

namespace detail {
enum class path_kind { automatic, shuffle, redux, shared };
struct no_memory {};

/// A group with what was wished for it: memory, a path, no trailing barrier. Group: without wishes of its own.
template <class Group, class Memory, path_kind Kind, bool TrailingSync>
class wishing : public Group {
 public:
  using plain = Group;
  using memory_type = Memory;
  static constexpr path_kind path = Kind;
  static constexpr bool trailing_sync = TrailingSync;

  LANEFOLD_HD wishing(Group const& group, Memory* memory, call_site here = call_site::here())
      : Group(group, here), memory_(memory) {}
  LANEFOLD_HD wishing(wishing const& other, call_site here = call_site::here())
      : Group(other, here), memory_(other.memory_) {}
  LANEFOLD_HD Memory* memory() const { return memory_; }
  /// Binds other memory, and keeps the other wishes.
  template <class Other>
  LANEFOLD_FN wishing<Group, traits::remove_reference_t<Other>, Kind, TrailingSync> with(Other&& other) const {
    auto const bound = Group::with(static_cast<Other&&>(other));
    return {bound, bound.memory(), this->site()};
  }

 private:
  Memory* memory_;
};

/// What every group of several warps in one block has.
template <class Self>
struct block_group : group_context {
  using group_context::group_context;
  static constexpr group_level level = group_level::block;
  LANEFOLD_HD constexpr void mark(char const* verb) { group_context::mark(verb, true); }
  /// Binds shared memory: the group with the scratch that its collectives use, see scratch.
  template <class Scratch>
  LANEFOLD_FN wishing<Self, Scratch, path_kind::automatic, true> with(Scratch& scratch) const {
    static_assert(Scratch::template serves_group<Self>,
                  "this scratch is for another block: declare LANEFOLD_SHARED(s, lanefold::scratch<Group, Value>) with "
                  "this very group type");
    Self const& self = static_cast<Self const&>(*this);
    self.check("with");
    backend::check_scratch(&scratch, site().in("with"));
    return {self, &scratch, site()};
  }
  template <class Scratch>
  LANEFOLD_FN wishing<Self, Scratch, path_kind::automatic, true> with(Scratch const&&) const {
    static_assert(sizeof(Scratch) == 0,
                  "this scratch is a temporary, which is in no shared memory: declare LANEFOLD_SHARED(s, "
                  "lanefold::scratch<Group, Value>) and pass s");
    return {static_cast<Self const&>(*this), nullptr, site()};
  }
  LANEFOLD_FN void check(char const*) const {}
  LANEFOLD_FN void sync() const {
    static_cast<Self const*>(this)->check("sync");
    backend::sync_block(site());
  }
  /// The barrier of sync, for whole warps that come to it at another place than the rest of the group.
  LANEFOLD_FN void sync_apart() const { backend::sync_block_apart(site()); }
};

/// What every group within a warp has; Self knows its mask() and callers().
template <class Self>
struct lane_group : group_context {
  using group_context::group_context;
  static constexpr group_level level = group_level::lanes;
  LANEFOLD_FN void sync() const { backend::sync_warp(static_cast<Self const*>(this)->callers()); }
  template <class Scratch>
  LANEFOLD_FN Self with(Scratch&&) const {
    static_assert(sizeof(Scratch) == 0, "a warp, tile or lane set takes no scratch: leave .with(scratch) out");
    return static_cast<Self const&>(*this);
  }
};

// SFINAE on the type of max_size, so that any type may be asked.
template <class T, class = int const>
constexpr bool states_level = false;
template <class T>
constexpr bool states_level<T, decltype(T::max_size)> = true;
template <class T, group_level Level>
LANEFOLD_HD constexpr bool is_at() {
  if constexpr (states_level<T>) return T::level == Level;
  return false;
}

template <class T, class = bool const>
constexpr bool states_aligned = false;
template <class T>
constexpr bool states_aligned<T, decltype(T::aligned)> = T::aligned;

/// Whether the group's size is known at compile time.
template <class Group, class = bool const>
constexpr bool fixed_size_v = false;
template <class Group>
constexpr bool fixed_size_v<Group, decltype(Group::fixed_size)> = Group::fixed_size;

/// What was wished for a group: nothing.
template <class Group>
struct wishes_of {
  using plain = Group;
  using memory_type = no_memory;
  static constexpr path_kind path = path_kind::automatic;
  static constexpr bool trailing_sync = true;
};
template <class Group, class Memory, path_kind Kind, bool TrailingSync>
struct wishes_of<wishing<Group, Memory, Kind, TrailingSync>> : wishing<Group, Memory, Kind, TrailingSync> {};

template <class Group>
LANEFOLD_FN call_site site_of(Group const& group) {
  if constexpr (__is_base_of(group_context, Group)) return group.site();
  return call_site{};
}
}  // namespace detail

/// Whether T is a group within one warp: warp, tile<N>, warp_tile<N> or lanes, with or without wishes.
template <class T>
constexpr bool is_lane_group_v = detail::is_at<T, group_level::lanes>();
/// Whether T is a group within one warp whose ranks are consecutive lanes from a multiple of its size on, as in tile<N>.
template <class T>
constexpr bool is_tile_v = detail::states_aligned<T>;
/// Whether T is a group of several warps within one block, such as block<X, Y, Z> or block<>.
template <class T>
constexpr bool is_block_v = detail::is_at<T, group_level::block>();

/// The first line of a verb: reports of everything below name `verb`, unless a verb further out has been marked already,
/// and the place from which it was called.
template <class Group>
LANEFOLD_FN void mark(Group& group, char const* verb) {
  if constexpr (__is_base_of(group_context, Group)) group.mark(verb);
}

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
