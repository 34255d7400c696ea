// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>
#include <type_traits>

#include "support/words.hpp"

namespace lf = lanefold;
namespace backend = lanefold::backend;

constexpr int lanes = 3 * 64;  // blocks of 64

LANEFOLD_FN int rank_in_grid() { return static_cast<int>(lf::block_index().x * 64 + lf::thread_index().x); }

/// Every lane changes one word; the word before its change is kept.
template <class T, lf::scope Scope, class Change>
LANEFOLD_KERNEL change_one_word(T* word, T* before, Change change) {
  int const rank = rank_in_grid();
  before[rank] = change.template on_device<Scope>(word, static_cast<T>(rank + 1));
}

// Each operation on the device, and its definition on the host.
#define ATOMIC(name, operation)                                                 \
  struct do_##name {                                                            \
    template <lf::scope Scope, class T>                                         \
    LANEFOLD_FN T on_device(T* word, T value) const {                           \
      return backend::atomic_##name<Scope>(word, value, lf::call_site::here()); \
    }                                                                           \
    template <class T>                                                          \
    T on_host(T old, T value) const {                                           \
      return operation;                                                         \
    }                                                                           \
  };
namespace change {
ATOMIC(add, old + value)
ATOMIC(min, value < old ? value : old)
ATOMIC(max, old < value ? value : old)
ATOMIC(and, old& value)
ATOMIC(or, old | value)
ATOMIC(xor, old ^ value)
ATOMIC(exchange, (void(old), value))
}  // namespace change
#undef ATOMIC

/// The values before, with the value after, are a chain: each lane's change was applied once, on the result of another.
template <class T, lf::scope Scope, class Change>
void expect_chain(T start, Change change) {
  lf::device_array<T> word(std::vector<T>{start});
  lf::device_array<T> before(lanes);
  expect_ok(lf::launch(change_one_word<T, Scope, Change>, {3, 64}, word.data(), before.data(), change));
  expect_ok(lf::synchronize());
  T const after = word.to_host()[0];
  std::vector<T> seen = before.to_host();
  std::vector<T> made{start};
  for (int rank = 0; rank < lanes; ++rank) made.push_back(change.on_host(seen[rank], static_cast<T>(rank + 1)));
  seen.push_back(after);
  std::sort(seen.begin(), seen.end());
  std::sort(made.begin(), made.end());
  EXPECT_EQ(seen, made);
}

template <class T, class Change>
void expect_chain_in_every_scope(T start, Change change) {
  expect_chain<T, lf::scope::cluster>(start, change);
  expect_chain<T, lf::scope::gpu>(start, change);
  expect_chain<T, lf::scope::system>(start, change);
}

template <class T>
class Atomic : public testing::Test {};
using numbers = testing::Types<int, unsigned, unsigned long long, float, double>;
TYPED_TEST_SUITE(Atomic, numbers);

TYPED_TEST(Atomic, AddAndExchangeHappenOnceForEachLane) {
  expect_chain_in_every_scope<TypeParam>(1000, change::do_add{});
  expect_chain_in_every_scope<TypeParam>(1000, change::do_exchange{});
}

TYPED_TEST(Atomic, IntegerOperationsHappenOnceForEachLane) {
  if constexpr (std::is_integral_v<TypeParam>) {
    expect_chain_in_every_scope<TypeParam>(100, change::do_min{});
    expect_chain_in_every_scope<TypeParam>(static_cast<TypeParam>(-100), change::do_max{});  // large where unsigned
    expect_chain_in_every_scope<TypeParam>(static_cast<TypeParam>(-1), change::do_and{});
    expect_chain_in_every_scope<TypeParam>(0, change::do_or{});
    expect_chain_in_every_scope<TypeParam>(12345, change::do_xor{});
  }
}

LANEFOLD_KERNEL add_in_block_scope(int* words) {
  backend::atomic_add<lf::scope::block>(words + lf::block_index().x, 1, lf::call_site::here());
}

TEST(AtomicIn, BlockScopeIsEnoughForAWordOfTheBlocksOwn) {
  lf::device_array<int> words(std::vector<int>(3, 0));
  expect_ok(lf::launch(add_in_block_scope, {3, 64}, words.data()));
  expect_ok(lf::synchronize());
  EXPECT_EQ(words.to_host(), std::vector<int>(3, 64));
}

/// An atomic multiplication, as one writes what the hardware has not.
template <class T>
LANEFOLD_KERNEL multiply(T* word) {
  T seen = *word, expected;
  do {
    expected = seen;
    seen = backend::atomic_compare_exchange(word, expected, expected * 2, lf::call_site::here());
  } while (seen != expected);
}

TYPED_TEST(Atomic, CompareExchangeLosesNoChange) {
  lf::device_array<TypeParam> word(std::vector<TypeParam>{3});
  expect_ok(lf::launch(multiply<TypeParam>, {2, 10}, word.data()));
  expect_ok(lf::synchronize());
  EXPECT_EQ(word.to_host()[0], TypeParam{3} * (1 << 20));
}

LANEFOLD_KERNEL exchange_zero(float* word, float* seen) {
  *seen = backend::atomic_compare_exchange(word, 0.0f, 1.0f, lf::call_site::here());
}

