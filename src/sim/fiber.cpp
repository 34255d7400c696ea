// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "fiber.hpp"

#ifndef __x86_64__
#include <boost/context/detail/fcontext.hpp>
#endif
#include <cxxabi.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <new>

#ifdef LANEFOLD_SIM_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace lanefold::sim {
namespace {

constexpr std::size_t colouring = 192;
constexpr std::size_t guard_bytes = 64 * 1024;  // more than a page, as a large array in a kernel jumps over that

// Each guard splits a mapping in two, and Linux allows a process 65530 mappings. Stacks beyond these go unguarded.
constexpr int most_guards = 16'000;
std::atomic<int> guards_in_process{0};

std::size_t page_size() {
  static std::size_t const bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

char* round_up_to_page(char* address) {
  auto const mask = static_cast<std::uintptr_t>(page_size() - 1);
  return address + (-reinterpret_cast<std::uintptr_t>(address) & mask);
}

}  // namespace

#ifdef __x86_64__

// What the System V ABI has a function preserve, but for the control words of the floating-point units, which kernels leave
// alone: saving those too, as Boost.Context does, is a quarter of all the time of a shuffle. From a context's address up lie
// r12 to r15, rbx, rbp and the place where it goes on; that gets the same two values as result and as arguments, since it
// either returns there or begins.
extern "C" transfer lanefold_sim_jump(void* to, void* from);
asm(R"(
  .pushsection .text
  .p2align 4
  .hidden lanefold_sim_jump
  .globl lanefold_sim_jump
  .type lanefold_sim_jump, @function
lanefold_sim_jump:
  pushq %rbp
  pushq %rbx
  pushq %r15
  pushq %r14
  pushq %r13
  pushq %r12
  movq %rsp, %rax
  movq %rsi, %rdx
  movq %rdi, %rsp
  popq %r12
  popq %r13
  popq %r14
  popq %r15
  popq %rbx
  popq %rbp
  popq %rcx
  movq %rax, %rdi
  jmpq *%rcx
  .size lanefold_sim_jump, . - lanefold_sim_jump
  .popsection
)");

static void* new_context(char* top, std::size_t, void (*entry)(transfer)) {
  auto** const end = reinterpret_cast<void**>(top - reinterpret_cast<std::uintptr_t>(top) % 16);
  end[-1] = nullptr;  // where `entry` would return to: backtraces end there
  end[-2] = reinterpret_cast<void*>(entry);
  return end - 8;
}

#else

// aarch64 and others: Boost.Context.
static constexpr auto lanefold_sim_jump = boost::context::detail::jump_fcontext;

static void* new_context(char* top, std::size_t size, void (*entry)(transfer)) {
  return boost::context::detail::make_fcontext(
      top, size, reinterpret_cast<void (*)(boost::context::detail::transfer_t)>(reinterpret_cast<void (*)()>(entry)));
}

#endif

transfer (*const jump)(void*, void*) =
    reinterpret_cast<transfer (*)(void*, void*)>(reinterpret_cast<void (*)()>(lanefold_sim_jump));

exceptions_in_flight& exceptions_in_flight::of_this_thread() {
  return *reinterpret_cast<exceptions_in_flight*>(abi::__cxa_get_globals());
}

stack_pool::~stack_pool() { release(); }

void stack_pool::release() {
  if (base_ == nullptr) return;
#ifdef LANEFOLD_SIM_ASAN
  __asan_unpoison_memory_region(base_, capacity * stride_);
#endif
  munmap(base_, capacity * stride_);
  guards_in_process -= static_cast<int>(guarded_);
  guarded_ = 0;
}

bool stack_pool::resize(std::size_t bytes) {
  if (bytes < 4 * page_size()) bytes = 4 * page_size();
  bytes = (bytes + page_size() - 1) / page_size() * page_size();
  if (bytes == bytes_) return false;
  std::size_t const stride = bytes + guard_bytes + colouring;
  void* const memory =
      mmap(nullptr, capacity * stride, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // Only the top pages are ever touched; a huge page would commit everything.
  madvise(memory, capacity * stride, MADV_NOHUGEPAGE);
  release();
  base_ = static_cast<char*>(memory);
  bytes_ = bytes;
  stride_ = stride;
  return true;
}

void stack_pool::start(fiber& target, std::size_t index, void (*entry)(transfer)) {
  char* const guard = round_up_to_page(base_ + index * stride_);
  char* const bottom = guard + guard_bytes;
  char* const top = base_ + (index + 1) * stride_;
  if (index >= guarded_ && guards_in_process < most_guards && mprotect(guard, guard_bytes, PROT_NONE) == 0) {
    ++guards_in_process;
    ++guarded_;
  }
  auto const size = static_cast<std::size_t>(top - bottom);
  target = fiber{};
#ifdef LANEFOLD_SIM_ASAN
  __asan_unpoison_memory_region(bottom, size);
  target.stack_bottom = bottom;
  target.stack_size = size;
#endif
  target.context = new_context(top, size, entry);
}

bool stack_pool::guards(void const* address, std::size_t index) const {
  char* const guard = round_up_to_page(base_ + index * stride_);
  return address >= guard && address < guard + guard_bytes;
}

}  // namespace lanefold::sim
