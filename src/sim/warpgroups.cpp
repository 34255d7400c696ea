// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// The four warps of a product: each asks by itself, the product is theirs together, and each waits by itself.

#include <algorithm>
#include <cstring>

#include "executor.hpp"

namespace lanefold::sim {
namespace {

bool alike(wgmma_operands const& a, wgmma_operands const& b) {
  return a.a == b.a && a.b == b.b && a.columns == b.columns && a.add == b.add && a.transpose_a == b.transpose_a &&
         a.transpose_b == b.transpose_b;
}

std::string described(operation const& op, wgmma_operands const& o) {
  auto const matrix = [](std::uint64_t bits, bool transposed) {
    constexpr int swizzles[] = {0, 128, 64, 32};
    return "byte " + std::to_string((bits & 0x3fff) * 16) + " (leading " + std::to_string((bits >> 16 & 0x3fff) * 16) +
           ", stride " + std::to_string((bits >> 32 & 0x3fff) * 16) + ", swizzle " +
           std::to_string(swizzles[bits >> 62]) + (transposed ? ", transposed)" : ")");
  };
  return std::string(op.name) + " of 64 x " + std::to_string(o.columns) + (o.add ? ", added," : ",") + " with A at " +
         matrix(o.a, o.transpose_a) + " and B at " + matrix(o.b, o.transpose_b);
}

}  // namespace

/// The accumulators that begin there, those under way or new ones; null after a fault.
accumulators* executor::take_accumulators(warp& w, warpgroup::part& part, meeting const& all,
                                          wgmma_operands const& operands) {
  auto const of_lane = [&](unsigned l) { return value_of<wgmma_operands>(all[l]).d; };
  unsigned const words = operands.columns / 2;
  for (accumulators& known : part.under_way) {
    unsigned same = 0;
    bool overlaps = false;
    for (unsigned l = 0; l < 32; ++l) {
      same += known.of_lane[l] == of_lane(l);
      overlaps |= of_lane(l) < known.of_lane[l] + known.words && known.of_lane[l] < of_lane(l) + words;
    }
    if (same == 32 && known.words == words) return &known;
    if (!overlaps) continue;
    fault(w.lanes[0], "PRECONDITION", all.first().site, 0,
          "these accumulators overlap with others of a product that is under way: wait for it first");
    return nullptr;
  }
  if (!part.fenced) {
    fault(w.lanes[0], "PRECONDITION", all.first().site, 0,
          "wgmma_fence has to come before the first product, and between a wait and the next product");
    return nullptr;
  }
  accumulators fresh{{}, words, 0, {}, std::vector<std::uint32_t>(std::size_t{32} * words)};
  for (unsigned l = 0; l < 32; ++l) {
    fresh.of_lane[l] = of_lane(l);
    std::memcpy(&fresh.values[std::size_t{l} * words], fresh.of_lane[l], words * sizeof(std::uint32_t));
    std::fill_n(fresh.of_lane[l], words, grid_->settings.poison);
  }
  part.under_way.push_back(std::move(fresh));
  return &part.under_way.back();
}

/// A warp has met in asking for a product.
void executor::ask_for_product(warp& w, meeting const& all, operation const& op) {
  call_site const site = all.first().site;
  auto const operands = value_of<wgmma_operands>(all.first());
  warpgroup& group = warpgroups_[w.index / 4];
  warpgroup::part& part = group.parts[w.index % 4];
  lane const& me = w.lanes[0];
  if (grid_->threads < (w.index / 4 + 1) * 128)
    return fault(me, "PRECONDITION", site, 0,
                 "wgmma is for four warps, from a multiple of four on; the block has " +
                     std::to_string(grid_->threads) + " threads");
  for (unsigned l = 1; l < 32; ++l)
    if (auto const other = value_of<wgmma_operands>(all[l]); !alike(operands, other))
      return fault(w.lanes[l], "COLLECTIVE-MISMATCH", site, 0,
                   "this lane asks for " + described(op, other) + "; lane 0 of the same warp asks for " +
                       described(op, operands));

  std::uint64_t const number = part.asked;
  if (number == group.done + group.products.size()) {  // this warp is the first to ask
    if (char const* const wrong = wrong_operands(op, operands, arena_.bytes()))
      return fault(me, "PRECONDITION", site, 0, std::string(wrong) + ": " + described(op, operands));
    group.products.push_back({&op, operands, site, 0, {}});
  }
  product& mine = group.products[number - group.done];
  if (mine.op != &op || !alike(mine.operands, operands))
    return fault(me, "COLLECTIVE-MISMATCH", site, 0,
                 "warp " + std::to_string(w.index) + " asks for " + described(op, operands) +
                     "; as the same product of the four warps, warp " +
                     std::to_string(w.index / 4 * 4 + static_cast<unsigned>(__builtin_ctz(mine.asked))) + " asks for " +
                     described(*mine.op, mine.operands));
  accumulators* const sums = take_accumulators(w, part, all, operands);
  if (sums == nullptr) return;
  sums->last = number;
  sums->site = site;
  mine.values[w.index % 4] = sums->values.data();
  mine.asked |= 1u << w.index % 4;
  ++part.asked;
  if (mine.asked != 15) return;
  if (!schedule_.late()) carry_out_products(group, number + 1);
  group.met.expected = group.met.arrived = 4;
  release_if_complete(group.met);
}

/// All those before number `end`.
void executor::carry_out_products(warpgroup& group, std::uint64_t end) {
  auto const count = static_cast<std::ptrdiff_t>(end - group.done);
  for (auto next = group.products.begin(); next != group.products.begin() + count; ++next)
    multiply_of (*next->op)(*next, arena_.begin());
  group.products.erase(group.products.begin(), group.products.begin() + count);
  group.done = end;
}

void executor::fence_products(warp& w) { warpgroups_[w.index / 4].parts[w.index % 4].fenced = true; }

void executor::commit_products(warp& w) {
  warpgroup::part& part = warpgroups_[w.index / 4].parts[w.index % 4];
  part.commits.push_back(part.asked);
}

/// A warp has met in a wait: which products it is for.
void executor::await_products(warp& w, unsigned pending) {
  warpgroup::part& part = warpgroups_[w.index / 4].parts[w.index % 4];
  if (part.commits.size() <= pending) return;
  auto const waited_for = part.commits.end() - static_cast<std::ptrdiff_t>(pending);
  part.covered = waited_for[-1];
  part.commits.erase(part.commits.begin(), waited_for);
}

/// Each lane of the warp; the first that gets so far does it for all.
void executor::wait_for_products(lane& me, call_site site) {
  warp& w = *me.in;
  warpgroup& group = warpgroups_[w.index / 4];
  warpgroup::part& part = group.parts[w.index % 4];
  while (!aborting_ && group.asked_by_all() < part.covered) {
    group.met.expected = 4;
    group.met.arrived =
        static_cast<unsigned>(__builtin_popcount(group.products[group.asked_by_all() - group.done].asked));
    wait_at(me, group.met, group.met.phase, site);
  }
  if (!aborting_) {
    carry_out_products(group, std::max(group.done, part.covered));
    give_accumulators_back(w, part, site);
  }
  if (aborting_) unwind(me);
}

void executor::give_accumulators_back(warp& w, warpgroup::part& part, call_site site) {
  auto const poison = grid_->settings.poison;
  for (std::size_t i = part.under_way.size(); i-- > 0;) {
    accumulators& sums = part.under_way[i];
    if (sums.last >= part.covered) continue;
    for (unsigned l = 0; l < 32; ++l) {
      std::uint32_t* const d = sums.of_lane[l];
      if (std::any_of(d, d + sums.words, [poison](std::uint32_t word) { return word != poison; }))
        return fault(w.lanes[l], "PRECONDITION", site, 0,
                     "this lane has written to accumulators between asking for a product and waiting for it");
      std::memcpy(d, &sums.values[std::size_t{l} * sums.words], sums.words * sizeof(std::uint32_t));
    }
    part.under_way.erase(part.under_way.begin() + static_cast<std::ptrdiff_t>(i));
    part.fenced = false;
  }
}

void executor::check_products_at_exit(lane const& me) {
  auto const& under_way = warpgroups_[me.in->index / 4].parts[me.in->index % 4].under_way;
  if (under_way.empty()) return;
  fault(me, "PRECONDITION", under_way.back().site, 0,
        "this thread exits with this product under way: wgmma_commit, then wgmma_wait<0>");
}

}  // namespace lanefold::sim
