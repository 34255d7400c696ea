// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/tensor/gemm_plan.hpp>
#include <lanefold/tensor/repack.cuh>

#include <initializer_list>

namespace lanefold {

/// What a call of gemm may ask for beyond its operands.
struct gemm_options {
  gemm_plan plan = {};
  /// The bits of a row of C depend on that row of A, on B and on k alone: not on m, n, or what else is in A.
  bool batch_invariant = false;
};

inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

/// An operand for wgmma: as it is, or a copy in the workspace that the copy engine can fetch.
template <class T, bool AlongK>
struct prepared_operand {
  static constexpr major runs_fastest = AlongK || bytes_of<T> != 2 ? major::k : major::mn;
  static constexpr bool transposes = !AlongK && runs_fastest == major::k;

  operand<T> x;
  int k;
  bool as_it_is;

  prepared_operand(operand<T> const& from, int k_)
      : x(from), k(k_), as_it_is(!transposes && lines_of<T>(from, k_, runs_fastest).fetchable()) {}

  int lines() const { return runs_fastest == major::k ? x.extent : k; }
  int length() const { return runs_fastest == major::k ? k : x.extent; }
  long long padded() const {
    constexpr int in_line = 128 / bytes_of<T>;
    return (length() + in_line - 1ll) / in_line * in_line;
  }
  size_t bytes() const {
    return as_it_is ? 0 : static_cast<size_t>(padded() * bytes_of<T>) * static_cast<size_t>(lines());
  }

  /// Starts the copy, where one is needed.
  status prepare(queue& q, void* memory) {
    if (as_it_is) return status();
    auto* const to = static_cast<T*>(memory);
    launch_shape const shape{static_cast<unsigned>(((lines() + 63ll) / 64) * ((length() + 63ll) / 64)), 256};
    operand<T> const from{x.data, lines(), x.stride};
    x.data = to;
    x.stride = padded();
    return launch(q, repack<T, !transposes>, shape, from, length(), to, x.stride);
  }
};

template <bool AlongA, bool AlongB, class T, class C, class Epilogue>
status run_wgmma(queue& q, operand<T> const& of_a, operand<T> const& of_b, int k, output<C, Epilogue> const& out,
                 gemm_plan const& plan, int multiprocessors) {
  prepared_operand<T, AlongA> a(of_a, k);
  prepared_operand<T, AlongB> b(of_b, k);
  return wgmma_tiles::pick(plan.tile, [&](auto tile) -> status {
    using Tile = decltype(tile);
    auto const whole = [](size_t bytes) { return (bytes + 255) / 256 * 256; };
    size_t const of_sums =
        whole(plan.splits == 1 ? 0 : partial_sums<accumulator_of<T>>(nullptr, out.m, out.n).bytes(plan.splits));
    if (status failed = q.reserve(of_sums + whole(a.bytes()) + b.bytes()); !failed) return failed;
    auto* const memory = static_cast<char*>(q.workspace());
    if (status failed = a.prepare(q, memory + of_sums); !failed) return failed;
    if (status failed = b.prepare(q, memory + of_sums + whole(a.bytes())); !failed) return failed;
    return start_gemm_wgmma<Tile, a.runs_fastest, b.runs_fastest>(q, a.x, b.x, k, out, plan.splits, memory,
                                                                  multiprocessors);
  });
}

/// The types that wgmma multiplies.
template <class T>
constexpr bool has_wgmma = is_element<T> && !traits::same<T, double>;

/// C by rows.
template <bool AlongA, bool AlongB, class T, class C, class Epilogue>
status run_gemm(queue& q, operand<T> const& a, operand<T> const& b, int k, output<C, Epilogue> const& out,
                gemm_options const& options) {
  backend::device_facts device;
  if (status failed = backend::ask_device(&device); !failed) return failed;
  gemm_plan plan = options.plan;
  bool const may_split = !options.batch_invariant;
  bool const hopper = has_wgmma<T> && device.sm == 90 && k > 0;
  if (plan.way == gemm_way::wgmma && !hopper)
    return status::failure(
        status_kind::unsupported,
        "lanefold: gemm: plan.way is wgmma, which multiplies 8 and 16 bits and tf32 on sm_90; this GPU "
        "is an sm_%d, k is %d and an element has %d bytes",
        device.sm, k, bytes_of<T>);
  // gemm_skinny has an order of its own, and would make that depend on m and n.
  bool const automatic = plan.way == gemm_way::automatic;
  if (automatic && (options.batch_invariant ||
                    !plan_skinny<T, AlongA, AlongB>(&plan, a, b, k, device.multiprocessors, device.sm >= 90))) {
    plan = hopper ? plan_wgmma<T>(out.m, out.n, k, static_cast<int>(sizeof(C)), device.multiprocessors, may_split)
                  : plan_mma<T>(out.m, out.n, k, device.multiprocessors, may_split);
  }
  int const tiles = plan.way == gemm_way::wgmma    ? wgmma_tiles::count
                    : plan.way == gemm_way::skinny ? skinny_tiles<T>::count
                                                   : mma_tiles<T>::count;
  if (plan.tile < 0 || plan.tile >= tiles)
    return status::failure(status_kind::bad_argument, "lanefold: gemm: plan.tile is %d, and must be 0..%d", plan.tile,
                           tiles - 1);
  int const most_splits = plan.way == gemm_way::wgmma ? 32 : 16;
  if (plan.splits < 1 || plan.splits > most_splits)
    return status::failure(status_kind::bad_argument, "lanefold: gemm: plan.splits is %d, and must be 1..%d",
                           plan.splits, most_splits);
  if (options.batch_invariant && plan.splits > 1)
    return status::failure(status_kind::bad_argument,
                           "lanefold: gemm: plan.splits is %d, and with batch_invariant it must be 1", plan.splits);
  if constexpr (has_wgmma<T>)
    if (plan.way == gemm_way::wgmma) return run_wgmma<AlongA, AlongB>(q, a, b, k, out, plan, device.multiprocessors);
  if (plan.way == gemm_way::skinny)
    return skinny_tiles<T>::pick(plan.tile, [&](auto tile) {
      return run_skinny<decltype(tile), AlongA, AlongB>(q, a, b, k, out.data, out.stride, 1, out.epilogue, plan.splits,
                                                        device.sm >= 90);
    });
  return mma_tiles<T>::pick(plan.tile, [&](auto tile) {
    mma_options how(plan.splits);
    how.through_memory = device.sm < 90;
    how.programmatic_dependent_launch = device.sm >= 90;
    using Tile = decltype(tile);
    if (copy_bytes(a) == 16 && copy_bytes(b) == 16)
      return start_gemm_mma<Tile, T, AlongA, AlongB, 16>(q, a, b, k, out, how);
    return start_gemm_mma<Tile, T, AlongA, AlongB, bytes_of<T>>(q, a, b, k, out, how);
  });
}

}  // namespace detail

