// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// The copy engine: boxes of a matrix between global and shared memory.

#include <algorithm>
#include <cstring>

#include "executor.hpp"

namespace lanefold::sim {
namespace {

/// Of the 23 bits of significand, tf32 has 10: to nearest, ties to even.
void round_to_tf32(char* floats, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += 4) {
    std::uint32_t bits;
    std::memcpy(&bits, floats + i, 4);
    if ((bits & 0x7f800000u) != 0x7f800000u) bits += 0xfffu + (bits >> 13 & 1);
    bits &= ~0x1fffu;
    std::memcpy(floats + i, &bits, 4);
  }
}

/// Calls move(place in global memory, or null for what is outside, place in shared memory, bytes) for all of the box, in
/// pieces of 16 bytes or, over an edge, in elements. `address` is the shared address of the box: the pieces of 128 bytes
/// trade places, by the number of the 128 bytes. Stores know no elements: as on an H100 the last 16 bytes of a row are
/// written as a whole.
template <class Move>
void for_each_piece(box_copy const& copy, std::size_t address, Move move) {
  tensor_description const& m = copy.map;
  std::size_t const mask = m.swizzle == 0 ? 0 : static_cast<std::size_t>(m.swizzle) / 16 - 1;
  int const in_piece = 16 / m.bytes;
  bool const matrix_inside = copy.at.matrix >= 0 && copy.at.matrix < std::max<std::int64_t>(m.matrices, 1);
  char* const matrix = m.data + (matrix_inside ? copy.at.matrix * m.matrix_stride : 0);
  for (int r = 0; r < m.box_rows; ++r)
    for (int c = 0; c < m.box_columns; c += in_piece) {
      std::size_t const plain = address + static_cast<std::size_t>(r) * m.row_bytes() +
                                static_cast<std::size_t>(c) * static_cast<std::size_t>(m.bytes);
      char* const shared = copy.shared + (plain ^ (plain >> 7 & mask) << 4) - address;
      std::int64_t const row = std::int64_t{copy.at.row} + r, column = std::int64_t{copy.at.column} + c;
      bool const row_inside = row >= 0 && row < m.rows && matrix_inside;
      auto const global = [&](std::int64_t at) { return matrix + row * m.stride + at * m.bytes; };
      bool const stores = copy.arrived == nullptr;
      if (row_inside && column >= 0 && column + (stores ? 1 : in_piece) <= m.columns) {
        move(global(column), shared, 16);
        continue;
      }
      for (int i = 0; i < in_piece; ++i) {
        bool const inside = row_inside && column + i >= 0 && column + i < m.columns;
        move(inside ? global(column + i) : nullptr, shared + i * m.bytes, static_cast<std::size_t>(m.bytes));
      }
    }
}

}  // namespace

/// What copies to and from shared memory have in common.
box_copy executor::checked_copy(lane& me, tensor_description const& map, box_place at, void const* shared,
                                call_site site) {
  if (map.mark != tensor_description::right_mark)
    fail(me, "PRECONDITION", "this is no tensor map: make_tensor_map makes one", site);
  if (at.numbered != (map.matrices != 0))
    fail(me, "PRECONDITION",
         at.numbered ? "a box is told the number of its matrix where the map has matrices; this one has none"
                     : "a box is told the number of its matrix where the map has matrices; this one has " +
                           std::to_string(map.matrices),
         site);
  auto* const begin = static_cast<char*>(const_cast<void*>(shared));
  if (static_cast<long long>(at.column) * map.bytes % 16 != 0)
    fail(me, "PRECONDITION",
         "a box begins at a multiple of 16 bytes of a row; column " + std::to_string(at.column) + " of elements of " +
             std::to_string(map.bytes) + " bytes is none",
         site);
  if (!arena_.contains(begin) || !arena_.contains(begin + map.box_bytes() - 1))
    fail(me, "PRECONDITION", "a box of " + std::to_string(map.box_bytes()) + " bytes does not lie in shared memory",
         site);
  if (std::size_t const byte = arena_.offset(begin); byte % 128 != 0)
    fail(me, "PRECONDITION",
         "a box lies at a multiple of 128 bytes of shared memory; this one is at byte " + std::to_string(byte), site);
  return {map, at, begin, this, nullptr, &me, 0, site, schedule_.due(gang_->engine.clock)};
}

void executor::copy_box(lane& me, tensor_description const& map, void* to, box_place from, void* arrived,
                        unsigned blocks, call_site site) {
  if (aborting_) {
    unwind(me);
    return;
  }
  box_copy copy = checked_copy(me, map, from, to, site);
  if (!arena_.contains(arrived))
    fail(me, "PRECONDITION", "the mbarrier of a copy is in the shared memory of the block that asks", site);
  if (blocks == 0 || blocks >> gang_->cluster_blocks != 0)
    fail(me, "PRECONDITION",
         "a copy goes to blocks of the cluster, which has " + std::to_string(gang_->cluster_blocks) +
             "; the mask of blocks is " + std::to_string(blocks),
         site);
  for_each_lane(blocks, [&](unsigned rank) {
    copy.block = &block_of_cluster(rank);
    copy.shared = static_cast<char*>(copy.block->arena_.same_place(arena_, to));
    copy.arrived = copy.block->arena_.same_place(arena_, arrived);
    (void)mbarrier_at(me, copy.arrived, site);
    copy.block->arena_.fill_with_poison(copy.shared, map.box_bytes());
    copy.due = schedule_.due(gang_->engine.clock);
    ask(me, copy);
  });
}

