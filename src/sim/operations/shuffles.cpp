// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <lanefold/sim/operation.hpp>
#include <lanefold/sim/operations.hpp>
#include <lanefold/sim/simulator.hpp>

namespace lanefold::sim {
namespace {

/// Which lane is read, as shfl.sync of the PTX ISA has it, with the c operand that the CUDA intrinsics pass.
struct source {
  int lane;
  bool in_range;
};
struct by_index {
  static source of(int lane, int b, int segment, int) { return {(lane & segment) | (b & ~segment), true}; }
};
struct up {
  static source of(int lane, int b, int segment, int) { return {lane - b, lane - b >= (lane & segment)}; }
};
struct down {
  static source of(int lane, int b, int, int last) { return {lane + b, lane + b <= last}; }
};
struct by_xor {
  static source of(int lane, int b, int, int last) { return {lane ^ b, (lane ^ b) <= last}; }
};

void copy(void* to, void const* from, unsigned bytes) {
  if (bytes == 4)
    std::memcpy(to, from, 4);
  else if (bytes == 8)
    std::memcpy(to, from, 8);
  else
    std::memcpy(to, from, bytes);
}

void fill(void* to, std::uint32_t poison, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) static_cast<unsigned char*>(to)[i] = poison >> i % 4 * 8 & 0xff;
}

template <class Rule>
complaint exchange(meeting all) {
  complaint misread;
  unsigned const bytes = all.first().bytes;
  for_each_lane(all.lanes, [&](unsigned l) {
    request const& r = all[l];
    int const lane = static_cast<int>(l), segment = (32 - r.width) & 31;
    source const from = Rule::of(lane, r.operand & 31, segment, (lane & segment) | (31 & ~segment));
    if (r.flag != nullptr) *r.flag = from.in_range;
    auto const read = static_cast<unsigned>(from.in_range ? from.lane : lane);
    if (__builtin_expect(all.has(read), 1)) {
      copy(r.out, all[read].in, bytes);
    } else {
      if (misread.lanes == 0) misread.absent = read;
      misread.lanes |= 1u << l;
      fill(r.out, all.poison, bytes);
    }
  });
  return misread;
}

template <class Rule>
constexpr operation shuffle_of(char const* name, Rule) {
  return {name, &counts::shuffles, true, 4, 0, exchange<Rule>};
}

}  // namespace

operation const operations::shuffle = shuffle_of("shuffle", by_index{});
operation const operations::shuffle_up = shuffle_of("shuffle_up", up{});
operation const operations::shuffle_down = shuffle_of("shuffle_down", down{});
operation const operations::shuffle_xor = shuffle_of("shuffle_xor", by_xor{});

}  // namespace lanefold::sim
