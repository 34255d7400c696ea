// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "call.cuh"

namespace bench::gemm {

template call lanefold_call<__nv_bfloat16, __nv_bfloat16, lf::row_major, lf::column_major, epilogue::bias_relu>(
    problem const&, workbench&, wish);

}  // namespace bench::gemm
