// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Reports as text and as JSON.

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "executor.hpp"

namespace lanefold::sim {
namespace {

char const* name(order o) {
  static constexpr char const* names[] = {"by_seed", "lane", "reverse", "priority", "uniform"};
  return names[static_cast<unsigned>(o)];
}

std::string triple(index3 i) {
  return '(' + std::to_string(i.x) + ',' + std::to_string(i.y) + ',' + std::to_string(i.z) + ')';
}

std::string place(std::string const& verb, std::string const& file, int line) {
  if (file.empty()) return verb;
  return (verb.empty() ? "" : verb + " ") + "at " + file + ':' + std::to_string(line);
}

std::string body(report const& r) {
  std::string text;
  if (r.started)
    text += " block" + triple(r.block) + " thread" + triple(r.thread) + " warp " + std::to_string(r.warp) + " lane " +
            std::to_string(r.lane) + " seed " + std::to_string(r.seed);
  std::string const here = place(r.verb, r.file, r.line);
  text += "\n  " + (here.empty() ? "" : here + ": ") + r.message + '\n';
  // Warps whose lanes stand alike go in one line.
  std::vector<std::pair<std::string, lane_set>> lines;
  for (lanes_at const& o : r.others) {
    std::string line = "lanes " + lanes_text(o.lanes) + ' ' + o.where;
    if (std::string const there = place(o.verb, o.file, o.line); !there.empty()) line += ": " + there;
    if (o.mask != 0) line += " with " + lanes_text(o.mask);
    auto const known = std::find_if(lines.begin(), lines.end(), [&](auto const& l) { return l.first == line; });
    if (known != lines.end())
      known->second |= 1u << o.warp;
    else
      lines.emplace_back(std::move(line), 1u << o.warp);
  }
  for (auto const& [line, warps] : lines) {
    text += "  ";
    if ((warps & (warps - 1)) != 0)
      text += "warps " + lanes_text(warps) + ' ';
    else if (warps != 1u << r.warp)
      text += "warp " + std::to_string(__builtin_ctz(warps)) + ' ';
    text += line + '\n';
  }
  if (!r.started) return text.substr(0, text.size() - 1);
  text += "  replay: LANEFOLD_SIM_SEED=" + std::to_string(r.seed);
  if (r.order != order::by_seed) text += std::string(" LANEFOLD_SIM_ORDER=") + name(r.order);
  return text;
}

nlohmann::json as_json(report const& r) {
  auto const triple = [](index3 i) { return nlohmann::json{i.x, i.y, i.z}; };
  nlohmann::json j{{"kind", r.kind}, {"message", r.message}, {"text", r.text()}};
  if (!r.started) return j;
  j.update({{"block", triple(r.block)},
            {"thread", triple(r.thread)},
            {"warp", r.warp},
            {"lane", r.lane},
            {"seed", r.seed},
            {"order", name(r.order)},
            {"verb", r.verb},
            {"file", r.file},
            {"line", r.line},
            {"mask", r.mask},
            {"others", nlohmann::json::array()}});
  for (lanes_at const& o : r.others)
    j["others"].push_back({{"warp", o.warp},
                           {"lanes", o.lanes},
                           {"where", o.where},
                           {"verb", o.verb},
                           {"file", o.file},
                           {"line", o.line},
                           {"mask", o.mask}});
  return j;
}

std::string dump(nlohmann::json const& j) {
  // A message may hold anything that a kernel's exception says.
  return j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string report::text() const { return "SIMT-FAULT " + kind + body(*this); }
std::string report::json() const { return dump(as_json(*this)); }

void write_report(report const& what, std::string const& path, char const* severity) {
  if (path.empty()) return;
  nlohmann::json j = as_json(what);
  j["severity"] = severity;
  std::string const line = dump(j) + '\n';
  if (std::FILE* const file = std::fopen(path.c_str(), "a")) {
    std::fwrite(line.data(), 1, line.size(), file);
    std::fclose(file);
  } else {
    std::fprintf(stderr, "lanefold: cannot write the report file %s\n", path.c_str());
  }
}

void grid_run::warn(report const& what) {
  std::lock_guard<std::mutex> const lock(guard);
  if (!warned.insert(what.kind + '\n' + place(what.verb, what.file, what.line)).second) return;
  std::fprintf(stderr, "SIMT-WARNING %s%s\n", what.kind.c_str(), body(what).c_str());
  write_report(what, settings.report_path, "warning");
}

}  // namespace lanefold::sim
