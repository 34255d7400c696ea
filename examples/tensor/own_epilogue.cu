// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// An epilogue of one's own: scores of attention, which are scaled, bounded by a soft cap, lowered by the distance between
// query and key, and hidden where the key is in the query's future; all of it on the way out of the product.

#include <lanefold/tensor/gemm.hpp>

#include "matrices.cuh"

// [own-epilogue]
struct attention_score {
  float scale, cap, slope;
  LANEFOLD_HD float operator()(float x, int query, int key) const {
    if (key > query) return -INFINITY;
    return cap * tanhf(scale / cap * x) - slope * static_cast<float>(query - key);
  }
};

/// scores = attention_score(queries keys^T): both have a row for each token.
lf::status make_scores(lf::queue& queue, lf::matrix_view<half const> queries, lf::matrix_view<half const> keys,
                       lf::matrix_view<float> scores) {
  lf::matrix_view<half const, lf::column_major> const keys_across(keys.data(), keys.columns(), keys.rows(),
                                                                  keys.stride());
  return lf::tensor::gemm(queue, queries, keys_across, scores, attention_score{0.125f, 20.0f, 0.25f});
}
// [/own-epilogue]

int main() {
  return run_example([] {
    constexpr int tokens = 100, width = 64;
    auto const queries = integers(tokens * width, 1), keys = integers(tokens * width, 2);
    lf::device_array<half> const on_queries(queries), on_keys(keys);
    lf::device_array<float> scores(tokens * tokens);
    lf::queue queue;
    lf::error::unless_ok(make_scores(queue, {on_queries.data(), tokens, width}, {on_keys.data(), tokens, width},
                                     {scores.data(), tokens, tokens}));
    auto const got = scores.to_host(queue);
    product_of const product{tokens, tokens, width, queries, keys};
    int wrong = 0;
    for (int query = 0; query < tokens; ++query)
      for (int key = 0; key < tokens; ++key) {
        float const score = got[static_cast<std::size_t>(query * tokens + key)];
        double const expected = 20 * std::tanh(0.125 / 20 * product.at(query, key).sum) - 0.25 * (query - key);
        bool const right = key > query ? score == -INFINITY : std::fabs(score - expected) < 1e-4;
        wrong += !right;
      }
    std::printf("scores of %d tokens: %d of %d wrong\n", tokens, wrong, tokens * tokens);
    return wrong == 0;
  });
}
