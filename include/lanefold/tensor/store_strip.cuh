// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a warp writes accumulators to a row-major matrix: through 2 KB of shared memory of its own, from which whole rows
// of 128 bytes go out. On the way the epilogue is applied.

#include <lanefold/backend/backend.cuh>
#include <lanefold/backend/mma.cuh>
#include <lanefold/base/packed.cuh>
#include <lanefold/groups.cuh>
#include <lanefold/tensor/epilogue_neighbours.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

/// Where results go: m x n, row-major, and what is done to each on the way. Of a batch the first, and what all share.
template <class C, class Epilogue>
struct output {
  C* data;
  long long stride;
  int m, n;
  bool aligned;  ///< whether every row starts at a multiple of 16 bytes
  Epilogue epilogue;
  int batches = 1;
  long long batch_stride = 0;
  /// The columns of the product.
  LANEFOLD_HD constexpr int columns() const { return n * detail::columns_taken<Epilogue>; }
};

namespace detail {
/// Two neighbours as elements of C.
template <class C, class Value>
LANEFOLD_FN void to_pair(C* pair, Value left, Value right) {
  if constexpr (traits::half_float<C> && traits::same<Value, float>) {
    unsigned const both = backend::narrow_pair<C>(left, right);
    memcpy(static_cast<void*>(pair), &both, 4);
  } else {
    pair[0] = to_element<C>(left);
    pair[1] = to_element<C>(right);
  }
}
}  // namespace detail

/// The shared memory that a warp needs for strips, at a multiple of 128.
constexpr int strip_bytes = 16 * 128;

/// Strips of 16 rows and Columns columns, from accumulators that are summed in Sum.
///
/// They wait in shared memory as elements of C where nothing is done to them, and else as sums: the epilogue is applied to
/// neighbours of a row on their way out. What it reads for columns is loaded while the strip before is finished.
template <class Sum, class C, class Epilogue, int Columns>
class strip {
  static constexpr bool plain = traits::same<Epilogue, identity> && Columns * sizeof(C) % 32 == 0;
  using Waiting = traits::conditional_t<plain, C, Sum>;
  static constexpr int size = static_cast<int>(sizeof(Waiting)), all_bytes = Columns * size;
  static constexpr int row_bytes = all_bytes % 128 == 0 ? 128 : all_bytes % 64 == 0 ? 64 : 32;  // of one pass
  static constexpr int columns = row_bytes / size, chunks = row_bytes / 16, in_line = 8 / chunks;
  static constexpr int in_chunk = 16 / size;  // elements
  static constexpr int results = in_chunk / detail::columns_taken<Epilogue>;
  static constexpr bool by_matrices = size == 2 && backend::has_stmatrix;
  static_assert(Columns % columns == 0 && columns % 16 == 0,
                "a strip has whole passes of at least 32 bytes, 16 columns");
  static_assert(!detail::takes_rows<Epilogue> || row_bytes == 128,
                "gemm: an epilogue of rows takes tiles whose warps have multiples of 32 columns, of double 16");

  // Eight rows of one chunk of 16 bytes are in different banks.
  static LANEFOLD_FN int chunk_at(int row, int chunk) {
    return row * row_bytes + (chunk ^ (row / in_line % chunks)) * 16;
  }

 public:
  using look_ahead = detail::ahead<detail::bare<Epilogue>, in_chunk>;

  /// What the epilogue reads for the first columns of a strip, on its way: for a `store` some time later.
  static LANEFOLD_FN look_ahead look(int row, int column, output<C, Epilogue> const& out, call_site here) {
    look_ahead next;
    if (is_whole(row, column, out))
      next.template load<true>(detail::without_chain(out.epilogue), place<true>(row, column, 0, 0, out), here);
    return next;
  }

  /// All lanes of a warp call. `d`: as wgmma and mma lay accumulators out (tensor/wgmma.cuh), 16 rows from `row` on and
  /// the columns from `column` on.
  static LANEFOLD_FN void store(Sum const* d, int row, int column, output<C, Epilogue> const& out, void* memory,
                                call_site here, int batch = 0) {
    store(d, row, column, out, memory, here, batch, look(row, column, out, here));
  }
  static LANEFOLD_FN void store(Sum const* d, int row, int column, output<C, Epilogue> const& out, void* memory,
                                call_site here, int batch, look_ahead next) {
    auto* const waiting = static_cast<unsigned char*>(memory);
    backend::callers const who{full_mask, here};
    int const lane = lane_id();
    bool const whole = is_whole(row, column, out);
    look_ahead read;
    LANEFOLD_UNROLL
    for (int first = 0; first < Columns; first += columns) {
      LANEFOLD_UNROLL
      for (int c = 0; c < columns; c += 16) {
        unsigned words[4];
        LANEFOLD_UNROLL
        for (int w = 0; w < 4; ++w) {  // rows lane / 4 and, if w is odd, 8 below
          Waiting pair[2];
          detail::to_pair(pair, d[(first + c) / 2 + 2 * w], d[(first + c) / 2 + 2 * w + 1]);
          if constexpr (by_matrices) {
            memcpy(&words[w], static_cast<void const*>(pair), 4);
          } else {
            int const at = (c + w / 2 * 8 + lane % 4 * 2) * size;
            traits::conditional_t<size == 1, unsigned short, backend::words<size == 1 ? 4 : 2 * size>> both;
            memcpy(&both, static_cast<void const*>(pair), 2 * size);
            *reinterpret_cast<decltype(both)*>(waiting + chunk_at(lane / 4 + w % 2 * 8, at / 16) + at % 16) = both;
          }
        }
        if constexpr (by_matrices) backend::stmatrix_x4(waiting + chunk_at(lane % 16, c / 8 + lane / 16), words, who);
      }
      backend::sync_warp(who);
      if (whole) {
        read = next;
        if (first + columns < Columns)
          next.template load<true>(detail::without_chain(out.epilogue),
                                   place<true>(row, column + first + columns, 0, batch, out), here);
        send<true>(waiting, row, column + first, batch, read, out, here);
      } else {
        send<false>(waiting, row, column + first, batch, read, out, here);
      }
      backend::sync_warp(who);
    }
  }

