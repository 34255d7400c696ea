// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include "counting.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <map>
#include <mutex>
#include <tuple>

namespace lanefold::sim {
namespace {

using site_name = std::tuple<std::string, int, std::string>;  // file, line, verb

std::mutex guard;
std::map<site_name, counts>& totals() {
  static auto& all = *new std::map<site_name, counts>;  // outlives every OS thread
  return all;
}

/// "program+0x1234", as addr2line -e program 0x1234 understands it.
std::string place_in_module(void const* instruction) {
  Dl_info info;
  if (dladdr(instruction, &info) == 0) return "?";
  // The return address is that of the next instruction.
  auto const offset = static_cast<char const*>(instruction) - static_cast<char const*>(info.dli_fbase) - 1;
  char text[32];
  std::snprintf(text, sizeof text, "+0x%zx", static_cast<std::size_t>(offset));
  return std::string(info.dli_fname) + text;
}

}  // namespace

counts& counts::operator+=(counts const& more) {
  static constexpr std::uint64_t counts::* fields[] = {&counts::shuffles,
                                                       &counts::votes,
                                                       &counts::matches,
                                                       &counts::redux,
                                                       &counts::warp_syncs,
                                                       &counts::active_masks,
                                                       &counts::mmas,
                                                       &counts::matrix_loads,
                                                       &counts::matrix_stores,
                                                       &counts::barriers,
                                                       &counts::yields,
                                                       &counts::shared_loads,
                                                       &counts::shared_load_wavefronts,
                                                       &counts::shared_stores,
                                                       &counts::shared_store_wavefronts,
                                                       &counts::global_loads,
                                                       &counts::global_load_sectors,
                                                       &counts::global_stores,
                                                       &counts::global_store_sectors,
                                                       &counts::atomics};
  static_assert(sizeof(fields) / sizeof(fields[0]) * sizeof(std::uint64_t) == sizeof(counts), "a field is missing");
  for (auto const field : fields) this->*field += more.*field;
  return *this;
}

void counting::publish() {
  std::lock_guard<std::mutex> const lock(guard);
  for (auto const& [site, more] : by_site_)
    totals()[{site.file ? site.file : "", site.line, site.verb ? site.verb : ""}] += more;
  for (auto const& [instruction, more] : by_instruction_) totals()[{place_in_module(instruction), 0, "memory"}] += more;
  by_site_.clear();
  by_instruction_.clear();
  last_site_ = {nullptr, nullptr, -1};
}

void reset_counts() {
  std::lock_guard<std::mutex> const lock(guard);
  totals().clear();
}

all_counts take_counts() {
  std::lock_guard<std::mutex> const lock(guard);
  all_counts result;
  for (auto const& [site, of] : totals()) {
    auto const& [file, line, verb] = site;
    result.total += of;
    result.by_site.push_back({verb, file, line, of});
  }
  totals().clear();
  return result;
}

}  // namespace lanefold::sim
