// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <lanefold/host/launch.hpp>
#include <string>
#include <vector>

/// That a sentence has all of the words: the argument, its value, the limit.
inline void expect_words(std::string const& message, std::vector<std::string> const& words) {
  for (std::string const& word : words) EXPECT_NE(message.find(word), std::string::npos) << word << " in: " << message;
}
inline void expect_failed(lanefold::status const& status, lanefold::status_kind kind,
                          std::vector<std::string> const& words) {
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.kind(), kind) << status.message();
  expect_words(status.message(), words);
}
inline void expect_ok(lanefold::status const& status) { EXPECT_TRUE(status.ok()) << status.message(); }