 private:
  // A pass of the warp: 16 bytes of what waits for each lane, rows one below the other.
  static constexpr int passes = chunks / 2, rows = 32 / chunks;
  static constexpr int result_bytes = results * static_cast<int>(sizeof(C));
  static constexpr bool at_once = result_bytes == 4 || result_bytes == 8 || result_bytes == 16;  // may be stored

  static LANEFOLD_FN bool is_whole(int row, int column, output<C, Epilogue> const& out) {
    return out.aligned && row + 16 <= out.m && column + Columns <= out.columns() &&
           detail::may_be_wide<in_chunk>(detail::without_chain(out.epilogue), row, column);
  }
  // Where this lane's part of a pass is, in the product.
  template <bool Whole>
  static LANEFOLD_FN detail::row_place place(int row, int column, int pass, int batch, output<C, Epilogue> const& out) {
    int const my_row = row + lane_id() / chunks + pass * rows, my_column = column + lane_id() % chunks * in_chunk;
    if (Whole) return {my_row, my_column, my_column + in_chunk, true, batch, out.m};
    bool const there = my_row < out.m && my_column < out.columns();
    return {my_row < out.m ? my_row : out.m - 1, my_column, out.columns(), there, batch, out.m};
  }

  template <bool Whole>
  static LANEFOLD_FN void send(unsigned char const* waiting, int row, int column, int batch, look_ahead const& read,
                               output<C, Epilogue> const& out, call_site here) {
    int const in_strip = lane_id() / chunks, chunk = lane_id() % chunks;
    int const my_column = (column + chunk * in_chunk) / detail::columns_taken<Epilogue>;
    C* const to = out.data + batch * out.batch_stride + (row + in_strip) * out.stride + my_column;
    auto const waits = [&](int pass) {
      return backend::load_words<16>(waiting + chunk_at(in_strip + pass * rows, chunk), here);
    };
    if constexpr (Whole && at_once && !detail::takes_rows<Epilogue>) {
      // All before the first is stored, so that what they wait for is under way together.
      C elements[passes][results];
      LANEFOLD_UNROLL
      for (int pass = 0; pass < passes; ++pass)
        finish<true>(elements[pass], waits(pass), place<true>(row, column, pass, batch, out), read, out, here);
      LANEFOLD_UNROLL
      for (int pass = 0; pass < passes; ++pass) put(to + pass * rows * out.stride, elements[pass], here);
    } else {
      int const left = out.n - my_column;
      LANEFOLD_UNROLL_BY(1)  // small code, whatever the epilogue is
      for (int pass = 0; pass < passes; ++pass) {
        auto const at = place<false>(row, column, pass, batch, out);
        if (!detail::takes_rows<Epilogue> && !at.there) continue;
        look_ahead now;
        now.template load<false>(detail::without_chain(out.epilogue), at, here);
        C elements[results];
        finish<false>(elements, waits(pass), at, now, out, here);
        if (!at.there) continue;
        C* const there = to + pass * rows * out.stride;
        if (at_once && out.aligned && left >= results) {
          if constexpr (at_once) put(there, elements, here);
        } else {
          LANEFOLD_UNROLL
          for (int i = 0; i < results; ++i)
            if (i < left) there[i] = elements[i];
        }
      }
    }
  }

  static LANEFOLD_FN void put(C* to, C const (&elements)[results], call_site here) {
    backend::words<result_bytes> result;
    memcpy(&result, static_cast<void const*>(elements), result_bytes);
    backend::store_words<result_bytes>(to, result, here);
  }

  // Beyond the last column the epilogue is asked for the last one, and what it says is dropped.
  template <bool Whole>
  static LANEFOLD_FN void finish(C (&elements)[results], backend::words<16> const& words, detail::row_place at,
                                 look_ahead const& read, output<C, Epilogue> const& out, call_site here) {
    if constexpr (plain) {
      memcpy(static_cast<void*>(elements), &words, 16);
    } else {
      detail::neighbours<Sum, in_chunk> sums;
      memcpy(&sums, &words, 16);
      auto const made =
          detail::finished<Whole>(detail::without_chain(out.epilogue), warp_tile<chunks>(here), sums, at, read, here);
      if constexpr (results == 1) {
        elements[0] = detail::to_element<C>(made.value[0]);
      } else {
        LANEFOLD_UNROLL
        for (int i = 0; i < results; i += 2) detail::to_pair(elements + i, made.value[i], made.value[i + 1]);
      }
    }
  }
};

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
