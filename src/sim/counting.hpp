// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Counts of one OS thread, by call site; added to the totals of the process when a grid ends.

#include <lanefold/sim/simulator.hpp>

#include <cstdint>
#include <unordered_map>

namespace lanefold::sim {

/// Addresses are compared, not letters: the same place may have two.
inline bool same_addresses(call_site const& a, call_site const& b) {
  return a.line == b.line && a.file == b.file && a.verb == b.verb;
}

class counting {
 public:
  void add(call_site const& site, std::uint64_t counts::* what, std::uint64_t amount) {
    if (!same_addresses(site, last_site_)) {
      last_site_ = site;
      last_ = &by_site_[site];
    }
    last_->*what += amount;
  }
  /// The counts of one instruction of the simulated code.
  counts& at(void const* instruction) { return by_instruction_[instruction]; }
  void publish();

 private:
  // publish() merges sites whose names are equal.
  struct equal {
    bool operator()(call_site const& a, call_site const& b) const { return same_addresses(a, b); }
  };
  struct hash {
    std::size_t operator()(call_site const& site) const {
      auto const bits = [](void const* p) { return reinterpret_cast<std::uintptr_t>(p); };
      return (bits(site.file) * 31 + bits(site.verb)) * 31 + static_cast<std::size_t>(site.line);
    }
  };

  std::unordered_map<call_site, counts, hash, equal> by_site_;
  std::unordered_map<void const*, counts> by_instruction_;
  call_site last_site_{nullptr, nullptr, -1};
  counts* last_ = nullptr;
};

}  // namespace lanefold::sim
