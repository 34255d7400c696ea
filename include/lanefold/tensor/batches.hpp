// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What gemm asks of its operands, of which it takes a batch. Not included under NVRTC.

#include <lanefold/tensor/gemm_mma.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

template <class A, class B, class C, class LayoutC>
status check_batches(A const& a, B const& b, matrix_batch<C, LayoutC> const& c, int taken) {
  constexpr int most = 65535;  // along one axis of a grid
  if (status wrong = check_products(a.first(), b.first(), c.first(), taken); !wrong) return wrong;
  if (a.count() != c.count() || b.count() != c.count())
    return status::failure(status_kind::bad_argument,
                           "lanefold: gemm: the count of a is %d, of b %d and of c %d, and they must be the same",
                           a.count(), b.count(), c.count());
  if (c.count() < 0 || c.count() > most)
    return status::failure(status_kind::bad_argument, "lanefold: gemm: the count is %d, and must be 0..%d", c.count(),
                           most);
  if (c.count() < 2) return status();
  if (a.stride() < 0 || b.stride() < 0)
    return status::failure(status_kind::bad_argument,
                           "lanefold: gemm: %s has batch stride %lld, and it must be 0 or more",
                           a.stride() < 0 ? "a" : "b", a.stride() < 0 ? a.stride() : b.stride());
  bool const by_rows = c.first().order() == matrix_order::by_rows;
  int const line = by_rows ? c.columns() : c.rows(), lines = by_rows ? c.rows() : c.columns();
  // One matrix behind the other, or line by line.
  long long const whole = lines == 0 ? 0 : (lines - 1) * c.first().stride() + line;
  if (c.stride() >= whole || (c.stride() >= line && c.stride() * (c.count() - 1) + line <= c.first().stride()))
    return status();
  return status::failure(status_kind::bad_argument,
                         "lanefold: gemm: c has batch stride %lld, so that its %d matrices overlap: it must be at "
                         "least %lld, or, where they lie "
                         "side by side in the stride of %lld, at least %d",
                         c.stride(), c.count(), whole, c.first().stride(), line);
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