TEST(AtomicIn, CompareExchangeComparesBits) {
  lf::device_array<float> word(std::vector<float>{-0.0f}), seen(1);
  expect_ok(lf::launch(exchange_zero, {1, 1}, word.data(), seen.data()));
  expect_ok(lf::synchronize());
  EXPECT_TRUE(std::signbit(seen.to_host()[0]));
  EXPECT_EQ(word.to_host()[0], 0.0f);  // -0 is not +0
}

// ---- orders

/// Lane 0 of the last warp hands a message to every other lane of the block, which waits for it.
template <class T, lf::scope Scope>
LANEFOLD_KERNEL hand_over(int* message, T* flag, int* received) {
  unsigned const thread = lf::thread_index().x;
  if (thread == 96) {
    *message = 42;
    backend::store_release<Scope>(flag, T(7), lf::call_site::here());
    return;
  }
  if (thread > 96) return;
  while (backend::load_acquire<Scope>(flag, lf::call_site::here()) != T(7)) {
  }
  received[thread] = *message;
}

template <class T, lf::scope Scope>
void expect_handed_over() {
  lf::device_array<int> message(std::vector<int>{0}), received(96);
  lf::device_array<T> flag(std::vector<T>{0});
  expect_ok(lf::launch(hand_over<T, Scope>, {1, 128}, message.data(), flag.data(), received.data()));
  expect_ok(lf::synchronize());
  EXPECT_EQ(received.to_host(), std::vector<int>(96, 42));
}

TYPED_TEST(Atomic, AcquireSeesWhatWasDoneBeforeTheRelease) {
  expect_handed_over<TypeParam, lf::scope::block>();
  expect_handed_over<TypeParam, lf::scope::cluster>();
  expect_handed_over<TypeParam, lf::scope::gpu>();
  expect_handed_over<TypeParam, lf::scope::system>();
}

/// Whoever comes last adds up what all have written.
template <class T, lf::scope Scope>
LANEFOLD_KERNEL count_up(int* values, T* count, int* sum) {
  int const thread = static_cast<int>(lf::thread_index().x);
  values[thread] = thread;
  backend::red_release_add<Scope>(count, T(1), lf::call_site::here());
  if (thread != 0) return;
  while (backend::load_acquire<Scope>(count, lf::call_site::here()) != T(128)) {
  }
  int total = 0;
  for (int i = 0; i < 128; ++i) total += values[i];
  *sum = total;
}

template <class T, lf::scope Scope>
void expect_counted() {
  lf::device_array<int> values(std::vector<int>(128, 0)), sum(1);
  lf::device_array<T> count(std::vector<T>{0});
  expect_ok(lf::launch(count_up<T, Scope>, {1, 128}, values.data(), count.data(), sum.data()));
  expect_ok(lf::synchronize());
  EXPECT_EQ(sum.to_host()[0], 128 * 127 / 2);
}

TYPED_TEST(Atomic, ReleasingAddsCountThoseWhoAreDone) {
  if constexpr (std::is_integral_v<TypeParam>) {
    expect_counted<TypeParam, lf::scope::block>();
    expect_counted<TypeParam, lf::scope::cluster>();
    expect_counted<TypeParam, lf::scope::gpu>();
    expect_counted<TypeParam, lf::scope::system>();
  }
}

/// The same with relaxed atomics and fences.
LANEFOLD_KERNEL hand_over_by_fences(int* message, int* flag, int* received) {
  unsigned const thread = lf::thread_index().x;
  auto const site = lf::call_site::here();
  if (thread == 96) {
    *message = 42;
    backend::fence<lf::scope::block>(site);
    backend::atomic_exchange<lf::scope::block>(flag, 7, site);
  } else if (thread < 96) {
    while (backend::atomic_or<lf::scope::block>(flag, 0, site) != 7) {
    }
    backend::fence<lf::scope::block>(site);
    received[thread] = *message;
  }
}

TEST(AtomicIn, FencesOrderRelaxedAtomics) {
  lf::device_array<int> message(std::vector<int>{0}), flag(std::vector<int>{0}), received(96);
  expect_ok(lf::launch(hand_over_by_fences, {1, 128}, message.data(), flag.data(), received.data()));
  expect_ok(lf::synchronize());
  EXPECT_EQ(received.to_host(), std::vector<int>(96, 42));
}

/// Lanes of which some load: those get their 16 bytes, the others zeros, of an address where nothing is.
LANEFOLD_KERNEL load_some(unsigned const* from, unsigned* to) {
  int const lane = lf::lane_id();
  auto const site = lf::call_site::here();
  bool const there = lane % 3 != 0;
  unsigned const* const mine = there ? from + 4 * lane : nullptr;
  backend::store_words<16>(to + 8 * lane, backend::load_or_zero<false>(mine, there, site), site);
  backend::store_words<16>(to + 8 * lane + 4, backend::load_or_zero<true>(mine, there, site), site);
}

TEST(LoadOrZero, LoadsWhereItIsTold) {
  std::vector<unsigned> values(4 * 32);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0x01020304u * static_cast<unsigned>(i + 1);
  lf::device_array<unsigned> const from(values);
  lf::device_array<unsigned> to(std::vector<unsigned>(8 * 32, 9));
  expect_ok(lf::launch(load_some, {1, 32}, from.data(), to.data()));
  expect_ok(lf::synchronize());
  auto const got = to.to_host();
  for (std::size_t i = 0; i < got.size(); ++i) {
    std::size_t const lane = i / 8;
    EXPECT_EQ(got[i], lane % 3 == 0 ? 0 : values[4 * lane + i % 4]) << "lane " << lane << " word " << i % 8;
  }
}
