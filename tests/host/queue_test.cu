// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>
#include <thread>
#include <utility>

#include "support/words.hpp"

namespace lf = lanefold;

LANEFOLD_KERNEL fill(int* values, int value) { values[lf::thread_index().x] = value; }
LANEFOLD_KERNEL accumulate(int* sums, int const* summands) {
  sums[lf::thread_index().x] += summands[lf::thread_index().x];
}

TEST(Queue, RunsItsWorkInOrder) {
  lf::queue queue;
  lf::device_array<int> sums(std::vector<int>(32, 0));
  expect_ok(queue.reserve(32 * sizeof(int)));
  int* const workspace = static_cast<int*>(queue.workspace());
  for (int value = 1; value <= 10; ++value) {
    expect_ok(lf::launch(queue, fill, {1, 32}, workspace, value));
    expect_ok(lf::launch(queue, accumulate, {1, 32}, sums.data(), workspace));
  }
  expect_ok(lf::synchronize(queue));
  EXPECT_EQ(sums.to_host(), std::vector<int>(32, 55));
}

TEST(Queue, WorkspaceGrowsToWhatIsAskedForAndStaysWhenItIsEnough) {
  lf::queue queue;
  EXPECT_EQ(queue.workspace(), nullptr);
  EXPECT_EQ(queue.workspace_bytes(), 0u);
  expect_ok(queue.reserve(0));
  EXPECT_EQ(queue.workspace(), nullptr);

  expect_ok(queue.reserve(1000));
  void* const first = queue.workspace();
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(reinterpret_cast<std::size_t>(first) % 256, 0u);
  EXPECT_GE(queue.workspace_bytes(), 1000u);
  expect_ok(queue.reserve(1000));
  expect_ok(queue.reserve(10));
  EXPECT_EQ(queue.workspace(), first);
  EXPECT_GE(queue.workspace_bytes(), 1000u);

  expect_ok(queue.reserve(1 << 20));
  EXPECT_GE(queue.workspace_bytes(), std::size_t{1} << 20);
  lf::device_array<int> out(std::vector<int>(32, 1));  // all of it is there
  int* const last = static_cast<int*>(queue.workspace()) + (1 << 20) / sizeof(int) - 32;
  expect_ok(lf::launch(queue, fill, {1, 32}, last, 6));
  expect_ok(lf::launch(queue, accumulate, {1, 32}, out.data(), last));
  EXPECT_EQ(out.to_host(queue), std::vector<int>(32, 7));
}

TEST(Queue, GrowthWaitsForWorkOnTheOldWorkspace) {
  lf::queue queue;
  lf::device_array<int> sums(std::vector<int>(32, 0));
  for (std::size_t bytes = 128; bytes <= 1 << 16; bytes *= 2) {
    expect_ok(queue.reserve(bytes));
    int* const workspace = static_cast<int*>(queue.workspace());
    expect_ok(lf::launch(queue, fill, {1, 32}, workspace, 1));
    expect_ok(lf::launch(queue, accumulate, {1, 32}, sums.data(), workspace));
  }
  EXPECT_EQ(sums.to_host(queue), std::vector<int>(32, 10));
}

TEST(Queue, AWorkspaceThatCannotBeIsNamedAndTheQueueWorksOn) {
  lf::queue queue;
  expect_ok(queue.reserve(64));
  std::size_t const too_many = std::size_t{1} << 50;
  expect_failed(queue.reserve(too_many), lf::status_kind::out_of_memory, {"workspace", std::to_string(too_many)});
  EXPECT_EQ(queue.workspace(), nullptr);
  EXPECT_EQ(queue.workspace_bytes(), 0u);
  expect_ok(queue.reserve(64));
  EXPECT_NE(queue.workspace(), nullptr);
}

TEST(Queue, GivenMemoryIsUsedAndNeverGrows) {
  lf::device_array<unsigned char> memory(4096);
  lf::queue queue;
  expect_ok(queue.reserve(64));
  queue.use_workspace(memory.data(), memory.size());
  EXPECT_EQ(queue.workspace(), memory.data());
  EXPECT_EQ(queue.workspace_bytes(), 4096u);
  expect_ok(queue.reserve(4096));
  expect_failed(queue.reserve(4097), lf::status_kind::bad_argument, {"workspace", "4097", "4096"});
  EXPECT_EQ(queue.workspace(), memory.data());
  EXPECT_EQ(queue.workspace_bytes(), 4096u);
}

