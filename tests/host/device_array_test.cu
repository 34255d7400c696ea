// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <lanefold/host/device_array.hpp>
#include <type_traits>

#include "support/words.hpp"

namespace lf = lanefold;

TEST(DeviceArray, KeepsWhatItWasGiven) {
  std::vector<double> const values{1.5, -2.5, 3.5};
  lf::device_array<double> array(values);
  EXPECT_EQ(array.size(), 3u);
  EXPECT_NE(array.data(), nullptr);
  EXPECT_EQ(array.to_host(), values);
  std::vector<double> const others{4, 5, 6};
  array.copy_from(others);
  EXPECT_EQ(array.to_host(), others);
}

TEST(DeviceArray, EmptyIsFine) {
  lf::device_array<int> array(0);
  EXPECT_EQ(array.size(), 0u);
  EXPECT_TRUE(array.to_host().empty());
  array.copy_from({});
}

TEST(DeviceArray, MovesItsMemory) {
  static_assert(!std::is_copy_constructible_v<lf::device_array<int>>);
  static_assert(!std::is_copy_assignable_v<lf::device_array<int>>);
  lf::device_array<int> first(std::vector<int>{1, 2});
  int const* const data = first.data();
  lf::device_array<int> second(std::move(first));
  EXPECT_EQ(second.data(), data);
  lf::device_array<int> third(std::vector<int>{7});
  third = std::move(second);
  EXPECT_EQ(third.data(), data);
  EXPECT_EQ(third.to_host(), (std::vector<int>{1, 2}));
}

template <class Call>
lf::status thrown_by(Call call) {
  try {
    call();
  } catch (lf::error const& error) {
    EXPECT_STREQ(error.what(), error.why().message());
    return error.why();
  }
  return lf::status();
}

TEST(DeviceArray, SizesThatCannotBeAreNamed) {
  expect_failed(thrown_by([] {
                  lf::device_array<int> array(std::vector<int>{1, 2, 3});
                  array.copy_from({1, 2});
                }),
                lf::status_kind::bad_argument, {"copy_from", "2", "3"});
  std::size_t const huge = static_cast<std::size_t>(-1) / 8;
  expect_words(thrown_by([=] { lf::device_array<double> const array(huge); }).message(),
               {std::to_string(huge), "8 bytes"});
  expect_failed(thrown_by([=] { lf::device_array<double> const array(huge + 2); }), lf::status_kind::bad_argument,
                {std::to_string(huge + 2)});
}

TEST(DeviceArray, RunsOutOfMemoryWithAMessageAndWorksOn) {
  std::size_t const too_many = std::size_t{1} << 50;
  expect_failed(thrown_by([=] { lf::device_array<char> const array(too_many); }), lf::status_kind::out_of_memory,
                {std::to_string(too_many)});
  EXPECT_EQ(lf::device_array<int>(std::vector<int>{9}).to_host(), (std::vector<int>{9}));
}

TEST(DeviceArray, AConstOneIsReadOnly) {
  lf::device_array<int> array(std::vector<int>{1, 2});
  lf::device_array<int> const& read_only = array;
  static_assert(std::is_same_v<decltype(array.data()), int*>);
  static_assert(std::is_same_v<decltype(array.view()), lf::view<int>>);
  static_assert(std::is_same_v<decltype(read_only.data()), int const*>);
  static_assert(std::is_same_v<decltype(read_only.view()), lf::view<int const>>);
  EXPECT_EQ(read_only.data(), array.data());
  EXPECT_EQ(read_only.view().data(), array.data());
  EXPECT_EQ(array.view().size(), 2);
}

TEST(DeviceArray, CopiesInTheOrderOfAQueue) {
  lf::queue queue;
  lf::device_array<int> array(1000);
  std::vector<int> const values(1000, 7);
  array.copy_from(queue, values);
  EXPECT_EQ(array.to_host(queue), values);
  expect_failed(thrown_by([&] { array.copy_from(queue, {1, 2}); }), lf::status_kind::bad_argument, {"2", "1000"});
}
