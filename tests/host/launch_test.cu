// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>
#include <numeric>

#include "support/words.hpp"

namespace lf = lanefold;

LANEFOLD_KERNEL add_to_each(int* values, int summand, double) {
  values[lf::block_index().x * lf::block_extent().x + lf::thread_index().x] += summand;
}
LANEFOLD_KERNEL does_nothing() {}

TEST(Launch, RunsEveryThreadOnceWithItsArguments) {
  std::vector<int> values(7 * 100);
  std::iota(values.begin(), values.end(), 0);
  lf::device_array<int> array(values);
  expect_ok(lf::launch(add_to_each, {7, 100}, array.data(), 1000, 2.5f));
  expect_ok(lf::synchronize());
  for (int& value : values) value += 1000;
  EXPECT_EQ(array.to_host(), values);
}

struct bad_shape {
  lf::launch_shape shape;
  std::vector<std::string> words;  // the argument, its value, the limit
};

TEST(Launch, BadShapesAreNamedWithValueAndLimit) {
  lf::device_array<int> untouched(std::vector<int>(4, 5));
  std::vector<bad_shape> const cases{
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
      {{4, 32, 0, {0}}, {"cluster.x", " 0", "16"}},
      {{{1, 17}, 32, 0, {1, 17}}, {"cluster.y", "17", "16"}},
      {{{8, 4}, 32, 0, {8, 4}}, {"cluster.x * cluster.y * cluster.z", "32", "16"}},
      {{7, 32, 0, 2}, {"blocks.x", "7", "cluster.x", "2"}},
      {{{2, 3, 5}, 32, 0, {1, 1, 4}}, {"blocks.z", "5", "cluster.z", "4"}},
  };
  for (bad_shape const& one : cases) {
    lf::status const status = lf::launch(add_to_each, one.shape, untouched.data(), 1, 0.0);
    expect_failed(status, lf::status_kind::bad_argument, {"lanefold: launch: "});
    expect_words(status.message(), one.words);
  }
  expect_ok(lf::synchronize());
  EXPECT_EQ(untouched.to_host(), std::vector<int>(4, 5));
}

TEST(Launch, NoKernelIsAnError) {
  void (*const none)() = nullptr;
  lf::status const status = lf::launch(none, {1, 32});
  expect_failed(status, lf::status_kind::bad_argument, {"launch", "kernel"});
}

TEST(Launch, TooMuchDynamicSharedMemoryIsAnErrorThatNamesIt) {
  lf::status const status = lf::launch(does_nothing, {1, 32, 1 << 20});
  EXPECT_FALSE(status.ok());
  expect_words(status.message(), {"dynamic", "shared", "1048576"});
}

TEST(Launch, AnErrorDoesNotStickToTheNextLaunch) {
  EXPECT_FALSE(lf::launch(does_nothing, {1, 32, 1 << 20}).ok());
  EXPECT_FALSE(lf::launch(does_nothing, {1, 5000}).ok());
  expect_ok(lf::launch(does_nothing, {1, 32}));
  expect_ok(lf::synchronize());
}

TEST(Launch, LargeDynamicSharedMemoryIsGiven) {
  expect_ok(lf::launch(does_nothing, {2, 64, 96 * 1024}));
  expect_ok(lf::synchronize());
}

TEST(Launch, LargestBlocksAndShapesAreAllowed) {
  for (lf::launch_shape const& shape :
       {lf::launch_shape{1, 1024}, lf::launch_shape{1, {1, 1024}}, lf::launch_shape{1, {1, 16, 64}},
        lf::launch_shape{{1, 65535}, 1}, lf::launch_shape{{1, 1, 65535}, 1}}) {
    expect_ok(lf::launch(does_nothing, shape));
    expect_ok(lf::synchronize());
  }
}

// ---- clusters, cooperative grids

TEST(Launch, AClusterRunsOrIsUnsupported) {
  lf::status const started = lf::launch(does_nothing, {4, 32, 0, 2});
  if (started.kind() == lf::status_kind::unsupported)
    expect_words(started.message(), {"launch", "cluster"});
  else
    expect_ok(started);
  expect_ok(lf::synchronize());
}

TEST(Launch, ACooperativeGridRunsOrIsUnsupported) {
  lf::launch_shape shape{4, 32};
  shape.cooperative = true;
  lf::status const started = lf::launch(does_nothing, shape);
  if (started.kind() == lf::status_kind::unsupported)
    expect_words(started.message(), {"launch", "cooperative"});
  else
    expect_ok(started);
  expect_ok(lf::synchronize());
}