TEST(Queue, MovesItsStreamAndItsWorkspace) {
  static_assert(!std::is_copy_constructible_v<lf::queue> && !std::is_copy_assignable_v<lf::queue>);
  lf::queue first;
  expect_ok(first.reserve(100));
  void* const workspace = first.workspace();
  lf::queue second(std::move(first));
  EXPECT_EQ(second.workspace(), workspace);
  EXPECT_EQ(first.workspace(), nullptr);
  lf::queue third;
  third = std::move(second);
  EXPECT_EQ(third.workspace(), workspace);
  lf::device_array<int> values(32);
  expect_ok(lf::launch(third, fill, {1, 32}, values.data(), 4));
  EXPECT_EQ(values.to_host(third), std::vector<int>(32, 4));
}

TEST(Queue, EachThreadHasItsOwnDefaultQueue) {
  lf::queue* const mine = &lf::default_queue();
  EXPECT_EQ(mine, &lf::default_queue());
  lf::queue* others = nullptr;
  std::thread([&] { others = &lf::default_queue(); }).join();
  EXPECT_NE(others, mine);
}

TEST(Queue, TwoWorkSideBySide) {
  lf::queue first, second;
  lf::device_array<int> values(64);
  expect_ok(lf::launch(first, fill, {1, 32}, values.data(), 1));
  expect_ok(lf::launch(second, fill, {1, 32}, values.data() + 32, 2));
  expect_ok(lf::synchronize(first));
  expect_ok(lf::synchronize(second));
  std::vector<int> expected(64, 1);
  std::fill(expected.begin() + 32, expected.end(), 2);
  EXPECT_EQ(values.to_host(), expected);
}

#ifdef __CUDACC__

TEST(Queue, StandsOnAStreamOfTheUsersAndLeavesItToThem) {
  cudaStream_t stream;
  ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  lf::device_array<int> values(32);
  {
    lf::queue queue(stream);
    EXPECT_EQ(queue.stream(), stream);
    expect_ok(queue.reserve(100));
    expect_ok(lf::launch(queue, fill, {1, 32}, values.data(), 9));
    EXPECT_EQ(values.to_host(queue), std::vector<int>(32, 9));
  }
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

TEST(Queue, IsCapturedIntoAGraphWithAWorkspaceReservedBefore) {
  lf::queue queue;
  lf::device_array<int> sums(std::vector<int>(32, 0));
  expect_ok(queue.reserve(32 * sizeof(int)));
  void* const workspace = queue.workspace();

  ASSERT_EQ(cudaStreamBeginCapture(queue.stream(), cudaStreamCaptureModeThreadLocal), cudaSuccess);
  expect_ok(queue.reserve(32 * sizeof(int)));
  EXPECT_EQ(queue.workspace(), workspace);
  expect_ok(lf::launch(queue, fill, {1, 32}, static_cast<int*>(workspace), 3));
  expect_ok(lf::launch(queue, accumulate, {1, 32}, sums.data(), static_cast<int*>(workspace)));
  cudaGraph_t graph;
  ASSERT_EQ(cudaStreamEndCapture(queue.stream(), &graph), cudaSuccess);

  std::size_t nodes = 0;
  ASSERT_EQ(cudaGraphGetNodes(graph, nullptr, &nodes), cudaSuccess);
  EXPECT_EQ(nodes, 2u);  // the kernels, and no allocation
  cudaGraphExec_t executable;
  ASSERT_EQ(cudaGraphInstantiateWithFlags(&executable, graph, 0), cudaSuccess);
  EXPECT_EQ(sums.to_host(queue), std::vector<int>(32, 0));  // captured, not run
  for (int i = 0; i < 5; ++i) ASSERT_EQ(cudaGraphLaunch(executable, queue.stream()), cudaSuccess);
  EXPECT_EQ(sums.to_host(queue), std::vector<int>(32, 15));
  EXPECT_EQ(cudaGraphExecDestroy(executable), cudaSuccess);
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
}

TEST(Queue, DoesNotGrowInsideACaptureAndSaysHowMuchToReserve) {
  lf::queue queue;
  expect_ok(queue.reserve(64));
  void* const workspace = queue.workspace();
  ASSERT_EQ(cudaStreamBeginCapture(queue.stream(), cudaStreamCaptureModeThreadLocal), cudaSuccess);
  expect_failed(queue.reserve(5000), lf::status_kind::bad_argument, {"5000", "64", "capture", "reserve(5000)"});
  EXPECT_EQ(queue.workspace(), workspace);
  cudaGraph_t graph;
  ASSERT_EQ(cudaStreamEndCapture(queue.stream(), &graph), cudaSuccess);  // the capture is still a good one
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
  expect_ok(queue.reserve(5000));
}

#endif
