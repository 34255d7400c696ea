// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Operations are data: one that the simulator has never heard of runs, is counted and is reported like any other.

#include <lanefold/sim/matrices.hpp>
#include <lanefold/sim/operation.hpp>
#include <lanefold/sim/operations.hpp>

#include "harness.hpp"

namespace {

class Operation : public Simulator {};

/// Each lane brings two words, and receives the scalar product of all of them with those of lane 0.
struct two_words {
  unsigned a, b;
};
sim::operation const products{"products", &sim::counts::redux, true, 0, 4, [](sim::meeting all) {
                                if (!all.has(0)) return sim::complaint{all.lanes, 0, "products needs lane 0"};
                                auto const first = sim::value_of<two_words>(all[0]);
                                sim::for_each_lane(all.lanes, [&](unsigned l) {
                                  auto const mine = sim::value_of<two_words>(all[l]);
                                  sim::give(all[l], first.a * mine.a + first.b * mine.b);
                                });
                                return sim::complaint{};
                              }};

unsigned products_of(unsigned mask, two_words words, int line) {
  unsigned result = 77;
  sim::collective({&products, mask, sizeof words, 0, 32, &words, &result, nullptr, {"products", __FILE__, line}});
  return result;
}

TEST_F(Operation, OneOfTheUsersOwnRunsAndIsCounted) {
  unsigned got[32];
  sim::reset_counts();
  auto const* report = run(32, [&] { got[threadIdx.x] = products_of(all, {threadIdx.x + 1, 10}, __LINE__); });
  ASSERT_EQ(report, nullptr) << text(report);
  for (unsigned l = 0; l < 32; ++l) EXPECT_EQ(got[l], l + 1 + 100) << l;
  EXPECT_EQ(sim::take_counts().total.redux, 1u);
}

TEST_F(Operation, ItsOwnRuleBecomesAReport) {
  int line = 0;
  auto const* report = run(32, [&] {
    if (threadIdx.x >= 4) line = __LINE__, products_of(0xfffffff0u, {1, 1}, __LINE__);
  });
  EXPECT_FAULT(report, "PRECONDITION", 0, 4, line);
  EXPECT_EQ(report->message, "products needs lane 0");
}

TEST_F(Operation, MismatchesNameIt) {
  auto const* report = run(32, [&] {
    if (threadIdx.x < 16)
      products_of(all, {1, 1}, __LINE__);
    else
      __syncwarp();
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "COLLECTIVE-MISMATCH");
  EXPECT_NE(report->message.find("wait for it in 8-byte products with"), std::string::npos) << report->message;
}

void multiply() {
  sim::mma_operands operands{};
  sim::collective({&sim::operations::mma_m16n8k32_s8,
                   all,
                   sizeof operands,
                   0,
                   32,
                   &operands,
                   operands.c,
                   nullptr,
                   {"mma", __FILE__, __LINE__}});
}

TEST_F(Operation, MmaNeedsTheWholeWarp) {
  options.exited_lane = sim::policy::ignore;
  apply();
  auto const* report = run(32, [] {
    if (threadIdx.x < 31) multiply();
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->message, "mma needs all 32 lanes of the warp");
}

TEST_F(Operation, MatrixOperationsAreCounted) {
  sim::reset_counts();
  EXPECT_EQ(run(64, [] { multiply(); }), nullptr);
  EXPECT_EQ(sim::take_counts().total.mmas, 2u);
}

void load(void const* row) {
  unsigned got;
  sim::collective(
      {&sim::operations::ldmatrix_x1, all, sizeof row, 0, 32, &row, &got, nullptr, {"ldmatrix", __FILE__, __LINE__}});
}

struct rows {
  alignas(16) char bytes[256];
};

TEST_F(Operation, LdmatrixWantsAlignedRowsOfSharedMemory) {
  auto const* report = run(32, [] {
    LANEFOLD_SHARED(shared, rows);
    load(shared.bytes + threadIdx.x % 8 * 16 + (threadIdx.x == 3 ? 2 : 0));
  });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->kind, "PRECONDITION");
  EXPECT_EQ(report->lane, 3u);
  static rows global;
  report = run(32, [] { load(global.bytes); });
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->message, "ldmatrix takes the address of 16 bytes in shared memory, a multiple of 16");
}

}  // namespace
