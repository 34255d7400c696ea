// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>
#include <lanefold/tensor/tile_order.cuh>

#include <set>
#include <utility>

namespace {

TEST(TileOrder, TakesEachTileOnceAndDownItsBand) {
  for (int const band : {1, 3, 8})
    for (int rows = 1; rows <= 20; ++rows)
      for (int columns = 1; columns <= 5; ++columns) {
        lanefold::tensor::tile_order const order{rows, columns, band};
        ASSERT_EQ(order.count(), rows * columns);
        std::set<std::pair<int, int>> seen;
        int last_band = 0;
        for (int number = 0; number < order.count(); ++number) {
          auto const tile = order[number];
          ASSERT_TRUE(tile.row >= 0 && tile.row < rows && tile.column >= 0 && tile.column < columns) << number;
          ASSERT_TRUE(seen.emplace(tile.row, tile.column).second) << number << " is a tile taken before";
          ASSERT_GE(tile.row / band, last_band) << "a band is left when it is done";
          last_band = tile.row / band;
        }
      }
}

TEST(TileOrder, GoesDownFirst) {
  lanefold::tensor::tile_order const order{10, 4};
  EXPECT_TRUE(order[1].row == 1 && order[1].column == 0);
  EXPECT_TRUE(order[8].row == 0 && order[8].column == 1);
  EXPECT_TRUE(order[32].row == 8 && order[32].column == 0);  // the second band has two rows
  EXPECT_TRUE(order[34].row == 8 && order[34].column == 1);
}

}  // namespace
