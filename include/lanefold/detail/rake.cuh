// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Values in shared memory that one lane takes several of, and what it does with them.

#include <lanefold/operators.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace detail {

/// Count values in registers, also of a type that cannot be made without one.
template <class Value, int Count, bool = traits::default_constructible<Value>>
struct registers {
  Value at[Count];
};
template <class Value, int Count>
struct registers<Value, Count, false> {
  union {
    Value at[Count];
  };
  LANEFOLD_FN registers() {}
};

// Values that lanes read together in 16-byte chunks, `Share` values a lane. The chunks are permuted so that neither the
// writers (consecutive ranks) nor the readers (a lane's chunks) meet in a bank, unless `Permuted` is false.
template <class Value, int Share, bool Permuted = true>
struct rake_layout {
  static constexpr int bytes = sizeof(Value);
  static constexpr bool vectors = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8 || bytes == 16;
  static constexpr int per_chunk = !vectors ? 1 : Share * bytes <= 16 ? Share : 16 / bytes;
  static constexpr int chunks = Share / per_chunk;  // of one lane
  struct alignas(vectors ? per_chunk * bytes : alignof(Value)) chunk {
    Value values[per_chunk];
  };

  static LANEFOLD_HD constexpr unsigned place(unsigned c) {
    return Permuted && vectors && chunks > 1 ? c ^ (c / 8 & (chunks - 1)) : c;
  }
  static LANEFOLD_HD constexpr unsigned slot(unsigned index) {
    return place(index / per_chunk) * per_chunk + index % per_chunk;
  }
  static LANEFOLD_FN void load(Value const* x, unsigned lane, Value (&values)[Share]) {
    for (int j = 0; j < chunks; ++j) {
      chunk const c = reinterpret_cast<chunk const*>(x)[place(lane * chunks + j)];
      for (int i = 0; i < per_chunk; ++i) values[j * per_chunk + i] = c.values[i];
    }
  }
  static LANEFOLD_FN void store(Value* x, unsigned lane, Value const (&values)[Share]) {
    for (int j = 0; j < chunks; ++j) {
      registers<chunk, 1> c;
      for (int i = 0; i < per_chunk; ++i) c.at[0].values[i] = values[j * per_chunk + i];
      reinterpret_cast<chunk*>(x)[place(lane * chunks + j)] = c.at[0];
    }
  }
};

/// The tree over Count values, a power of two, in one thread.
template <int Count, class Value, class Operator>
LANEFOLD_FN Value reduce_array(Value (&x)[Count], Operator op) {
  if constexpr (traits::integral<Value> && sizeof(Value) <= 4 && traits::same<Operator, plus>) {
    // In the order in which they arrive, two more an instruction; eight by fours, as two loads bring them.
    constexpr int part = Count == 8 ? 4 : Count;
    for (int i = 1; i < Count; ++i) {
      if (i % part != 0) x[i & -part] = op(x[i & -part], x[i]);
    }
    for (int i = part; i < Count; i += part) x[0] = op(x[0], x[i]);
  } else {
    for (int s = 1; s < Count; s *= 2) {
      for (int i = 0; i + s < Count; i += 2 * s) x[i] = op(x[i], x[i + s]);
    }
  }
  return x[0];
}

}  // namespace detail
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
