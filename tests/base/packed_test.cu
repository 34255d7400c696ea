// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <lanefold/base/packed.cuh>
#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>
#include <type_traits>

#include "support/words.hpp"

#ifndef __CUDACC__
#include <lanefold/sim/simulator.hpp>
#endif

namespace lf = lanefold;

/// Trivially copyable, and cannot be made from nothing.
struct pair_of_shorts {
  short first, second;
  LANEFOLD_HD pair_of_shorts(short a, short b) : first(a), second(b) {}
  friend bool operator==(pair_of_shorts a, pair_of_shorts b) { return a.first == b.first && a.second == b.second; }
};
static_assert(!std::is_default_constructible_v<pair_of_shorts>);

static_assert(sizeof(lf::packed<float>) == 16 && alignof(lf::packed<float>) == 16);
static_assert(sizeof(lf::packed<char, 8>) == 8 && alignof(lf::packed<char, 8>) == 8);
static_assert(lf::packed<float>::size() == 4 && lf::packed<char, 4>::size() == 4 && lf::packed<double>::size() == 2);
static_assert(std::is_trivially_copyable_v<lf::packed<pair_of_shorts>>);

/// Each lane moves one pack, its values in reverse.
template <class T, int Bytes>
LANEFOLD_KERNEL reverse_packs(T const* in, T* out) {
  using pack = lf::packed<T, Bytes>;
  unsigned const first = lf::thread_index().x * pack::size();
  pack const values = pack::load(in + first);
  pack reversed;
  for (int i = 0; i < pack::size(); ++i) reversed[i] = values[pack::size() - 1 - i];
  reversed.store(out + first);
}

template <class T, int Bytes>
void expect_reversed(std::vector<T> const& in) {
  constexpr int size = lf::packed<T, Bytes>::size();
  lf::device_array<T> const device_in(in);
  lf::device_array<T> device_out(in);
  expect_ok(lf::launch(reverse_packs<T, Bytes>, {1, static_cast<unsigned>(in.size() / size)}, device_in.data(),
                       device_out.data()));
  expect_ok(lf::synchronize());
  auto const out = device_out.to_host();
  for (std::size_t i = 0; i < in.size(); ++i)
    EXPECT_EQ(out[i], in[i / size * size + size - 1 - i % size])
        << "value " << i << " of packs of " << Bytes << " bytes";
}

template <class T>
class Packed : public testing::Test {};
using values = testing::Types<char, short, float, long long, double>;
TYPED_TEST_SUITE(Packed, values);

TYPED_TEST(Packed, LoadsAndStoresEveryValueInItsPlace) {
  std::vector<TypeParam> in(512);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<TypeParam>(i * 37 % 251);
  if constexpr (sizeof(TypeParam) <= 4) expect_reversed<TypeParam, 4>(in);
  expect_reversed<TypeParam, 8>(in);
  expect_reversed<TypeParam, 16>(in);
}

TEST(PackedOf, TypesThatCannotBeMadeFromNothing) {
  std::vector<pair_of_shorts> in;
  for (short i = 0; i < 128; ++i) in.emplace_back(i, static_cast<short>(-i));
  expect_reversed<pair_of_shorts, 4>(in);
  expect_reversed<pair_of_shorts, 16>(in);
}

LANEFOLD_KERNEL through_shared(int const* in, int* out) {
  LANEFOLD_SHARED(packs, lf::packed<int>[32]);
  unsigned const lane = lf::thread_index().x;
  packs[lane] = lf::packed<int>::load(in + 4 * lane);
  lf::sync(lf::block<32>{});
  int sum = 0;
  for (int value : packs[31 - lane]) sum += value;
  out[lane] = sum;
}

TEST(PackedOf, ValuesInSharedMemory) {
  std::vector<int> in(128), expected(32);
  for (int i = 0; i < 128; ++i) in[i] = i * i, expected[31 - i / 4] += i * i;
  lf::device_array<int> const device_in(in);
  lf::device_array<int> out(32);
  expect_ok(lf::launch(through_shared, {1, 32}, device_in.data(), out.data()));
  expect_ok(lf::synchronize());
  EXPECT_EQ(out.to_host(), expected);
}

#ifndef __CUDACC__
TEST(PackedOf, AMisalignedAddressIsReported) {
  std::vector<float> in(64);
  lf::device_array<float> const device_in(in);
  lf::device_array<float> out(64);
  auto const failed = lf::launch(reverse_packs<float, 16>, {1, 1}, device_in.data() + 1, out.data());
  expect_failed(failed, lf::status_kind::simulated_fault, {"MISALIGNED-ACCESS", "packed::load", "16 bytes"});
  auto const stored = lf::launch(reverse_packs<float, 8>, {1, 1}, device_in.data(), out.data() + 3);
  expect_failed(stored, lf::status_kind::simulated_fault, {"MISALIGNED-ACCESS", "packed::store", "8 bytes"});
}
#endif
