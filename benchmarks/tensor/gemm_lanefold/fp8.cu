// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "call.cuh"

namespace bench::gemm {

template call lanefold_call<__nv_fp8_e4m3, __nv_bfloat16, lf::row_major, lf::column_major>(problem const&, workbench&,
                                                                                           wish);

}  // namespace bench::gemm
