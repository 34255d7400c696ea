// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the simulator and the backend know of the matrix instructions. All 32 lanes of a warp take part.

#include <lanefold/sim/interface.hpp>

namespace lanefold::sim {

/// A lane's share of D = A B + C, in the layouts of the PTX ISA (9.7.14.5, mma): what it brings. It receives D as C.
struct mma_operands {
  unsigned a[4], b[2], c[4];
};

namespace operations {

/// Floats: products are exact; C and then the products in the order of k are summed in double, and the sum is rounded
/// once to float. Integers: exact, modulo 2^32.
extern operation const mma_m16n8k16_f16, mma_m16n8k16_bf16, mma_m16n8k32_s8;

/// In: the address of a row of 16 bytes (lane 8 m + r: row r of matrix m). Out: one word for each matrix.
extern operation const ldmatrix_x1, ldmatrix_x2, ldmatrix_x4, ldmatrix_x1_trans, ldmatrix_x2_trans, ldmatrix_x4_trans;

}  // namespace operations
}  // namespace lanefold::sim
