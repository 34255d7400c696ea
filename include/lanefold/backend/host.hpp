// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The seam on the simulator: the names of backend/cuda.cuh, each one rendezvous of the lanes' fibers.

#include <lanefold/backend/arithmetic.cuh>
#include <lanefold/backend/config.cuh>
#include <lanefold/backend/traits.cuh>
#include <lanefold/sim/operations.hpp>

#include <cstring>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// Where the user's code called a public verb; the default argument of every one of them.
struct call_site : sim::call_site {
  static constexpr call_site here(char const* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {{nullptr, file, line}};
  }
  /// The outermost verb names the call.
  constexpr call_site in(char const* name) const { return verb ? *this : call_site{{name, file, line}}; }
};

namespace backend {

constexpr bool simulated = true;
constexpr bool has_redux = true;

template <class T>
struct in_range {
  T value;
  bool valid;
};

LANEFOLD_FN unsigned lane_id() { return sim::self().lane; }
LANEFOLD_FN index3 to_index3(sim::index3 i) { return {i.x, i.y, i.z}; }
LANEFOLD_FN index3 thread_index() { return to_index3(sim::self().thread); }
LANEFOLD_FN index3 block_index() { return to_index3(sim::self().block); }
LANEFOLD_FN index3 block_extent() { return to_index3(sim::self().block_extent); }
LANEFOLD_FN index3 grid_extent() { return to_index3(sim::self().grid_extent); }
LANEFOLD_FN void* dynamic_shared() { return sim::dynamic_shared_memory(); }

LANEFOLD_HD int popcount(unsigned x) { return __builtin_popcount(x); }
/// Index of the lowest / highest set bit; x is not 0.
LANEFOLD_HD int lowest_bit(unsigned x) { return __builtin_ctz(x); }
LANEFOLD_HD int highest_bit(unsigned x) { return 31 - __builtin_clz(x); }

LANEFOLD_FN unsigned vote(sim::operation const& op, unsigned mask, bool predicate, call_site site) {
  unsigned result = 0;
  sim::collective({&op, mask, 4, predicate, 32, nullptr, &result, nullptr, site});
  return result;
}
LANEFOLD_FN unsigned ballot(unsigned mask, bool p, call_site site) {
  return vote(sim::operations::ballot, mask, p, site);
}
LANEFOLD_FN bool all_of(unsigned mask, bool p, call_site site) { return vote(sim::operations::vote_all, mask, p, site); }
LANEFOLD_FN bool any_of(unsigned mask, bool p, call_site site) { return vote(sim::operations::vote_any, mask, p, site); }
LANEFOLD_FN bool uniform(unsigned mask, bool p, call_site site) {
  return vote(sim::operations::vote_uniform, mask, p, site);
}

template <class T>
LANEFOLD_FN in_range<T> exchange(sim::operation const& op, unsigned mask, T const& value, int operand, int width,
                                 call_site site) {
  // Bytes, not a T: a user's type need not have a default constructor.
  alignas(T) unsigned char received[sizeof(T)];
  bool valid = true;
  sim::collective({&op, mask, sizeof(T), operand, width, &value, received, &valid, site});
  in_range<T> result{value, valid};
  std::memcpy(static_cast<void*>(&result.value), received, sizeof(T));
  return result;
}
template <class T>
LANEFOLD_FN in_range<T> shuffle(unsigned mask, T const& v, int source, int width, call_site site) {
  return exchange(sim::operations::shuffle, mask, v, source, width, site);
}
// A distance of 32 is one of 0 to the instruction, and out of range to us.
template <class T>
LANEFOLD_FN in_range<T> shuffle_up(unsigned mask, T const& v, int distance, int width, call_site site) {
  in_range<T> result = exchange(sim::operations::shuffle_up, mask, v, distance, width, site);
  result.valid = result.valid && distance < width;
  return result;
}
template <class T>
LANEFOLD_FN in_range<T> shuffle_down(unsigned mask, T const& v, int distance, int width, call_site site) {
  in_range<T> result = exchange(sim::operations::shuffle_down, mask, v, distance, width, site);
  result.valid = result.valid && distance < width;
  return result;
}
template <class T>
LANEFOLD_FN in_range<T> shuffle_xor(unsigned mask, T const& v, int bits, int width, call_site site) {
  return exchange(sim::operations::shuffle_xor, mask, v, bits, width, site);
}

/// Bits: 4 or 8 bytes, unsigned.
template <class Bits>
LANEFOLD_FN unsigned match_any(unsigned mask, Bits bits, call_site site) {
  unsigned result = 0;
  sim::collective({&sim::operations::match_any, mask, sizeof(Bits), 0, 32, &bits, &result, nullptr, site});
  return result;
}
template <class Bits>
LANEFOLD_FN bool match_all(unsigned mask, Bits bits, call_site site) {
  unsigned result = 0;
  bool same = false;
  sim::collective({&sim::operations::match_all, mask, sizeof(Bits), 0, 32, &bits, &result, &same, site});
  return same;
}

template <class Word>
LANEFOLD_FN Word redux(sim::operation const& op, unsigned mask, Word word, call_site site) {
  Word result{};
  sim::collective({&op, mask, 4, 0, 32, &word, &result, nullptr, site});
  return result;
}
LANEFOLD_FN unsigned redux_add(unsigned m, unsigned v, call_site s) {
  return redux(sim::operations::redux_add, m, v, s);
}
LANEFOLD_FN int redux_min(unsigned m, int v, call_site s) { return redux(sim::operations::redux_min_signed, m, v, s); }
LANEFOLD_FN int redux_max(unsigned m, int v, call_site s) { return redux(sim::operations::redux_max_signed, m, v, s); }
LANEFOLD_FN unsigned redux_min(unsigned m, unsigned v, call_site s) {
  return redux(sim::operations::redux_min_unsigned, m, v, s);
}
LANEFOLD_FN unsigned redux_max(unsigned m, unsigned v, call_site s) {
  return redux(sim::operations::redux_max_unsigned, m, v, s);
}
LANEFOLD_FN unsigned redux_and(unsigned m, unsigned v, call_site s) {
  return redux(sim::operations::redux_and, m, v, s);
}
LANEFOLD_FN unsigned redux_or(unsigned m, unsigned v, call_site s) { return redux(sim::operations::redux_or, m, v, s); }
LANEFOLD_FN unsigned redux_xor(unsigned m, unsigned v, call_site s) {
  return redux(sim::operations::redux_xor, m, v, s);
}

LANEFOLD_FN void sync_warp(unsigned mask, call_site site) {
  sim::collective({&sim::operations::sync_warp, mask, 0, 0, 32, nullptr, nullptr, nullptr, site});
}
LANEFOLD_FN void sync_block(call_site site) { sim::sync_block(site, true); }
LANEFOLD_FN void sync_block_apart(call_site site) { sync_block(site); }
LANEFOLD_FN unsigned active_mask(call_site site) { return sim::active_mask(site); }
LANEFOLD_FN bool whole_warp_here() { return false; }  // each set by itself: masks are checked
LANEFOLD_FN void* pin_shared(void* pointer) { return pointer; }
LANEFOLD_FN void keep_predicated() {}
LANEFOLD_FN float add_where(unsigned bits, float left, float value) { return bits ? add(left, value) : value; }
LANEFOLD_FN unsigned add_where(unsigned bits, unsigned left, unsigned value) { return bits ? left + value : value; }

// Preconditions of the caller's: where one fails, the simulator reports the call site and unwinds the block.
LANEFOLD_FN void check_range(char const* argument, int value, int least, int most, call_site site) {
  if (__builtin_expect(value < least || value > most, 0))
    sim::fail("PRECONDITION", site, "%s is %d, and must be %d..%d", argument, value, least, most);
}
LANEFOLD_FN void check_extent(index3 stated, call_site site) {
  index3 const n = block_extent();
  if (__builtin_expect(stated.x != n.x || stated.y != n.y || stated.z != n.z, 0))
    sim::fail("PRECONDITION", site,
              "the block is stated as block<%u, %u, %u>, and was launched with %u x %u x %u threads", stated.x,
              stated.y, stated.z, n.x, n.y, n.z);
}
LANEFOLD_FN void check_scratch(void const* scratch, call_site site) {
  if (__builtin_expect(!sim::in_shared_memory(scratch), 0))
    sim::fail("PRECONDITION", site, "the scratch is not in shared memory: declare it by LANEFOLD_SHARED(name, type)");
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
