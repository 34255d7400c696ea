// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// A plan of gemm and what it is kept by, as a line of text.

#include <lanefold/tensor/gemm_plan.hpp>

#include <cstdlib>
#include <sstream>
#include <string>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

// What the values of enumerations and of bools are called, by their number.
constexpr char const* names_of_types[] = {"other", "half",  "bfloat16", "float32", "float64",
                                          "int8",  "int32", "e4m3",     "e5m2"};
constexpr char const* names_of_orders[] = {"rows", "columns"};
constexpr char const* names_of_sums[] = {"free", "batch_invariant"};
constexpr char const* names_of_ways[] = {"automatic", "wgmma", "mma", "skinny", "simt"};

/// The words of a line, in their order: `line` writes or reads each.
template <class Line, class Key, class Plan>
void each_word(Line& line, Key& key, Plan& plan) {
  line.number("sm", key.sm, 1);
  line.number("multiprocessors", key.multiprocessors, 1);
  line.word("the type of a and b", key.element, names_of_types);
  line.word("the type of c", key.result, names_of_types);
  line.word("the order of a", key.a, names_of_orders);
  line.word("the order of b", key.b, names_of_orders);
  line.number("m", key.m, 1);
  line.number("n", key.n, 1);
  line.number("k", key.k, 0);
  line.word("the sums", key.batch_invariant, names_of_sums);
  line.word("way", plan.way, names_of_ways);
  line.number("tile", plan.tile, 0);
  line.number("splits", plan.splits, 1);
}

class plan_line_writer {
 public:
  void number(char const*, int value, int) { add(std::to_string(value)); }
  template <class Choice, size_t Count>
  void word(char const*, Choice const& value, char const* const (&names)[Count]) {
    add(names[static_cast<size_t>(value)]);
  }
  std::string const& text() const { return text_; }

 private:
  void add(std::string const& word) { text_ += (text_.empty() ? "" : " ") + word; }
  std::string text_;
};

/// Remembers the first thing that is wrong, and leaves values as they are from there on.
class plan_line_reader {
 public:
  explicit plan_line_reader(std::string const& line) : words_(line) {}

  void number(char const* what, int& value, int least) {
    std::string const word = next(what);
    bool const digits = word.size() < 11 && word.find_first_not_of("0123456789") == std::string::npos;
    long long const read = digits ? std::atoll(word.c_str()) : -1;
    if (read < least || read > 2147483647)
      wrong(std::string(what) + " is '" + word.substr(0, 40) + "', and must be a number from " + std::to_string(least) +
            " to 2147483647");
    else if (problem_.empty())
      value = static_cast<int>(read);
  }
  template <class Choice, size_t Count>
  void word(char const* what, Choice& value, char const* const (&names)[Count]) {
    std::string const word = next(what);
    size_t i = 0;
    while (i < Count && word != names[i]) ++i;
    if (i == Count)
      wrong(std::string(what) + " is '" + word.substr(0, 40) + "', which is not one of " + all_of(names, Count));
    else if (problem_.empty())
      value = static_cast<Choice>(i);
  }
  /// What is wrong, or nothing.
  std::string problem() {
    std::string more;
    if (words_ >> more) wrong("'" + more.substr(0, 40) + "' is one word too many");
    return problem_;
  }

 private:
  std::string next(char const* what) {
    std::string word;
    if (!(words_ >> word)) wrong(std::string(what) + " is missing");
    return word;
  }
  void wrong(std::string const& what) {
    if (problem_.empty()) problem_ = what;
  }
  static std::string all_of(char const* const* names, size_t count) {
    std::string all;
    for (size_t i = 0; i < count; ++i) all += (i == 0 ? "" : ", ") + std::string(names[i]);
    return all;
  }
  std::istringstream words_;
  std::string problem_;
};

/// Whether gemm takes the plan for the problem it is kept for.
inline status check_plan(gemm_key const& key, gemm_plan const& plan) {
  switch (key.element) {
    case gemm_type::half:
      return check_plan<__half>("plan", plan, key.batch_invariant);
    case gemm_type::bfloat16:
      return check_plan<__nv_bfloat16>("plan", plan, key.batch_invariant);
    case gemm_type::float32:
      return check_plan<float>("plan", plan, key.batch_invariant);
    case gemm_type::float64:
      return check_plan<double>("plan", plan, key.batch_invariant);
    case gemm_type::int8:
      return check_plan<signed char>("plan", plan, key.batch_invariant);
    case gemm_type::e4m3:
      return check_plan<__nv_fp8_e4m3>("plan", plan, key.batch_invariant);
    case gemm_type::e5m2:
      return check_plan<__nv_fp8_e5m2>("plan", plan, key.batch_invariant);
    default:
      return status(status_kind::bad_argument, "gemm does not multiply the type of a and b");
  }
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
