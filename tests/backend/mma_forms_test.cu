// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Every form of mma against the product by its definition: small integers in each type, of which all sums are exact, so
// that one element in a wrong place shows. mma_test.cu has the fractions.

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

/// The bits of an integer of at most 8 in magnitude, or of any power of two within range.
std::uint64_t float_bits(int value, int exponent_bits, int significand_bits) {
  std::uint64_t const sign = value < 0 ? 1ull << (exponent_bits + significand_bits) : 0;
  if (value == 0) return 0;
  int const magnitude = std::abs(value), exponent = std::ilogb(magnitude), bias = (1 << (exponent_bits - 1)) - 1;
  auto const fraction = static_cast<std::uint64_t>(magnitude - (1 << exponent)) << significand_bits >> exponent;
  return sign | static_cast<std::uint64_t>(exponent + bias) << significand_bits | fraction;
}

// A form: the registers of D, A and B, the bytes of an element, its bits, and what D holds.
#define FORM(form, Sum_, D_, Word_, A_, B_, Rows, Depth, Bytes, bits_of)                    \
  struct form {                                                                             \
    using Sum = Sum_;                                                                       \
    using Word = Word_;                                                                     \
    static constexpr int d = D_, a = A_, b = B_, rows = Rows, depth = Depth, bytes = Bytes; \
    static std::uint64_t bits(int value) { return bits_of; }                                \
    static LANEFOLD_FN void run(Sum (&d)[D_], Word const (&a)[A_], Word const (&b)[B_]) {   \
      lf::backend::mma_##form(d, a, b, {whole_warp, lf::call_site::here()});                \
    }                                                                                       \
  };
FORM(m16n8k16_f16, float, 4, unsigned, 4, 2, 16, 16, 2, float_bits(value, 5, 10))
FORM(m16n8k16_f16_f16, unsigned, 2, unsigned, 4, 2, 16, 16, 2, float_bits(value, 5, 10))
FORM(m16n8k8_f16, float, 4, unsigned, 2, 1, 16, 8, 2, float_bits(value, 5, 10))
FORM(m16n8k8_f16_f16, unsigned, 2, unsigned, 2, 1, 16, 8, 2, float_bits(value, 5, 10))
FORM(m16n8k16_bf16, float, 4, unsigned, 4, 2, 16, 16, 2, float_bits(value, 8, 7))
// The lower 13 bits do not count.
FORM(m16n8k8_tf32, float, 4, unsigned, 4, 2, 16, 8, 4, float_bits(value, 8, 23) | 0x1fff)
FORM(m16n8k32_s8, int, 4, unsigned, 4, 2, 16, 32, 1, static_cast<unsigned char>(value))
FORM(m8n8k16_s8, int, 2, unsigned, 1, 1, 8, 16, 1, static_cast<unsigned char>(value))
FORM(m8n8k4_f64, double, 2, double, 1, 1, 8, 4, 8, float_bits(value, 11, 52))
FORM(m16n8k32_e4m3, float, 4, unsigned, 4, 2, 16, 32, 1, float_bits(value, 4, 3))
FORM(m16n8k32_e5m2, float, 4, unsigned, 4, 2, 16, 32, 1, float_bits(value, 5, 2))
#undef FORM

template <class Form>
LANEFOLD_KERNEL multiply(typename Form::Word const* a, typename Form::Word const* b, typename Form::Sum* c) {
  unsigned const lane = lf::backend::lane_id();
  typename Form::Word my_a[Form::a], my_b[Form::b];
  typename Form::Sum my_c[Form::d];
  for (int i = 0; i < Form::a; ++i) my_a[i] = a[lane * Form::a + i];
  for (int i = 0; i < Form::b; ++i) my_b[i] = b[lane * Form::b + i];
  for (int i = 0; i < Form::d; ++i) my_c[i] = c[lane * Form::d + i];
  Form::run(my_c, my_a, my_b);
  for (int i = 0; i < Form::d; ++i) c[lane * Form::d + i] = my_c[i];
}

/// Of each lane, in bytes: where byte 0 of element `i` of its share of A (or of B, transposed) stands, PTX ISA 9.7.14.5:
/// rows by lane / 4, then + 8; in a row 4 lanes share 16 bytes (or 32, of doubles), and the next register goes on behind.
template <class Form>
void place(int lane, int i, int row_blocks, int& row, int& k) {
  int const in_register = std::max(4, Form::bytes) / Form::bytes;
  int const r = i / in_register;
  row = lane / 4 + r % row_blocks * 8;
  k = (r / row_blocks * 4 + lane % 4) * in_register + i % in_register;
}

