// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// expect: tensor cores multiply half, bfloat16, float, signed char, fp8 and double
#include <lanefold/tensor/fragment.cuh>

#ifdef FIXED
using element = signed char;
#else
using element = int;
#endif

LANEFOLD_KERNEL kernel(element* data) {
  lanefold::tensor::fragment_a<element> a;
  a.set(0, data[0]);
  data[1] = a.get(0);
}
