// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>
#include <lanefold/tensor/operand_tile.cuh>

#include <set>
#include <vector>

namespace lf = lanefold;

namespace {

template <int LineBytes>
void each_place_once() {
  using lines = lf::tensor::swizzle<LineBytes>;
  std::vector<bool> taken(64 * LineBytes);
  for (int line = 0; line < 64; ++line)
    for (int byte = 0; byte < LineBytes; ++byte) {
      int const at = lines::at(line, byte);
      ASSERT_EQ(at / LineBytes, line) << "a byte stays in its line";
      ASSERT_FALSE(taken[static_cast<std::size_t>(at)]) << "line " << line << " byte " << byte;
      taken[static_cast<std::size_t>(at)] = true;
      ASSERT_EQ(lines::place(at), line * LineBytes + byte) << "its own inverse";
      ASSERT_EQ(at % 16, byte % 16) << "16 bytes stay together";
      ASSERT_EQ(lines::at(line + 8, byte), at + 8 * LineBytes);
      for (int chunk = 0; chunk < LineBytes / 16; ++chunk)
        ASSERT_EQ(lines::at(line, byte ^ chunk * 16), at ^ chunk * 16);
    }
  // The banks are 128 bytes: 8 groups of 16.
  for (int line = 0; line + 8 <= 64 && LineBytes > 16; line += 8)
    for (int chunk = 0; chunk < LineBytes / 16; ++chunk) {
      std::set<int> groups;
      for (int i = 0; i < 8; ++i) groups.insert(lines::at(line + i, chunk * 16) % 128 / 16);
      ASSERT_EQ(groups.size(), 8u) << "lines from " << line << ", chunk " << chunk;
    }
}
TEST(Swizzle, MovesEachByteToAPlaceOfItsOwnAndEightLinesToAllBanks) {
  each_place_once<16>();
  each_place_once<32>();
  each_place_once<64>();
  each_place_once<128>();
}

TEST(Swizzle, IsTheHardwares) {  // 16-byte chunk ^= line mod 8, line / 2 mod 4, line / 4 mod 2
  for (int line = 0; line < 16; ++line)
    for (int chunk = 0; chunk < 8; ++chunk) {
      EXPECT_EQ(lf::tensor::swizzle<128>::at(line, chunk * 16), line * 128 + (chunk ^ line % 8) * 16);
      int const of_64 = chunk % 4, of_32 = chunk % 2;
      EXPECT_EQ(lf::tensor::swizzle<64>::at(line, of_64 * 16), line * 64 + (of_64 ^ line / 2 % 4) * 16);
      EXPECT_EQ(lf::tensor::swizzle<32>::at(line, of_32 * 16), line * 32 + (of_32 ^ line / 4 % 2) * 16);
    }
}

template <class T, int Extent, int Depth, bool AlongDepth>
void each_element_once() {
  using tile = lf::tensor::operand_tile<T, true, Extent, Depth, AlongDepth>;
  std::set<int> places;
  for (int extent = 0; extent < Extent; ++extent)
    for (int depth = 0; depth < Depth; ++depth) {
      int const at = tile::at(extent, depth);
      ASSERT_TRUE(at >= 0 && at < tile::bytes && at % tile::element == 0) << at;
      ASSERT_TRUE(places.insert(at).second) << "extent " << extent << " depth " << depth;
    }
}
TEST(OperandTile, GivesEachElementAPlaceOfItsOwn) {
  each_element_once<__half, 64, 32, true>();
  each_element_once<__half, 64, 64, true>();
  each_element_once<__half, 32, 32, false>();
  each_element_once<__half, 128, 32, false>();
  each_element_once<float, 32, 16, true>();
  each_element_once<signed char, 32, 64, true>();
  each_element_once<double, 32, 16, true>();
}

}  // namespace
