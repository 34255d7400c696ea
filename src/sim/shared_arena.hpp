// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The shared memory of the block that runs on this OS thread. Offsets are those of a first-come layout and stay the
// same for all blocks of a grid, so that the bank of a word means something.

#include <lanefold/sim/simulator.hpp>

#include <cstdlib>
#include <memory>
#include <vector>

namespace lanefold::sim {

class shared_arena {
 public:
  void start_grid(options const& settings, std::size_t dynamic_bytes) {
    static_limit_ = settings.total_shared_limit - dynamic_bytes;
    if (settings.static_shared_limit < static_limit_) static_limit_ = settings.static_shared_limit;
    dynamic_bytes_ = dynamic_bytes;
    poison_ = settings.poison;
    used_ = 0;
    places_.clear();
    std::size_t const wanted = round_up(round_up(static_limit_, base_alignment) + dynamic_bytes, base_alignment);
    if (wanted > capacity_) {
      memory_.reset(static_cast<char*>(std::aligned_alloc(base_alignment, wanted)));
      capacity_ = memory_ != nullptr ? wanted : throw std::bad_alloc();
    }
  }

  /// What a block finds in shared memory is no zero and not what the block before left there.
  void start_block() {
    poison(memory_.get(), used_);
    poison(static_cast<char*>(dynamic()), dynamic_bytes_);
  }

  /// This block's bytes for a declaration; null when they exceed the limit.
  void* find(shared_slot& slot) {
    for (place const& known : places_)
      if (known.slot == &slot) return memory_.get() + known.offset;
    std::size_t const offset = round_up(used_, slot.alignment);
    if (offset + slot.bytes > static_limit_) return nullptr;
    places_.push_back({&slot, offset});
    used_ = offset + slot.bytes;
    poison(memory_.get() + offset, slot.bytes);
    return memory_.get() + offset;
  }

  void* dynamic() const { return memory_.get() + round_up(static_limit_, base_alignment); }
  std::size_t dynamic_bytes() const { return dynamic_bytes_; }
  std::size_t used() const { return used_; }
  std::size_t static_limit() const { return static_limit_; }
  bool contains(void const* address) const { return address >= memory_.get() && address < memory_.get() + capacity_; }
  /// Where in shared memory an address of the arena is.
  std::size_t offset(void const* address) const {
    return static_cast<std::size_t>(static_cast<char const*>(address) - memory_.get());
  }

 private:
  struct place {
    shared_slot* slot;
    std::size_t offset;
  };
  struct release {
    void operator()(char* memory) const { std::free(memory); }
  };

  static constexpr std::size_t base_alignment = 1024;
  static std::size_t round_up(std::size_t value, std::size_t to) { return (value + to - 1) / to * to; }
  void poison(char* from, std::size_t bytes) const {
    for (std::size_t i = 0; i < bytes; ++i) from[i] = static_cast<char>(poison_ >> i % 4 * 8);
  }

  std::unique_ptr<char, release> memory_;
  std::size_t capacity_ = 0, static_limit_ = 0, dynamic_bytes_ = 0, used_ = 0;
  std::uint32_t poison_ = 0;
  std::vector<place> places_;
};

}  // namespace lanefold::sim
