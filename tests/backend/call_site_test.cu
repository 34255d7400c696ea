// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Reports name the verb that the user called, whatever it is made of, and the line of the call.

#include "support/results.hpp"
#include "support/words.hpp"

/// Lane 2 alone calls the verb on line `line`, for a group of two that it is not in.
constexpr int first_line = __LINE__ + 5;
LANEFOLD_KERNEL call_without_me(int line) {
  lf::lanes const group(3u);
  lf::plus const op{};
  if (lf::lane_id() != 2) return;
  if (line == __LINE__) lf::sync(group);
  if (line == __LINE__) (void)lf::shuffle(group, 1, 0);
  if (line == __LINE__) (void)lf::broadcast(group, 1);
  if (line == __LINE__) (void)lf::shuffle_up(group, 1, 1);
  if (line == __LINE__) (void)lf::try_shuffle_up(group, 1, 1);
  if (line == __LINE__) (void)lf::shuffle_down(group, 1, 1);
  if (line == __LINE__) (void)lf::try_shuffle_down(group, 1, 1);
  if (line == __LINE__) (void)lf::shuffle_xor(group, 1, 1);
  if (line == __LINE__) (void)lf::try_shuffle_xor(group, 1, 1);
  if (line == __LINE__) (void)lf::ballot(group, true);
  if (line == __LINE__) (void)lf::all_of(group, true);
  if (line == __LINE__) (void)lf::any_of(group, true);
  if (line == __LINE__) (void)lf::none_of(group, true);
  if (line == __LINE__) (void)lf::uniform(group, true);
  if (line == __LINE__) (void)lf::match_any(group, 1);
  if (line == __LINE__) (void)lf::match_all(group, 1);
  if (line == __LINE__) (void)lf::partition(group, true);
  if (line == __LINE__) (void)lf::partition_by(group, 1);
  if (line == __LINE__) (void)lf::reduce(group, 1, op);
  if (line == __LINE__) (void)lf::sum(group, 1);
  if (line == __LINE__) (void)lf::product(group, 1);
  if (line == __LINE__) (void)lf::min(group, 1);
  if (line == __LINE__) (void)lf::max(group, 1);
  if (line == __LINE__) (void)lf::argmin(group, 1.0);
  if (line == __LINE__) (void)lf::argmax(group, 1);
  if (line == __LINE__) (void)lf::inclusive_scan(group, 1);
  if (line == __LINE__) (void)lf::exclusive_scan(group, 1.0f, op, 2.0f);
  if (line == __LINE__) (void)lf::try_exclusive_scan(group, 1, op);
  if (line == __LINE__) (void)lf::inclusive_scan_with_total(group, 1, op, 2);
  if (line == __LINE__) (void)lf::exclusive_scan_with_total(group, 1);
  if (line == __LINE__) (void)lf::sum(lf::via_redux(group), 1);
  if (line == __LINE__) (void)lf::max(lf::no_trailing_sync(lf::via_shuffle(group)), 1);
}
constexpr char const* verbs[] = {"sync",
                                 "shuffle",
                                 "broadcast",
                                 "shuffle_up",
                                 "try_shuffle_up",
                                 "shuffle_down",
                                 "try_shuffle_down",
                                 "shuffle_xor",
                                 "try_shuffle_xor",
                                 "ballot",
                                 "all_of",
                                 "any_of",
                                 "none_of",
                                 "uniform",
                                 "match_any",
                                 "match_all",
                                 "partition",
                                 "partition_by",
                                 "reduce",
                                 "sum",
                                 "product",
                                 "min",
                                 "max",
                                 "argmin",
                                 "argmax",
                                 "inclusive_scan",
                                 "exclusive_scan",
                                 "try_exclusive_scan",
                                 "inclusive_scan_with_total",
                                 "exclusive_scan_with_total",
                                 "sum",
                                 "max"};

/// A function of the user's over any group: reports tell the line inside it.
constexpr int line_in_function = __LINE__ + 3;
template <class Group>
LANEFOLD_FN int twice_the_sum(Group group) {
  return 2 * lf::sum(group, 1);
}
LANEFOLD_KERNEL call_function_without_me(int) {
  lf::lanes const group(3u);
  if (lf::lane_id() == 2) (void)twice_the_sum(group);
}

/// A block's last warp leaves; the others call the verb on line `line`.
constexpr int first_line_in_block = __LINE__ + 5;
LANEFOLD_KERNEL call_in_half_a_block(int line) {
  LANEFOLD_SHARED(memory, lf::scratch<lf::block<64>, int, lf::extremum<int>>);
  auto const block = lf::block<64>{}.with(memory);
  if (block.rank() >= 32) return;
  if (line == __LINE__) lf::sync(block);
  if (line == __LINE__) (void)lf::sum(block, 1);
  if (line == __LINE__) (void)lf::argmin(lf::no_trailing_sync(block), 1);
  if (line == __LINE__) (void)lf::exclusive_scan_with_total(block, 1);
  if (line == __LINE__) (void)lf::try_exclusive_scan(block, 1, lf::plus{});
  if (line == __LINE__) (void)twice_the_sum(block);
}
constexpr char const* verbs_in_block[] = {"sync", "sum", "argmin", "exclusive_scan_with_total", "try_exclusive_scan"};

template <class Kernel>
void expect_report(Kernel kernel, unsigned threads, int argument, char const* verb, int line) {
  lf::status const wrong = lf::launch(kernel, lf::launch_shape{1, threads}, argument);
  EXPECT_FALSE(wrong.ok()) << verb;
  expect_words(wrong.message(), {" " + std::string(verb) + " at ", "call_site_test.cu:" + std::to_string(line)});
}

TEST(CallSite, ReportsNameTheVerbAndItsLine) {
  if constexpr (lf::backend::simulated) {  // a GPU's checks print, and take the context along
    int line = first_line;
    for (char const* verb : verbs) expect_report(call_without_me, 32, line, verb, line), ++line;
  }
}

TEST(CallSite, ReportsOfBlocksNameTheVerbAndItsLine) {
  if constexpr (lf::backend::simulated) {
    int line = first_line_in_block;
    for (char const* verb : verbs_in_block) expect_report(call_in_half_a_block, 64, line, verb, line), ++line;
  }
}

TEST(CallSite, InAFunctionOverAnyGroupTheLineIsItsOwn) {
  if constexpr (lf::backend::simulated) {
    expect_report(call_function_without_me, 32, 0, "sum", line_in_function);
    int const line = first_line_in_block + static_cast<int>(std::size(verbs_in_block));
    expect_report(call_in_half_a_block, 64, line, "sum", line_in_function);
  }
}
