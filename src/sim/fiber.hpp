// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Fibers and the stacks they run on.

#include <lanefold/sim/interface.hpp>

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define LANEFOLD_SIM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LANEFOLD_SIM_ASAN 1
#endif
#endif

#ifdef LANEFOLD_SIM_ASAN
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif

namespace lanefold::sim {

/// The C++ runtime's notes on exceptions in flight (`__cxa_eh_globals` of the Itanium ABI). They belong to an OS
/// thread; a fiber that blocks in a catch block or in a destructor must take its own along.
struct exceptions_in_flight {
  void* caught = nullptr;
  unsigned uncaught = 0;

  static exceptions_in_flight& of_this_thread();
};

struct fiber {
  void* context = nullptr;  ///< null: has no context yet
  exceptions_in_flight exceptions;
#ifdef LANEFOLD_SIM_ASAN
  void const* stack_bottom = nullptr;
  std::size_t stack_size = 0;
  void* fake_stack = nullptr;
#endif
};

/// What goes before the jump from one fiber to another.
inline void about_to_switch(fiber& from, fiber const& to, exceptions_in_flight& in_flight) {
  from.exceptions = in_flight;
  in_flight = to.exceptions;
#ifdef LANEFOLD_SIM_ASAN
  __sanitizer_start_switch_fiber(&from.fake_stack, to.stack_bottom, to.stack_size);
#endif
}

/// What goes after it, when `me` starts or wakes up: lets the one that came here be woken up later.
inline void arrived_from(transfer by, [[maybe_unused]] fiber const& me) {
  fiber& previous = *static_cast<fiber*>(by.from);
  previous.context = by.context;
#ifdef LANEFOLD_SIM_ASAN
  __sanitizer_finish_switch_fiber(me.fake_stack, &previous.stack_bottom, &previous.stack_size);
#endif
}

/// Suspends `from`, which is running, and runs `to`. Returns when something switches back to `from`.
inline void switch_fiber(fiber& from, fiber& to, exceptions_in_flight& in_flight) {
  about_to_switch(from, to, in_flight);
  arrived_from(jump(to.context, &from), from);
}

/// The stacks of a block's lanes, one mapping for each OS thread. The stride is a little more than a power of two, so
/// that the tops of 1024 stacks do not compete for the same cache sets; each stack has guard pages below it.
class stack_pool {
 public:
  stack_pool() = default;
  stack_pool(stack_pool const&) = delete;
  stack_pool& operator=(stack_pool const&) = delete;
  ~stack_pool();

  static constexpr std::size_t capacity = 1024;

  /// Makes stacks of `bytes` each; true when this moved them, so that every context on them is gone.
  bool resize(std::size_t bytes);
  /// Puts a fresh context that will run `entry` on stack `index`.
  void start(fiber& target, std::size_t index, void (*entry)(transfer));
  /// Whether the address is in the guard of stack `index`: it has overflowed.
  bool guards(void const* address, std::size_t index) const;
  bool contains(void const* address) const { return address >= base_ && address < base_ + capacity * stride_; }

 private:
  void release();

  char* base_ = nullptr;
  std::size_t bytes_ = 0, stride_ = 0;
  std::size_t guarded_ = 0;  ///< stacks are started in order: these, from the first on, have their guards
};

}  // namespace lanefold::sim
