// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the simulator and the backend know of the matrix instructions. All 32 lanes of a warp take part.

#include <lanefold/sim/interface.hpp>

namespace lanefold::sim {

/// A lane's share of D = A B + C, in the layouts of the PTX ISA (9.7.14.5, mma): what it brings. It receives D as C. An
/// instruction of fewer registers uses the first ones; a double takes two words.
struct mma_operands {
  unsigned a[4], b[2], c[4];
};
/// Where a lane's row is (lane 8 m + r: row r of matrix m), and its word of each matrix.
struct stmatrix_operands {
  void* row;
  unsigned words[4];
};

namespace operations {

/// Floats: products are exact; C and then the products in the order of k are summed in double, and the sum is rounded
/// once to what D is (_f16_f16: half). Integers: exact, modulo 2^32. Doubles: one fused multiply-add for each k.
extern operation const mma_m16n8k16_f16, mma_m16n8k16_bf16, mma_m16n8k8_tf32, mma_m16n8k32_e4m3, mma_m16n8k32_e5m2,
    mma_m16n8k32_s8, mma_m16n8k16_f16_f16, mma_m16n8k8_f16, mma_m16n8k8_f16_f16, mma_m8n8k16_s8, mma_m8n8k4_f64;

/// In: the address of a row of 16 bytes (lane 8 m + r: row r of matrix m). Out: one word for each matrix.
extern operation const ldmatrix_x1, ldmatrix_x2, ldmatrix_x4, ldmatrix_x1_trans, ldmatrix_x2_trans, ldmatrix_x4_trans;
/// In: stmatrix_operands. Out: nothing.
extern operation const stmatrix_x1, stmatrix_x2, stmatrix_x4, stmatrix_x1_trans, stmatrix_x2_trans, stmatrix_x4_trans;

}  // namespace operations
}  // namespace lanefold::sim
