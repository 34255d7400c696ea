// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/backend.cuh>
#include <lanefold/groups.cuh>
#include <lanefold/tensor/operand_copy.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {

namespace detail {

/// How repack writes a copy: rows `stride` elements apart, one matrix of a batch behind the other.
template <class T>
struct repacked_copy {
  T* to;
  long long stride;
  LANEFOLD_FN void operator()(long long row, int column, element_bits<T> bits) const {
    reinterpret_cast<element_bits<T>*>(to)[row * stride + column] = bits;
  }
};

/// Copies a matrix of `from.extent` rows and `columns` to where `into(row, column, bits)` puts them, rows counted through the
/// batch; behind the last column, up to `padded`, zeros. `ByRows`: whether elements of a row lie side by side in `from`, too.
/// A block of 256 threads for 64 rows and 64 columns, columns first; batches along y.
template <class T, bool ByRows, class Into>
LANEFOLD_KERNEL LANEFOLD_LAUNCH_BOUNDS(256) repack(operand<T> from, int columns, int padded, Into into) {
  constexpr int side = 64;
  using Bits = detail::element_bits<T>;
  LANEFOLD_SHARED(tile, Bits[side][side + 4 / bytes_of<T>]);
  call_site const here = call_site::here().in("gemm");
  backend::let_next_grid_start();
  backend::wait_for_previous_grid();
  int const batch = static_cast<int>(block_index().y);
  auto const* const source = reinterpret_cast<Bits const*>(from.of(batch).data);
  int const across = (padded - 1) / side + 1, block = static_cast<int>(block_index().x);
  int const first_row = block / across * side, first_column = block % across * side;
  int const x = static_cast<int>(thread_index().x) % side, y = static_cast<int>(thread_index().x) / side;
  for (int i = y; i < side; i += 256 / side) {
    int const in_row = ByRows ? i : x, in_column = ByRows ? x : i;
    int const row = first_row + in_row, column = first_column + in_column;
    bool const there = row < from.extent && column < columns;
    tile[in_row][in_column] = there ? source[ByRows ? row * from.stride + column : column * from.stride + row] : Bits();
  }
  backend::sync_block(here);
  for (int i = y; i < side; i += 256 / side)
    if (first_row + i < from.extent && first_column + x < padded)
      into(1ll * batch * from.extent + first_row + i, first_column + x, tile[i][x]);
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
