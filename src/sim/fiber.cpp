// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "fiber.hpp"

#include <cxxabi.h>
#include <sys/mman.h>
#include <unistd.h>
#include <boost/context/detail/fcontext.hpp>

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

// Boost.Context switches; the interface has names of its own for its types, so that kernels need no header of Boost.
static void* new_context(char* top, std::size_t size, void (*entry)(transfer)) {
  return boost::context::detail::make_fcontext(
      top, size, reinterpret_cast<void (*)(boost::context::detail::transfer_t)>(reinterpret_cast<void (*)()>(entry)));
}

transfer (*const jump)(void*, void*) =
    reinterpret_cast<transfer (*)(void*, void*)>(reinterpret_cast<void (*)()>(boost::context::detail::jump_fcontext));

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
