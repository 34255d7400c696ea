// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "process_guard.hpp"

#include <dlfcn.h>
#include <signal.h>
#include <ucontext.h>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <mutex>

#include "executor.hpp"

namespace lanefold::sim {
namespace {

std::terminate_handler terminate_before = nullptr;

void on_terminate() {
  if (current_lane != nullptr)
    current_lane->home->given_up(*current_lane, "EXCEPTION", {},
                                 "the kernel ran into std::terminate; did an exception leave a noexcept function?");
  if (terminate_before != nullptr) terminate_before();
  std::abort();
}

// Under AddressSanitizer stack overflows are that tool's to report.
#if !defined(LANEFOLD_SIM_ASAN) && defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

constexpr std::size_t stack_bytes = 64 * 1024;
struct sigaction segv_before, bus_before;
/// Where a lane reports that its own stack is full.
thread_local std::unique_ptr<char[]> spare_stack;

[[noreturn]] void report_overflow() { current_lane->home->overflowed(*current_lane); }

void on_segv(int signal, siginfo_t* info, void* context) {
  if (current_lane != nullptr && current_lane->home->overflows(*current_lane, info->si_addr)) {
    // Not here but after the return from the handler, as ordinary code: reporting allocates memory.
    auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
    auto const top = reinterpret_cast<std::uintptr_t>(spare_stack.get() + stack_bytes) / 16 * 16;
    auto const code = reinterpret_cast<std::uintptr_t>(&report_overflow);
#if defined(__x86_64__)
    machine.gregs[REG_RSP] = static_cast<greg_t>(top - 8);  // as after a call
    machine.gregs[REG_RIP] = static_cast<greg_t>(code);
#else
    machine.sp = top;
    machine.pc = code;
#endif
    return;
  }
  sigaction(signal, signal == SIGSEGV ? &segv_before : &bus_before, nullptr);  // raised again on return
}

void guard_stacks() {
  struct sigaction action{};
  action.sa_sigaction = on_segv;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, &segv_before);
  sigaction(SIGBUS, &action, &bus_before);
}

#else

constexpr std::size_t stack_bytes = 0;
thread_local std::unique_ptr<char[]> spare_stack;
void guard_stacks() {}

#endif

}  // namespace

}  // namespace lanefold::sim

/// What assert calls, in place of the C library's: in a kernel it is a fault of the lane. The function cannot throw, so
/// that the lane is given up without its destructors.
extern "C" [[noreturn]] void __assert_fail(char const* assertion, char const* file, unsigned line,
                                           char const* function) noexcept {
  using namespace lanefold::sim;
  if (current_lane != nullptr)
    current_lane->home->given_up(*current_lane, "ASSERTION", {function, file, static_cast<int>(line)},
                                 std::string("assertion failed: ") + assertion);
  using signature = void (*)(char const*, char const*, unsigned, char const*);
  if (auto const usual = reinterpret_cast<signature>(dlsym(RTLD_NEXT, "__assert_fail")))
    usual(assertion, file, line, function);
  std::abort();
}

namespace lanefold::sim {

void guard_process() {
  static std::once_flag once;
  std::call_once(once, guard_stacks);
  static std::mutex guard;
  std::lock_guard<std::mutex> const lock(guard);
  if (std::get_terminate() != on_terminate) terminate_before = std::set_terminate(on_terminate);
}

signal_stack::signal_stack() {
  if (stack_bytes == 0) return;
  spare_stack = std::make_unique<char[]>(stack_bytes);
  stack_t now;
  if (sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) return;  // this OS thread has one
  memory_ = std::make_unique<char[]>(stack_bytes);
  stack_t own{};
  own.ss_sp = memory_.get();
  own.ss_size = stack_bytes;
  sigaltstack(&own, nullptr);
}

signal_stack::~signal_stack() {
  if (memory_ == nullptr) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  sigaltstack(&none, nullptr);
}

}  // namespace lanefold::sim
