// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Epilogues that look at more than one element of a row. Behind a strip a lane has neighbours of a row, and the lanes beside
// it have the others: so two columns can become one, and lanes can reduce what they hold.

#include <lanefold/tensor/epilogue.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// Two neighbouring columns of the product become one of C: activation(first) second. The product has twice C's columns,
/// gate and up by turns: column 2 j is the gate of column j of C, column 2 j + 1 what it lets through. GLU:
/// `gated{sigmoid{}}`, SwiGLU: `gated{silu{}}`, GEGLU: `gated{gelu{}}`.
///
/// - Result: in a chain, epilogues before it are told columns of the product, those behind it columns of C. C is by rows.
/// - Cost: half of the stores. Of weights by columns gate and up are two views of one matrix, each with twice the stride.
/// - Errors: C by columns does not compile; gemm_skinny does not take it.
template <class Activation>
struct gated {
  static constexpr bool takes_pairs = true;
  Activation activation;
  template <class Value>
  LANEFOLD_HD auto operator()(Value gate, Value up, int row, int column) const {
    return activation(gate, row, column) * up;
  }
};
template <class Activation>
gated(Activation) -> gated<Activation>;

namespace detail {

/// A lane's share of a row: Count elements side by side.
template <class Value, int Count>
struct neighbours {
  Value value[Count];
};

/// Where they are. A lane without any, beyond the matrix, is told the last row and column.
struct row_place {
  int row, column, columns;
  bool there;
  int batch, rows;  ///< of a batch: which matrix, and the rows of each
  LANEFOLD_HD int column_of(int i) const { return column + i < columns ? column + i : columns - 1; }
  /// How many of `most` there are.
  LANEFOLD_HD int count(int most) const {
    int const left = there ? columns - column : 0;
    return left < 0 ? 0 : left < most ? left : most;
  }
};

template <class Epilogue>
constexpr bool is_chain = false;
template <class First, class Second, class... Rest>
constexpr bool is_chain<chain_of<First, Second, Rest...>> = true;
template <class Last>
LANEFOLD_HD Last const& without_chain(chain_of<Last> const& chain) {
  return chain.last;
}
template <class Epilogue>
LANEFOLD_HD Epilogue const& without_chain(Epilogue const& epilogue) {
  return epilogue;
}

/// What an epilogue makes of a lane's neighbours; the lanes of `group` have one row, and all call.
template <class Epilogue, class Group, class Value, int Count>
LANEFOLD_FN auto finished(Epilogue const& epilogue, Group group, neighbours<Value, Count> const& in, row_place at) {
  if constexpr (!takes_neighbours<Epilogue>) {
    neighbours<decltype(finish(epilogue, in.value[0], 0, 0, 0)), Count> made;
    LANEFOLD_UNROLL
    for (int i = 0; i < Count; ++i) made.value[i] = finish(epilogue, in.value[i], at.row, at.column_of(i), at.batch);
    return made;
  } else if constexpr (is_chain<Epilogue>) {
    auto const first = finished(epilogue.first, group, in, at);
    constexpr int taken = columns_taken<decltype(epilogue.first)>;
    return finished(without_chain(epilogue.rest), group, first,
                    row_place{at.row, at.column / taken, at.columns / taken, at.there, at.batch, at.rows});
  } else if constexpr (takes_rows<Epilogue>) {
    epilogue.see(group, in.value, at.count(Count), at.batch * at.rows + at.row, at.column);
    return in;
  } else {
    static_assert(Count % 2 == 0, "gemm: a lane has an odd number of columns, and an epilogue takes pairs of them");
    row_place const in_c{at.row, at.column / 2, at.columns / 2, at.there, at.batch, at.rows};
    neighbours<decltype(epilogue(in.value[0], in.value[1], 0, 0)), Count / 2> made;
    LANEFOLD_UNROLL
    for (int i = 0; i < Count / 2; ++i)
      made.value[i] = epilogue(in.value[2 * i], in.value[2 * i + 1], at.row, in_c.column_of(i));
    return made;
  }
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
