// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// The tensor cores against the product by its definition. The oracle knows fragments only by the places that the PTX ISA
// states for them.

#include <gtest/gtest.h>
#include <lanefold/backend/mma.cuh>
#include <lanefold/host/device_array.hpp>
#include <lanefold/host/launch.hpp>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

namespace lf = lanefold;

namespace {

constexpr unsigned whole_warp = 0xffffffffu;

struct place {
  int row, column;
};
// Element i of a lane, by lane / 4 and lane % 4: PTX ISA 9.7.14.5, matrix fragments for mma.m16n8k16 and .m16n8k32.
place in_a16(int group, int within, int i) {
  return {i < 2 || (i >= 4 && i < 6) ? group : group + 8, within * 2 + (i & 1) + (i < 4 ? 0 : 8)};
}
place in_b16(int group, int within, int i) { return {within * 2 + (i & 1) + (i < 2 ? 0 : 8), group}; }
place in_a8(int group, int within, int i) {
  return {i < 4 || (i >= 8 && i < 12) ? group : group + 8, within * 4 + (i & 3) + (i < 8 ? 0 : 16)};
}
place in_b8(int group, int within, int i) { return {within * 4 + (i & 3) + (i < 4 ? 0 : 16), group}; }
place in_c(int group, int within, int i) { return {i < 2 ? group : group + 8, within * 2 + (i & 1)}; }

/// The 32 lanes' fragments of a matrix of `bits`-bit elements: `words` registers a lane.
template <class Place>
std::vector<unsigned> fragments(std::vector<unsigned> const& matrix, int columns, int bits, int words, Place where) {
  std::vector<unsigned> result(static_cast<std::size_t>(32 * words));
  int const in_word = 32 / bits;
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < words * in_word; ++i) {
      place const at = where(lane / 4, lane % 4, i);
      result[static_cast<std::size_t>(lane * words + i / in_word)] |=
          matrix[static_cast<std::size_t>(at.row * columns + at.column)] << i % in_word * bits;
    }
  return result;
}

struct multiply_f16 {
  LANEFOLD_FN void operator()(float (&d)[4], unsigned const (&a)[4], unsigned const (&b)[2]) const {
    lf::backend::mma_m16n8k16_f16(d, a, b, {whole_warp, lf::call_site::here()});
  }
};
struct multiply_bf16 {
  LANEFOLD_FN void operator()(float (&d)[4], unsigned const (&a)[4], unsigned const (&b)[2]) const {
    lf::backend::mma_m16n8k16_bf16(d, a, b, {whole_warp, lf::call_site::here()});
  }
};
struct multiply_s8 {
  LANEFOLD_FN void operator()(int (&d)[4], unsigned const (&a)[4], unsigned const (&b)[2]) const {
    lf::backend::mma_m16n8k32_s8(d, a, b, {whole_warp, lf::call_site::here()});
  }
};

template <class Multiply, class Sum>
LANEFOLD_KERNEL multiply(unsigned const* a, unsigned const* b, Sum* c) {
  unsigned const lane = lf::backend::lane_id();
  unsigned my_a[4], my_b[2];
  Sum my_c[4];
  for (int i = 0; i < 4; ++i) my_a[i] = a[lane * 4 + i];
  for (int i = 0; i < 2; ++i) my_b[i] = b[lane * 2 + i];
  for (int i = 0; i < 4; ++i) my_c[i] = c[lane * 4 + i];
  Multiply()(my_c, my_a, my_b);
  for (int i = 0; i < 4; ++i) c[lane * 4 + i] = my_c[i];
}

template <class Multiply, class Sum>
std::vector<Sum> on_device(std::vector<unsigned> const& a, std::vector<unsigned> const& b, std::vector<Sum> const& c) {
  lf::device_array<unsigned> const device_a(a), device_b(b);
  lf::device_array<Sum> device_c(c);
  lf::status const started =
      lf::launch(multiply<Multiply, Sum>, {1, 32}, device_a.data(), device_b.data(), device_c.data());
  EXPECT_TRUE(started.ok()) << started.message();
  return device_c.to_host();
}

std::mt19937 random_bits(2024);

struct float_type {
  int exponent_bits, significand_bits;

