// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// The product of two matrices from files, or of random ones, in half precision on the tensor cores; checked against double.
//
// usage: multiply_matrices [a.txt b.txt [c.txt]]   a file: rows, columns, and the elements row by row, as text
//        multiply_matrices m n k                   random operands of m x k and k x n

#include <lanefold/tensor/gemm.hpp>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include "matrices.cuh"

struct matrix {
  int rows = 0, columns = 0;
  std::vector<half> values;  // row by row
};

matrix read(std::string const& path) {
  std::ifstream file(path);
  matrix result;
  if (!(file >> result.rows >> result.columns) || result.rows < 1 || result.columns < 1)
    throw std::runtime_error(path + " is missing, or does not begin with its rows and columns");
  for (float x; file >> x;) result.values.emplace_back(x);
  if (result.values.size() != static_cast<std::size_t>(result.rows) * static_cast<std::size_t>(result.columns))
    throw std::runtime_error(path + " has not as many elements as it says");
  return result;
}

void write(std::string const& path, std::vector<float> const& c, int rows, int columns) {
  std::ofstream file(path);
  file << rows << ' ' << columns;
  for (std::size_t i = 0; i < c.size(); ++i) file << (i % static_cast<std::size_t>(columns) == 0 ? '\n' : ' ') << c[i];
  if (!(file << '\n')) throw std::runtime_error("cannot write " + path);
}

// [multiply]
std::vector<float> multiply(matrix const& a, matrix const& b) {
  lf::queue queue;
  lf::device_array<half> const on_a(a.values), on_b(b.values);
  lf::device_array<float> c(static_cast<std::size_t>(a.rows) * static_cast<std::size_t>(b.columns));
  lf::error::unless_ok(lf::tensor::gemm(queue, lf::matrix_view<half const>(on_a.data(), a.rows, a.columns),
                                        lf::matrix_view<half const>(on_b.data(), b.rows, b.columns),
                                        lf::matrix_view<float>(c.data(), a.rows, b.columns)));
  return c.to_host(queue);
}
// [/multiply]

/// The largest error of any element, in parts of its bound: each of the k additions may cut off 2^-22 of the partial sum, which
/// is no more than the sum of the terms' magnitudes. Products of halves are exact.
double largest_error(matrix const& a, matrix const& b, std::vector<float> const& c) {
  std::vector<half> by_columns;
  for (int column = 0; column < b.columns; ++column)
    for (int row = 0; row < b.rows; ++row)
      by_columns.push_back(b.values[static_cast<std::size_t>(row) * static_cast<std::size_t>(b.columns) +
                                    static_cast<std::size_t>(column)]);
  product_of const product{a.rows, b.columns, a.columns, a.values, by_columns};
  double largest = 0;
  for (int i = 0; i < a.rows * b.columns; ++i) {
    auto const expected = product.at(i / b.columns, i % b.columns);
    double const error = std::fabs(static_cast<double>(c[static_cast<std::size_t>(i)]) - expected.sum);
    double const bound = expected.magnitudes * a.columns * std::ldexp(1.0, -22);
    if (!(error <= bound)) return INFINITY;  // a NaN, too
    if (error > 0) largest = std::fmax(largest, error / bound);
  }
  return largest;
}

int main(int count, char** arguments) {
  return run_example([&] {
    matrix a, b;
    if (count == 3 || (count == 4 && std::atoi(arguments[1]) == 0)) {
      a = read(arguments[1]);
      b = read(arguments[2]);
    } else {
      auto const extent = [&](int i, int otherwise) { return count == 4 ? std::atoi(arguments[i]) : otherwise; };
      int const m = extent(1, 90), n = extent(2, 70), k = extent(3, 130);
      if (m < 1 || n < 1 || k < 1) throw std::runtime_error("usage: multiply_matrices [a.txt b.txt [c.txt] | m n k]");
      a = {m, k, normal_numbers(1ll * m * k, 1)};
      b = {k, n, normal_numbers(1ll * k * n, 2)};
    }
    if (a.columns != b.rows) throw std::runtime_error("A has not as many columns as B has rows");

    std::vector<float> const c = multiply(a, b);
    if (count == 4 && std::atoi(arguments[1]) == 0) write(arguments[3], c, a.rows, b.columns);
    for (int row = 0; row < a.rows && row < 3; ++row) {
      for (int column = 0; column < b.columns && column < 5; ++column)
        std::printf("%10.4f", static_cast<double>(c[static_cast<std::size_t>(row * b.columns + column)]));
      std::printf("%s\n", b.columns > 5 ? "  ..." : "");
    }
    double const error = largest_error(a, b, c);
    std::printf("%d x %d x %d: the largest error is %.3f of its bound, k 2^-22 sum |a b|\n", a.rows, b.columns,
                a.columns, error);
    return error <= 1;
  });
}