void executor::store_box(lane& me, tensor_description const& map, box_place to, void const* from, call_site site) {
  if (aborting_) {
    unwind(me);
    return;
  }
  box_copy copy = checked_copy(me, map, to, from, site);
  if (to.column < 0 || to.row < 0)
    fail(me, "PRECONDITION",
         "a box that is stored begins at no negative column or row; here they are " + std::to_string(to.column) +
             " and " + std::to_string(to.row),
         site);
  copy.group = me.store_groups;
  me.last_store_group = me.store_groups + 1;
  ask(me, copy);
}

void executor::ask(lane& me, box_copy const& copy) {
  if (copy.due <= gang_->engine.clock)
    carry_out(copy);
  else
    gang_->engine.waiting.push_back(copy);
  if (aborting_) unwind(me);
}

void executor::wait_stores_read(lane& me, unsigned pending) {
  if (aborting_) {
    unwind(me);
    return;
  }
  if (me.store_groups <= pending) return;
  unsigned const covered = me.store_groups - pending;
  me.store_groups_read = std::max(me.store_groups_read, covered);
  carry_out_if([&](box_copy const& c) { return c.asker == &me && c.arrived == nullptr && c.group < covered; });
}

void executor::carry_out(box_copy const& copy) {
  made_progress();
  if (copy.block->live_ == 0)
    return fault(*copy.asker, "PRECONDITION", copy.site, 0,
                 "a box is copied to or from the shared memory of a block that has exited");
  std::size_t const address = copy.block->arena_.offset(copy.shared);
  if (copy.arrived == nullptr) {
    for_each_piece(copy, address, [](char* global, char const* shared, std::size_t bytes) {
      if (global != nullptr) std::memcpy(global, shared, bytes);
    });
    return;
  }
  for_each_piece(copy, address, [&](char const* global, char* shared, std::size_t bytes) {
    if (global == nullptr) {
      std::memset(shared, 0, bytes);
      return;
    }
    std::memcpy(shared, global, bytes);
    if (copy.map.tf32) round_to_tf32(shared, bytes);
  });
  auto const there = gang_->mbarriers.find(copy.arrived);
  if (there == gang_->mbarriers.end())
    return fault(*copy.asker, "PRECONDITION", copy.site, 0, "the mbarrier of this copy is not there any more");
  there->second.bytes -= static_cast<int>(copy.map.box_bytes());
  release_if_complete(there->second);
}

template <class Which>
void executor::carry_out_if(Which which) {
  auto& waiting = gang_->engine.waiting;
  for (std::size_t i = 0; i < waiting.size() && !aborting_;) {
    if (!which(waiting[i])) {
      ++i;
      continue;
    }
    box_copy const copy = waiting[i];
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
    carry_out(copy);
  }
}

/// A lane is about to be picked: those whose time has come.
void executor::carry_out_due() {
  std::uint64_t const now = ++gang_->engine.clock;
  carry_out_if([now](box_copy const& c) { return c.due <= now; });
}

/// Nothing else can happen: false when there is none.
bool executor::carry_out_one() {
  auto& waiting = gang_->engine.waiting;
  if (waiting.empty() || aborting_) return false;
  box_copy& chosen = waiting[schedule_.any_of(static_cast<unsigned>(waiting.size()))];
  box_copy const copy = chosen;
  chosen = waiting.back();
  waiting.pop_back();
  carry_out(copy);
  return true;
}

/// The lane exits, and with the last one of a block its shared memory is gone.
void executor::check_copies_at_exit(lane const& me) {
  if (me.last_store_group > me.store_groups_read)
    fault(me, "PRECONDITION", {}, 0,
          me.last_store_group > me.store_groups
              ? "this thread exits with stores of boxes that it has not committed: commit_stores, then wait_stores_read"
              : "this thread exits with stores of boxes that it has not waited for: wait_stores_read");
  if (live_ != 0) return;
  for (box_copy const& copy : gang_->engine.waiting)
    if (copy.block == this)
      fault(*copy.asker, "PRECONDITION", copy.site, 0,
            "the block exits while a box is on its way to its shared memory: wait for the mbarrier");
}

void executor::mbarrier_arrive_at(lane& me, void* here, unsigned rank, call_site site) {
  if (aborting_) {
    unwind(me);
    return;
  }
  void* const there = map_shared(me, here, rank, site);
  if (block_of_cluster(rank).live_ == 0)
    fail(me, "PRECONDITION",
         "the block of rank " + std::to_string(rank) +
             " has exited, and its mbarriers are gone: let the cluster meet "
             "before blocks exit",
         site);
  mbarrier_arrive(me, there, 1, 0, site);
}

}  // namespace lanefold::sim
