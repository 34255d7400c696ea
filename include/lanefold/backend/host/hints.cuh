// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// How code is generated: nothing here changes what a program means.

#include <lanefold/backend/host/arithmetic.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

LANEFOLD_FN void* pin_shared(void* pointer) { return pointer; }
template <class T>
LANEFOLD_FN T* pin(T* pointer) {
  return pointer;
}
LANEFOLD_FN int pin(int number) { return number; }
LANEFOLD_FN void keep_predicated() {}
LANEFOLD_FN float add_where(unsigned bits, float left, float value) { return bits ? add(left, value) : value; }
LANEFOLD_FN unsigned add_where(unsigned bits, unsigned left, unsigned value) { return bits ? left + value : value; }

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
