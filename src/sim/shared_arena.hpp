// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The shared memory of a block. Offsets are those of a first-come layout and stay the same for all blocks that one OS
// thread runs of a grid, so that the bank of a word means something, and that the blocks of a cluster find each other's.

#include <lanefold/sim/simulator.hpp>

#include <cstdlib>
#include <memory>
#include <vector>

namespace lanefold::sim {

/// Where the declarations lie.
struct shared_layout {
  struct place {
    shared_slot* slot;
    std::size_t offset;
  };
  std::vector<place> places;
  std::size_t used = 0;
};

class shared_arena {
 public:
  void start_grid(options const& settings, std::size_t dynamic_bytes, shared_layout& layout) {
    static_limit_ = settings.total_shared_limit - dynamic_bytes;
    if (settings.static_shared_limit < static_limit_) static_limit_ = settings.static_shared_limit;
    dynamic_bytes_ = dynamic_bytes;
    poison_ = settings.poison;
    layout_ = &layout;
    std::size_t const wanted = round_up(round_up(static_limit_, base_alignment) + dynamic_bytes, base_alignment);
    if (wanted > capacity_) {
      memory_.reset(static_cast<char*>(std::aligned_alloc(base_alignment, wanted)));
      capacity_ = memory_ != nullptr ? wanted : throw std::bad_alloc();
    }
  }

  /// What a block finds in shared memory is no zero and not what the block before left there.
  void start_block() {
    poisoned_ = 0;
    poison_declared();
    poison(static_cast<char*>(dynamic()), dynamic_bytes_);
  }

  /// This block's bytes for a declaration; null when they exceed the limit.
  void* find(shared_slot& slot) {
    for (auto const& known : layout_->places)
      if (known.slot == &slot) {
        poison_declared();
        return memory_.get() + known.offset;
      }
    std::size_t const offset = round_up(layout_->used, slot.alignment);
    if (offset + slot.bytes > static_limit_) return nullptr;
    layout_->places.push_back({&slot, offset});
    layout_->used = offset + slot.bytes;
    poison_declared();
    return memory_.get() + offset;
  }
  /// What another block of the gang has at the place where `address` is in that one's shared memory.
  void* same_place(shared_arena const& in, void const* address) {
    poison_declared();
    return memory_.get() + in.offset(address);
  }

  /// Bytes of the arena that are to be written before they mean something.
  void fill_with_poison(void* from, std::size_t bytes) const { poison(static_cast<char*>(from), bytes); }

  char const* begin() const { return memory_.get(); }
  std::size_t bytes() const { return capacity_; }
  void* dynamic() const { return memory_.get() + round_up(static_limit_, base_alignment); }
  std::size_t dynamic_bytes() const { return dynamic_bytes_; }
  std::size_t used() const { return layout_->used; }
  std::size_t static_limit() const { return static_limit_; }
  bool contains(void const* address) const { return address >= memory_.get() && address < memory_.get() + capacity_; }
  /// Where in shared memory an address of the arena is.
  std::size_t offset(void const* address) const {
    return static_cast<std::size_t>(static_cast<char const*>(address) - memory_.get());
  }

 private:
  struct release {
    void operator()(char* memory) const { std::free(memory); }
  };

  static constexpr std::size_t base_alignment = 1024;
  static std::size_t round_up(std::size_t value, std::size_t to) { return (value + to - 1) / to * to; }
  void poison(char* from, std::size_t bytes) const {
    for (std::size_t i = offset(from), end = i + bytes; i < end; ++i)
      memory_.get()[i] = static_cast<char>(poison_ >> i % 4 * 8);
  }

  /// Another block may have declared more since.
  void poison_declared() {
    if (poisoned_ >= layout_->used) return;
    poison(memory_.get() + poisoned_, layout_->used - poisoned_);
    poisoned_ = layout_->used;
  }

  std::unique_ptr<char, release> memory_;
  std::size_t capacity_ = 0, static_limit_ = 0, dynamic_bytes_ = 0;
  std::size_t poisoned_ = 0;  ///< the declarations below have had their poison in this block
  std::uint32_t poison_ = 0;
  shared_layout* layout_ = nullptr;
};

}  // namespace lanefold::sim
