// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/tensor/fragment.cuh>
#include <lanefold/tensor/swizzle.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// A block's piece of an operand in shared memory, Extent rows of A or columns of B by Depth terms of the sum, swizzled:
/// along the depth (`AlongDepth`: lines are rows or columns, of Depth elements), or across it (lines are terms, of Extent
/// elements, in panels of 128 bytes). Across is for 16-bit types alone, whose fragments ldmatrix transposes.
///
/// - Memory: `bytes`, from a multiple of 128 on.
template <class T, bool OfA, int Extent, int Depth, bool AlongDepth>
struct operand_tile {
  static constexpr int element = bytes_of<T>, depth = depth_of<T>;
  static constexpr int extent_bytes = Extent * element, bytes = extent_bytes * Depth;
  static constexpr int line_bytes = AlongDepth ? Depth * element : extent_bytes < 128 ? extent_bytes : 128;
  static constexpr int panel_bytes = Depth * line_bytes;  // across
  using lines = swizzle<line_bytes>;
  static constexpr bool swizzled = true;
  static_assert(AlongDepth || element == 2, "operand_tile: ldmatrix transposes elements of 16 bits alone");
  static_assert(Depth % depth == 0 && Extent % 16 == 0, "operand_tile: whole fragments");
  static_assert(extent_bytes % line_bytes == 0 || AlongDepth, "operand_tile: whole panels");

  /// Where an element is, in bytes.
  static LANEFOLD_HD constexpr int at(int extent, int depth_index) {
    if (AlongDepth) return lines::at(extent, depth_index * element);
    int const along = extent * element;
    return along / line_bytes * panel_bytes + lines::at(depth_index, along % line_bytes);
  }

  /// Where this lane points for the fragments of a warp that begins at `extent`, a multiple of its own extent.
  static LANEFOLD_FN int pointed(int extent) {
    if constexpr (AlongDepth)
      return at(extent + detail::pointed_line<T, OfA>(), detail::pointed_depth<T, OfA>());
    else
      return at(extent + detail::pointed_across<OfA>(), detail::pointed_down<OfA>());
  }

  /// The words of 16 rows or columns, number `index` of the warp's, at fragment `step` of the depth: a fragment of A, or two
  /// of B. `index` and `step` are constants after unrolling: then this is an exclusive or at most, and a load.
  static LANEFOLD_FN void load(unsigned (&words)[4], char const* memory, int pointed, int index, int step,
                               backend::callers who) {
    if constexpr (AlongDepth) {
      char const* const from = memory + (pointed ^ step * 32) + index * 16 * line_bytes;
      detail::load_lines<T>(words, from, from + 8 * line_bytes, who);
    } else {
      int const along = index * 32;
      backend::ldmatrix_x4_trans(
          words, memory + (pointed ^ along % line_bytes) + along / line_bytes * panel_bytes + step * depth * line_bytes,
          who);
    }
  }
};

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
