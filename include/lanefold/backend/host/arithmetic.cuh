// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Arithmetic with the same bits on every backend. Also the host half of what nvcc compiles.

#include <lanefold/backend/generic.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

using generic::add;
using generic::float_extremum;
using generic::multiply;
LANEFOLD_HD float positive_nan(float a) { return a != a ? __builtin_nanf("") : a; }

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
