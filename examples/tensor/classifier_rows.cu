// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// A classifier's last layer in one pass over its logits: they get a soft cap and are stored, and on the way out the lanes
// that hold a row find its log-sum-exp and its best class. The loss and the prediction need no second look at the logits.

#include <lanefold/tensor/epilogue_rows.cuh>
#include <lanefold/tensor/gemm.hpp>

#include "matrices.cuh"

// [classifier]
struct soft_cap {
  float cap;
  LANEFOLD_HD float operator()(float x, int, int) const { return cap * tanhf(x / cap); }
};

using log_sum_exp = lf::tensor::row_log_sum_exp<>;
using best_class = lf::tensor::row_argmax<>;

/// logits = soft_cap(x w); logs[row] = log(sum(exp(logits))), best[row] = {value, class}. The last two arguments are memory
/// for a value of each row and 32 classes.
lf::status classify(lf::queue& queue, lf::matrix_view<half const> x, lf::matrix_view<half const, lf::column_major> w,
                    lf::matrix_view<half> logits, lf::view<float> logs, lf::view<lf::extremum<float>> best,
                    lf::matrix_view<log_sum_exp::partial> of_logs, lf::matrix_view<best_class::partial> of_best) {
  auto const epilogue = lf::tensor::chain(soft_cap{30.0f}, lf::tensor::row_statistic{log_sum_exp{}, of_logs},
                                          lf::tensor::row_statistic{best_class{}, of_best});
  lf::status done = lf::tensor::gemm(queue, x, w, logits, epilogue);
  if (done) done = lf::tensor::finish_rows(queue, of_logs, logs, log_sum_exp{});
  if (done) done = lf::tensor::finish_rows(queue, of_best, best, best_class{});
  return done;
}
// [/classifier]

int main() {
  return run_example([] {
    constexpr int rows = 50, classes = 210, width = 64, runs = (classes + 31) / lf::tensor::row_run<>;
    auto const x = integers(rows * width, 1), w = integers(classes * width, 2);
    lf::device_array<half> const on_x(x), on_w(w);
    lf::device_array<half> logits(rows * classes);
    lf::device_array<float> logs(rows);
    lf::device_array<lf::extremum<float>> best(rows);
    lf::device_array<log_sum_exp::partial> of_logs(rows * runs);
    lf::device_array<best_class::partial> of_best(rows * runs);
    lf::queue queue;
    lf::error::unless_ok(classify(queue, {on_x.data(), rows, width}, {on_w.data(), width, classes},
                                  {logits.data(), rows, classes}, {logs.data(), rows}, {best.data(), rows},
                                  {of_logs.data(), rows, runs}, {of_best.data(), rows, runs}));
    auto const got_logs = logs.to_host(queue);
    auto const got_best = best.to_host(queue);
    product_of const product{rows, classes, width, x, w};
    int wrong = 0;
    for (int row = 0; row < rows; ++row) {
      double all = 0, largest = -INFINITY;
      std::vector<double> logit(classes);
      for (int c = 0; c < classes; ++c) {
        logit[static_cast<std::size_t>(c)] = 30 * std::tanh(product.at(row, c).sum / 30);
        all += std::exp(logit[static_cast<std::size_t>(c)]);
        largest = std::fmax(largest, logit[static_cast<std::size_t>(c)]);
      }
      auto const i = static_cast<std::size_t>(row);
      bool const right = std::fabs(got_logs[i] - std::log(all)) < 1e-4 &&
                         std::fabs(logit[static_cast<std::size_t>(got_best[i].rank)] - largest) < 1e-5;
      wrong += !right;
    }
    std::printf("%d rows of %d classes: %d wrong\n", rows, classes, wrong);
    return wrong == 0;
  });
}
