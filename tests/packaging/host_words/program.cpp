// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Sees no CUDA compiler: calls what a .cu defines, and launches a kernel of it.
#include <cstdio>

#include "api.hpp"

int main() try {
  std::vector<float> const values{1, 2, 3, 4};
  lf::device_array<float> const in(values);
  lf::device_array<float> out(4);
  lf::queue queue;
  lf::error::unless_ok(run(queue, in.view(), out.view()));
  lf::error::unless_ok(lf::launch(queue, negate, {1, 32}, out.view()));
  lf::error::unless_ok(lf::synchronize(queue));
  bool const right = sums(in, out).to_host() == std::vector<float>{-1, -2, -3, -4};
  std::puts(right ? "right" : "wrong");
  return right ? 0 : 1;
} catch (lf::error const& error) {
  std::puts(error.what());
  return error.why().kind() == lf::status_kind::unsupported ? 77 : 1;  // no GPU
}
