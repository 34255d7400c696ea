// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// D (Rows x 8) = A (Rows x Depth) B (Depth x 8) + C. What a lane holds comes in registers of 4 bytes, or of one double:
// register r of A has row lane / 4 + 8 (r mod Rows / 8), and depth is shared among the 4 lanes of a row.

#include <lanefold/sim/matrices.hpp>
#include <lanefold/sim/operation.hpp>
#include <lanefold/sim/simulator.hpp>

#include <algorithm>
#include <cmath>

namespace lanefold::sim {
namespace {

/// A number of one sign bit, some bits of exponent and the rest of significand, as IEEE 754 reads it.
double decoded(unsigned bits, int exponent_bits, int significand_bits) {
  int const top = (1 << exponent_bits) - 1, bias = top / 2;
  int const exponent = static_cast<int>(bits >> significand_bits) & top;
  unsigned const significand = bits & ((1u << significand_bits) - 1);
  double magnitude;
  if (exponent == top)
    magnitude = significand != 0 ? NAN : INFINITY;
  else if (exponent == 0)
    magnitude = std::ldexp(significand, 1 - bias - significand_bits);
  else
    magnitude = std::ldexp((1u << significand_bits) + significand, exponent - bias - significand_bits);
  return (bits >> (exponent_bits + significand_bits) & 1) != 0 ? -magnitude : magnitude;
}

/// The half nearest to a number, ties to even.
std::uint16_t to_half(double value) {
  unsigned const sign = std::signbit(value) ? 0x8000u : 0;
  double const magnitude = std::fabs(value);
  if (std::isnan(value)) return 0x7fff;
  if (magnitude >= 65520) return static_cast<std::uint16_t>(sign | 0x7c00);
  int exponent = 0;
  int const unit = std::frexp(magnitude, &exponent) == 0 ? -24 : std::max(exponent - 11, -24);
  // In units of the last place a carry goes on into the exponent, as it should.
  auto const units = static_cast<unsigned>(std::nearbyint(std::ldexp(magnitude, -unit)));
  return static_cast<std::uint16_t>(sign | (static_cast<unsigned>(unit + 24) * 1024 + units));
}

/// What the elements of A and B are, of `bytes` bytes, and what the products are summed in.
template <int Bytes, class Sum>
struct element {
  static constexpr unsigned bytes = Bytes;
  using sum = Sum;
};
struct f16 : element<2, double> {
  static double decode(unsigned bits) { return decoded(bits, 5, 10); }
};
struct bf16 : element<2, double> {
  static double decode(unsigned bits) { return decoded(bits, 8, 7); }
};
struct tf32 : element<4, double> {
  static double decode(unsigned bits) { return decoded(bits >> 13, 8, 10); }
};
struct e4m3 : element<1, double> {  // no infinity: the top exponent is one as the others, but for one NaN
  static double decode(unsigned bits) {
    double const magnitude = (bits & 0x7f) == 0x7f   ? NAN
                             : (bits & 0x78) == 0x78 ? std::ldexp(8 + (bits & 7), 5)
                                                     : decoded(bits & 0x7f, 4, 3);
    return (bits & 0x80) != 0 ? -magnitude : magnitude;
  }
};
struct e5m2 : element<1, double> {
  static double decode(unsigned bits) { return decoded(bits, 5, 2); }
};
struct s8 : element<1, std::uint32_t> {
  static std::uint32_t decode(unsigned bits) { return static_cast<std::uint32_t>(static_cast<std::int8_t>(bits)); }
};
struct f64 : element<8, double> {};

/// How D and C lie in a register.
struct as_half {
  std::uint16_t bits;
  as_half() = default;
  explicit as_half(double value) : bits(to_half(value)) {}
  explicit operator double() const { return decoded(bits, 5, 10); }
};

template <class Type>
typename Type::sum element_at(unsigned const* words, unsigned i) {
  if constexpr (Type::bytes == 8) {
    double value;
    std::memcpy(&value, words + 2 * i, sizeof value);
    return value;
  } else {
    constexpr unsigned in_word = 4 / Type::bytes;
    return Type::decode(words[i / in_word] >> i % in_word * Type::bytes * 8 & (~0u >> (32 - 8 * Type::bytes)));
  }
}

template <class Sum>
Sum multiply_add(Sum a, Sum b, Sum c) {
  return a * b + c;
}
double multiply_add(double a, double b, double c) { return std::fma(a, b, c); }

template <class Type, class Result, unsigned Rows, unsigned Depth>
complaint multiply(meeting all) {
  using sum = typename Type::sum;
  if (all.lanes != ~0u) return {all.lanes, 0, "mma needs all 32 lanes of the warp"};
  constexpr unsigned in_register = Type::bytes == 8 ? 1 : 4 / Type::bytes, row_blocks = Rows / 8;
  sum a[Rows][Depth], b[Depth][8];
  for (unsigned lane = 0; lane < 32; ++lane) {
    auto const mine = value_of<mma_operands>(all[lane]);
    for (unsigned i = 0; i < Rows * Depth / 32; ++i) {
      unsigned const r = i / in_register, k = lane % 4 * in_register + i % in_register;
      a[lane / 4 + r % row_blocks * 8][k + r / row_blocks * 4 * in_register] = element_at<Type>(mine.a, i);
    }
    for (unsigned i = 0; i < Depth * 8 / 32; ++i) {
      unsigned const r = i / in_register, k = lane % 4 * in_register + i % in_register;
      b[k + r * 4 * in_register][lane / 4] = element_at<Type>(mine.b, i);
    }
  }
  for (unsigned lane = 0; lane < 32; ++lane) {
    auto const mine = value_of<mma_operands>(all[lane]);
    Result d[2 * row_blocks];
    std::memcpy(d, mine.c, sizeof d);
    for (unsigned i = 0; i < 2 * row_blocks; ++i) {
      auto total = static_cast<sum>(d[i]);
      for (unsigned k = 0; k < Depth; ++k)
        total = multiply_add(a[lane / 4 + i / 2 * 8][k], b[k][lane % 4 * 2 + i % 2], total);
      d[i] = static_cast<Result>(total);
    }
    give(all[lane], d);
  }
  return {};
}

template <class Type, class Result, unsigned Rows, unsigned Depth>
constexpr operation mma(char const* name) {
  return {name, &counts::mmas, false, 0, sizeof(Result) * Rows / 4, multiply<Type, Result, Rows, Depth>};
}

}  // namespace

#define MMA(name, ...) operation const operations::name = mma<__VA_ARGS__>(#name)
MMA(mma_m16n8k16_f16, f16, float, 16, 16);
MMA(mma_m16n8k16_bf16, bf16, float, 16, 16);
MMA(mma_m16n8k8_tf32, tf32, float, 16, 8);
MMA(mma_m16n8k32_e4m3, e4m3, float, 16, 32);
MMA(mma_m16n8k32_e5m2, e5m2, float, 16, 32);
MMA(mma_m16n8k32_s8, s8, std::uint32_t, 16, 32);
MMA(mma_m16n8k16_f16_f16, f16, as_half, 16, 16);
MMA(mma_m16n8k8_f16, f16, float, 16, 8);
MMA(mma_m16n8k8_f16_f16, f16, as_half, 16, 8);
MMA(mma_m8n8k16_s8, s8, std::uint32_t, 8, 16);
MMA(mma_m8n8k4_f64, f64, double, 8, 4);
#undef MMA

}  // namespace lanefold::sim