/// A rows x depth, B depth x 8, C rows x 8, as integers; what the instruction makes of them.
template <class Form>
std::vector<double> product(std::vector<int> const& a, std::vector<int> const& b, std::vector<int> const& c) {
  using Sum = typename Form::Sum;
  using Word = typename Form::Word;
  auto const share = [](std::vector<int> const& matrix, int rows, int words) {
    std::vector<Word> all(static_cast<std::size_t>(32 * words));
    int const elements = words * static_cast<int>(sizeof(Word)) / Form::bytes;
    for (int lane = 0; lane < 32; ++lane)
      for (int i = 0; i < elements; ++i) {
        int row, k;
        place<Form>(lane, i, rows / 8, row, k);
        std::uint64_t const bits = Form::bits(matrix[static_cast<std::size_t>(row * Form::depth + k)]);
        std::memcpy(reinterpret_cast<char*>(&all[static_cast<std::size_t>(lane * words)]) + i * Form::bytes, &bits,
                    Form::bytes);
      }
    return all;
  };
  std::vector<int> b_transposed(b.size());
  for (int k = 0; k < Form::depth; ++k)
    for (int n = 0; n < 8; ++n)
      b_transposed[static_cast<std::size_t>(n * Form::depth + k)] = b[static_cast<std::size_t>(k * 8 + n)];
  constexpr bool halves = std::is_same_v<Sum, unsigned>;
  constexpr int elements = Form::d * (halves ? 2 : 1);
  std::vector<Sum> mine(static_cast<std::size_t>(32 * Form::d));
  auto const index = [](int lane, int i) {
    return static_cast<std::size_t>((lane / 4 + i / 2 * 8) * 8 + lane % 4 * 2 + i % 2);
  };
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < elements; ++i) {
      if constexpr (halves)
        mine[static_cast<std::size_t>(lane * Form::d + i / 2)] |=
            static_cast<unsigned>(float_bits(c[index(lane, i)], 5, 10)) << i % 2 * 16;
      else
        mine[static_cast<std::size_t>(lane * Form::d + i)] = static_cast<Sum>(c[index(lane, i)]);
    }
  lf::device_array<Word> const device_a(share(a, Form::rows, Form::a)), device_b(share(b_transposed, 8, Form::b));
  lf::device_array<Sum> device_c(mine);
  lf::status const started = lf::launch(multiply<Form>, {1, 32}, device_a.data(), device_b.data(), device_c.data());
  EXPECT_TRUE(started.ok()) << started.message();
  auto const got = device_c.to_host();
  std::vector<double> result(static_cast<std::size_t>(Form::rows * 8));
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < elements; ++i) {
      if constexpr (halves) {
        unsigned const bits = got[static_cast<std::size_t>(lane * Form::d + i / 2)] >> i % 2 * 16 & 0xffff;
        int const exponent = static_cast<int>(bits >> 10 & 31);
        double const magnitude = exponent == 31  ? INFINITY
                                 : exponent == 0 ? std::ldexp(bits & 1023, -24)
                                                 : std::ldexp(1024 + (bits & 1023), exponent - 25);
        result[index(lane, i)] = (bits & 0x8000) != 0 ? -magnitude : magnitude;
      } else {
        result[index(lane, i)] = static_cast<double>(got[static_cast<std::size_t>(lane * Form::d + i)]);
      }
    }
  return result;
}

template <class Form>
class MmaForm : public testing::Test {};
using forms = testing::Types<m16n8k16_f16, m16n8k16_f16_f16, m16n8k8_f16, m16n8k8_f16_f16, m16n8k16_bf16, m16n8k32_s8,
                             m8n8k16_s8, m8n8k4_f64, m16n8k32_e4m3, m16n8k32_e5m2>;
TYPED_TEST_SUITE(MmaForm, forms);

TYPED_TEST(MmaForm, OfIntegersIsExact) {
  std::mt19937 random(7);
  for (int round = 0; round < 8; ++round) {
    auto const some = [&](int count) {
      std::vector<int> values(static_cast<std::size_t>(count));
      for (int& x : values) x = static_cast<int>(random() % 17) - 8;
      return values;
    };
    auto const a = some(TypeParam::rows * TypeParam::depth), b = some(TypeParam::depth * 8),
               c = some(TypeParam::rows * 8);
    auto const got = product<TypeParam>(a, b, c);
    for (int row = 0; row < TypeParam::rows; ++row)
      for (int column = 0; column < 8; ++column) {
        int sum = c[static_cast<std::size_t>(row * 8 + column)];
        for (int k = 0; k < TypeParam::depth; ++k)
          sum += a[static_cast<std::size_t>(row * TypeParam::depth + k)] * b[static_cast<std::size_t>(k * 8 + column)];
        ASSERT_EQ(got[static_cast<std::size_t>(row * 8 + column)], sum) << "row " << row << " column " << column;
      }
  }
}

