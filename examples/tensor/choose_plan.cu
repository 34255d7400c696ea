// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// gemm plans by a model. Where a shape matters, one may measure once, keep the plan in a book and the book in a file, and let
// gemm look it up from then on.
//
// usage: choose_plan [m n k [file]]

#include <lanefold/tensor/gemm_plan_book.hpp>
#include <lanefold/tensor/gemm_tune.hpp>

#include <cstdlib>
#include <string>

#include "matrices.cuh"

using matrix_a = lf::matrix_view<half const>;
using matrix_b = lf::matrix_view<half const, lf::column_major>;
using matrix_c = lf::matrix_view<float>;

// [tune]
/// Measures plans for these operands, unless the book has one for their shape on this GPU.
lf::status learn(lf::gemm_plan_book& book, lf::queue& queue, matrix_a a, matrix_b b, matrix_c c) {
  if (book.find(lf::tensor::plan_gemm(a, b, c).key) != nullptr) return lf::status();
  lf::planned_gemm const tuned = lf::tensor::tune_gemm(queue, a, b, c);
  if (tuned.done) book.insert(tuned.key, tuned.plan);
  return tuned.done;
}
// [/tune]

// [use]
lf::status multiply(lf::gemm_plan_book const& book, lf::queue& queue, matrix_a a, matrix_b b, matrix_c c) {
  lf::gemm_options options;
  options.plans = &book;
  return lf::tensor::gemm(queue, a, b, c, {}, options);
}
// [/use]

int main(int count, char** arguments) {
  return run_example([&] {
    auto const extent = [&](int i, int otherwise) { return count > 3 ? std::atoi(arguments[i]) : otherwise; };
    int const m = extent(1, 16), n = extent(2, 96), k = extent(3, 256);
    std::string const file = count > 4 ? arguments[4] : std::string(arguments[0]) + ".plans";
    auto const a = normal_numbers(1ll * m * k, 1), b = normal_numbers(1ll * k * n, 2);
    lf::device_array<half> const on_a(a), on_b(b);
    lf::device_array<float> on_c(static_cast<std::size_t>(m) * static_cast<std::size_t>(n));
    matrix_a const view_a(on_a.data(), m, k);
    matrix_b const view_b(on_b.data(), k, n);
    matrix_c const view_c(on_c.data(), m, n);
    lf::queue queue;

    // [file]
    lf::gemm_plan_book book;
    if (lf::status const loaded = book.load(file); !loaded) std::fprintf(stderr, "%s\n", loaded.message());
    lf::error::unless_ok(learn(book, queue, view_a, view_b, view_c));
    lf::error::unless_ok(book.save(file));
    // [/file]

    // What was saved is what gemm takes from now on.
    lf::gemm_plan_book again;
    lf::error::unless_ok(again.load(file));
    lf::error::unless_ok(multiply(again, queue, view_a, view_b, view_c));
    int const wrong = product_of{m, n, k, a, b}.wrong(
        on_c.to_host(queue), [&](product_of::element const& x) { return x.magnitudes * k * std::ldexp(1.0, -22); });
    std::printf("%d x %d x %d by a plan of a book: %d elements wrong\n", m, n, k, wrong);
    return wrong == 0;
  });
}
