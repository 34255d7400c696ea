// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// What the copy engine and the tensor cores of Hopper forgive, and what the simulator does not: mistakes that read or
// overwrite too early give a wrong result under some orders, all others a report.

#include <lanefold/backend/bulk_copy.cuh>
#include <lanefold/backend/tensor_map.hpp>
#include <lanefold/backend/wgmma.cuh>

#include <cmath>

#include "harness.hpp"

namespace {

namespace backend = lanefold::backend;
using lanefold::call_site;

constexpr float one_in_all[2] = {1, 1};

class HopperMistakes : public Simulator {
 protected:
  void use_order(sim::order order) {
    options.order = order;
    apply();
  }
  static std::string kind(sim::report const* report) { return report != nullptr ? report->kind : "no fault"; }
  static bool tells(sim::report const* report, char const* part) {
    return report != nullptr && report->message.find(part) != std::string::npos;
  }
};
#define EXPECT_TOLD(report_, kind_, part_)               \
  do {                                                   \
    EXPECT_EQ(kind(report_), kind_) << text(report_);    \
    EXPECT_TRUE(tells(report_, part_)) << text(report_); \
  } while (false)

// ---------------------------------------------------------------- products

/// Operands of ones, 64 x 16 and 16 x 16, without swizzle: each sum is 16.
struct ones {
  alignas(1024) unsigned short a[64 * 16], b[16 * 16];

