// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// D (16 x 8) = A (16 x k) B (k x 8) + C, k being what 4 lanes hold of a row in two registers each.

#include <lanefold/sim/matrices.hpp>
#include <lanefold/sim/operation.hpp>
#include <lanefold/sim/simulator.hpp>

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
  return (bits >> 15 & 1) != 0 ? -magnitude : magnitude;
}

/// What the elements of A and B are, what the products are summed in, and what C and D are.
struct f16 {
  static constexpr int bits = 16;
  using sum = double;
  using result = float;
  static sum decode(unsigned element) { return decoded(element, 5, 10); }
};
struct bf16 {
  static constexpr int bits = 16;
  using sum = double;
  using result = float;
  static sum decode(unsigned element) { return decoded(element, 8, 7); }
};
struct s8 {
  static constexpr int bits = 8;
  using sum = std::uint32_t;
  using result = std::uint32_t;
  static sum decode(unsigned element) { return static_cast<std::uint32_t>(static_cast<std::int8_t>(element)); }
};

template <class Type>
complaint multiply(meeting all) {
  if (all.lanes != ~0u) return {all.lanes, 0, "mma needs all 32 lanes of the warp"};
  constexpr unsigned in_word = 32 / Type::bits, depth = 8 * in_word;
  typename Type::sum a[16][depth], b[depth][8];
  for (unsigned lane = 0; lane < 32; ++lane) {
    auto const mine = value_of<mma_operands>(all[lane]);
    unsigned const group = lane / 4;
    for (unsigned i = 0; i < in_word; ++i) {
      auto const element = [i](unsigned word) {
        return Type::decode(word >> i * Type::bits & ((1u << Type::bits) - 1));
      };
      unsigned const k = lane % 4 * in_word + i;
      for (unsigned r = 0; r < 4; ++r) a[group + r % 2 * 8][k + r / 2 * (depth / 2)] = element(mine.a[r]);
      for (unsigned r = 0; r < 2; ++r) b[k + r * (depth / 2)][group] = element(mine.b[r]);
    }
  }
  for (unsigned lane = 0; lane < 32; ++lane) {
    auto const mine = value_of<mma_operands>(all[lane]);
    typename Type::result d[4];
    std::memcpy(d, mine.c, sizeof d);
    for (unsigned i = 0; i < 4; ++i) {
      typename Type::sum total = d[i];
      for (unsigned k = 0; k < depth; ++k) total += a[lane / 4 + i / 2 * 8][k] * b[k][lane % 4 * 2 + i % 2];
      d[i] = static_cast<typename Type::result>(total);
    }
    give(all[lane], d);
  }
  return {};
}

template <class Type>
constexpr operation mma(char const* name, Type) {
  return {name, &counts::mmas, false, 0, 16, multiply<Type>};
}

}  // namespace

operation const operations::mma_m16n8k16_f16 = mma("mma_m16n8k16_f16", f16{});
operation const operations::mma_m16n8k16_bf16 = mma("mma_m16n8k16_bf16", bf16{});
operation const operations::mma_m16n8k32_s8 = mma("mma_m16n8k32_s8", s8{});

}  // namespace lanefold::sim
