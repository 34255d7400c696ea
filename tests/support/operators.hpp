// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Operators of a user: not commutative, or telling by their result how they were bracketed. And the order's oracle.

#include <algorithm>

#include "support/values.hpp"

/// 2 x 2, wrapping: associative, not commutative.
struct matrix {
  unsigned at[4];
};
struct matrix_product {
  LANEFOLD_HD matrix operator()(matrix const& a, matrix const& b) const {
    return {{a.at[0] * b.at[0] + a.at[1] * b.at[2], a.at[0] * b.at[1] + a.at[1] * b.at[3],
             a.at[2] * b.at[0] + a.at[3] * b.at[2], a.at[2] * b.at[1] + a.at[3] * b.at[3]}};
  }
};

/// Up to 32 letters, the first byte their number: joined, they spell the order of the ranks.
struct text {
  unsigned char at[33];
};
struct concatenate {
  LANEFOLD_HD text operator()(text const& a, text const& b) const {
    text joined = a;
    for (int i = 0; i < b.at[0] && joined.at[0] < 32; ++i) joined.at[++joined.at[0]] = b.at[1 + i];
    return joined;
  }
};
inline std::vector<input<text>> one_letter_each() {
  input<text> letters{"a letter each", {}};
  for (int i = 0; i < 32; ++i) {
    text letter{};
    letter.at[0] = 1;
    letter.at[1] = static_cast<unsigned char>((i < 26 ? 'a' : 'A' - 26) + i);
    letters.values.push_back(letter);
  }
  return {letters};
}

/// Neither associative nor commutative: another bracketing gives other bits, so it checks the whole tree.
struct bracketing {
  LANEFOLD_HD unsigned operator()(unsigned a, unsigned b) const {
    return (a * 0x9e3779b1u ^ (b << 13 | b >> 19)) + 0x7f4a7c15u;
  }
  LANEFOLD_HD unsigned long long operator()(unsigned long long a, unsigned long long b) const {
    return (a * 0x9e3779b97f4a7c15u ^ (b << 29 | b >> 35)) + 0xbf58476d1ce4e5b9u;
  }
};

/// For structs of any bytes: even bytes add up, odd bytes take the later one. Associative, not commutative.
struct blend {
  template <class T>
  LANEFOLD_HD T operator()(T const& a, T const& b) const {
    T result = a;
    for (unsigned i = 0; i < sizeof(T); ++i) {
      result.at[i] = static_cast<unsigned char>(i % 2 == 0 ? a.at[i] + b.at[i] : b.at[i]);
    }
    return result;
  }
};
/// Field by field, for the padded structs and vectors.
struct add_fields {
  LANEFOLD_HD padded_tail operator()(padded_tail a, padded_tail b) const {
    a.sum = static_cast<int>(static_cast<unsigned>(a.sum) + static_cast<unsigned>(b.sum));
    a.scale = lf::plus{}(a.scale, b.scale);
    a.count = static_cast<short>(a.count + b.count);
    return a;
  }
  LANEFOLD_HD padded_middle operator()(padded_middle a, padded_middle b) const {
    a.tag = b.tag;
    a.value = lf::plus{}(a.value, b.value);
    return a;
  }
  LANEFOLD_HD vector2 operator()(vector2 a, vector2 b) const { return {lf::plus{}(a.x, b.x), lf::plus{}(a.y, b.y)}; }
  LANEFOLD_HD vector4 operator()(vector4 a, vector4 b) const {
    return {lf::plus{}(a.x, b.x), lf::plus{}(a.y, b.y), lf::plus{}(a.z, b.z), lf::plus{}(a.w, b.w)};
  }
};

// ---- the oracle -----------------------------------------------------------------------------------------------------

/// tree(0..n-1) over values in rank order: halves at the largest power of two below n. Aligned runs of 2^k ranks are
/// kept, so that all prefixes together stay cheap.
template <class T, class Operator>
class combine_tree {
 public:
  combine_tree(std::vector<T> const& values, Operator op) : op_(op), runs_{values} {
    for (std::size_t size = 2; size <= values.size(); size *= 2) {
      std::vector<T> next;
      for (std::size_t i = 0; i + 1 < runs_.back().size(); i += 2) {
        next.push_back(op_(runs_.back()[i], runs_.back()[i + 1]));
      }
      runs_.push_back(std::move(next));
    }
  }
  /// tree(first..first + count - 1); `first` is a multiple of the largest power of two in `count`.
  T operator()(int count, int first = 0) const {
    int level = 0;
    while ((2 << level) <= count) ++level;
    T const lower = runs_[static_cast<std::size_t>(level)][static_cast<std::size_t>(first >> level)];
    int const run = 1 << level;
    return count == run ? lower : op_(lower, (*this)(count - run, first + run));
  }

 private:
  Operator op_;
  std::vector<std::vector<T>> runs_;
};

template <class T, class Operator>
T tree(std::vector<T> const& values, Operator op) {
  return combine_tree<T, Operator>(values, op)(static_cast<int>(values.size()));
}

/// tree(0..r) for every rank r.
template <class T, class Operator>
std::vector<T> prefixes(std::vector<T> const& values, Operator op) {
  combine_tree<T, Operator> const all(values, op);
  std::vector<T> result;
  for (int rank = 0; rank < static_cast<int>(values.size()); ++rank) result.push_back(all(rank + 1));
  return result;
}
