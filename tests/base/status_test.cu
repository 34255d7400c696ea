// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <lanefold/base/status.hpp>
#include <string>
#include <utility>

namespace lf = lanefold;

TEST(Status, IsCopiedMovedAndAssigned) {
  lf::status first(lf::status_kind::unsupported, "lanefold: a reason");
  lf::status const copy = first;
  lf::status const moved = std::move(first);
  lf::status assigned;
  static_cast<void>(assigned = copy);
  for (lf::status const* each : {&copy, &moved, static_cast<lf::status const*>(&assigned)}) {
    EXPECT_FALSE(each->ok());
    EXPECT_EQ(each->kind(), lf::status_kind::unsupported);
    EXPECT_STREQ(each->message(), "lanefold: a reason");
  }
  static_cast<void>(assigned = lf::status());
  EXPECT_TRUE(assigned.ok());
  EXPECT_STREQ(assigned.message(), "");
}

TEST(Status, IsTrueWhenAllWentWell) {
  lf::status const fine;
  EXPECT_TRUE(fine.ok());
  EXPECT_TRUE(static_cast<bool>(fine));
  EXPECT_EQ(fine.kind(), lf::status_kind::ok);
  EXPECT_STREQ(fine.message(), "");
}

TEST(Status, IsAFailureByItsKindWhateverTheSentence) {
  for (char const* nothing : {static_cast<char const*>(nullptr), ""}) {
    lf::status const failed(lf::status_kind::out_of_memory, nothing);
    EXPECT_FALSE(static_cast<bool>(failed));
    EXPECT_STREQ(failed.message(), "");
  }
}

TEST(Status, TellsItsSentenceAsPrintfWould) {
  lf::status const failed =
      lf::status::failure(lf::status_kind::bad_argument, "%s is %d, and must be 1..%u", "x", -3, 7u);
  EXPECT_EQ(failed.kind(), lf::status_kind::bad_argument);
  EXPECT_STREQ(failed.message(), "x is -3, and must be 1..7");
  std::string const large(5000, 'a');  // cut, not lost
  EXPECT_EQ(std::string(lf::status::failure(lf::status_kind::bad_argument, "%s", large.c_str()).message()),
            std::string(511, 'a'));
}
