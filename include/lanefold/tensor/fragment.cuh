// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What one warp holds of a matrix product D (16 x 8) += A (16 x depth) B (depth x 8), in the registers of mma.sync (PTX ISA
// 9.7.14.5.8 and following). All types have the same shape in bytes: depth is 32 bytes of a line.

#include <lanefold/groups.cuh>
#include <lanefold/tensor/elements.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

namespace detail {
/// The elements that a lane holds of Lines lines (8 or 16) of 32 bytes: those of line lane / 4 first.
template <class T, int Lines>
struct line_fragment {
  static_assert(is_element<T>, "tensor cores multiply half, bfloat16, float, signed char, fp8 and double");
  static constexpr int in_register = bytes_of<T> == 8 ? 1 : 4 / bytes_of<T>;

  unsigned words[Lines / 4];

  static LANEFOLD_HD constexpr int size() { return Lines / bytes_of<T>; }
  static LANEFOLD_FN int line(int i) { return lane_id() / 4 + i / in_register % (Lines / 8) * 8; }
  static LANEFOLD_FN int depth(int i) {
    return (i / in_register / (Lines / 8) * 4 + lane_id() % 4) * in_register + i % in_register;
  }
  LANEFOLD_FN T get(int i) const {
    T value;
    memcpy(static_cast<void*>(&value), reinterpret_cast<char const*>(words) + i * bytes_of<T>, sizeof value);
    return value;
  }
  LANEFOLD_FN void set(int i, T value) {
    memcpy(reinterpret_cast<char*>(words) + i * bytes_of<T>, &value, sizeof value);
  }
};
}  // namespace detail

/// A warp's share of A: 16 rows, depth_of<T> columns. Element i of size() is at row(i), column(i); get(i) and set(i, x).
template <class T>
struct fragment_a : detail::line_fragment<T, 16> {
  static LANEFOLD_FN int row(int i) { return fragment_a::line(i); }
  static LANEFOLD_FN int column(int i) { return fragment_a::depth(i); }
};

/// A warp's share of B: depth_of<T> rows, 8 columns.
template <class T>
struct fragment_b : detail::line_fragment<T, 8> {
  static LANEFOLD_FN int row(int i) { return fragment_b::depth(i); }
  static LANEFOLD_FN int column(int i) { return fragment_b::line(i); }
};

/// A warp's share of D: 16 rows, 8 columns, four values a lane: value[i] is at row(i), column(i).
template <class T>
struct accumulator {
  accumulator_of<T> value[4] = {};

  static LANEFOLD_HD constexpr int size() { return 4; }
  static LANEFOLD_FN int row(int i) { return lane_id() / 4 + i / 2 * 8; }
  static LANEFOLD_FN int column(int i) { return lane_id() % 4 * 2 + i % 2; }
};

/// d += a b.
///
/// - Group: the warp; all its lanes call.
/// - Result: products are exact, and added to d as the hardware does it: depth_of<T> at once, without a stated order.
/// - Cost: one mma.sync; two for double.
template <class T>
LANEFOLD_FN void mma(warp group, accumulator<T>& d, fragment_a<T> const& a, fragment_b<T> const& b) {
  mark(group, "mma");
  detail::multiply_add<T>(d.value, a.words, b.words, group.callers());
}

namespace detail {

/// Where a lane points for 16 lines and depth_of<T> terms: ldmatrix takes four pieces of 8 lines and 16 bytes, the piece
/// of lanes 0..7 first, into one register each. The registers of A go down the lines first; those of B along the depth, so
/// that two fragments come one after the other. A double comes by a load of its own.
template <class T, bool OfA>
LANEFOLD_FN int pointed_line() {
  if (bytes_of<T> == 8) return lane_id() / 4;
  return OfA ? lane_id() % 16 : lane_id() / 16 * 8 + lane_id() % 8;
}
template <class T, bool OfA>
LANEFOLD_FN int pointed_depth() {
  if (bytes_of<T> == 8) return lane_id() % 4;
  return (OfA ? lane_id() / 16 : lane_id() / 8 % 2) * (16 / bytes_of<T>);
}
/// The same where memory has a line for each term of the sum, and ldmatrix transposes.
template <bool OfA>
LANEFOLD_FN int pointed_across() {
  return (OfA ? lane_id() / 8 % 2 : lane_id() / 16) * 8;
}
template <bool OfA>
LANEFOLD_FN int pointed_down() {
  return (OfA ? lane_id() / 16 : lane_id() / 8 % 2) * 8 + lane_id() % 8;
}

/// This lane's share of the 16 lines. `below`: what a double's lane points at 8 lines further down.
template <class T>
LANEFOLD_FN void load_lines(unsigned (&words)[4], void const* pointed, void const* below, backend::callers who) {
  if constexpr (bytes_of<T> == 8) {
    auto const upper = backend::load_words<8>(pointed, who.site), lower = backend::load_words<8>(below, who.site);
    memcpy(words, &upper, 8);
    memcpy(words + 2, &lower, 8);
  } else {
    backend::ldmatrix_x4(words, pointed, who);
  }
}

}  // namespace detail

/// Loads A's fragment from shared memory where the elements of a row lie side by side.
///
/// - Group: the warp.
/// - `at`: `at(row, column)` is where an element is (`T const*`, a multiple of 16 bytes where the column is). Any layout that
///   leaves 16 bytes of a row together; see swizzle for one without bank conflicts.
/// - Memory: as a load: what others wrote is there after a barrier.
/// - Cost: one ldmatrix; for double two loads.
template <class T, class At>
LANEFOLD_FN void load(warp group, fragment_a<T>& a, At at) {
  mark(group, "load");
  int const line = detail::pointed_line<T, true>(), depth = detail::pointed_depth<T, true>();
  detail::load_lines<T>(a.words, at(line, depth), at(bytes_of<T> == 8 ? line + 8 : line, depth), group.callers());
}

/// Loads two fragments of B, columns 0..7 and 8..15, where the elements of a column lie side by side: `at(row, column)`.
template <class T, class At>
LANEFOLD_FN void load(warp group, fragment_b<T> (&b)[2], At at) {
  mark(group, "load");
  int const line = detail::pointed_line<T, false>(), depth = detail::pointed_depth<T, false>();
  unsigned words[4];
  detail::load_lines<T>(words, at(depth, line), at(depth, bytes_of<T> == 8 ? line + 8 : line), group.callers());
  for (int i = 0; i < 4; ++i) b[i / 2].words[i % 2] = words[i];
}

/// Loads A's fragment where the elements of a column lie side by side; 16-bit types alone.
///
/// - Cost: one ldmatrix.trans.
template <class T, class At>
LANEFOLD_FN void load_transposed(warp group, fragment_a<T>& a, At at) {
  static_assert(bytes_of<T> == 2, "load_transposed: ldmatrix transposes elements of 16 bits alone");
  mark(group, "load_transposed");
  backend::ldmatrix_x4_trans(a.words, at(detail::pointed_across<true>(), detail::pointed_down<true>()),
                             group.callers());
}

/// Loads two fragments of B where the elements of a row lie side by side; 16-bit types alone.
template <class T, class At>
LANEFOLD_FN void load_transposed(warp group, fragment_b<T> (&b)[2], At at) {
  static_assert(bytes_of<T> == 2, "load_transposed: ldmatrix transposes elements of 16 bits alone");
  mark(group, "load_transposed");
  unsigned words[4];
  backend::ldmatrix_x4_trans(words, at(detail::pointed_down<false>(), detail::pointed_across<false>()),
                             group.callers());
  for (int i = 0; i < 4; ++i) b[i / 2].words[i % 2] = words[i];
}

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