TEST(MmaTf32, OnlyTheUpper19BitsCount) {
  std::mt19937 random(7);
  std::vector<int> a(16 * 8), b(8 * 8), c(16 * 8);
  for (auto* values : {&a, &b})
    for (int& x : *values) x = static_cast<int>(random() % 8) + 1;
  auto const got = product<m16n8k8_tf32>(a, b, c);
  for (int row = 0; row < 16; ++row)
    for (int column = 0; column < 8; ++column) {
      int sum = 0;
      for (int k = 0; k < 8; ++k)
        sum += a[static_cast<std::size_t>(row * 8 + k)] * b[static_cast<std::size_t>(k * 8 + column)];
      ASSERT_EQ(got[static_cast<std::size_t>(row * 8 + column)], sum) << "row " << row << " column " << column;
    }
}

TEST(MmaHalfSums, RoundToHalf) {
  std::vector<int> a(16 * 16), b(16 * 8), c(16 * 8);
  a[0] = b[0] = 1 << 7;  // 16384: half holds multiples of 16 there
  a[1] = b[8] = 3;
  EXPECT_EQ(product<m16n8k16_f16_f16>(a, b, c)[0], 16384 + 16);
  a[1] = 2;
  b[8] = 4;  // half way: to even
  EXPECT_EQ(product<m16n8k16_f16_f16>(a, b, c)[0], 16384);
  a[0] = 1 << 9;
  EXPECT_EQ(product<m16n8k16_f16_f16>(a, b, c)[0], INFINITY);
}

// ---- stmatrix

struct tiles {
  alignas(16) unsigned short element[4][8][8];
};

template <bool Transposed, int Matrices>
LANEFOLD_KERNEL store(unsigned short* out) {
  LANEFOLD_SHARED(shared, tiles);
  unsigned const lane = lf::backend::lane_id();
  for (unsigned i = lane; i < 256; i += 32) (&shared.element[0][0][0])[i] = 0xffff;
  lf::backend::callers const who{whole_warp, lf::call_site::here()};
  lf::backend::sync_warp(who);
  unsigned words[Matrices];
  for (unsigned m = 0; m < Matrices; ++m) {
    unsigned const first = 64 * m + lane * 2;
    words[m] = first | (first + 1) << 16;
  }
  void* const row = &shared.element[lane / 8 % Matrices][lane % 8][0];
  if constexpr (Matrices == 1 && !Transposed) lf::backend::stmatrix_x1(row, words, who);
  if constexpr (Matrices == 2 && !Transposed) lf::backend::stmatrix_x2(row, words, who);
  if constexpr (Matrices == 4 && !Transposed) lf::backend::stmatrix_x4(row, words, who);
  if constexpr (Matrices == 1 && Transposed) lf::backend::stmatrix_x1_trans(row, words, who);
  if constexpr (Matrices == 2 && Transposed) lf::backend::stmatrix_x2_trans(row, words, who);
  if constexpr (Matrices == 4 && Transposed) lf::backend::stmatrix_x4_trans(row, words, who);
  lf::backend::sync_warp(who);
  for (unsigned i = lane; i < 256; i += 32) out[i] = (&shared.element[0][0][0])[i];
}

template <bool Transposed, int Matrices>
void stores() {
  lf::device_array<unsigned short> out(256);
  lf::status const started = lf::launch(store<Transposed, Matrices>, {1, 32}, out.data());
  ASSERT_TRUE(started.ok()) << started.message();
  auto const got = out.to_host();
  for (int m = 0; m < 4; ++m)
    for (int row = 0; row < 8; ++row)
      for (int column = 0; column < 8; ++column) {
        int const expected = m >= Matrices ? 0xffff : 64 * m + (Transposed ? 8 * column + row : 8 * row + column);
        ASSERT_EQ(got[static_cast<std::size_t>(64 * m + 8 * row + column)], expected)
            << m << ' ' << row << ' ' << column;
      }
}
TEST(Stmatrix, StoresWhatLdmatrixLoads) {
  stores<false, 1>();
  stores<false, 2>();
  stores<false, 4>();
  stores<true, 1>();
  stores<true, 2>();
  stores<true, 4>();
}

}  // namespace
