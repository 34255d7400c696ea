// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Counts memory transactions. Code compiled with -fsanitize=thread calls an entry point before each load and store;
// this library stands in for that sanitizer's runtime. The accesses of a warp's lanes with the same instruction and the
// same occurrence of it since the warp was last together are one instruction of the warp.

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "executor.hpp"

#if defined(__SANITIZE_THREAD__)
#error "the simulator itself must not be compiled with -fsanitize=thread"
#endif

namespace lanefold::sim {
namespace {

enum class access_kind : std::uint8_t { load, store, atomic };

struct access {
  void const* instruction;
  std::uintptr_t address;
  std::uint8_t bytes;
  access_kind kind;
  bool shared;
};

/// One instruction of a warp.
struct warp_access {
  access first;  ///< of one of the lanes
  lane_set lanes = 0;
  std::uintptr_t address[32];
};

/// 32 banks of 4 bytes. Lanes of one batch that read the same word share it; what goes to different words of a bank
/// takes one turn each. 8-byte accesses go by half-warps, 16-byte ones by quarters.
std::uint64_t wavefronts(warp_access const& a) {
  unsigned const words = (a.first.bytes + 3u) / 4, batch = 32 / words;
  std::uint64_t total = 0;
  for (unsigned begin = 0; begin < 32; begin += batch) {
    std::set<std::uintptr_t> banks[32];
    std::size_t longest = 0;
    for (unsigned l = begin; l < begin + batch; ++l)
      for (unsigned i = 0; (a.lanes >> l & 1) != 0 && i < words; ++i) {
        std::uintptr_t const word = a.address[l] / 4 + i;
        banks[word % 32].insert(word);
        longest = std::max(longest, banks[word % 32].size());
      }
    total += longest;
  }
  return total;
}

std::uint64_t sectors(warp_access const& a) {
  std::set<std::uintptr_t> touched;
  for (lane_set rest = a.lanes; rest != 0; rest &= rest - 1) {
    std::uintptr_t const at = a.address[__builtin_ctz(rest)];
    for (std::uintptr_t s = at / 32; s <= (at + a.first.bytes - 1) / 32; ++s) touched.insert(s);
  }
  return touched.size();
}

void count(counts& into, warp_access const& a) {
  if (a.first.kind == access_kind::atomic) {
    ++into.atomics;
  } else if (bool const load = a.first.kind == access_kind::load; a.first.shared) {
    ++(load ? into.shared_loads : into.shared_stores);
    (load ? into.shared_load_wavefronts : into.shared_store_wavefronts) += wavefronts(a);
  } else {
    ++(load ? into.global_loads : into.global_stores);
    (load ? into.global_load_sectors : into.global_store_sectors) += sectors(a);
  }
}

class access_counter final : public observer {
 public:
  void record(lane& me, void const* instruction, void const* address, std::size_t bytes, access_kind kind) {
    executor& block = *me.home;
    bool const shared = block.arena().contains(address);
    if (!shared && block.is_private(address)) return;
    auto const at = shared ? block.arena().offset(address) : reinterpret_cast<std::uintptr_t>(address);
    auto& mine = list_of(me);
    // A copy of a larger object is a row of the widest accesses that its alignment allows.
    std::size_t piece = 16;
    while (piece > 1 && (at % piece != 0 || bytes % piece != 0)) piece /= 2;
    for (std::size_t i = 0; i < bytes; i += piece)
      mine.push_back({instruction, at + i, static_cast<std::uint8_t>(piece), kind, shared});
    if (mine.size() < quantum) return;
    block.pause(me);
    mine.clear();  // merged, or of no interest: the block is aborting
  }