#ifdef __CUDACC__
TEST(Launch, MoreBlocksThanRunTogetherAreNoCooperativeGrid) {
  lf::launch_shape shape{1 << 20, 1024};
  shape.cooperative = true;
  expect_failed(lf::launch(does_nothing, shape), lf::status_kind::bad_argument, {"blocks is 1048576", "at most"});
  expect_ok(lf::launch(does_nothing, {1, 32}));
  expect_ok(lf::synchronize());
}
#endif

TEST(Launch, AGridMayOverlapTheOneBefore) {
  lf::launch_shape shape{4, 32};
  shape.programmatic_dependent_launch = true;
  lf::status const started = lf::launch(does_nothing, shape);
  EXPECT_TRUE(started.ok() || started.kind() == lf::status_kind::unsupported) << started.message();
  expect_ok(lf::synchronize());
}

// ---- arguments

LANEFOLD_KERNEL keep_arguments(long long* kept, signed char a, unsigned short b, int c, unsigned d, long long e,
                               bool f) {
  if (lf::thread_index().x != 0) return;
  kept[0] = a, kept[1] = b, kept[2] = c, kept[3] = d, kept[4] = e, kept[5] = f;
}

TEST(Launch, AnIntegerArrivesWithItsValue) {
  lf::device_array<long long> kept(6);
  expect_ok(lf::launch(keep_arguments, {1, 32}, kept.data(), -128ll, std::size_t{65535}, std::size_t{2147483647},
                       4294967295ull, -1, 256));
  expect_ok(lf::synchronize());
  EXPECT_EQ(kept.to_host(), (std::vector<long long>{-128, 65535, 2147483647, 4294967295, -1, 1}));
}

TEST(Launch, AnIntegerThatTheParameterCannotHoldIsNamedWithTheLimits) {
  lf::device_array<long long> untouched(std::vector<long long>(6, 5));
  long long* const data = untouched.data();
  auto const expect_refused = [](lf::status const& refused, std::vector<std::string> const& words) {
    expect_failed(refused, lf::status_kind::bad_argument, words);
  };
  expect_refused(lf::launch(keep_arguments, {1, 32}, data, 128, 0, 0, 0, 0, 0), {"argument 2 is 128,", "-128..127"});
  expect_refused(lf::launch(keep_arguments, {1, 32}, data, 0, -1, 0, 0, 0, 0), {"argument 3 is -1,", "0..65535"});
  expect_refused(lf::launch(keep_arguments, {1, 32}, data, 0, 0, 5000000000, 0, 0, 0),
                 {"argument 4 is 5000000000,", "-2147483648..2147483647"});
  expect_refused(lf::launch(keep_arguments, {1, 32}, data, 0, 0, 2147483648u, 0, 0, 0), {"argument 4 is 2147483648,"});
  expect_refused(lf::launch(keep_arguments, {1, 32}, data, 0, 0, 0, -1, 0, 0), {"argument 5 is -1,", "0..4294967295"});
  expect_refused(lf::launch(keep_arguments, {1, 32}, data, 0, 0, 0, 0, ~0ull, 0),
                 {"argument 6 is 18446744073709551615,", "-9223372036854775808..9223372036854775807"});
  expect_ok(lf::synchronize());
  EXPECT_EQ(untouched.to_host(), std::vector<long long>(6, 5));
}

template <class T, class Summand>
LANEFOLD_KERNEL add_any(T* values, Summand summand) {
  values[lf::thread_index().x] += static_cast<T>(summand);
}

TEST(Launch, DeducesTheArgumentsOfAKernelTemplate) {
  lf::device_array<double> values(std::vector<double>(32, 1.5));
  expect_ok(lf::launch(add_any, {1, 32}, values.data(), 2));
  lf::queue queue;
  int const summand = 3;
  expect_ok(lf::launch(queue, add_any, {1, 32}, values.data(), summand));
  expect_ok(lf::launch(add_any<double>, {1, 32}, values.data(), 5.0f));
  expect_ok(lf::launch(queue, add_any<double, float>, {1, 32}, values.data(), 4));
  expect_ok(lf::synchronize(queue));
  EXPECT_EQ(values.to_host(), std::vector<double>(32, 15.5));
}

LANEFOLD_KERNEL sum_views(lf::view<int const> in, lf::matrix_view<int> out) {
  unsigned const lane = lf::thread_index().x;
  if (lane < in.size()) out(0, static_cast<int>(lane)) = 2 * in[lane];
}

TEST(Launch, ArgumentsConvertAsInACall) {
  lf::device_array<int> in(std::vector<int>{1, 2, 3});
  lf::device_array<int> out(3);
  expect_ok(lf::launch(sum_views, {1, 32}, in.view(), lf::matrix_view<int>(out.data(), 1, 3)));
  expect_ok(lf::synchronize());
  EXPECT_EQ(out.to_host(), (std::vector<int>{2, 4, 6}));
}
