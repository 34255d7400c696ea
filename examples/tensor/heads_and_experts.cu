// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Many products in one launch: the attention scores of all heads, which lie side by side in the rows of one matrix, and the
// experts of a mixture, each with the tokens that were sent to it.

#include <lanefold/tensor/gemm_grouped.hpp>

#include "matrices.cuh"

// [heads]
/// Each head has a slope of its own over the distance between query and key.
struct head_score {
  float scale;
  LANEFOLD_HD float operator()(float x, int query, int key, int head) const {
    return scale * x - static_cast<float>(query - key) / static_cast<float>(2 << head);
  }
};

/// scores[head] = head_score(queries[head] keys[head]^T): a row of queries and of keys holds `width` values of each head.
lf::status make_scores(lf::queue& queue, half const* queries, half const* keys, float* scores, int tokens, int heads,
                       int width) {
  lf::matrix_view<half const> const first_queries(queries, tokens, width, heads * width);
  lf::matrix_view<half const, lf::column_major> const first_keys(keys, width, tokens, heads * width);
  return lf::tensor::gemm(queue, lf::matrix_batch(first_queries, heads, width),
                          lf::matrix_batch(first_keys, heads, width),
                          lf::matrix_batch(lf::matrix_view<float>(scores, tokens, tokens), heads), head_score{0.125f});
}
// [/heads]

// [experts]
using expert = lf::gemm_problem<half const, lf::row_major, half const, lf::column_major, float, lf::row_major>;

/// y = x w of each expert: tokens are sorted by expert, and expert e has those from begin[e] to begin[e + 1], or none.
lf::status run_experts(lf::queue& queue, half const* x, half const* w, float* y, std::vector<int> const& begin,
                       int width, int out) {
  std::vector<expert> experts;
  for (std::size_t e = 0; e + 1 < begin.size(); ++e) {
    int const first = begin[e], tokens = begin[e + 1] - first;
    experts.push_back({{x + first * width, tokens, width},
                       {w + static_cast<int>(e) * width * out, width, out},
                       {y + first * out, tokens, out}});
  }
  return lf::tensor::gemm_grouped(queue, experts.data(), static_cast<int>(experts.size()));
}
// [/experts]

namespace {

std::vector<half> columns_of(std::vector<half> const& from, int rows, int stride, int first, int columns) {
  std::vector<half> result;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) result.push_back(from[static_cast<std::size_t>(r * stride + first + c)]);
  return result;
}

int wrong_scores(lf::queue& queue) {
  constexpr int tokens = 70, heads = 4, width = 64;
  auto const queries = integers(tokens * heads * width, 1), keys = integers(tokens * heads * width, 2);
  lf::device_array<half> const on_queries(queries), on_keys(keys);
  lf::device_array<float> scores(heads * tokens * tokens);
  lf::error::unless_ok(make_scores(queue, on_queries.data(), on_keys.data(), scores.data(), tokens, heads, width));
  auto const got = scores.to_host(queue);
  int wrong = 0;
  for (int h = 0; h < heads; ++h) {
    auto const q = columns_of(queries, tokens, heads * width, h * width, width);
    auto const k = columns_of(keys, tokens, heads * width, h * width, width);
    product_of const product{tokens, tokens, width, q, k};
    for (int query = 0; query < tokens; ++query)
      for (int key = 0; key < tokens; ++key) {
        double const expected = 0.125 * product.at(query, key).sum - static_cast<double>(query - key) / (2 << h);
        wrong += std::fabs(got[static_cast<std::size_t>((h * tokens + query) * tokens + key)] - expected) > 1e-4;
      }
  }
  return wrong;
}

int wrong_tokens(lf::queue& queue) {
  constexpr int width = 64, out = 48;
  std::vector<int> const begin{0, 33, 33, 40, 110};  // the second expert has no tokens
  int const tokens = begin.back(), experts = static_cast<int>(begin.size()) - 1;
  auto const x = integers(tokens * width, 3), w = integers(experts * width * out, 4);
  lf::device_array<half> const on_x(x), on_w(w);
  lf::device_array<float> y(static_cast<std::size_t>(tokens * out));
  lf::error::unless_ok(run_experts(queue, on_x.data(), on_w.data(), y.data(), begin, width, out));
  auto const got = y.to_host(queue);
  int wrong = 0;
  for (int e = 0; e < experts; ++e) {
    auto const of_e = w.begin() + e * width * out;
    std::vector<half> const its(of_e, of_e + width * out);
    product_of const product{tokens, out, width, x, its};
    for (int t = begin[static_cast<std::size_t>(e)]; t < begin[static_cast<std::size_t>(e) + 1]; ++t)
      for (int c = 0; c < out; ++c) wrong += got[static_cast<std::size_t>(t * out + c)] != product.at(t, c).sum;
  }
  return wrong;
}

}  // namespace

int main() {
  return run_example([] {
    lf::queue queue;
    int const scores = wrong_scores(queue), tokens = wrong_tokens(queue);
    std::printf("scores of 4 heads: %d wrong; 4 experts: %d wrong\n", scores, tokens);
    return scores == 0 && tokens == 0;
  });
}