  void collective_completed(executor& block, warp& w, lane_set lanes, bool) override {
    if (lanes == w.live) merge(block, w);
  }
  void warp_paused(executor& block, warp& w) override { merge(block, w); }
  void block_synchronised(executor& block) override {
    for (warp& w : block) merge(block, w);
  }
  void block_started(executor& block) override {
    std::size_t const first = block.rank() * stack_pool::capacity;
    if (lists().size() < first + stack_pool::capacity) lists().resize(first + stack_pool::capacity);
    for (std::size_t i = 0; i < stack_pool::capacity; ++i) lists()[first + i].clear();
  }

 private:
  static constexpr std::size_t quantum = 1024;

  static std::vector<std::vector<access>>& lists() {
    static thread_local std::vector<std::vector<access>> all;  // of the blocks that run together
    return all;
  }
  static std::vector<access>& list_of(lane const& l) {
    return lists()[l.home->rank() * stack_pool::capacity + l.identity.thread_rank];
  }

  static void merge(executor& block, warp& w) {
    std::map<std::pair<void const*, unsigned>, warp_access> together;
    std::map<void const*, unsigned> occurrence;
    for (lane_set rest = w.existing; rest != 0; rest &= rest - 1) {
      auto const l = static_cast<unsigned>(__builtin_ctz(rest));
      auto& list = list_of(w.lanes[l]);
      occurrence.clear();
      for (access const& a : list) {
        warp_access& all = together[{a.instruction, occurrence[a.instruction]++}];
        all.first = a;
        all.lanes |= 1u << l;
        all.address[l] = a.address;
      }
      list.clear();
    }
    for (auto const& [key, all] : together) count(block.counted().at(key.first), all);
  }
};

access_counter counter;

__attribute__((always_inline)) inline void touch(void const* address, std::size_t bytes, access_kind kind) {
  if (lane* const me = current_lane) counter.record(*me, __builtin_return_address(0), address, bytes, kind);
}

template <class Word>
__attribute__((always_inline)) inline void touch(Word volatile* address, access_kind kind) {
  touch(const_cast<Word*>(address), sizeof(Word), kind);
}

template <class Word>
bool exchange_if(Word volatile* at, Word* expected, Word then) {
  return __atomic_compare_exchange_n(at, expected, then, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

template <int bits>
struct word_of;
template <>
struct word_of<8> {
  using type = unsigned char;
};
template <>
struct word_of<16> {
  using type = unsigned short;
};
template <>
struct word_of<32> {
  using type = unsigned;
};
template <>
struct word_of<64> {
  using type = unsigned long;
};
template <int bits>
using word = typename word_of<bits>::type;

}  // namespace
}  // namespace lanefold::sim

// ---------------------------------------------------------------- the entry points

using lanefold::sim::access_kind;
using lanefold::sim::exchange_if;
using lanefold::sim::touch;
using lanefold::sim::word;

extern "C" {

void __tsan_init() { lanefold::sim::watching = &lanefold::sim::counter; }
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_read(void**) {}
void __tsan_vptr_update(void** object, void* value) { (void)object, (void)value; }
void __tsan_read_range(void* address, unsigned long bytes) { touch(address, bytes, access_kind::load); }
void __tsan_write_range(void* address, unsigned long bytes) { touch(address, bytes, access_kind::store); }

#define LANEFOLD_SIM_ACCESS(size)                                                                       \
  void __tsan_read##size(void* address) { touch(address, size, access_kind::load); }                    \
  void __tsan_write##size(void* address) { touch(address, size, access_kind::store); }                  \
  void __tsan_unaligned_read##size(void* address) { touch(address, size, access_kind::load); }          \
  void __tsan_unaligned_write##size(void* address) { touch(address, size, access_kind::store); }        \
  void __tsan_volatile_read##size(void* address) { touch(address, size, access_kind::load); }           \
  void __tsan_volatile_write##size(void* address) { touch(address, size, access_kind::store); }         \
  void __tsan_unaligned_volatile_read##size(void* address) { touch(address, size, access_kind::load); } \
  void __tsan_unaligned_volatile_write##size(void* address) { touch(address, size, access_kind::store); }
LANEFOLD_SIM_ACCESS(1)
LANEFOLD_SIM_ACCESS(2)
LANEFOLD_SIM_ACCESS(4)
LANEFOLD_SIM_ACCESS(8)
LANEFOLD_SIM_ACCESS(16)
#undef LANEFOLD_SIM_ACCESS

// Atomics are carried out here, all with the strongest order.
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void __tsan_atomic_signal_fence(int) {}

#define LANEFOLD_SIM_UPDATE(bits, name, builtin)                                            \
  word<bits> __tsan_atomic##bits##_##name(word<bits> volatile* at, word<bits> value, int) { \
    touch(at, access_kind::atomic);                                                         \
    return builtin(at, value, __ATOMIC_SEQ_CST);                                            \
  }
#define LANEFOLD_SIM_ATOMIC(bits)                                                                                      \
  word<bits> __tsan_atomic##bits##_load(word<bits> const volatile* at, int) {                                          \
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                                                      \
  }                                                                                                                    \
  void __tsan_atomic##bits##_store(word<bits> volatile* at, word<bits> value, int) {                                   \
    __atomic_store_n(at, value, __ATOMIC_SEQ_CST);                                                                     \
  }                                                                                                                    \
  LANEFOLD_SIM_UPDATE(bits, exchange, __atomic_exchange_n)                                                             \
  LANEFOLD_SIM_UPDATE(bits, fetch_add, __atomic_fetch_add)                                                             \
  LANEFOLD_SIM_UPDATE(bits, fetch_sub, __atomic_fetch_sub)                                                             \
  LANEFOLD_SIM_UPDATE(bits, fetch_and, __atomic_fetch_and)                                                             \
  LANEFOLD_SIM_UPDATE(bits, fetch_or, __atomic_fetch_or)                                                               \
  LANEFOLD_SIM_UPDATE(bits, fetch_xor, __atomic_fetch_xor)                                                             \
  LANEFOLD_SIM_UPDATE(bits, fetch_nand, __atomic_fetch_nand)                                                           \
  int __tsan_atomic##bits##_compare_exchange_strong(word<bits> volatile* at, word<bits>* expected, word<bits> then,    \
                                                    int, int) {                                                        \
    touch(at, access_kind::atomic);                                                                                    \
    return exchange_if(at, expected, then);                                                                            \
  }                                                                                                                    \
  int __tsan_atomic##bits##_compare_exchange_weak(word<bits> volatile* at, word<bits>* expected, word<bits> then, int, \
                                                  int) {                                                               \
    touch(at, access_kind::atomic);                                                                                    \
    return exchange_if(at, expected, then);                                                                            \
  }                                                                                                                    \
  word<bits> __tsan_atomic##bits##_compare_exchange_val(word<bits> volatile* at, word<bits> expected, word<bits> then, \
                                                        int, int) {                                                    \
    touch(at, access_kind::atomic);                                                                                    \
    exchange_if(at, &expected, then);                                                                                  \
    return expected;                                                                                                   \
  }
LANEFOLD_SIM_ATOMIC(8)
LANEFOLD_SIM_ATOMIC(16)
LANEFOLD_SIM_ATOMIC(32)
LANEFOLD_SIM_ATOMIC(64)
#undef LANEFOLD_SIM_ATOMIC
#undef LANEFOLD_SIM_UPDATE

// clang calls these for copies that it leaves to the library.
void* __tsan_memcpy(void* to, void const* from, unsigned long bytes) {
  touch(from, bytes, access_kind::load);
  touch(to, bytes, access_kind::store);
  return __builtin_memcpy(to, from, bytes);
}
void* __tsan_memmove(void* to, void const* from, unsigned long bytes) {
  touch(from, bytes, access_kind::load);
  touch(to, bytes, access_kind::store);
  return __builtin_memmove(to, from, bytes);
}
void* __tsan_memset(void* to, int value, unsigned long bytes) {
  touch(to, bytes, access_kind::store);
  return __builtin_memset(to, value, bytes);
}

}  // extern "C"
