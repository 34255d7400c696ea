// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/backend/config.cuh>

namespace lanefold {
namespace tensor {

/// The order in which blocks take the tiles of a matrix: down bands of `band` rows of tiles, so that the tiles under way
/// together share rows of A and columns of B in the L2 cache.
struct tile_order {
  int rows, columns;  ///< of tiles
  int band = 8;

  struct place {
    int row, column;
  };
  LANEFOLD_HD constexpr int count() const { return rows * columns; }
  /// The tile of that number, 0 .. count() - 1.
  LANEFOLD_HD constexpr place operator[](int number) const {
    int const in_band = number % (band * columns), first = number / (band * columns) * band;
    int const height = rows - first < band ? rows - first : band;
    return {first + in_band % height, in_band / height};
  }
};

}  // namespace tensor
}  // namespace lanefold
