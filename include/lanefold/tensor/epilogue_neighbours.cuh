// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Epilogues that look at more than one element of a row. Behind a strip a lane has neighbours of a row, and the lanes beside
// it have the others: so two columns can become one, and lanes can reduce what they hold.

#include <lanefold/backend/backend.cuh>
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
  /// The same behind an epilogue that makes one column of so many.
  LANEFOLD_HD row_place behind(int taken) const { return {row, column / taken, columns / taken, there, batch, rows}; }
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

template <class Epilogue>
using bare = traits::remove_const_t<traits::remove_reference_t<decltype(without_chain(some<Epilogue>()))>>;

/// What an epilogue reads for Count neighbours.
template <class Epilogue, int Count>
struct read_elements {
  using element = traits::remove_const_t<traits::remove_reference_t<decltype(*some<Epilogue>().place(0, 0))>>;
  static constexpr int bytes = Count * static_cast<int>(sizeof(element));
  static constexpr bool wide = bytes == 4 || bytes == 8 || bytes == 16;
  element value[Count];

  /// Whole: all are there, and may_be_wide.
  template <bool Whole>
  LANEFOLD_FN void load(Epilogue const& epilogue, row_place at, call_site here) {
    element const* const from = epilogue.place(at.row, at.column_of(0));
    if constexpr (Whole && wide) {
      backend::words<bytes> words{};
      if (from != nullptr) words = backend::load_words<bytes>(from, here);
      memcpy(static_cast<void*>(value), &words, bytes);
    } else if (from != nullptr) {
      LANEFOLD_UNROLL
      for (int i = 0; i < Count; ++i) value[i] = *epilogue.place(at.row, at.column_of(i));
    }
  }
  static LANEFOLD_FN bool may_be_wide(Epilogue const& epilogue, int row, int column) {
    auto const address = [&](int r) { return reinterpret_cast<size_t>(epilogue.place(r, column)); };
    return wide && (address(row) | address(row + 1)) % bytes == 0;
  }
};

/// Whether Count neighbours, all of them there, may be read at once; `column` is a multiple of Count.
template <int Count, class Epilogue>
LANEFOLD_FN bool may_be_wide(Epilogue const& epilogue, int row, int column) {
  if constexpr (is_chain<Epilogue>) {
    constexpr int taken = columns_taken<decltype(epilogue.first)>;
    return may_be_wide<Count>(epilogue.first, row, column) &&
           may_be_wide<Count / taken>(without_chain(epilogue.rest), row, column / taken);
  } else if constexpr (reads_ahead<Epilogue> != reads::nothing) {
    return read_elements<Epilogue, Count>::may_be_wide(epilogue, row, column);
  } else {
    return true;
  }
}

/// What it reads for columns, loaded before the sums are there: for most nothing.
template <class Epilogue, int Count, class = int>
struct ahead {
  template <bool Whole>
  LANEFOLD_FN void load(Epilogue const&, row_place, call_site) {}
};
template <class Epilogue, int Count>
struct ahead<Epilogue, Count, typename traits::enable_if<reads_ahead<Epilogue> == reads::columns>::type>
    : read_elements<Epilogue, Count> {};
template <class First, class Second, class... Rest, int Count>
struct ahead<chain_of<First, Second, Rest...>, Count, int> {
  static constexpr int taken = columns_taken<First>;
  ahead<First, Count> first;
  ahead<bare<chain_of<Second, Rest...>>, Count / taken> rest;

  template <bool Whole>
  LANEFOLD_FN void load(chain_of<First, Second, Rest...> const& epilogue, row_place at, call_site here) {
    first.template load<Whole>(epilogue.first, at, here);
    rest.template load<Whole>(without_chain(epilogue.rest), at.behind(taken), here);
  }
};

/// What an epilogue makes of a lane's neighbours; the lanes of `group` have one row, and all call. Whole: as for `load`.
template <bool Whole, class Epilogue, class Group, class Value, int Count>
LANEFOLD_FN auto finished(Epilogue const& epilogue, Group group, neighbours<Value, Count> const& in, row_place at,
                          ahead<Epilogue, Count> const& read, call_site here) {
  if constexpr (is_chain<Epilogue>) {
    auto const first = finished<Whole>(epilogue.first, group, in, at, read.first, here);
    return finished<Whole>(without_chain(epilogue.rest), group, first, at.behind(read.taken), read.rest, here);
  } else if constexpr (reads_ahead<Epilogue> != reads::nothing) {
    read_elements<Epilogue, Count> now;
    if constexpr (reads_ahead<Epilogue> == reads::columns)
      now = read;
    else
      now.template load<Whole>(epilogue, at, here);
    neighbours<decltype(epilogue.with(in.value[0], now.value[0])), Count> made;
    LANEFOLD_UNROLL
    for (int i = 0; i < Count; ++i) made.value[i] = epilogue.with(in.value[i], now.value[i]);
    return made;
  } else if constexpr (!takes_neighbours<Epilogue>) {
    neighbours<decltype(finish(epilogue, in.value[0], 0, 0, 0)), Count> made;
    LANEFOLD_UNROLL
    for (int i = 0; i < Count; ++i) made.value[i] = finish(epilogue, in.value[i], at.row, at.column_of(i), at.batch);
    return made;
  } else if constexpr (takes_rows<Epilogue>) {
    epilogue.see(group, in.value, at.count(Count), at.batch * at.rows + at.row, at.column);
    return in;
  } else {
    static_assert(Count % 2 == 0, "gemm: a lane has an odd number of columns, and an epilogue takes pairs of them");
    row_place const in_c = at.behind(2);
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
