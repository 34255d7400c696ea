// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether a result is right: 64 elements against sums in long double, and all of them against another implementation.

#include "gemm_operands.cuh"

namespace bench::gemm {

/// How far a result may be from the exact sum, as a part of what the sum's terms, or the sum itself, measure.
struct tolerance {
  double of_terms;   ///< of sqrt(sum of squares of the terms): eight deviations of the sum's rounding errors
  double of_result;  ///< of |the exact result|: rounding to the type of C; and what truncation takes off every term
  double absolute;   ///< integers

  static tolerance of(problem const& p) {
    tolerance allowed = of_sum(p);
    if (p.is_fused()) {
      allowed.of_terms *= 1.2;   // the functions are no steeper
      allowed.of_result *= 2.2;  // and what they are of may have been rounded, too
      allowed.absolute = 1e-3;   // GELU by tanh and by erf
    }
    return allowed;
  }
  static tolerance of_sum(problem const& p) {
    // Each addition rounds the sum so far, some truncate it; errors of operands rounded to tf32 are as random as they.
    double const k = p.k + 32.0;
    switch (p.type) {
      case type::bf16:
        return {8 * k * 0x1p-26, 0x1p-8, 0};
      case type::half:
        return {8 * k * 0x1p-26, 0x1p-10, 0};
      case type::tf32:
        return {8 * (k * 0x1p-25 + 0x1p-11), 0x1p-9, 0};
      case type::fp8:  // tensor cores keep 14 bits of a sum of such products
        return {8 * (k * 0x1p-20 + 0x1p-13), 0x1p-8, 0};
      case type::f32:  // three products in tf32 in place of one, included
        return {8 * (k * 0x1p-27 + 0x1p-21), 0x1p-22, 0};
      case type::f64:
        return {8 * k * 0x1p-54, 0x1p-51, 0};
      case type::int8:
        return {0, 0, 0};
      case type::int8_to_int8:
        return {0, 0, 0.5 + 0x1p-10};
    }
    throw std::logic_error("tolerance: a type without a case");
  }
};

/// Copies a row of A or a column of B for each sample: out[sample][i] = values[offsets[sample] + i * along].
template <class Value>
__global__ void gather(Value const* values, long long const* offsets, long long along, int k, double* out) {
  for (int i = threadIdx.x; i < k; i += blockDim.x) {
    out[1ll * blockIdx.x * k + i] = to_double(values[offsets[blockIdx.x] + i * along]);
  }
}

/// Counts where the two differ by more than allowed, NaN included, and finds the first such place.
template <class Value>
__global__ void compare(Value const* got, Value const* reference, long long count, double absolute, double relative,
                        unsigned long long* wrong, unsigned long long* first) {
  long long const stride = 1ll * gridDim.x * blockDim.x;
  for (long long i = 1ll * blockIdx.x * blockDim.x + threadIdx.x; i < count; i += stride) {
    double const expected = to_double(reference[i]);
    if (fabs(to_double(got[i]) - expected) <= absolute + relative * fabs(expected)) continue;
    atomicAdd(wrong, 1ull);
    atomicMin(first, static_cast<unsigned long long>(i));
  }
}

/// The oracle of a row: made once, asked for each implementation.
class oracle {
 public:
  static constexpr int samples = 64;

  oracle(problem const& p, operands const& o) : problem_(p) {
    // Rows of the whole batch. The corners, then samples of the last row and of the last column, then anywhere.
    int const last_row = p.batch * p.m - 1, last_column = p.n - 1;
    rows_ = places(last_row + 1, 3);
    columns_ = places(last_column + 1, 7);
    for (int i = 0; i < 4; ++i) {
      rows_[i] = i / 2 * last_row;
      columns_[i] = i % 2 * last_column;
    }
    for (int i = 4; i < 12; ++i) (i % 2 ? rows_[i] : columns_[i]) = i % 2 ? last_row : last_column;

    std::vector<long long> in_a, in_b, in_bias;
    for (int i = 0; i < samples; ++i) {
      long long const matrix = rows_[i] / p.m;
      in_a.push_back(matrix * p.a_matrix() + rows_[i] % p.m * p.a_step_m());
      in_b.push_back((matrix + p.group_of(rows_[i] % p.m)) * p.b_matrix() + columns_[i] * p.b_step_n());
      in_c_.push_back(1ll * rows_[i] * p.n + columns_[i]);
      in_bias.push_back(columns_[i]);
    }
    with_types(p.type, [&](auto types) {
      using in = typename decltype(types)::in;
      using out = typename decltype(types)::out;
      std::vector<double> const a = gathered(static_cast<in const*>(o.a), in_a, p.a_step_k(), p.k);
      std::vector<double> const b = gathered(static_cast<in const*>(o.b), in_b, p.b_step_k(), p.k);
      std::vector<double> bias(samples);
      if (p.is_fused()) bias = gathered(static_cast<out const*>(o.bias), in_bias, 1, 1);
      for (int i = 0; i < samples; ++i) {
        long double sum = 0, squares = 0;
        for (std::size_t at = std::size_t(i) * p.k, end = at + p.k; at < end; ++at) {
          long double const term = static_cast<long double>(a[at]) * b[at];
          sum += term;
          squares += term * term;
        }
        double exact = static_cast<double>(sum * p.scale()) + bias[i];
        if (p.type == type::int8_to_int8) exact = std::clamp(exact, -128.0, 127.0);
        exact_.push_back(activated(p.epilogue, exact));
        before_.push_back(exact);
        terms_.push_back(static_cast<double>(std::sqrt(squares)));
      }
    });
  }