  /// IEEE 754, from the definition.
  double value(unsigned bits) const {
    int const bias = (1 << (exponent_bits - 1)) - 1;
    int const exponent = static_cast<int>(bits >> significand_bits & ((1u << exponent_bits) - 1));
    double const fraction = std::ldexp(static_cast<double>(bits & ((1u << significand_bits) - 1)), -significand_bits);
    double const magnitude = exponent == 0 ? std::ldexp(fraction, 1 - bias) : std::ldexp(1 + fraction, exponent - bias);
    return (bits >> 15) != 0 ? -magnitude : magnitude;
  }
  /// Of magnitude 2^-width ... 2^width, with all significands.
  unsigned any(int width) const {
    int const bias = (1 << (exponent_bits - 1)) - 1;
    unsigned const exponent = static_cast<unsigned>(bias - width) + random_bits() % static_cast<unsigned>(2 * width);
    return random_bits() % 2 << 15 | exponent << significand_bits | random_bits() % (1u << significand_bits);
  }
};

/// Every element of the product is within what summing in any order can lose.
template <class Multiply>
void expect_products_of_floats(float_type type, std::vector<unsigned> const& a, std::vector<unsigned> const& b,
                               std::vector<float> const& c) {
  std::vector<float> fragment(128);
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < 4; ++i) {
      place const at = in_c(lane / 4, lane % 4, i);
      fragment[static_cast<std::size_t>(lane * 4 + i)] = c[static_cast<std::size_t>(at.row * 8 + at.column)];
    }
  auto const got = on_device<Multiply>(fragments(a, 16, 16, 4, in_a16), fragments(b, 8, 16, 2, in_b16), fragment);
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < 4; ++i) {
      place const at = in_c(lane / 4, lane % 4, i);
      double sum = c[static_cast<std::size_t>(at.row * 8 + at.column)], largest = std::fabs(sum);
      for (int k = 0; k < 16; ++k) {
        double const product = type.value(a[static_cast<std::size_t>(at.row * 16 + k)]) *
                               type.value(b[static_cast<std::size_t>(k * 8 + at.column)]);
        sum += product;
        largest = std::fmax(largest, std::fabs(product));
      }
      // 17 terms, each of them cut off by up to 2^-22 of the largest, and one rounding of the sum.
      double const bound = largest * 17 * std::ldexp(1, -22) + std::fabs(sum) * std::ldexp(1, -23);
      ASSERT_NEAR(got[static_cast<std::size_t>(lane * 4 + i)], sum, bound)
          << "row " << at.row << " column " << at.column;
    }
}

template <class Multiply>
void products_of_floats(float_type type) {
  for (int round = 0; round < 50; ++round) {
    std::vector<unsigned> a(16 * 16), b(16 * 8);
    std::vector<float> c(16 * 8);
    for (unsigned& x : a) x = type.any(round % 8 + 1);
    for (unsigned& x : b) x = type.any(round % 8 + 1);
    for (float& x : c) x = static_cast<float>(static_cast<int>(random_bits() % 2001) - 1000) / 64;
    expect_products_of_floats<Multiply>(type, a, b, c);
  }
  // One-hot: shows each place of each fragment by itself, exactly.
  for (int k = 0; k < 16; ++k) {
    unsigned const one = ((1u << (type.exponent_bits - 1)) - 1) << type.significand_bits;
    std::vector<unsigned> a(16 * 16), b(16 * 8);
    for (int row = 0; row < 16; ++row) a[static_cast<std::size_t>(row * 16 + k)] = one + static_cast<unsigned>(row);
    for (int column = 0; column < 8; ++column) b[static_cast<std::size_t>(k * 8 + column)] = one;
    expect_products_of_floats<Multiply>(type, a, b, std::vector<float>(16 * 8));
  }
}

TEST(Mma, M16n8k16OfHalves) { products_of_floats<multiply_f16>({5, 10}); }
TEST(Mma, M16n8k16OfBfloat16s) { products_of_floats<multiply_bf16>({8, 7}); }

TEST(Mma, SubnormalHalvesCount) {
  std::vector<unsigned> a(16 * 16, 1), b(16 * 8, 0x3c00);  // 2^-24 and 1
  expect_products_of_floats<multiply_f16>({5, 10}, a, b, std::vector<float>(16 * 8));
}

