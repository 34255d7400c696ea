// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the simulator and the backend know of the copy engine.

#include <lanefold/sim/interface.hpp>

namespace lanefold::sim {

/// A matrix in global memory, or several (`matrices` is not 0), and the boxes in which they are copied. Extents in elements,
/// strides in bytes.
struct tensor_description {
  static constexpr std::uint64_t right_mark = 0x70616d726f736e74;
  std::uint64_t mark;  ///< right_mark: else this is no description
  char* data;
  std::int64_t columns, rows, stride, matrices, matrix_stride;
  std::int32_t bytes, box_columns, box_rows;
  std::int32_t swizzle;  ///< bytes, 0, 32, 64 or 128
  bool tf32;             ///< floats are rounded on their way to shared memory: to nearest, ties to even

  std::size_t row_bytes() const { return static_cast<std::size_t>(box_columns) * static_cast<std::size_t>(bytes); }
  std::size_t box_bytes() const { return row_bytes() * static_cast<std::size_t>(box_rows); }
};

/// The first element of a box. `numbered`: the matrix is told.
struct box_place {
  int column, row, matrix = 0;
  bool numbered = false;
};

// When a copy is carried out is the seed's to say. In lane order: at once. In reverse order: when no lane can run. In a
// random order: some time in between. Until then its place in shared memory is filled with poison.

/// Asks for a copy of the box at `from` to shared memory, and to the same place in the other blocks of the cluster
/// that have a bit in `blocks`. The mbarrier of each of them learns of all bytes of the box.
void copy_box(tensor_description const& map, void* to, box_place from, void* arrived, unsigned blocks, call_site site);
/// Asks for a copy of a box from shared memory. It is read, and written, at the latest when this lane waits for it.
void store_box(tensor_description const& map, box_place to, void const* from, call_site site);
void commit_stores(call_site site);
void wait_stores_read(unsigned pending, call_site site);

/// An arrival at the mbarrier that another block of the cluster has at the same place.
void mbarrier_arrive_at(void* here, unsigned rank, call_site site);

}  // namespace lanefold::sim
