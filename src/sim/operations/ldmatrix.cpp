// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// 8 x 8 matrices of 16-bit elements from shared memory and into it (PTX ISA 9.7.14.5, ldmatrix and stmatrix).

#include <lanefold/sim/matrices.hpp>
#include <lanefold/sim/operation.hpp>
#include <lanefold/sim/simulator.hpp>

namespace lanefold::sim {
namespace {

template <unsigned Matrices, bool Transposed>
complaint load(meeting all) {
  if (all.lanes != ~0u) return {all.lanes, 0, "ldmatrix needs all 32 lanes of the warp"};
  std::uint16_t element[Matrices][8][8];
  for (unsigned lane = 0; lane < 8 * Matrices; ++lane) {
    auto const row = value_of<char const*>(all[lane]);
    if (!all.is_shared(row) || !all.is_shared(row + 15) || reinterpret_cast<std::uintptr_t>(row) % 16 != 0)
      return {1u << lane, 0, "ldmatrix takes the address of 16 bytes in shared memory, a multiple of 16"};
    std::memcpy(element[lane / 8][lane % 8], row, 16);
  }
  for (unsigned lane = 0; lane < 32; ++lane) {
    std::uint16_t received[Matrices][2];
    for (unsigned m = 0; m < Matrices; ++m)
      for (unsigned i = 0; i < 2; ++i) {
        unsigned const along = lane % 4 * 2 + i, across = lane / 4;
        received[m][i] = Transposed ? element[m][along][across] : element[m][across][along];
      }
    give(all[lane], received);
  }
  return {};
}

template <unsigned Matrices, bool Transposed>
constexpr operation ldmatrix(char const* name) {
  return {name, &counts::matrix_loads, false, 0, 4 * Matrices, load<Matrices, Transposed>};
}

template <unsigned Matrices, bool Transposed>
complaint store(meeting all) {
  if (all.lanes != ~0u) return {all.lanes, 0, "stmatrix needs all 32 lanes of the warp"};
  std::uint16_t element[Matrices][8][8];
  for (unsigned lane = 0; lane < 32; ++lane) {
    auto const mine = value_of<stmatrix_operands>(all[lane]);
    for (unsigned m = 0; m < Matrices; ++m)
      for (unsigned i = 0; i < 2; ++i) {
        unsigned const along = lane % 4 * 2 + i, across = lane / 4;
        auto& place = Transposed ? element[m][along][across] : element[m][across][along];
        place = static_cast<std::uint16_t>(mine.words[m] >> 16 * i);
      }
  }
  for (unsigned lane = 0; lane < 8 * Matrices; ++lane) {
    auto* const row = static_cast<char*>(value_of<stmatrix_operands>(all[lane]).row);
    if (!all.is_shared(row) || !all.is_shared(row + 15) || reinterpret_cast<std::uintptr_t>(row) % 16 != 0)
      return {1u << lane, 0, "stmatrix takes the address of 16 bytes in shared memory, a multiple of 16"};
    std::memcpy(row, element[lane / 8][lane % 8], 16);
  }
  return {};
}

template <unsigned Matrices, bool Transposed>
constexpr operation stmatrix(char const* name) {
  return {name, &counts::matrix_stores, false, 0, 0, store<Matrices, Transposed>};
}

}  // namespace

operation const operations::ldmatrix_x1 = ldmatrix<1, false>("ldmatrix_x1");
operation const operations::ldmatrix_x2 = ldmatrix<2, false>("ldmatrix_x2");
operation const operations::ldmatrix_x4 = ldmatrix<4, false>("ldmatrix_x4");
operation const operations::ldmatrix_x1_trans = ldmatrix<1, true>("ldmatrix_x1_trans");
operation const operations::ldmatrix_x2_trans = ldmatrix<2, true>("ldmatrix_x2_trans");
operation const operations::ldmatrix_x4_trans = ldmatrix<4, true>("ldmatrix_x4_trans");

operation const operations::stmatrix_x1 = stmatrix<1, false>("stmatrix_x1");
operation const operations::stmatrix_x2 = stmatrix<2, false>("stmatrix_x2");
operation const operations::stmatrix_x4 = stmatrix<4, false>("stmatrix_x4");
operation const operations::stmatrix_x1_trans = stmatrix<1, true>("stmatrix_x1_trans");
operation const operations::stmatrix_x2_trans = stmatrix<2, true>("stmatrix_x2_trans");
operation const operations::stmatrix_x4_trans = stmatrix<4, true>("stmatrix_x4_trans");

}  // namespace lanefold::sim
