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

/// Which element of 16 lines and depth_of<T> columns a lane points at, for it to get its share of them.
template <class T>
LANEFOLD_FN int pointed_line() {
  return bytes_of<T> == 8 ? lane_id() / 4 : lane_id() % 16;
}
template <class T>
LANEFOLD_FN int pointed_depth() {
  return bytes_of<T> == 8 ? lane_id() % 4 : lane_id() / 16 * (16 / bytes_of<T>);
}
/// The share of 16 lines of 32 bytes: words 0 and 2 of lines 0..7, words 1 and 3 of lines 8..15. `below`: what a double's
/// lane points at 8 lines further down.
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
/// Of the 16 lines' words, those of the upper or lower 8: a double has both of its words together.
template <class T>
LANEFOLD_FN void take_half(unsigned (&half)[2], unsigned const (&words)[4], int lower) {
  half[0] = bytes_of<T> == 8 ? words[2 * lower] : words[lower];
  half[1] = bytes_of<T> == 8 ? words[2 * lower + 1] : words[lower + 2];
}

/// Where lines run across, as columns of memory: which element of depth_of<T> memory lines and 16 columns to point at.
LANEFOLD_FN int pointed_across() { return lane_id() / 8 % 2 * 8; }
LANEFOLD_FN int pointed_down() { return lane_id() / 16 * 8 + lane_id() % 8; }

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
  int const line = detail::pointed_line<T>(), depth = detail::pointed_depth<T>();
  detail::load_lines<T>(a.words, at(line, depth), at(bytes_of<T> == 8 ? line + 8 : line, depth), group.callers());
}

/// Loads two fragments of B, columns 0..7 and 8..15, where the elements of a column lie side by side: `at(row, column)`.
template <class T, class At>
LANEFOLD_FN void load(warp group, fragment_b<T> (&b)[2], At at) {
  mark(group, "load");
  int const line = detail::pointed_line<T>(), depth = detail::pointed_depth<T>();
  unsigned words[4];
  detail::load_lines<T>(words, at(depth, line), at(depth, bytes_of<T> == 8 ? line + 8 : line), group.callers());
  detail::take_half<T>(b[0].words, words, 0);
  detail::take_half<T>(b[1].words, words, 1);
}

/// Loads A's fragment where the elements of a column lie side by side; 16-bit types alone.
///
/// - Cost: one ldmatrix.trans.
template <class T, class At>
LANEFOLD_FN void load_transposed(warp group, fragment_a<T>& a, At at) {
  static_assert(bytes_of<T> == 2, "load_transposed: ldmatrix transposes elements of 16 bits alone");
  mark(group, "load_transposed");
  backend::ldmatrix_x4_trans(a.words, at(detail::pointed_across(), detail::pointed_down()), group.callers());
}

/// Loads two fragments of B where the elements of a row lie side by side; 16-bit types alone.
template <class T, class At>
LANEFOLD_FN void load_transposed(warp group, fragment_b<T> (&b)[2], At at) {
  static_assert(bytes_of<T> == 2, "load_transposed: ldmatrix transposes elements of 16 bits alone");
  mark(group, "load_transposed");
  unsigned words[4];
  backend::ldmatrix_x4_trans(words, at(detail::pointed_down(), detail::pointed_across()), group.callers());
  detail::take_half<T>(b[0].words, words, 0);
  detail::take_half<T>(b[1].words, words, 1);
}

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