  /// No result has these bits: NaN, or an integer too far from 0.
  void poison(void* c) const {
    int const byte = problem_.in_bytes() == 1 && problem_.type != type::fp8 ? 0x80 : 0xff;
    require(cudaMemset(c, byte, problem_.c_values() * problem_.out_bytes()), "poison");
  }

  /// What is wrong with the samples of C, or nothing.
  std::string check_samples(void const* c) const {
    std::vector<double> got;
    with_types(problem_.type,
               [&](auto types) { got = gathered(static_cast<typename decltype(types)::out const*>(c), in_c_, 1, 1); });
    tolerance const allowed = tolerance::of(problem_);
    for (int i = 0; i < samples; ++i) {
      double const most = allowed.of_terms * terms_[i] + allowed.of_result * std::abs(before_[i]) + allowed.absolute;
      if (!(std::abs(got[i] - exact_[i]) <= most)) return wrong(rows_[i], columns_[i], got[i], exact_[i], most);
    }
    return {};
  }

  /// What differs between C and another's result, which itself is as far from the exact one; or nothing.
  std::string check_all(void const* c, void const* reference) const {
    tolerance const allowed = tolerance::of(problem_);
    // The terms' size is not at hand for each element: twice that of random ones. An int8 may be rounded either way.
    double const terms = 2 * problem_.product_deviation() * std::sqrt(problem_.k);
    // Where a function is nearly 0 for what is far from it, rounding before the function is felt: down to -8.
    double const before = problem_.is_fused() ? 8 * allowed.of_result : 0;
    double const absolute = 2 * (allowed.of_terms * terms + allowed.absolute + before),
                 relative = 2 * allowed.of_result;
    lf::device_array<unsigned long long> places(std::vector<unsigned long long>{0, ~0ull});
    std::string text;
    with_types(problem_.type, [&](auto types) {
      using out = typename decltype(types)::out;
      auto const *const got = static_cast<out const*>(c), *const expected = static_cast<out const*>(reference);
      compare<<<1024, 256>>>(got, expected, problem_.c_values(), absolute, relative, places.data(), places.data() + 1);
      require(cudaGetLastError(), "compare");
      std::vector<unsigned long long> const found = places.to_host();
      if (found[0] == 0) return;
      auto const at = static_cast<long long>(found[1]);
      double const pair[] = {gathered(got, {at}, 1, 1)[0], gathered(expected, {at}, 1, 1)[0]};
      text = wrong(at / problem_.n, at % problem_.n, pair[0], pair[1], absolute + relative * std::abs(pair[1])) + ", " +
             std::to_string(found[0]) + " of " + std::to_string(problem_.c_values()) + " differ so from the reference";
    });
    return text;
  }

 private:
  static std::vector<int> places(int extent, std::uint64_t seed) {
    std::vector<int> chosen;
    for (long long bits : random_values<long long>(samples, (1ll << 40) - 1, seed)) {
      chosen.push_back(static_cast<int>(bits % extent));
    }
    return chosen;
  }
  /// `k` values from each of the places, as doubles.
  template <class Value>
  static std::vector<double> gathered(Value const* values, std::vector<long long> const& places, long long along,
                                      int k) {
    lf::device_array<long long> const offsets(places);
    lf::device_array<double> out(places.size() * k);
    gather<<<static_cast<unsigned>(places.size()), 256>>>(values, offsets.data(), along, k, out.data());
    require(cudaGetLastError(), "gather");
    return out.to_host();
  }
  static std::string wrong(long long row, long long column, double got, double expected, double most) {
    char text[200];
    std::snprintf(text, sizeof text, "wrong result in row %lld, column %lld: %.9g instead of %.9g +- %.3g", row, column,
                  got, expected, most);
    return text;
  }

  problem problem_;
  std::vector<int> rows_, columns_;
  std::vector<long long> in_c_;                 // where the samples are in C
  std::vector<double> exact_, before_, terms_;  // the results, what their function is of, sqrt(sum of squares)
};

}  // namespace bench::gemm
