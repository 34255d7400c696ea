// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// How code is generated: nothing here changes what a program means.

#include <lanefold/backend/config.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace backend {

/// The same address, known to be in shared memory and held in a register: otherwise each predicated access works it out
/// anew from the block's place in its cluster.
LANEFOLD_FN void* pin_shared(void* pointer) {
  unsigned address = static_cast<unsigned>(__cvta_generic_to_shared(pointer));
  asm("" : "+r"(address));
  return __cvta_shared_to_generic(address);
}

/// The same address, held in registers from here on: the compiler does not work it out anew from what it was made of.
template <class T>
LANEFOLD_FN T* pin(T* pointer) {
  asm volatile("" : "+l"(pointer));
  return pointer;
}

/// The same number, of which nothing is worked out ahead, outside of a loop.
LANEFOLD_FN int pin(int number) {
  asm volatile("" : "+r"(number));
  return number;
}

/// Inside an `if`: keeps the compiler from turning it into arithmetic, so that it becomes one predicated instruction.
LANEFOLD_FN void keep_predicated() { asm volatile(""); }

/// Where any of `bits` is set: left + value; elsewhere: value. One predicated instruction, whatever the compiler thinks of
/// the `if` around it.
LANEFOLD_FN float add_where(unsigned bits, float left, float value) {
  asm("{ .reg .pred p; setp.ne.b32 p, %2, 0; @p add.rn.f32 %0, %1, %0; }" : "+f"(value) : "f"(left), "r"(bits));
  return value;
}
LANEFOLD_FN unsigned add_where(unsigned bits, unsigned left, unsigned value) {
  asm("{ .reg .pred p; setp.ne.b32 p, %2, 0; @p add.u32 %0, %1, %0; }" : "+r"(value) : "r"(left), "r"(bits));
  return value;
}

}  // namespace backend
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
