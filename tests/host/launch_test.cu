// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <lanefold/host/device_array.hpp>
#include <numeric>

#include "support/values.hpp"

LANEFOLD_KERNEL add_to_each(int* values, int summand, double) {
  values[lf::block_index().x * lf::block_extent().x + lf::thread_index().x] += summand;
}
LANEFOLD_KERNEL does_nothing() {}

void expect_words(std::string const& message, std::vector<std::string> const& words) {
  for (std::string const& word : words) EXPECT_NE(message.find(word), std::string::npos) << word << " in: " << message;
}

TEST(Launch, RunsEveryThreadOnceWithItsArguments) {
  std::vector<int> values(7 * 100);
  std::iota(values.begin(), values.end(), 0);
  lf::device_array<int> const array(values);
  lf::status const started = lf::launch(add_to_each, {7, 100}, array.data(), 1000, 2.5f);
  ASSERT_TRUE(started.ok()) << started.message();
  lf::status const ended = lf::synchronize();
  ASSERT_TRUE(ended.ok()) << ended.message();
  for (int& value : values) value += 1000;
  EXPECT_EQ(array.to_host(), values);
}

TEST(Launch, StatusIsCopiedAndAssigned) {
  lf::status first("lanefold: a reason");
  lf::status const copy = first;
  lf::status const moved = std::move(first);
  EXPECT_STREQ(copy.message(), "lanefold: a reason");
  EXPECT_STREQ(moved.message(), "lanefold: a reason");
  lf::status assigned;
  static_cast<void>(assigned = copy);
  EXPECT_STREQ(assigned.message(), copy.message());
  static_cast<void>(assigned = lf::status());
  EXPECT_TRUE(assigned.ok());
  EXPECT_TRUE(lf::status("").ok());
}

TEST(Launch, StatusIsTrueWhenAllWentWell) {
  lf::status const fine;
  EXPECT_TRUE(fine.ok());
  EXPECT_TRUE(static_cast<bool>(fine));
  EXPECT_STREQ(fine.message(), "");
  lf::status const bad("lanefold: a reason");
  EXPECT_FALSE(bad.ok());
  EXPECT_FALSE(static_cast<bool>(bad));
  EXPECT_STREQ(bad.message(), "lanefold: a reason");
}

struct bad_grid {
  lf::grid grid;
  std::vector<std::string> words;  // the argument, its value, the limit
};

TEST(Launch, BadGridsAreNamedWithValueAndLimit) {
  lf::device_array<int> const untouched(std::vector<int>(4, 5));
  std::vector<bad_grid> const cases{
      {{0, 32}, {"blocks.x", " 0", "2147483647"}},
      {{2147483648u, 32}, {"blocks.x", "2147483648", "2147483647"}},
      {{{1, 0}, 32}, {"blocks.y", " 0", "65535"}},
      {{{1, 65536}, 32}, {"blocks.y", "65536", "65535"}},
      {{{1, 1, 65536}, 32}, {"blocks.z", "65536", "65535"}},
      {{1, 0}, {"threads.x", " 0", "1024"}},
      {{1, 1025}, {"threads.x", "1025", "1024"}},
      {{1, {1, 2000}}, {"threads.y", "2000", "1024"}},
      {{1, {1, 1, 65}}, {"threads.z", "65", "64"}},
      {{1, {32, 33}}, {"threads.x * threads.y * threads.z", "1056", "1024"}},
      {{1, {1024, 1024, 64}}, {"threads.x * threads.y * threads.z", "67108864", "1024"}},
      {{1, {4294967295u, 2}}, {"threads.x", "4294967295", "1024"}},
  };
  for (bad_grid const& one : cases) {
    lf::status const status = lf::launch(add_to_each, one.grid, untouched.data(), 1, 0.0);
    EXPECT_FALSE(status.ok());
    expect_words(status.message(), {"lanefold: launch: "});
    expect_words(status.message(), one.words);
  }
  lf::status const ended = lf::synchronize();
  EXPECT_TRUE(ended.ok()) << ended.message();
  EXPECT_EQ(untouched.to_host(), std::vector<int>(4, 5));
}

TEST(Launch, NoKernelIsAnError) {
  void (*const none)() = nullptr;
  lf::status const status = lf::launch(none, {1, 32});
  EXPECT_FALSE(status.ok());
  expect_words(status.message(), {"launch", "kernel"});
}

TEST(Launch, TooMuchDynamicSharedMemoryIsAnErrorThatNamesIt) {
  lf::status const status = lf::launch(does_nothing, {1, 32, 1 << 20});
  EXPECT_FALSE(status.ok());
  expect_words(status.message(), {"dynamic", "shared", "1048576"});
}

TEST(Launch, AnErrorDoesNotStickToTheNextLaunch) {
  EXPECT_FALSE(lf::launch(does_nothing, {1, 32, 1 << 20}).ok());
  EXPECT_FALSE(lf::launch(does_nothing, {1, 5000}).ok());
  lf::status const started = lf::launch(does_nothing, {1, 32});
  EXPECT_TRUE(started.ok()) << started.message();
  lf::status const ended = lf::synchronize();
  EXPECT_TRUE(ended.ok()) << ended.message();
}

TEST(Launch, LargeDynamicSharedMemoryIsGiven) {
  lf::status const started = lf::launch(does_nothing, {2, 64, 96 * 1024});
  EXPECT_TRUE(started.ok()) << started.message();
  lf::status const ended = lf::synchronize();
  EXPECT_TRUE(ended.ok()) << ended.message();
}

TEST(Launch, LargestBlocksAndShapesAreAllowed) {
  for (lf::grid const& shape : {lf::grid{1, 1024}, lf::grid{1, {1, 1024}}, lf::grid{1, {1, 16, 64}},
                                lf::grid{{1, 65535}, 1}, lf::grid{{1, 1, 65535}, 1}}) {
    lf::status const started = lf::launch(does_nothing, shape);
    EXPECT_TRUE(started.ok()) << started.message();
    lf::status const ended = lf::synchronize();
    EXPECT_TRUE(ended.ok()) << ended.message();
  }
}

// ---- device_array ---------------------------------------------------------------------------------------------------

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
std::string message_of(Call call) {
  try {
    call();
  } catch (std::runtime_error const& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(DeviceArray, SizesThatCannotBeAreNamed) {
  expect_words(message_of([] {
                 lf::device_array<int> array(std::vector<int>{1, 2, 3});
                 array.copy_from({1, 2});
               }),
               {"copy_from", "2", "3"});
  std::size_t const huge = static_cast<std::size_t>(-1) / 8;
  expect_words(message_of([=] { lf::device_array<double> const array(huge); }), {std::to_string(huge), "8 bytes"});
  expect_words(message_of([=] { lf::device_array<double> const array(huge + 2); }), {std::to_string(huge + 2)});
}

TEST(DeviceArray, RunsOutOfMemoryWithAMessageAndWorksOn) {
  std::size_t const too_many = std::size_t{1} << 50;
  expect_words(message_of([=] { lf::device_array<char> const array(too_many); }), {std::to_string(too_many)});
  EXPECT_EQ(lf::device_array<int>(std::vector<int>{9}).to_host(), (std::vector<int>{9}));
}
