// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Plans by problem, in memory and in a file. An include of its own, for the standard headers that it takes.

#include <lanefold/tensor/gemm_plan_line.hpp>

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <tuple>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {

/// Plans of gemm by their problem and GPU: `gemm_options.plans` points to one. Host threads may share one that none changes.
///
/// Its file has a format in the first line, a plan in each of the next, and their number in the last. Entries of other GPUs
/// are kept, and not found on this one.
class gemm_plan_book final : public gemm_plans {
 public:
  gemm_plan const* find(gemm_key const& key) const override {
    auto const found = plans_.find(key);
    return found == plans_.end() ? nullptr : &found->second;
  }
  /// In place of what there was.
  void insert(gemm_key const& key, gemm_plan const& plan) { plans_[key] = plan; }
  size_t size() const { return plans_.size(); }

  /// Writes all of it. Who reads the file meanwhile finds the old or the new one whole. Errors: bad_argument, with what the
  /// system says.
  [[nodiscard]] status save(std::string const& path) const {
    std::string const beside = path + "." + std::to_string(getpid()) + ".part";
    std::ofstream file(beside);
    file << begin << '\n';
    for (auto const& [key, plan] : plans_) {
      tensor::detail::plan_line_writer line;
      tensor::detail::each_word(line, key, plan);
      file << line.text() << '\n';
    }
    file << "end " << plans_.size() << '\n';
    file.close();
    if (file && std::rename(beside.c_str(), path.c_str()) == 0) return status();
    int const why = errno;
    std::remove(beside.c_str());
    return status::failure(status_kind::bad_argument, "lanefold: gemm_plan_book: %s cannot be written: %s",
                           path.c_str(), strerror(why));
  }

  /// Adds what is in a file, in place of what there was of the same problems. Errors: bad_argument, which names the file, the
  /// line and what is wrong there; the book is as it was.
  [[nodiscard]] status load(std::string const& path) {
    auto const wrong = [&](size_t line, std::string const& what) {
      return status::failure(status_kind::bad_argument, "lanefold: gemm_plan_book: %s: line %zu: %s", path.c_str(),
                             line, what.c_str());
    };
    std::ifstream file(path);
    std::string text;
    if (!file || !std::getline(file, text))
      return status::failure(status_kind::bad_argument, "lanefold: gemm_plan_book: %s cannot be read: %s", path.c_str(),
                             file.eof() ? "it is empty" : strerror(errno));
    if (text != begin) return wrong(1, "it is '" + text.substr(0, 80) + "', and must be '" + begin + "'");
    auto all = plans_;
    for (size_t number = 2; std::getline(file, text); ++number) {
      if (text == "end " + std::to_string(number - 2)) {
        if (std::getline(file, text)) return wrong(number + 1, "something stands behind the end");
        plans_.swap(all);
        return status();
      }
      gemm_key key;
      gemm_plan plan;
      tensor::detail::plan_line_reader line(text);
      tensor::detail::each_word(line, key, plan);
      std::string problem = line.problem();
      if (problem.empty()) problem = tensor::detail::check_plan(key, plan).message();
      if (!problem.empty()) return wrong(number, problem);
      all[key] = plan;
    }
    return status::failure(
        status_kind::bad_argument,
        "lanefold: gemm_plan_book: %s is truncated: its last line is not 'end' and how many plans it has",
        path.c_str());
  }

 private:
  static constexpr char const* begin = "lanefold gemm plans, format 1";
  struct before {
    static auto fields(gemm_key const& key) {
      return std::tie(key.sm, key.multiprocessors, key.element, key.result, key.a, key.b, key.m, key.n, key.k,
                      key.batch_invariant);
    }
    bool operator()(gemm_key const& x, gemm_key const& y) const { return fields(x) < fields(y); }
  };
  std::map<gemm_key, gemm_plan, before> plans_;
};

}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