/// C = epilogue(A B) on tensor cores.
///
/// - `a`, `b`: m x k and k x n, of one type, see is_element; float is multiplied as tf32. `c`: m x n, of any type that the
///   epilogue's result converts to; apart from a and b. Each by rows or by columns, of any extents, strides and alignment.
/// - `epilogue`: called as `epilogue(sum, row, column)`, for each element of C at least once: it has no side effects. What
///   it reads is there when the kernels ahead in the queue have ended.
/// - Result: a function of the operands, the options and the GPU's kind alone. Terms are added forward over k, 32 bytes of
///   k at a time as the tensor cores do it; with splits each run is added so, and then the runs from the first to the last.
///   gemm_way::skinny has an order of its own, see gemm_skinny_kernel. Integers wrap. An empty sum is 0.
/// - Memory: splits, and operands that the copy engine cannot fetch as they are (address or stride no multiple of 16 bytes;
///   types of 8 and 32 bits whose elements do not lie side by side along k), take workspace of the queue.
/// - Cost: docs/benchmarks.md has it beside cuBLASLt's. Inside a stream capture nothing is allocated.
/// - Errors: bad_argument if extents, strides or the plan do not fit; unsupported if the GPU lacks what the plan asks for.
template <class A, class LayoutA, class B, class LayoutB, class C, class LayoutC, class Epilogue = identity>
[[nodiscard]] status gemm(queue& q, matrix_view<A, LayoutA> a, matrix_view<B, LayoutB> b, matrix_view<C, LayoutC> c,
                          Epilogue epilogue = {}, gemm_options const& options = {}) {
  using T = traits::remove_const_t<A>;
  static_assert(traits::same<T, traits::remove_const_t<B>>, "gemm: A and B are of the same type");
  static_assert(is_element<T>, "gemm multiplies __half, __nv_bfloat16, float, signed char, fp8 and double");
  for (status wrong : {detail::check_operand("a", a), detail::check_operand("b", b), detail::check_operand("c", c)})
    if (!wrong) return wrong;
  if (status wrong = detail::check_extents(a, b, c); !wrong) return wrong;
  if (c.rows() == 0 || c.columns() == 0) return status();

  constexpr bool along_a = traits::same<LayoutA, row_major>, along_b = traits::same<LayoutB, column_major>;
  operand<T> const of_a{a.data(), a.rows(), a.stride()}, of_b{b.data(), b.columns(), b.stride()};
  auto const out = detail::output_of(c, epilogue);
  if constexpr (traits::same<LayoutC, row_major>)
    return detail::run_gemm<along_a, along_b>(q, of_a, of_b, a.columns(), out, options);
  else  // C^T = B^T A^T
    return detail::run_gemm<along_b, along_a>(q, of_b, of_a, a.columns(), out, options);
}

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
