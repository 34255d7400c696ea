// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Products of a warpgroup (PTX ISA 9.7.15, wgmma): D (64 x N) = A (64 x k) B (k x N) + D, k being 32 bytes of a row.

#include <cmath>
#include <limits>
#include <vector>

#include "../executor.hpp"

namespace lanefold::sim {
namespace {

// ---------------------------------------------------------------- where elements lie

/// A matrix in shared memory, by its descriptor. Along its 32 bytes of k, or across them in `transposed`, 16 bytes lie side
/// by side: a piece.
struct matrix {
  std::size_t start, leading, stride, pitch;
  bool transposed;

  matrix(std::uint64_t bits, bool transposed_) : transposed(transposed_) {
    constexpr std::size_t pitches[] = {16, 128, 64, 32};
    start = (bits & 0x3fff) * 16;
    leading = (bits >> 16 & 0x3fff) * 16;
    stride = (bits >> 32 & 0x3fff) * 16;
    pitch = pitches[bits >> 62];
  }
  bool swizzled() const { return pitch != 16; }

  /// Where piece `along` of line `across` would lie without swizzle. Lines go by eights.
  std::size_t plain(std::size_t across, std::size_t along) const {
    std::size_t const in_eight = start + across % 8 * pitch, eight = across / 8;
    if (!swizzled())
      return transposed ? in_eight + eight * leading + along * stride : in_eight + eight * stride + along * leading;
    std::size_t const pieces = pitch / 16;
    return in_eight + eight * stride + along % pieces * 16 + (transposed ? along / pieces * leading : 0);
  }
  std::size_t piece(std::size_t across, std::size_t along) const {
    std::size_t const at = plain(across, along);
    return at ^ (at >> 7 & (pitch / 16 - 1)) << 4;
  }
};

char const* wrong_matrix(matrix const& m, std::size_t lines, std::size_t pieces, std::size_t shared_bytes) {
  if (m.swizzled() && m.start % (8 * m.pitch) >= 128)
    return "an operand of wgmma with a swizzle of 32, 64 or 128 bytes starts in the first 128 of 256, 512 or 1024 "
           "bytes";
  for (std::size_t line = 0; line < lines; ++line)
    for (std::size_t p = 0; p < pieces; ++p)
      if (m.piece(line, p) + 16 > shared_bytes) return "an operand of wgmma reaches beyond shared memory";
  return nullptr;
}

// ---------------------------------------------------------------- what elements are

/// A number of one sign bit, some bits of exponent and the rest of significand, as IEEE 754 reads it.
template <int ExponentBits, int SignificandBits>
float ieee(unsigned bits) {
  constexpr int top = (1 << ExponentBits) - 1, bias = top / 2;
  int const exponent = static_cast<int>(bits >> SignificandBits) & top;
  auto const significand = static_cast<float>(bits & ((1u << SignificandBits) - 1));
  constexpr float one = 1 << SignificandBits;
  float magnitude;
  if (exponent == top)
    magnitude = significand != 0 ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
  else
    magnitude = std::ldexp(exponent == 0 ? significand : one + significand,
                           (exponent == 0 ? 1 : exponent) - bias - SignificandBits);
  return (bits >> (ExponentBits + SignificandBits) & 1) != 0 ? -magnitude : magnitude;
}

/// e4m3 has no infinities, and one NaN of each sign.
float e4m3(unsigned bits) {
  if ((bits & 0x7f) == 0x7f) return std::numeric_limits<float>::quiet_NaN();
  float const magnitude =
      (bits & 0x78) == 0x78 ? std::ldexp(8.0f + static_cast<float>(bits & 7), 15 - 7 - 3) : ieee<4, 3>(bits & 0x7f);
  return (bits & 0x80) != 0 ? -magnitude : magnitude;
}

float from_bits(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <float (&Decode)(unsigned), unsigned Count>
float looked_up(unsigned bits) {
  static std::vector<float> const table = [] {
    std::vector<float> values(Count);
    for (unsigned i = 0; i < Count; ++i) values[i] = Decode(i);
    return values;
  }();
  return table[bits];
}

// The bits of an element, and its value. Sums are of another type than the values where they wrap around.
struct as_f16 {
  using bits = std::uint16_t;
  static double decode(bits x) { return looked_up<ieee<5, 10>, 65536>(x); }
};
struct as_bf16 {
  using bits = std::uint16_t;
  static double decode(bits x) { return from_bits(std::uint32_t{x} << 16); }
};
struct as_tf32 {
  using bits = std::uint32_t;
  static double decode(bits x) { return from_bits(x & ~0x1fffu); }
};
struct as_e4m3 {
  using bits = std::uint8_t;
  static double decode(bits x) { return looked_up<e4m3, 256>(x); }
};
struct as_e5m2 {
  using bits = std::uint8_t;
  static double decode(bits x) { return looked_up<ieee<5, 2>, 256>(x); }
};
struct as_s8 {
  using bits = std::uint8_t;
  static std::uint32_t decode(bits x) { return static_cast<std::uint32_t>(static_cast<std::int8_t>(x)); }
};

// ---------------------------------------------------------------- products

/// Calls put(row or column, k, value) for each element of an operand.
template <class As, class Put>
void decode(matrix const& m, unsigned extent, char const* shared, Put put) {
  constexpr unsigned in_piece = 16 / sizeof(typename As::bits);
  unsigned const lines = m.transposed ? 2 * in_piece : extent, pieces = m.transposed ? extent / in_piece : 2;
  for (unsigned line = 0; line < lines; ++line)
    for (unsigned p = 0; p < pieces; ++p) {
      typename As::bits element[in_piece];
      std::memcpy(element, shared + m.piece(line, p), sizeof element);
      for (unsigned i = 0; i < in_piece; ++i) {
        unsigned const along = p * in_piece + i;
        m.transposed ? put(along, line, As::decode(element[i])) : put(line, along, As::decode(element[i]));
      }
    }
}

/// 16 bytes of sums, which every processor adds at once.
template <class Sum>
struct side_by_side {
  static constexpr unsigned count = 16 / sizeof(Sum);
  typedef Sum type __attribute__((vector_size(16)));
};

template <class A, class B, class Sum, class Result>
void multiply(product const& what, char const* shared) {
  using several = typename side_by_side<Sum>::type;
  constexpr unsigned depth = 32 / sizeof(typename A::bits), count = side_by_side<Sum>::count, groups = 8 / count;
  unsigned const columns = what.operands.columns;
  static thread_local Sum a[64][depth];  // this much is too much for a lane's stack
  static thread_local several b[256 / 8][depth][groups];
  decode<A>({what.operands.a, what.operands.transpose_a}, 64, shared,
            [](unsigned row, unsigned k, Sum x) { a[row][k] = x; });
  decode<B>({what.operands.b, what.operands.transpose_b}, columns, shared,
            [](unsigned column, unsigned k, Sum x) { b[column / 8][k][column % 8 / count][column % count] = x; });
  for (unsigned row = 0; row < 64; ++row)
    for (unsigned eight = 0; eight < columns / 8; ++eight) {
      // Eight columns of one row are two words of each of four lanes.
      std::uint32_t* const words = what.values[row / 16] + row % 8 * 4 * (columns / 2) + eight * 4 + row / 8 % 2 * 2;
      auto const word = [&](unsigned column) { return words + column / 2 * (columns / 2) + column % 2; };
      several sum[groups] = {};
      if (what.operands.add)
        for (unsigned i = 0; i < 8; ++i) {
          Result before;
          std::memcpy(&before, word(i), sizeof before);
          sum[i / count][i % count] = static_cast<Sum>(before);
        }
      for (unsigned k = 0; k < depth; ++k)
        for (unsigned g = 0; g < groups; ++g) sum[g] += a[row][k] * b[eight][k][g];
      for (unsigned i = 0; i < 8; ++i) {
        auto const after = static_cast<Result>(sum[i / count][i % count]);
        std::memcpy(word(i), &after, sizeof after);
      }
    }
}

template <class A, class B>
multiply_function& floats = multiply<A, B, double, float>;

// ---------------------------------------------------------------- the operations

executor& here() { return *current_lane->home; }

constexpr char const* whole_warps = "wgmma needs all 32 lanes of each of its warps";

template <operation const& Op>
complaint ask(meeting all) {
  if (all.lanes != ~0u) return {all.lanes, 0, whole_warps};
  here().ask_for_product(*current_lane->in, all, Op);
  return {};
}
complaint fence(meeting all) {
  if (all.lanes != ~0u) return {all.lanes, 0, whole_warps};
  here().fence_products(*current_lane->in);
  return {};
}
complaint commit(meeting all) {
  if (all.lanes != ~0u) return {all.lanes, 0, whole_warps};
  here().commit_products(*current_lane->in);
  return {};
}
complaint wait(meeting all) {
  if (all.lanes != ~0u) return {all.lanes, 0, whole_warps};
  for (unsigned l = 1; l < 32; ++l)
    if (all[l].operand != all[0].operand) return {1u << l, 0, "the lanes of a warp wait for the same number of groups"};
  here().await_products(*current_lane->in, static_cast<unsigned>(all[0].operand));
  return {};
}

template <operation const& Op>
constexpr operation product_of(char const* name) {
  return {name, &counts::mmas, false, 0, 0, ask<Op>};
}

}  // namespace

namespace operations {
operation const wgmma_f16 = product_of<wgmma_f16>("wgmma_f16");
operation const wgmma_bf16 = product_of<wgmma_bf16>("wgmma_bf16");
operation const wgmma_tf32 = product_of<wgmma_tf32>("wgmma_tf32");
operation const wgmma_e4m3 = product_of<wgmma_e4m3>("wgmma_e4m3");
operation const wgmma_e5m2 = product_of<wgmma_e5m2>("wgmma_e5m2");
operation const wgmma_e4m3_e5m2 = product_of<wgmma_e4m3_e5m2>("wgmma_e4m3_e5m2");
operation const wgmma_e5m2_e4m3 = product_of<wgmma_e5m2_e4m3>("wgmma_e5m2_e4m3");
operation const wgmma_s8 = product_of<wgmma_s8>("wgmma_s8");
operation const wgmma_fence{"wgmma_fence", nullptr, false, 0, 0, fence};
operation const wgmma_commit{"wgmma_commit", nullptr, false, 0, 0, commit};
operation const wgmma_wait{"wgmma_wait", nullptr, false, 0, 0, wait};
}  // namespace operations

namespace {
struct kind_of_product {
  operation const* op;
  multiply_function* multiply;
  unsigned bytes;  ///< of an element
};
constexpr kind_of_product kinds[] = {
    {&operations::wgmma_f16, floats<as_f16, as_f16>, 2},
    {&operations::wgmma_bf16, floats<as_bf16, as_bf16>, 2},
    {&operations::wgmma_tf32, floats<as_tf32, as_tf32>, 4},
    {&operations::wgmma_e4m3, floats<as_e4m3, as_e4m3>, 1},
    {&operations::wgmma_e5m2, floats<as_e5m2, as_e5m2>, 1},
    {&operations::wgmma_e4m3_e5m2, floats<as_e4m3, as_e5m2>, 1},
    {&operations::wgmma_e5m2_e4m3, floats<as_e5m2, as_e4m3>, 1},
    {&operations::wgmma_s8, multiply<as_s8, as_s8, std::uint32_t, std::uint32_t>, 1},
};

kind_of_product const& kind_of(operation const& op) {
  kind_of_product const* kind = kinds;
  while (kind->op != &op) ++kind;
  return *kind;
}
}  // namespace

multiply_function* multiply_of(operation const& op) { return kind_of(op).multiply; }

char const* wrong_operands(operation const& op, wgmma_operands const& operands, std::size_t shared_bytes) {
  unsigned const in_piece = 16 / kind_of(op).bytes;
  auto const wrong = [&](std::uint64_t bits, bool transposed, unsigned extent) {
    unsigned const lines = transposed ? 2 * in_piece : extent, pieces = transposed ? extent / in_piece : 2;
    return wrong_matrix({bits, transposed}, lines, pieces, shared_bytes);
  };
  char const* const in_a = wrong(operands.a, operands.transpose_a, 64);
  return in_a != nullptr ? in_a : wrong(operands.b, operands.transpose_b, operands.columns);
}

}  // namespace lanefold::sim
