// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/async_copy.cuh>
#include <lanefold/tensor/operand_tile.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// An operand in global memory, as both A and B^T are seen: `extent` rows of A or columns of B, and where the next one
/// begins, or, across the depth, where the next term begins. Of a batch the first one; 0: all are the same.
template <class T>
struct operand {
  T const* data;
  int extent;
  long long stride;
  long long batch_stride = 0;

  LANEFOLD_HD operand of(int batch) const {
    // Not `data + ...`: the size of T is not known to those who lack its header.
    auto const* const bytes = reinterpret_cast<char const*>(data) + batch * batch_stride * bytes_of<T>;
    return {reinterpret_cast<T const*>(bytes), extent, stride};
  }
};

/// How a block copies one tile of an operand after the other, along the depth, into shared memory. What is beyond the
/// operand becomes 0 in depth, and is anything in extent: it meets only what is not stored.
///
/// - `Source`: whether the operand's elements lie side by side along the depth.
/// - `Bytes`: of one copy; the operand's address and stride are multiples of it. Less than 4, the size of an element:
///   plain loads, one element each, and stores of 16 bytes.
template <class Tile, class T, int Extent, int Depth, bool Source, bool AlongDepth, int Threads, int Bytes>
class operand_copy {
  static constexpr int element = bytes_of<T>;
  static constexpr bool transposes = Source != AlongDepth;  // by copies of one element
  static constexpr int chunk = transposes || Bytes < 4 ? (transposes ? element : 16) : Bytes;
  static constexpr int per_chunk = chunk / element;
  // A line is what lies side by side in global memory.
  static constexpr int lines = Source ? Extent : Depth, along = Source ? Depth : Extent;
  static constexpr int chunks_of_line = along / per_chunk, chunks = lines * chunks_of_line;
  static constexpr int at_once = Threads < chunks_of_line ? 1 : Threads / chunks_of_line;  // lines
  static constexpr int passes = (lines + at_once - 1) / at_once;
  static_assert(Threads % chunks_of_line == 0 || chunks_of_line % Threads == 0, "operand_copy: threads share lines");
  static constexpr int spans = Threads < chunks_of_line ? chunks_of_line / Threads : 1;  // of a line, one a pass

 public:
  LANEFOLD_FN operand_copy(operand<T> const& from, int extent, int depth, int depth_end, int thread)
      : line_(thread / chunks_of_line % at_once),
        along_(thread % chunks_of_line * per_chunk),
        lines_left_((Source ? from.extent - extent : depth_end - depth)),
        along_left_((Source ? depth_end - depth : from.extent - extent)),
        stride_(from.stride),
        // Not `from.data + ...`, as above.
        from_(reinterpret_cast<char const*>(from.data) + ((Source ? extent : depth) + line_) * from.stride * element +
              static_cast<long long>((Source ? depth : extent) + along_) * element),
        to_(place(line_, along_)) {}

  /// Begins to copy the next tile to `memory`. `Whole`: all of it is known to be inside of the operand.
  template <bool Whole>
  LANEFOLD_FN void next(char* memory, call_site site) {
    if (Whole || (lines_left_ >= lines && along_left_ >= along))
      copy<true>(memory, site);
    else
      copy<false>(memory, site);
    from_ += Source ? Depth * element : Depth * stride_ * element;
    (Source ? along_left_ : lines_left_) -= Depth;
  }

 private:
  static LANEFOLD_FN int place(int line, int along_line) {
    return Source ? Tile::at(line, along_line) : Tile::at(along_line, line);
  }

  /// From to_ on, a number of lines further: a multiple of at_once, in bits of which the line of to_ has none.
  static constexpr bool regular = Tile::swizzled && spans == 1 && (at_once & (at_once - 1)) == 0;
  LANEFOLD_FN int further(int more) const {
    if constexpr (transposes)
      return to_ ^ more * element;
    else
      return (to_ ^ Tile::lines::flip(more * Tile::line_bytes)) + more * Tile::line_bytes;
  }

  template <bool Whole>
  LANEFOLD_FN void copy(char* memory, call_site site) const {
    char const* from = from_;
    // More at a time would not fit the registers.
    [[maybe_unused]] constexpr int at_a_time = Bytes < 4                                      ? 2
                                               : Tile::swizzled && (transposes || Bytes < 16) ? 4
                                                                                              : passes;
    LANEFOLD_UNROLL_BY((at_a_time))
    for (int pass = 0; pass < passes; ++pass) {
      LANEFOLD_UNROLL
      for (int span = 0; span < spans; ++span) {
        int const line = line_ + pass * at_once, begin = along_ + span * Threads * per_chunk;
        if (lines % at_once != 0 && line >= lines) continue;
        int to;
        if constexpr (regular)
          to = further(pass * at_once);
        else
          to = place(line, begin);
        int valid = chunk;
        if constexpr (!Whole) {
          int const left = along_left_ - begin;
          valid = line >= lines_left_ || left <= 0 ? 0 : left < per_chunk ? left * element : chunk;
        }
        copy_chunk<Whole>(memory + to, from + span * Threads * chunk, valid, site);
      }
      from += at_once * stride_ * element;
    }
  }

  template <bool Whole>
  static LANEFOLD_FN void copy_chunk(char* to, char const* from, int valid, call_site site) {
    if constexpr (chunk < 4) {
      if (valid > 0)
        *reinterpret_cast<T*>(to) = *reinterpret_cast<T const*>(from);
      else
        memset(to, 0, element);
    } else if constexpr (!transposes && Bytes < 4) {
      T values[per_chunk];
      memset(static_cast<void*>(values), 0, sizeof values);
      LANEFOLD_UNROLL
      for (int i = 0; i < per_chunk; ++i)
        if (Whole || i * element < valid) values[i] = reinterpret_cast<T const*>(from)[i];
      backend::words<16> all;
      memcpy(&all, values, sizeof all);
      backend::store_words<16>(to, all, site);
    } else if constexpr (Whole) {
      backend::cp_async<chunk>(to, from, site);
    } else {
      backend::cp_async<chunk>(to, from, valid, site);
    }
  }

  int line_, along_, lines_left_, along_left_;
  long long stride_;
  char const* from_;
  int to_;
};

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