  void fill(unsigned short with) {
    for (auto& x : a) x = with;
    for (auto& x : b) x = with;
  }
  backend::wgmma_operand in_a() { return backend::wgmma_operand::at(a, 1024, 128, 0); }
  backend::wgmma_operand in_b() { return backend::wgmma_operand::at(b, 256, 128, 0); }
};
constexpr unsigned short one = 0x3f80, two = 0x4000;

/// Runs body(operands, d, site) in four warps that share operands of ones.
template <class Body>
sim::report const* with_ones(unsigned threads, Body body) {
  return run(threads, [&] {
    LANEFOLD_SHARED(shared, ones);
    auto const site = call_site::here();
    if (threadIdx.x == 0) shared.fill(one);
    backend::sync_block(site);
    float d[8] = {};
    body(shared, d, site);
  });
}

void ask(ones& shared, float (&d)[8], call_site site) {
  backend::wgmma_bf16<0, 0>(d, shared.in_a(), shared.in_b(), true, site);
}

void wait(call_site site) {
  backend::wgmma_commit(site);
  backend::wgmma_wait<0>(site);
}

TEST_F(HopperMistakes, ResultsAreNotThereBeforeTheWait) {
  for (auto const order : {sim::order::lane, sim::order::reverse}) {
    use_order(order);
    bool early = false, after = true;
    auto const* report = with_ones(128, [&](ones& shared, float (&d)[8], call_site site) {
      backend::wgmma_fence(site);
      ask(shared, d, site);
      ask(shared, d, site);
      backend::wgmma_commit(site);
      early |= !std::isnan(d[3]);
      backend::wgmma_wait<0>(site);
      for (float const x : d) after &= x == 32;
    });
    EXPECT_EQ(report, nullptr) << text(report);
    EXPECT_FALSE(early);
    EXPECT_TRUE(after);
  }
}

TEST_F(HopperMistakes, AWaitCoversTheGroupsItNames) {
  bool first = true, second = true, not_yet = true;
  auto const* report = with_ones(128, [&](ones& shared, float (&d)[8], call_site site) {
    float e[8] = {};
    backend::wgmma_fence(site);
    ask(shared, d, site);
    backend::wgmma_commit(site);
    ask(shared, e, site);
    backend::wgmma_commit(site);
    backend::wgmma_wait<1>(site);
    first &= d[0] == 16;
    not_yet &= std::isnan(e[0]);
    backend::wgmma_wait<0>(site);
    second &= e[7] == 16;
  });
  EXPECT_EQ(report, nullptr) << text(report);
  EXPECT_TRUE(first && not_yet && second);
}

TEST_F(HopperMistakes, OperandsOverwrittenBeforeTheWaitGiveAWrongResultUnderSomeOrder) {
  auto const sum = [&](sim::order order) {
    use_order(order);
    float result = 0;
    auto const* report = with_ones(128, [&](ones& shared, float (&d)[8], call_site site) {
      backend::wgmma_fence(site);
      ask(shared, d, site);
      backend::wgmma_commit(site);
      backend::sync_block(site);
      if (threadIdx.x == 0) shared.fill(two);
      backend::sync_block(site);
      backend::wgmma_wait<0>(site);
      if (threadIdx.x == 5) result = d[2];
    });
    EXPECT_EQ(report, nullptr) << text(report);
    return result;
  };
  EXPECT_EQ(sum(sim::order::lane), 16);
  EXPECT_EQ(sum(sim::order::reverse), 64);
}

TEST_F(HopperMistakes, ProductsThatNobodyWaitsForAreReported) {
  auto const* report = with_ones(128, [](ones& shared, float (&d)[8], call_site site) {
    backend::wgmma_fence(site);
    ask(shared, d, site);
    backend::wgmma_commit(site);
  });
  EXPECT_TOLD(report, "PRECONDITION", "exits with this product under way");
  report = with_ones(128, [](ones& shared, float (&d)[8], call_site site) {
    backend::wgmma_fence(site);
    ask(shared, d, site);
    backend::wgmma_wait<0>(site);  // no group has been committed
  });
  EXPECT_TOLD(report, "PRECONDITION", "exits with this product under way");
}

TEST_F(HopperMistakes, AMissingWarpIsADeadlock) {
  auto const* report = with_ones(128, [](ones& shared, float (&d)[8], call_site site) {
    if (threadIdx.x / 32 == 2) return;
    backend::wgmma_fence(site);
    ask(shared, d, site);
    backend::wgmma_commit(site);
    backend::wgmma_wait<0>(site);
  });
  EXPECT_TOLD(report, "DEADLOCK", "a product of warps 0-3, where 3 of 4 have arrived");
}

TEST_F(HopperMistakes, MissingLanesAreReported) {
  auto const* report = with_ones(128, [](ones& shared, float (&d)[8], call_site site) {
    backend::wgmma_fence(site);
    if (threadIdx.x == 40) backend::sync_block(site);
    ask(shared, d, site);
    wait(site);
  });
  EXPECT_EQ(kind(report), "DEADLOCK") << text(report);
  report = with_ones(64, ask);
  EXPECT_TOLD(report, "PRECONDITION", "the block has 64 threads");
}

TEST_F(HopperMistakes, LanesAndWarpsThatAskForDifferentProductsAreReported) {
  auto const asked_by = [](unsigned first, unsigned last) {
    return with_ones(128, [=](ones& shared, float (&d)[8], call_site site) {
      backend::wgmma_fence(site);
      bool const other = threadIdx.x >= first && threadIdx.x <= last;
      backend::wgmma_bf16<0, 0>(d, shared.in_a(), other ? shared.in_a() : shared.in_b(), true, site);
      wait(site);
    });
  };
  auto const* report = asked_by(37, 37);
  EXPECT_TOLD(report, "COLLECTIVE-MISMATCH", "lane 0 of the same warp asks for wgmma_bf16 of 64 x 16");
  EXPECT_EQ(report->warp, 1u);
  EXPECT_EQ(report->lane, 5u);
  EXPECT_TOLD(asked_by(96, 127), "COLLECTIVE-MISMATCH", "warp 3 asks for wgmma_bf16 of 64 x 16");
  report = with_ones(128, [](ones& shared, float (&d)[8], call_site site) {
    backend::wgmma_fence(site);
    if (threadIdx.x / 32 == 1)
      backend::wgmma_f16<0, 0>(d, shared.in_a(), shared.in_b(), true, site);
    else
      ask(shared, d, site);
    wait(site);
  });
  EXPECT_TOLD(report, "COLLECTIVE-MISMATCH", "as the same product of the four warps");
}

TEST_F(HopperMistakes, OperandsInAWrongPlaceAreReported) {
  auto const with_operand = [](auto operand) {
    return with_ones(128, [=](ones& shared, float (&d)[8], call_site site) {
      backend::wgmma_fence(site);
      backend::wgmma_bf16<0, 0>(d, operand(shared), shared.in_b(), false, site);
    });
  };
  using backend::wgmma_operand;
  EXPECT_TOLD(with_operand([](ones& s) { return wgmma_operand::at(s.a + 4, 1024, 128, 0); }), "PRECONDITION",
              "multiples of 16 bytes");
  EXPECT_TOLD(with_operand([](ones& s) { return wgmma_operand::at(s.a, 1024, 100, 0); }), "PRECONDITION",
              "multiples of 16 bytes");
  EXPECT_TOLD(with_operand([](ones&) { return wgmma_operand::at(one_in_all, 1024, 128, 0); }), "PRECONDITION",
              "lies in the block's shared memory");
  EXPECT_TOLD(with_operand([](ones& s) { return wgmma_operand::at(s.a, 16, 1024, 128).plus(128); }), "PRECONDITION",
              "starts in the first 128 of 256, 512 or 1024 bytes");
  EXPECT_TOLD(with_operand([](ones& s) { return wgmma_operand::at(s.a, 1024, 200'000, 0); }), "PRECONDITION",
              "reaches beyond shared memory");
}

TEST_F(HopperMistakes, AccumulatorsAreLeftAloneUntilTheWait) {
  auto const* report = with_ones(128, [](ones& shared, float (&d)[8], call_site site) {
    backend::wgmma_fence(site);
    ask(shared, d, site);
    backend::wgmma_commit(site);
    if (threadIdx.x == 70) d[1] = 0;
    backend::wgmma_wait<0>(site);
  });
  EXPECT_TOLD(report, "PRECONDITION", "has written to accumulators");
  EXPECT_EQ(report->thread.x, 70u);
  report = with_ones(128, [](ones& shared, float (&)[8], call_site site) {
    float wide[16] = {};
    backend::wgmma_fence(site);
    ask(shared, reinterpret_cast<float (&)[8]>(wide), site);
    backend::wgmma_bf16<0, 0>(wide, shared.in_a(), shared.in_a(), true, site);
  });
  EXPECT_TOLD(report, "PRECONDITION", "overlap with others of a product that is under way");
}

TEST_F(HopperMistakes, ProductsBeginWithAFence) {
  EXPECT_TOLD(with_ones(128, ask), "PRECONDITION", "wgmma_fence has to come before the first product");
}

// ---------------------------------------------------------------- copies

struct boxes {
  alignas(1024) unsigned char at[2][1024];
};

/// A matrix of 64 x 16 floats, all 7, and boxes of 16 x 16 of them.
struct matrix_of_sevens {
  alignas(16) float content[64][16];
  backend::tensor_map map{};

  matrix_of_sevens() {
    for (auto& row : content)
      for (float& x : row) x = 7;
    EXPECT_TRUE(make_tensor_map(&map, {content, 4, 16, 64, 64, 16, 16}).ok());
  }
};

template <class Body>
sim::report const* with_boxes(shape where, Body body) {
  return run(where, [&] {
    LANEFOLD_SHARED(shared, boxes);
    LANEFOLD_SHARED(arrived, backend::mbarrier);
    auto const site = call_site::here();
    if (threadIdx.x == 0) backend::mbarrier_init(arrived, 1, site);
    backend::arrive_cluster(site);
    backend::wait_cluster(site);
    body(shared, arrived, site);
  });
}
shape const one_warp{};
shape pair() {
  shape result;
  result.grid = result.cluster = {2, 1, 1};
  return result;
}

TEST_F(HopperMistakes, ABoxIsNotThereBeforeItsBarrierSaysSo) {
  matrix_of_sevens const m;
  bool early = false, after = true;
  use_order(sim::order::reverse);
  auto const* report = with_boxes(one_warp, [&](boxes& shared, backend::mbarrier& arrived, call_site site) {
    if (threadIdx.x != 0) return;
    auto const* const floats = reinterpret_cast<float const*>(shared.at[0]);
    backend::mbarrier_arrive_expect(arrived, 1024, site);
    backend::copy_box(shared.at[0], m.map, 0, 0, arrived, site);
    early |= !std::isnan(floats[100]);
    backend::mbarrier_wait(arrived, 0, site);
    after &= floats[100] == 7;
  });
  EXPECT_EQ(report, nullptr) << text(report);
  EXPECT_FALSE(early);
  EXPECT_TRUE(after);
}

TEST_F(HopperMistakes, ASpinOnTheBarrierSeesTheBox) {
  matrix_of_sevens const m;
  for (auto const order : {sim::order::lane, sim::order::reverse, sim::order::priority, sim::order::uniform}) {
    use_order(order);
    auto const* report = with_boxes(one_warp, [&](boxes& shared, backend::mbarrier& arrived, call_site site) {
      if (threadIdx.x == 0) {
        backend::mbarrier_arrive_expect(arrived, 1024, site);
        backend::copy_box(shared.at[0], m.map, 0, 0, arrived, site);
      }
      while (!backend::mbarrier_test(arrived, 0, site)) {
      }
      if (reinterpret_cast<float const*>(shared.at[0])[threadIdx.x] != 7) sim::fail("TEST", site, "not there");
    });
    EXPECT_EQ(report, nullptr) << text(report);
  }
}

TEST_F(HopperMistakes, WrongBytesAreADeadlock) {
  matrix_of_sevens const m;
  auto const* report = with_boxes(one_warp, [&](boxes& shared, backend::mbarrier& arrived, call_site site) {
    if (threadIdx.x == 0) {
      backend::mbarrier_arrive_expect(arrived, 2048, site);
      backend::copy_box(shared.at[0], m.map, 0, 0, arrived, site);
    }
    backend::mbarrier_wait(arrived, 0, site);
  });
  EXPECT_TOLD(report, "DEADLOCK", "1024 bytes are missing");
}

TEST_F(HopperMistakes, CopiesAskedForWronglyAreReported) {
  matrix_of_sevens const m;
  auto const asking = [&](auto ask_for) {
    return with_boxes(one_warp, [&](boxes& shared, backend::mbarrier& arrived, call_site site) {
      if (threadIdx.x == 0) ask_for(shared, arrived, site);
    });
  };
  EXPECT_TOLD(asking([&](boxes& s, auto& arrived, auto site) { copy_box(s.at[0] + 64, m.map, 0, 0, arrived, site); }),
              "PRECONDITION", "a multiple of 128 bytes of shared memory; this one is at byte 64");
  static unsigned char outside[1024];
  EXPECT_TOLD(asking([&](boxes&, auto& arrived, auto site) { copy_box(outside, m.map, 0, 0, arrived, site); }),
              "PRECONDITION", "does not lie in shared memory");
  EXPECT_TOLD(asking([&](boxes& s, auto& arrived, auto site) { copy_box(s.at[0], {}, 0, 0, arrived, site); }),
              "PRECONDITION", "this is no tensor map");
  EXPECT_TOLD(asking([&](boxes& s, auto& arrived, auto site) { copy_box_to(2, s.at[0], m.map, 0, 0, arrived, site); }),
              "PRECONDITION", "the mask of blocks is 2");
  EXPECT_TOLD(asking([&](boxes& s, auto& arrived, auto site) { copy_box(s.at[0], m.map, 0, 0, 0, arrived, site); }),
              "PRECONDITION", "a box is told the number of its matrix where the map has matrices; this one has none");
  EXPECT_TOLD(asking([&](boxes& s, auto& arrived, auto site) {
                backend::mbarrier_invalidate(arrived, site);
                copy_box(s.at[0], m.map, 0, 0, arrived, site);
              }),
              "PRECONDITION", "no mbarrier has been initialised");
}

TEST_F(HopperMistakes, ABlockThatExitsBeforeItsBoxIsThereIsReported) {
  matrix_of_sevens const m;
  use_order(sim::order::reverse);
  auto const* report = with_boxes(one_warp, [&](boxes& shared, backend::mbarrier& arrived, call_site site) {
    if (threadIdx.x == 0) backend::copy_box(shared.at[0], m.map, 0, 0, arrived, site);
  });
  EXPECT_TOLD(report, "PRECONDITION", "the block exits while a box is on its way to its shared memory");
}

TEST_F(HopperMistakes, WhatGoesToABlockThatHasExitedIsReported) {
  matrix_of_sevens const m;
  auto const after_the_other_block = [&](auto what) {
    unsigned exited = 0;
    return with_boxes(pair(), [&](boxes& shared, backend::mbarrier& arrived, call_site site) {
      if (backend::cluster_rank() == 1) {
        ++exited;
        return;
      }
      while (exited < 32) sim::yield(site);
      sim::yield(site);
      if (threadIdx.x == 0) what(shared, arrived, site);
    });
  };
  EXPECT_TOLD(after_the_other_block([&](boxes& shared, backend::mbarrier& arrived, call_site site) {
                backend::copy_box_to(3, shared.at[0], m.map, 0, 0, arrived, site);
              }),
              "PRECONDITION", "a block that has exited");
  EXPECT_TOLD(after_the_other_block([&](boxes&, backend::mbarrier& arrived, call_site site) {
                backend::mbarrier_arrive_at(arrived, 1, site);
              }),
              "PRECONDITION", "the block of rank 1 has exited");
}

TEST_F(HopperMistakes, AStoreReadsSharedMemoryNoLaterThanTheWait) {
  auto const stored = [&](sim::order order, bool waits) {
    use_order(order);
    matrix_of_sevens m;
    auto const* report = with_boxes(one_warp, [&](boxes& shared, backend::mbarrier&, call_site site) {
      if (threadIdx.x != 0) return;
      auto* const floats = reinterpret_cast<float*>(shared.at[0]);
      for (int i = 0; i < 256; ++i) floats[i] = 1;
      backend::store_box(m.map, 0, 16, floats, site);
      backend::commit_stores(site);
      if (waits) backend::wait_stores_read<0>(site);
      for (int i = 0; i < 256; ++i) floats[i] = 2;
      backend::wait_stores_read<0>(site);
    });
    EXPECT_EQ(report, nullptr) << text(report);
    EXPECT_EQ(m.content[15][15], 7);
    return m.content[16][0];
  };
  EXPECT_EQ(stored(sim::order::lane, true), 1);
  EXPECT_EQ(stored(sim::order::reverse, true), 1);
  EXPECT_EQ(stored(sim::order::reverse, false), 2);
}

TEST_F(HopperMistakes, StoresThatNobodyWaitsForAreReported) {
  for (bool const commits : {false, true}) {
    matrix_of_sevens m;
    auto const* report = with_boxes(one_warp, [&](boxes& shared, backend::mbarrier&, call_site site) {
      if (threadIdx.x != 0) return;
      backend::store_box(m.map, 0, 0, shared.at[0], site);
      if (commits) backend::commit_stores(site);
    });
    EXPECT_TOLD(report, "PRECONDITION",
                commits ? "stores of boxes that it has not waited for" : "stores of boxes that it has not committed");
  }
}

}  // namespace
