// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "call.cuh"

namespace bench::gemm {

template call lanefold_call<float, float, lf::row_major, lf::column_major, epilogue::none, compute::tf32x3>(
    problem const&, workbench&, wish);

}  // namespace bench::gemm
