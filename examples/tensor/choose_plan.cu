// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// gemm plans by a model. Where a shape matters, one may try every plan, keep the fastest in a file, and pass it from then on.
//
// On the simulator, which has no time to tell, it shows that all plans are right.
//
// usage: choose_plan [m n k [file]]

#include <lanefold/tensor/gemm.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

#include "matrices.cuh"

// [plan-file]
void save(std::string const& path, lf::gemm_plan const& plan) {
  std::ofstream(path) << static_cast<int>(plan.way) << ' ' << plan.tile << ' ' << plan.splits << '\n';
}
lf::gemm_plan load(std::string const& path) {  // the model's choice, where there is no file
  lf::gemm_plan plan;
  int way = 0;
  if (std::ifstream(path) >> way >> plan.tile >> plan.splits) plan.way = static_cast<lf::gemm_way>(way);
  return plan;
}
// [/plan-file]

/// Seconds of one call, the least of three; negative where gemm refuses the plan.
template <class Call>
double seconds(lf::queue& queue, Call call) {
  double least = -1;
  for (int i = 0; i < 3; ++i) {
    lf::error::unless_ok(lf::synchronize(queue));
    auto const start = std::chrono::steady_clock::now();
    if (!call()) return -1;
    lf::error::unless_ok(lf::synchronize(queue));
    double const took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (least < 0 || took < least) least = took;
  }
  return least;
}

int main(int count, char** arguments) {
  return run_example([&] {
    auto const extent = [&](int i, int otherwise) { return count > 3 ? std::atoi(arguments[i]) : otherwise; };
    int const m = extent(1, 64), n = extent(2, 96), k = extent(3, 256);
    std::string const file = count > 4 ? arguments[4] : std::string(arguments[0]) + ".plan";
    auto const a = normal_numbers(1ll * m * k, 1), b = normal_numbers(1ll * k * n, 2);
    lf::device_array<half> const on_a(a), on_b(b);
    lf::device_array<float> c(static_cast<std::size_t>(m) * static_cast<std::size_t>(n));
    lf::queue queue;
    auto const multiply = [&](lf::gemm_plan const& plan) {
      lf::gemm_options options;
      options.plan = plan;
      return lf::tensor::gemm(queue, lf::matrix_view<half const>(on_a.data(), m, k),
                              lf::matrix_view<half const, lf::column_major>(on_b.data(), k, n),
                              lf::matrix_view<float>(c.data(), m, n), {}, options);
    };
    product_of const product{m, n, k, a, b};
    int plans = 0, wrong = 0;
    // [choose]
    lf::gemm_plan fastest;
    double least = seconds(queue, [&] { return multiply(fastest).ok(); });  // by the model
    for (auto const way : {lf::gemm_way::wgmma, lf::gemm_way::mma})
      for (int const splits : {1, 2, 4})
        for (int tile = 0;; ++tile) {
          lf::gemm_plan const plan{way, tile, splits};
          double const took = seconds(queue, [&] { return multiply(plan).ok(); });
          if (took < 0) break;  // behind the last tile, or not on this GPU
          if (took < least) least = took, fastest = plan;
          // [/choose]
          ++plans;
          wrong += product.wrong(c.to_host(queue),
                                 [&](product_of::element const& x) { return x.magnitudes * k * std::ldexp(1.0, -22); });
          // [choose]
        }
    save(file, fastest);
    // [/choose]
    lf::gemm_plan const again = load(file);
    bool const same = again.way == fastest.way && again.tile == fastest.tile && again.splits == fastest.splits;
    std::printf("%d plans for %d x %d x %d, %d elements wrong; the file holds the fastest: %s\n", plans, m, n, k, wrong,
                same ? "yes" : "NO");
    return plans > 0 && wrong == 0 && same && multiply(again).ok() && lf::synchronize(queue).ok();
  });
}
