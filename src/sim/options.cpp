// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Options and the environment variables they start from.

#include <lanefold/sim/simulator.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <mutex>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define LANEFOLD_SIM_LARGE_STACKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LANEFOLD_SIM_LARGE_STACKS 1
#endif
#endif

namespace lanefold::sim {
namespace {

template <class Number>
void read_number(char const* variable, Number& into) {
  char const* const text = std::getenv(variable);
  if (text == nullptr) return;
  char* end;
  unsigned long long const value = std::strtoull(text, &end, 0);
  if (end == text || *end != '\0')
    std::fprintf(stderr, "lanefold: %s=%s is no number and is ignored\n", variable, text);
  else
    into = static_cast<Number>(value);
}

template <class Choice>
void read_choice(char const* variable, Choice& into, std::initializer_list<std::pair<char const*, Choice>> choices) {
  char const* const text = std::getenv(variable);
  if (text == nullptr) return;
  for (auto const& [name, value] : choices)
    if (std::strcmp(text, name) == 0) {
      into = value;
      return;
    }
  std::fprintf(stderr, "lanefold: %s=%s is ignored; it may be", variable, text);
  for (auto const& choice : choices) std::fprintf(stderr, " %s", choice.first);
  std::fprintf(stderr, "\n");
}

void read_policy(char const* variable, policy& into) {
  read_choice(variable, into, {{"error", policy::error}, {"warning", policy::warning}, {"ignore", policy::ignore}});
}

options from_environment() {
  options o;
#ifdef LANEFOLD_SIM_LARGE_STACKS
  o.stack_bytes *= 4;
#endif
  read_number("LANEFOLD_SIM_SEED", o.seed);
  read_choice("LANEFOLD_SIM_ORDER", o.order,
              {{"by_seed", order::by_seed},
               {"lane", order::lane},
               {"reverse", order::reverse},
               {"priority", order::priority},
               {"uniform", order::uniform}});
  read_number("LANEFOLD_SIM_THREADS", o.threads);
  read_policy("LANEFOLD_SIM_EXITED_LANE", o.exited_lane);
  read_policy("LANEFOLD_SIM_INACTIVE_READ", o.inactive_read);
  read_policy("LANEFOLD_SIM_DIVERGENT_BARRIER", o.divergent_barrier);
  read_policy("LANEFOLD_SIM_DIVERGENT_COLLECTIVE", o.divergent_collective);
  read_policy("LANEFOLD_SIM_EXITED_THREAD", o.exited_thread);
  read_number("LANEFOLD_SIM_LIVELOCK", o.livelock_yields);
  read_number("LANEFOLD_SIM_STACK", o.stack_bytes);
  if (char const* const path = std::getenv("LANEFOLD_SIM_REPORT")) o.report_path = path;
  return o;
}

std::mutex guard;
options& current() {
  static options& o = *new options(from_environment());
  return o;
}

}  // namespace

options get_options() {
  std::lock_guard<std::mutex> const lock(guard);
  return current();
}

void set_options(options const& next) {
  std::lock_guard<std::mutex> const lock(guard);
  current() = next;
}

}  // namespace lanefold::sim
