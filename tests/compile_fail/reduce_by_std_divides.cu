// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: the operators of namespace std cannot be called by device code: pass lanefold's operator of that name, such as lanefold::plus{}
#include <functional>
#include <lanefold/reduce.cuh>

namespace lf = lanefold;

#ifdef FIXED
using join = std::multiplies<>;  // lanefold's takes its place
#else
using join = std::divides<>;
#endif

LANEFOLD_KERNEL kernel(int* out) { *out = lf::reduce(lf::warp{}, *out, join{}); }
