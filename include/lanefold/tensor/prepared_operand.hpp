// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// gemm by wgmma, of operands that the copy engine may not be able to fetch as they are. Not included under NVRTC.

#include <lanefold/tensor/gemm_plan.hpp>
#include <lanefold/tensor/repack.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

/// Starts repack of so many matrices; `x.extent` lines of `length` elements, filled up to `padded`.
template <bool ByRows, class T, class Copy>
status start_repack(queue& q, operand<T> const& x, int length, int padded, int matrices, Copy copy) {
  long long const blocks = ((x.extent + 63ll) / 64) * ((padded + 63ll) / 64);
  launch_shape const shape{{static_cast<unsigned>(blocks), static_cast<unsigned>(matrices)}, 256};
  return launch(q, repack<T, ByRows, Copy>, shape, x, length, padded, copy);
}

/// An operand for wgmma: as it is, or a copy in the workspace that the copy engine can fetch.
template <class T, bool AlongK>
struct prepared_operand {
  static constexpr major runs_fastest = AlongK || bytes_of<T> != 2 ? major::k : major::mn;
  static constexpr bool transposes = !AlongK && runs_fastest == major::k;

  operand<T> x;
  int k, matrices;
  bool as_it_is;

  prepared_operand(operand<T> const& from, int k_, int batches = 1)
      : x(from),
        k(k_),
        matrices(from.batch_stride == 0 ? 1 : batches),
        as_it_is(!transposes && lines_of<T>(from, k_, runs_fastest).fetchable()) {}

  int lines() const { return runs_fastest == major::k ? x.extent : k; }
  int length() const { return runs_fastest == major::k ? k : x.extent; }
  long long padded() const {
    constexpr int in_line = 128 / bytes_of<T>;
    return (length() + in_line - 1ll) / in_line * in_line;
  }
  size_t bytes() const {
    return as_it_is ? 0 : static_cast<size_t>(padded() * bytes_of<T>) * static_cast<size_t>(1ll * lines() * matrices);
  }

  /// Starts the copy, where one is needed.
  status prepare(queue& q, void* memory) {
    if (as_it_is) return status();
    auto* const to = static_cast<T*>(memory);
    operand<T> const from{x.data, lines(), x.stride, x.batch_stride};
    x.data = to;
    x.stride = padded();
    x.batch_stride = matrices == 1 ? 0 : padded() * lines();
    return start_repack<!transposes>(q, from, length(), length(), matrices, repacked_copy<T>{to, x.stride});
  }
};

/// What lies in the workspace, one behind the other: sums of splits, a copy of A and one of B.
struct wgmma_workspace {
  size_t sums, a, b;
  size_t all() const { return sums + a + b; }
};
template <class T, class A, class B>
wgmma_workspace workspace_of_wgmma(gemm_plan const& plan, A const& a, B const& b, int m, int n, int batches) {
  auto const whole = [](size_t bytes) { return (bytes + 255) / 256 * 256; };
  size_t const sums =
      plan.splits == 1 ? 0 : partial_sums<accumulator_of<T>>(nullptr, m, n).bytes(1ll * plan.splits * batches);
  return {whole(sums), whole(a.bytes()), b.bytes()};
}

template <class Compute, bool AlongA, bool AlongB, class T, class C, class Epilogue>
status run_wgmma(queue& q, operand<T> const& of_a, operand<T> const& of_b, int k, output<C, Epilogue> const& out,
                 gemm_plan const& plan, int multiprocessors) {
  prepared_operand<T, AlongA> a(of_a, k, out.batches);
  prepared_operand<T, AlongB> b(of_b, k, out.batches);
  wgmma_workspace const bytes = workspace_of_wgmma<T>(plan, a, b, out.m, out.columns(), out.batches);
  if (status failed = q.reserve(bytes.all()); !failed) return failed;
  auto* const memory = static_cast<char*>(q.workspace());
  if (status failed = a.prepare(q, memory + bytes.sums); !failed) return failed;
  if (status failed = b.prepare(q, memory + bytes.sums + bytes.a); !failed) return failed;
  return wgmma_tiles_of<T, Compute>::pick(plan.tile, [&](auto tile) {
    return start_gemm_wgmma<decltype(tile), a.runs_fastest, b.runs_fastest>(q, a.x, b.x, k, out, plan.splits, memory,
                                                                            multiprocessors);
  });
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
