// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

/// splitmix64: the same numbers from the same seed everywhere.
class random_source {
 public:
  explicit random_source(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  unsigned below(unsigned limit) { return static_cast<unsigned>((next() >> 32) % limit); }

 private:
  std::uint64_t state_;
};

/// The seed of every random input: fixed, or the environment variable LANEFOLD_TEST_SEED. Failures print it.
inline std::uint64_t test_seed() {
  char const* const text = std::getenv("LANEFOLD_TEST_SEED");
  return text ? std::strtoull(text, nullptr, 0) : 20240607u;
}
inline std::string seed_text() { return "LANEFOLD_TEST_SEED=" + std::to_string(test_seed()); }
