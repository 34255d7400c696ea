// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a warp writes accumulators to a row-major matrix: through 2 KB of shared memory of its own, from which whole rows
// of 128 bytes go out. On the way the epilogue is applied.

#include <lanefold/backend/backend.cuh>
#include <lanefold/backend/mma.cuh>
#include <lanefold/groups.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// Where results go: m x n, row-major, and what is done to each on the way.
template <class C, class Epilogue>
struct output {
  C* data;
  long long stride;
  int m, n;
  bool aligned;  ///< whether every row starts at a multiple of 16 bytes
  Epilogue epilogue;
};

/// Strips of 16 rows and Columns columns.
template <class C, int Columns>
struct strip {
  static constexpr int size = static_cast<int>(sizeof(C));
  static constexpr int all_bytes = Columns * size;
  static constexpr int row_bytes = all_bytes % 128 == 0 ? 128 : all_bytes % 64 == 0 ? 64 : 32;  ///< of one pass
  static constexpr int columns = row_bytes / size, chunks = row_bytes / 16, in_line = 8 / chunks;
  static constexpr int bytes = 16 * 128;  ///< of shared memory, at a multiple of 128
  static_assert(Columns % columns == 0 && columns % 16 == 0, "a strip has whole passes of at least 32 bytes and 16 columns");

  /// Eight rows of one chunk of 16 bytes are in different banks.
  static LANEFOLD_FN int chunk_at(int row, int chunk) {
    return row * row_bytes + (chunk ^ (row / in_line % chunks)) * 16;
  }

  /// All lanes of a warp call. `d`: as wgmma and mma lay accumulators out (tensor/wgmma.cuh), 16 rows from `row` on and
  /// the columns from `column` on.
  template <class Sum, class Epilogue>
  static LANEFOLD_FN void store(Sum const* d, int row, int column, output<C, Epilogue> const& out, void* memory,
                                call_site here) {
    int const lane = lane_id();
    auto* const staged = static_cast<unsigned char*>(memory);
    backend::callers const who{full_mask, here};
    bool const whole = out.aligned && row + 16 <= out.m && column + Columns <= out.n;
    // Outside of the matrix the epilogue is asked for its last row or column, and what it says is dropped.
    auto const result = [&](int i, int r, int c) {
      int const at_row = row + r < out.m ? row + r : out.m - 1, at_column = column + c < out.n ? column + c : out.n - 1;
      return out.epilogue(d[i], at_row, at_column);
    };
LANEFOLD_UNROLL
    for (int first = 0; first < Columns; first += columns) {
LANEFOLD_UNROLL
      for (int c = first; c < first + columns; c += 16) {
        if constexpr (size == 2) {
          unsigned words[4];
LANEFOLD_UNROLL
          for (int w = 0; w < 4; ++w) {
            int const i = c / 2 + 2 * w, r = lane / 4 + w % 2 * 8, in_c = c + w / 2 * 8 + lane % 4 * 2;
            words[w] = backend::narrow_pair<C>(result(i, r, in_c), result(i + 1, r, in_c + 1));
          }
          backend::stmatrix_x4(staged + chunk_at(lane % 16, (c - first) / 8 + lane / 16), words, who);
        } else {
LANEFOLD_UNROLL
          for (int w = 0; w < 4; ++w) {
            int const i = c / 2 + 2 * w, r = lane / 4 + w % 2 * 8, in_c = c + w / 2 * 8 + lane % 4 * 2;
            C const pair[2] = {static_cast<C>(result(i, r, in_c)), static_cast<C>(result(i + 1, r, in_c + 1))};
            int const at = (in_c - first) * size;
            memcpy(staged + chunk_at(r, at / 16) + at % 16, pair, 2 * size);
          }
        }
      }
      backend::sync_warp(who);
      backend::words<16> values[chunks / 2];
      int const my_row = lane / chunks, my_chunk = lane % chunks;  // in each pass
LANEFOLD_UNROLL
      for (int pass = 0; pass < chunks / 2; ++pass)
        values[pass] = backend::load_words<16>(staged + chunk_at(pass * (32 / chunks) + my_row, my_chunk), here);
      C* const to = out.data + (row + my_row) * out.stride + column + first + my_chunk * (16 / size);
      if (whole) {
LANEFOLD_UNROLL
        for (int pass = 0; pass < chunks / 2; ++pass)
          backend::store_words<16>(to + pass * (32 / chunks) * out.stride, values[pass], here);
      } else {
        int const columns_left = out.n - (column + first + my_chunk * (16 / size));
LANEFOLD_UNROLL
        for (int pass = 0; pass < chunks / 2; ++pass) {
          if (row + pass * (32 / chunks) + my_row >= out.m) continue;
          C* const to_row = to + pass * (32 / chunks) * out.stride;
          if (out.aligned && columns_left >= 16 / size) {
            backend::store_words<16>(to_row, values[pass], here);
          } else {
            C one_by_one[16 / size];
            memcpy(static_cast<void*>(one_by_one), &values[pass], 16);
LANEFOLD_UNROLL
            for (int i = 0; i < 16 / size; ++i)
              if (i < columns_left) to_row[i] = one_by_one[i];
          }
        }
      }
      backend::sync_warp(who);
    }
  }
};

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
