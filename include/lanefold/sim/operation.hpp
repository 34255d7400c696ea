// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an operation of a warp is: data. A new one is a constant of this type, in a file of its own.

#include <lanefold/sim/interface.hpp>

#include <cstring>

namespace lanefold::sim {

/// The lanes that have met in an operation, and what each brought.
struct meeting {
  std::uint32_t lanes;                ///< one bit each
  request const* const* arrivals;     ///< by lane; only those of `lanes` are there
  std::uint32_t poison;               ///< what a lane gets that reads from nowhere
  bool (*is_shared)(void const* at);  ///< whether an address is in the block's shared memory

  request const& operator[](unsigned lane) const { return *arrivals[lane]; }
  request const& first() const { return *arrivals[__builtin_ctz(lanes)]; }
  bool has(unsigned lane) const { return (lanes >> lane & 1) != 0; }
};

/// What was wrong, to be told from the side of the first of `lanes`.
struct complaint {
  std::uint32_t lanes = 0;     ///< no lanes: all went well
  unsigned absent = 0;         ///< the lane that takes no part, and that the first one reads: an INACTIVE-READ, or
  char const* rule = nullptr;  ///< which rule of the operation is broken: a PRECONDITION
};

struct operation {
  char const* name;                    ///< in reports
  std::uint64_t counts::* counter;     ///< null: not counted
  bool sized;                          ///< reports say how many bytes
  unsigned bytes_a_count;              ///< counts once for each so many bytes; 0: once
  unsigned result_bytes;               ///< what a lane receives; 0: as much as it brings
  complaint (*complete)(meeting all);  ///< gives every lane its result

  unsigned result_of(unsigned bytes) const { return result_bytes != 0 ? result_bytes : bytes; }
  unsigned count_of(unsigned bytes) const {
    return bytes_a_count != 0 ? (bytes + bytes_a_count - 1) / bytes_a_count : 1;
  }
};

template <class Function>
void for_each_lane(std::uint32_t set, Function function) {
  for (; set != 0; set &= set - 1) function(static_cast<unsigned>(__builtin_ctz(set)));
}

template <class T>
T value_of(request const& r) {
  T value;
  std::memcpy(&value, r.in, sizeof value);
  return value;
}
template <class T>
void give(request const& r, T const& value) {
  std::memcpy(r.out, &value, sizeof value);
}

}  // namespace lanefold::sim
