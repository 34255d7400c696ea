// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Turns what would end the process into a fault of the lane that does it.

#include <memory>

namespace lanefold::sim {

/// Installs the handlers: for std::terminate, and for the signal that a write below a lane's stack raises. Elsewhere
/// than in a lane they pass on to the handlers that were there before.
void guard_process();

/// Where the signal handler of this OS thread runs, for the lane's own stack is full.
class signal_stack {
 public:
  signal_stack();
  signal_stack(signal_stack const&) = delete;
  signal_stack& operator=(signal_stack const&) = delete;
  ~signal_stack();

 private:
  std::unique_ptr<char[]> memory_;
};

}  // namespace lanefold::sim
