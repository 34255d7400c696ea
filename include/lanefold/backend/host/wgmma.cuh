// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The tensor cores of Hopper, on the simulator: products of a warpgroup, four warps that start at a multiple of four, all
// lanes of which call together. What the sums are, and when a product is carried out: sim/warpgroups.hpp.

#include <lanefold/backend/host/checks.cuh>
#include <lanefold/sim/warpgroups.hpp>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// Before the first product, and wherever a lane has touched the accumulators since the last.
LANEFOLD_FN void wgmma_fence(call_site site) {
  sim::collective({&sim::operations::wgmma_fence, ~0u, 0, 0, 32, nullptr, nullptr, nullptr, site});
}
/// What was asked for since the last one is a group.
LANEFOLD_FN void wgmma_commit(call_site site) {
  sim::collective({&sim::operations::wgmma_commit, ~0u, 0, 0, 32, nullptr, nullptr, nullptr, site});
}
/// Until at most Pending groups are under way.
template <int Pending>
LANEFOLD_FN void wgmma_wait(call_site site) {
  static_assert(Pending >= 0 && Pending <= 7, "wgmma_wait: 0..7 groups may be under way");
  sim::collective({&sim::operations::wgmma_wait, ~0u, 0, Pending, 32, nullptr, nullptr, nullptr, site});
  sim::wait_for_products(site);
}

/// Registers of each lane of the warpgroup, a multiple of 8 in 24..256; here there are no registers.
template <int Registers>
LANEFOLD_FN void give_registers_back() {
  static_assert(Registers % 8 == 0 && Registers >= 24 && Registers <= 256, "registers: a multiple of 8 in 24..256");
}
template <int Registers>
LANEFOLD_FN void take_registers() {
  give_registers_back<Registers>();
}

/// Where an operand lies: the descriptor of a matrix in shared memory.
///
/// - `address`: of its first row, in the block's shared memory.
/// - `leading`, `stride`: bytes; what they are depends on the layout: tensor/wgmma.cuh.
/// - `swizzle`: bytes, 0, 32, 64 or 128.
struct wgmma_operand {
  unsigned long long bits;

  static LANEFOLD_FN wgmma_operand at(void const* address, unsigned leading, unsigned stride, int swizzle) {
    constexpr sim::call_site site{"wgmma_operand::at", nullptr, 0, false};
    unsigned long long const kind = swizzle == 128 ? 1 : swizzle == 64 ? 2 : swizzle == 32 ? 3 : 0;
    if (!sim::in_shared_memory(address))
      sim::fail("PRECONDITION", site, "an operand of wgmma lies in the block's shared memory, and %p does not",
                address);
    unsigned const shared = sim::shared_address(address);
    if (((shared | leading | stride) & 15) != 0)
      sim::fail(
          "PRECONDITION", site,
          "an operand of wgmma has its address, leading and stride at multiples of 16 bytes; here they are %u, %u "
          "and %u",
          shared, leading, stride);
    return {(shared & 0x3ffff) >> 4 | static_cast<unsigned long long>(leading >> 4) << 16 |
            static_cast<unsigned long long>(stride >> 4) << 32 | kind << 62};
  }
  /// The same layout so many bytes further on.
  LANEFOLD_FN wgmma_operand plus(unsigned bytes) const { return {bits + (bytes >> 4)}; }
};

/// d (64 x N) = a (64 x k) b (k x N) + (add ? d : 0), k being 32 bytes of a row, and N twice the length of d.
template <int Length, class Word>
LANEFOLD_FN void ask_for_product(sim::operation const& op, Word (&d)[Length], wgmma_operand a, wgmma_operand b,
                                 bool add, bool transpose_a, bool transpose_b, call_site site) {
  static_assert(sizeof(Word) == 4, "words of 4 bytes");
  static_assert(Length == 8 || (Length % 16 == 0 && Length <= 128),
                "wgmma: d has 8, 16, 32, 48, 64, 80, 96, 112 or 128 words");
  sim::wgmma_operands const operands{
      a.bits, b.bits, 2 * Length, add, transpose_a, transpose_b, reinterpret_cast<std::uint32_t*>(d)};
  sim::collective({&op, ~0u, sizeof operands, 0, 32, &operands, nullptr, nullptr, site});
}

// wgmma_<types><TransposeA, TransposeB>: 1 where rows of an operand are not what lies side by side, in types of 16 bits
// alone.
#define LANEFOLD_WGMMA_16_BITS(name)                                                                            \
  template <int TransposeA, int TransposeB, int Length>                                                         \
  LANEFOLD_FN void name(float (&d)[Length], wgmma_operand in_a, wgmma_operand in_b, bool add, call_site site) { \
    ask_for_product(sim::operations::name, d, in_a, in_b, add, TransposeA != 0, TransposeB != 0, site);         \
  }
#define LANEFOLD_WGMMA(name, Word)                                                                            \
  template <int Length>                                                                                       \
  LANEFOLD_FN void name(Word(&d)[Length], wgmma_operand in_a, wgmma_operand in_b, bool add, call_site site) { \
    ask_for_product(sim::operations::name, d, in_a, in_b, add, false, false, site);                           \
  }
LANEFOLD_WGMMA_16_BITS(wgmma_f16)
LANEFOLD_WGMMA_16_BITS(wgmma_bf16)
LANEFOLD_WGMMA(wgmma_tf32, float)
LANEFOLD_WGMMA(wgmma_e4m3, float)
LANEFOLD_WGMMA(wgmma_e5m2, float)
LANEFOLD_WGMMA(wgmma_e4m3_e5m2, float)
LANEFOLD_WGMMA(wgmma_e5m2_e4m3, float)
LANEFOLD_WGMMA(wgmma_s8, int)
#undef LANEFOLD_WGMMA
#undef LANEFOLD_WGMMA_16_BITS

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
