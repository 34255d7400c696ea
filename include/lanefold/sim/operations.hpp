// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The operations that the backend and the CUDA names ask for. Each is defined in a file of src/sim/operations/.

#include <lanefold/sim/interface.hpp>

namespace lanefold::sim::operations {

/// Nothing is brought and nothing received.
extern operation const sync_warp;
/// In: the predicate, an int. Out: a 32-bit word, the ballot or 0 / 1.
extern operation const ballot, vote_all, vote_any, vote_uniform;
/// In and out: a value of `bytes` bytes. operand: source lane, distance or lane mask. Width: 1, 2, 4 ... 32. Flag: whether
/// the source was in range.
extern operation const shuffle, shuffle_up, shuffle_down, shuffle_xor;
/// In: a value of any size. Out: the mask of lanes. match_all also gives the flag.
extern operation const match_any, match_all;
/// In and out: 4 bytes.
extern operation const redux_add, redux_min_signed, redux_max_signed, redux_min_unsigned, redux_max_unsigned, redux_and,
    redux_or, redux_xor;

}  // namespace lanefold::sim::operations

namespace lanefold::sim {

/// What a lane gets of an operation to which it brings a value alone: a vote, a match (and its flag) or a redux.
template <class Answer, class Value>
inline __attribute__((always_inline)) Answer answer_of(operation const& op, unsigned mask, Value const& value,
                                                       call_site site, bool* flag = nullptr) {
  Answer answer{};
  collective({&op, mask, sizeof(Value), 0, 32, &value, &answer, flag, site});
  return answer;
}

}  // namespace lanefold::sim