TEST(Mma, M16n8k32OfBytesIsExact) {
  for (int round = 0; round < 50; ++round) {
    std::vector<unsigned> a(16 * 32), b(32 * 8);
    std::vector<int> c(128);
    for (unsigned& x : a) x = round == 0 ? 0x80 : random_bits() & 0xff;
    for (unsigned& x : b) x = round == 0 ? 0x80 : random_bits() & 0xff;
    for (int& x : c) x = static_cast<int>(random_bits());  // by fragment; sums wrap around
    auto const got = on_device<multiply_s8>(fragments(a, 32, 8, 4, in_a8), fragments(b, 8, 8, 2, in_b8), c);
    auto const number = [](unsigned byte) { return static_cast<int>(byte) - (byte >= 128 ? 256 : 0); };
    for (int lane = 0; lane < 32; ++lane)
      for (int i = 0; i < 4; ++i) {
        place const at = in_c(lane / 4, lane % 4, i);
        auto const here = static_cast<std::size_t>(lane * 4 + i);
        auto sum = static_cast<unsigned>(c[here]);
        for (int k = 0; k < 32; ++k)
          sum += static_cast<unsigned>(number(a[static_cast<std::size_t>(at.row * 32 + k)]) *
                                       number(b[static_cast<std::size_t>(k * 8 + at.column)]));
        ASSERT_EQ(static_cast<unsigned>(got[here]), sum) << "row " << at.row << " column " << at.column;
      }
  }
}

// ---- ldmatrix: 4 matrices of 8 x 8, element (row, column) of matrix m being 64 m + 8 row + column

struct tiles {
  alignas(16) unsigned short element[4][8][8];
};

LANEFOLD_KERNEL load_each_way(unsigned* out) {
  LANEFOLD_SHARED(shared, tiles);
  unsigned const lane = lf::backend::lane_id();
  for (unsigned i = lane; i < 256; i += 32) (&shared.element[0][0][0])[i] = static_cast<unsigned short>(i);
  lf::backend::callers const who{whole_warp, lf::call_site::here()};
  lf::backend::sync_warp(who);
  void const* const row = &shared.element[lane / 8][lane % 8][0];
  unsigned one[2][1], two[2][2], four[2][4];
  lf::backend::ldmatrix_x1(one[0], row, who);
  lf::backend::ldmatrix_x2(two[0], row, who);
  lf::backend::ldmatrix_x4(four[0], row, who);
  lf::backend::ldmatrix_x1_trans(one[1], row, who);
  lf::backend::ldmatrix_x2_trans(two[1], row, who);
  lf::backend::ldmatrix_x4_trans(four[1], row, who);
  for (int trans = 0; trans < 2; ++trans) {
    unsigned* const mine = out + (lane * 2 + trans) * 7;
    mine[0] = one[trans][0];
    for (int i = 0; i < 2; ++i) mine[1 + i] = two[trans][i];
    for (int i = 0; i < 4; ++i) mine[3 + i] = four[trans][i];
  }
}

TEST(Ldmatrix, GivesEachLaneItsTwoElementsOfEachMatrix) {
  lf::device_array<unsigned> out(std::vector<unsigned>(32 * 2 * 7));
  lf::status const started = lf::launch(load_each_way, {1, 32}, out.data());
  ASSERT_TRUE(started.ok()) << started.message();
  std::vector<unsigned> const got = out.to_host();
  for (unsigned lane = 0; lane < 32; ++lane)
    for (unsigned trans = 0; trans < 2; ++trans)
      for (unsigned i = 0; i < 7; ++i) {
        unsigned const matrix = i < 1 ? 0 : i < 3 ? i - 1 : i - 3;
        auto const element = [&](unsigned row, unsigned column) {
          return 64 * matrix + (trans != 0 ? 8 * column + row : 8 * row + column);
        };
        unsigned const expected = element(lane / 4, lane % 4 * 2) | element(lane / 4, lane % 4 * 2 + 1) << 16;
        ASSERT_EQ(got[(lane * 2 + trans) * 7 + i], expected) << "lane " << lane << " trans " << trans << " word " << i;
      }
}

}  // namespace
