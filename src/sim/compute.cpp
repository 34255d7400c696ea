// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// What the lanes of a complete group receive.

#include <algorithm>
#include <cstring>

#include "executor.hpp"

namespace lanefold::sim {
namespace {

template <class Function>
void for_each_lane(lane_set set, Function function) {
  for (; set != 0; set &= set - 1) function(static_cast<unsigned>(__builtin_ctz(set)));
}

template <class T>
void give(request const& r, T value) {
  std::memcpy(r.out, &value, sizeof value);
}

void copy(void* to, void const* from, unsigned bytes) {
  if (bytes == 4)
    std::memcpy(to, from, 4);
  else if (bytes == 8)
    std::memcpy(to, from, 8);
  else
    std::memcpy(to, from, bytes);
}

bool equal(void const* a, void const* b, unsigned bytes) {
  return bytes == 4 ? std::memcmp(a, b, 4) == 0 : std::memcmp(a, b, bytes) == 0;
}

/// The lane that a shuffle reads; out of range it is the lane itself. The names and the rules are those of shfl.sync in
/// the PTX ISA, with the c operand that the CUDA intrinsics pass.
inline unsigned source_of(operation op, request const& r, unsigned lane, bool* in_range) {
  unsigned const bval = static_cast<unsigned>(r.operand) & 31;
  unsigned const segmask = (32 - static_cast<unsigned>(r.width)) & 31;
  unsigned const cval = op == operation::shuffle_up ? 0 : 31;
  int const max_lane = static_cast<int>((lane & segmask) | (cval & ~segmask));
  int j;
  switch (op) {
    case operation::shuffle_up:
      j = static_cast<int>(lane) - static_cast<int>(bval);
      *in_range = j >= max_lane;
      break;
    case operation::shuffle_down:
      j = static_cast<int>(lane + bval);
      *in_range = j <= max_lane;
      break;
    case operation::shuffle_xor:
      j = static_cast<int>(lane ^ bval);
      *in_range = j <= max_lane;
      break;
    default:
      j = static_cast<int>((lane & segmask) | (bval & ~segmask));
      *in_range = true;
  }
  return *in_range ? static_cast<unsigned>(j) : lane;
}

template <operation op>
lane_set exchange(group const& g, lane const* lanes, std::uint32_t poison) {
  lane_set misread = 0;
  for_each_lane(g.arrived, [&](unsigned l) {
    request const& r = *lanes[l].arrival;
    bool in_range;
    unsigned const source = source_of(op, r, l, &in_range);
    if (r.flag != nullptr) *r.flag = in_range;
    if (__builtin_expect((g.arrived >> source & 1) != 0, 1)) {
      copy(r.out, lanes[source].arrival->in, g.bytes);
    } else {
      misread |= 1u << l;
      for (unsigned i = 0; i < r.bytes; ++i) static_cast<unsigned char*>(r.out)[i] = poison >> i % 4 * 8 & 0xff;
    }
  });
  return misread;
}

void vote(group const& g, lane const* lanes) {
  lane_set yes = 0;
  for_each_lane(g.arrived, [&](unsigned l) { yes |= static_cast<lane_set>(lanes[l].arrival->operand != 0) << l; });
  unsigned const answer = g.op == operation::ballot     ? yes
                          : g.op == operation::vote_all ? yes == g.arrived
                          : g.op == operation::vote_any ? yes != 0
                                                        : yes == 0 || yes == g.arrived;
  for_each_lane(g.arrived, [&](unsigned l) { give(*lanes[l].arrival, answer); });
}

void match(group const& g, lane const* lanes) {
  for (lane_set rest = g.arrived; rest != 0;) {
    void const* const value = lanes[__builtin_ctz(rest)].arrival->in;
    lane_set same = 0;
    for_each_lane(rest,
                  [&](unsigned l) { same |= static_cast<lane_set>(equal(lanes[l].arrival->in, value, g.bytes)) << l; });
    bool const all = same == g.arrived;
    lane_set const answer = g.op == operation::match_any || all ? same : 0;
    for_each_lane(g.op == operation::match_any ? same : g.arrived, [&](unsigned l) {
      request const& r = *lanes[l].arrival;
      give(r, answer);
      if (r.flag != nullptr) *r.flag = all;
    });
    rest = g.op == operation::match_any ? rest & ~same : 0;
  }
}

template <class T, class Operator>
void redux(group const& g, lane const* lanes, Operator combine) {
  auto const value = [&](unsigned l) {
    T result;
    std::memcpy(&result, lanes[l].arrival->in, sizeof result);
    return result;
  };
  auto const first = static_cast<unsigned>(__builtin_ctz(g.arrived));
  T total = value(first);
  for_each_lane(g.arrived & (g.arrived - 1), [&](unsigned l) { total = combine(total, value(l)); });
  for_each_lane(g.arrived, [&](unsigned l) { give(*lanes[l].arrival, total); });
}

}  // namespace

unsigned shuffle_source(request const& r, unsigned lane, bool* in_range) { return source_of(r.op, r, lane, in_range); }

lane_set compute(group const& g, lane const* lanes, std::uint32_t poison) {
  using u32 = std::uint32_t;
  using i32 = std::int32_t;
  switch (g.op) {
    case operation::sync_warp:
      break;
    case operation::ballot:
    case operation::vote_all:
    case operation::vote_any:
    case operation::vote_uniform:
      vote(g, lanes);
      break;
    case operation::shuffle:
      return exchange<operation::shuffle>(g, lanes, poison);
    case operation::shuffle_up:
      return exchange<operation::shuffle_up>(g, lanes, poison);
    case operation::shuffle_down:
      return exchange<operation::shuffle_down>(g, lanes, poison);
    case operation::shuffle_xor:
      return exchange<operation::shuffle_xor>(g, lanes, poison);
    case operation::match_any:
    case operation::match_all:
      match(g, lanes);
      break;
    case operation::redux_add:
      redux<u32>(g, lanes, [](u32 a, u32 b) { return a + b; });
      break;
    case operation::redux_min_signed:
      redux<i32>(g, lanes, [](i32 a, i32 b) { return std::min(a, b); });
      break;
    case operation::redux_max_signed:
      redux<i32>(g, lanes, [](i32 a, i32 b) { return std::max(a, b); });
      break;
    case operation::redux_min_unsigned:
      redux<u32>(g, lanes, [](u32 a, u32 b) { return std::min(a, b); });
      break;
    case operation::redux_max_unsigned:
      redux<u32>(g, lanes, [](u32 a, u32 b) { return std::max(a, b); });
      break;
    case operation::redux_and:
      redux<u32>(g, lanes, [](u32 a, u32 b) { return a & b; });
      break;
    case operation::redux_or:
      redux<u32>(g, lanes, [](u32 a, u32 b) { return a | b; });
      break;
    case operation::redux_xor:
      redux<u32>(g, lanes, [](u32 a, u32 b) { return a ^ b; });
      break;
  }
  return 0;
}

}  // namespace lanefold::sim
