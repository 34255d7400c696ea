// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// lanefold's own rows of the collectives.

#include "benchmark.cuh"

#include <type_traits>

namespace bench {

/// The verb as a user writes it; a block's takes its scratch.
template <class Operation>
struct by_lanefold : way {
  static constexpr char const* name = "lanefold";
  template <class Group, class Value>
  using scratch = std::conditional_t<lf::is_block_v<Group>,
                                     lf::scratch<Group, typename Operation::template stored<Value>>, nothing>;
  template <class Group, class Value, class Scratch>
  LANEFOLD_FN Value operator()(Group group, Value value, Scratch& scratch) const {
    if constexpr (lf::is_block_v<Group>) {
      return Operation::verb(group.with(scratch), value);
    } else {
      return Operation::verb(group, value);
    }
  }
};

/// The verb through shared memory.
template <class Operation>
struct by_lanefold_shared : way {
  static constexpr char const* name = "lanefold_shared";
  template <class Group, class Value>
  using scratch = lf::shared_scratch<Group, typename Operation::template stored<Value>>;
  template <class Group, class Value, class Scratch>
  LANEFOLD_FN Value operator()(Group group, Value value, Scratch& scratch) const {
    return Operation::verb(lf::via_shared(group, scratch), value);
  }
};

}  // namespace bench
