// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What happens to each element of a product before it is stored: a plain function object that is given the element and
// where it stands, of a batch or a group the number of its matrix, too, if it takes that. Anything of that form fuses;
// these are the usual ones.

#include <lanefold/base/views.cuh>

#if !defined(__CUDACC_RTC__)
#include <math.h>
#endif

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

namespace detail {

template <class T>
LANEFOLD_HD T const& some();  // nowhere defined: of types alone
template <class Epilogue, class Value, class = int>
constexpr bool takes_batch = false;
/// Whether it is called as `epilogue(value, row, column, batch)`.
template <class Epilogue, class Value>
constexpr bool takes_batch<Epilogue, Value, decltype(static_cast<void>(some<Epilogue>()(some<Value>(), 0, 0, 0)), 0)> =
    true;

/// What an epilogue makes of an element. One that does not take the batch is not told.
template <class Epilogue, class Value>
LANEFOLD_HD auto finish(Epilogue const& epilogue, Value value, int row, int column, int batch) {
  if constexpr (takes_batch<Epilogue, Value>)
    return epilogue(value, row, column, batch);
  else
    return epilogue(value, row, column);
}

}  // namespace detail

/// Leaves the element as it is.
struct identity {
  template <class Value>
  LANEFOLD_HD Value operator()(Value value, int, int) const {
    return value;
  }
};

/// What an epilogue may say that it reads: something for each column, or for each element. It names where by
/// `place(row, column)` (null: nothing is read), neighbours of a row side by side, and what it makes of it by
/// `with(value, element)`. Then loads are wide, and those for columns under way early; else it is called for each element.
enum class reads { nothing, columns, elements };

/// alpha x.
template <class Scalar = float>
struct scale {
  Scalar alpha;
  template <class Value>
  LANEFOLD_HD auto operator()(Value value, int, int) const {
    return alpha * value;
  }
};
template <class Scalar>
scale(Scalar) -> scale<Scalar>;

namespace detail {
/// A value read from memory, as a float where it is of a shorter type.
template <class T>
LANEFOLD_HD auto widened(T value) {
  if constexpr (traits::one_of<T, float, double, int>)
    return value;
  else
    return static_cast<float>(value);
}
}  // namespace detail

/// x + bias[row].
template <class T>
struct bias_of_row {
  T const* bias;
  template <class Value>
  LANEFOLD_HD auto operator()(Value value, int row, int) const {
    return value + detail::widened(bias[row]);
  }
};
template <class T>
bias_of_row(T*) -> bias_of_row<T>;

/// x + bias[column].
template <class T>
struct bias_of_column {
  static constexpr reads reads_ahead = reads::columns;
  T const* bias;
  LANEFOLD_HD T const* place(int, int column) const { return bias + column; }
  template <class Value>
  LANEFOLD_HD auto with(Value value, T read) const {
    return value + detail::widened(read);
  }
  template <class Value>
  LANEFOLD_HD auto operator()(Value value, int row, int column) const {
    return with(value, *place(row, column));
  }
};
template <class T>
bias_of_column(T*) -> bias_of_column<T>;

/// x scales[row].
template <class T>
struct scale_of_row {
  T const* scales;
  template <class Value>
  LANEFOLD_HD auto operator()(Value value, int row, int) const {
    return value * detail::widened(scales[row]);
  }
};
template <class T>
scale_of_row(T*) -> scale_of_row<T>;

/// x scales[column].
template <class T>
struct scale_of_column {
  static constexpr reads reads_ahead = reads::columns;
  T const* scales;
  LANEFOLD_HD T const* place(int, int column) const { return scales + column; }
  template <class Value>
  LANEFOLD_HD auto with(Value value, T read) const {
    return value * detail::widened(read);
  }
  template <class Value>
  LANEFOLD_HD auto operator()(Value value, int row, int column) const {
    return with(value, *place(row, column));
  }
};
template <class T>
scale_of_column(T*) -> scale_of_column<T>;

/// x + beta c(row, column). With beta = 0 nothing is read.
template <class C, class Layout = row_major, class Scalar = float>
struct residual {
  static constexpr reads reads_ahead = traits::same<Layout, row_major> ? reads::elements : reads::nothing;
  Scalar beta;
  matrix_view<C const, Layout> c;
  LANEFOLD_HD C const* place(int row, int column) const { return beta == Scalar(0) ? nullptr : &c(row, column); }
  template <class Value>
  LANEFOLD_HD auto with(Value value, C read) const {
    using result = decltype(value + beta * detail::widened(read));
    return beta == Scalar(0) ? static_cast<result>(value) : static_cast<result>(value + beta * detail::widened(read));
  }
  template <class Value>
  LANEFOLD_HD auto operator()(Value value, int row, int column) const {
    C const* const from = place(row, column);
    return with(value, from == nullptr ? C() : *from);
  }
};
template <class Scalar, class C, class Layout>
residual(Scalar, matrix_view<C, Layout>) -> residual<typename traits::remove_const<C>::type, Layout, Scalar>;

// ---- activations: of float or double; NaN passes

namespace detail {
/// x / (1 + exp(-y)). On the GPU for float by ex2.approx and rcp.approx (PTX ISA 9.7.3): five instructions without a branch,
/// relative error at most 2^-21 + 2^-24 |y|; where exp(-y) is beyond float it is 0, as it is by division.
template <class Value>
LANEFOLD_HD Value times_logistic(Value x, Value y) {
#ifdef __CUDA_ARCH__
  if constexpr (traits::same<Value, float>) {
    float power, inverse;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(y * -1.44269504088896340736f));
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(inverse) : "f"(1 + power));
    return x * inverse;
  }
#endif
  return x / (Value(1) + exp(-y));
}
}  // namespace detail

/// max(x, 0).
struct relu {
  template <class Value>
  LANEFOLD_HD Value operator()(Value value, int, int) const {
    return value < Value(0) ? Value(0) : value;
  }
};

/// 1 / (1 + exp(-x)).
struct sigmoid {
  template <class Value>
  LANEFOLD_HD Value operator()(Value value, int, int) const {
    return detail::times_logistic(Value(1), value);
  }
};

/// The hyperbolic tangent.
struct tanh {
  template <class Value>
  LANEFOLD_HD Value operator()(Value value, int, int) const {
    return ::tanh(value);
  }
};

/// x / (1 + exp(-x)).
struct silu {
  template <class Value>
  LANEFOLD_HD Value operator()(Value value, int, int) const {
    return detail::times_logistic(value, value);
  }
};

/// x times the normal distribution's integral up to x, by erf.
struct gelu {
  template <class Value>
  LANEFOLD_HD Value operator()(Value value, int, int) const {
    return Value(0.5) * value * (Value(1) + erf(value * Value(0.70710678118654752440)));
  }
};

/// The usual approximation of gelu: x / 2 (1 + tanh(u)), u = sqrt(2 / pi) (x + 0.044715 x^3), as x / (1 + exp(-2 u)).
struct gelu_tanh {
  template <class Value>
  LANEFOLD_HD Value operator()(Value value, int, int) const {
    Value const twice = Value(1.5957691216057307118) * (value + Value(0.044715) * value * value * value);
    return detail::times_logistic(value, twice);
  }
};

// ---- several

/// First one, then the others, each given what the one before it made.
template <class First, class... Rest>
struct chain_of {
  First first;
  chain_of<Rest...> rest;
  template <class Value>
  LANEFOLD_HD auto operator()(Value value, int row, int column, int batch = 0) const {
    return rest(detail::finish(first, value, row, column, batch), row, column, batch);
  }
};
template <class Last>
struct chain_of<Last> {
  Last last;
  template <class Value>
  LANEFOLD_HD auto operator()(Value value, int row, int column, int batch = 0) const {
    return detail::finish(last, value, row, column, batch);
  }
};

/// `chain(scale{0.5f}, bias_of_column{bias}, gelu{})`: applied from left to right.
template <class Last>
LANEFOLD_HD constexpr chain_of<Last> chain(Last last) {
  return {last};
}
template <class First, class Second, class... Rest>
LANEFOLD_HD constexpr chain_of<First, Second, Rest...> chain(First first, Second second, Rest... rest) {
  return {first, chain(second, rest...)};
}

namespace detail {
// What an epilogue says of itself by a constant: `takes_pairs`, two columns become one; `takes_rows`, it sees a row's lanes.
template <class Epilogue, class = int>
constexpr int columns_taken = 1;
template <class Epilogue>
constexpr int columns_taken<Epilogue, typename traits::enable_if<Epilogue::takes_pairs>::type> = 2;
template <class First, class... Rest>
constexpr int columns_taken<chain_of<First, Rest...>, int> = columns_taken<First> * (columns_taken<Rest> * ... * 1);
template <class Epilogue, class = int>
constexpr bool takes_rows = false;
template <class Epilogue>
constexpr bool takes_rows<Epilogue, typename traits::enable_if<Epilogue::takes_rows>::type> = true;
template <class First, class... Rest>
constexpr bool takes_rows<chain_of<First, Rest...>, int> = (takes_rows<First> || ... || takes_rows<Rest>);
template <class Epilogue, class = int>
constexpr reads reads_ahead = reads::nothing;
template <class Epilogue>
constexpr reads
    reads_ahead<Epilogue, typename traits::enable_if<Epilogue::reads_ahead == Epilogue::reads_ahead>::type> =
        Epilogue::reads_ahead;
template <class Epilogue>
constexpr bool takes_neighbours = takes_rows<Epilogue> || columns_taken<Epilogue> != 1;
}  // namespace detail

/// What it was of the transposed matrix: rows are its columns.
template <class Epilogue>
struct transposed {
  static_assert(
      !detail::takes_neighbours<Epilogue>,
      "gemm: an epilogue that takes pairs of columns or rows of elements writes C by rows: pass a row-major c");
  Epilogue epilogue;
  template <class Value>
  LANEFOLD_HD auto operator()(Value value, int row, int column, int batch = 0) const {
    return detail::finish(epilogue, value, column, row, batch);
  }
};

namespace detail {
/// A result of the epilogue as an element of C.
template <class C, class Value>
LANEFOLD_HD C to_element(Value value) {
  if constexpr (traits::same<C, signed char>) {  // to the nearest that there is, ties to even; NaN to 0
    if constexpr (traits::integral<Value>) {
      return static_cast<signed char>(value < -128 ? -128 : value > 127 ? 127 : value);
    } else {
      if (value != value) return 0;
      return static_cast<signed char>(rint(value < -128 ? Value(-128) : value > 127 ? Value(127) : value));
    }
  } else {
    return static_cast<C>(value);
  }
}
}  // namespace detail

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
