// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <lanefold/tensor/batches.hpp>
#include <lanefold/tensor/compute.cuh>
#include <lanefold/tensor/gemm_layouts.hpp>
#include <lanefold/tensor/gemm_plan.hpp>
#include <lanefold/tensor/gemm_simt.hpp>
#include <lanefold/tensor/prepared_operand.hpp>
#include <lanefold/tensor/split_operand.cuh>

namespace lanefold {

/// What a call of gemm may ask for beyond its operands.
struct gemm_options {
  gemm_plan plan = {};
  /// Asked first where plan.way is automatic; what it does not know, or what these operands do not allow, the model plans.
  gemm_plans const* plans = nullptr;
  /// The bits of a row of C depend on that row of A, on B and on k alone: not on m, n, or what else is in A.
  bool batch_invariant = false;
};

inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

inline mma_options mma_options_of(gemm_plan const& plan, int sm) {
  mma_options how(plan.splits);
  how.through_memory = sm < 90;
  how.programmatic_dependent_launch = sm >= 90;
  return how;
}

/// Whether gemm_skinny takes the operands.
template <bool AlongA, bool AlongB, class T>
bool takes_skinny(int number, operand<T> const& a, operand<T> const& b, int k) {
  bool takes = false;
  (void)skinny_tiles<T>::pick(number, [&](auto tile) {
    takes = wide_side<decltype(tile), AlongA, AlongB>(a, b, k) != skinny_side::none;
    return status();
  });
  return takes;
}

/// The plan for a problem with C by rows: that of the options, or of their book, or of the model.
template <class Compute, bool AlongA, bool AlongB, class T, class C, class Epilogue>
planned_gemm plan_problem(operand<T> const& a, operand<T> const& b, int k, output<C, Epilogue> const& out,
                          gemm_options const& options) {
  auto const order = [](bool rows) { return rows ? matrix_order::by_rows : matrix_order::by_columns; };
  backend::device_facts device;
  planned_gemm result;
  result.done = backend::ask_device(&device);
  result.key = {type_of<T>,    type_of<C>, order(AlongA),           order(!AlongB), out.m,
                out.columns(), k,          options.batch_invariant, device.sm,      device.multiprocessors};
  if (!result.done || out.m == 0 || out.n == 0) return result;

  gemm_plan& plan = result.plan;
  bool const may_split = !options.batch_invariant, hopper = has_wgmma<T> && device.sm == 90 && k > 0;
  gemm_way const usual = hopper ? gemm_way::wgmma : gemm_way::mma;
  plan = options.plan;
  constexpr bool in_books = traits::same<Compute, compute::standard>;  // keys know of no other kind, and of no batch
  if (in_books && plan.way == gemm_way::automatic && options.plans != nullptr && out.batches == 1)
    if (gemm_plan const* kept = options.plans->find(result.key)) {
      // Each way has an order of its own, and which one it is would depend on m and n.
      bool const fits = options.batch_invariant
                            ? kept->way == usual
                            : kept->way != gemm_way::skinny ||
                                  (!takes_neighbours<Epilogue> && takes_skinny<AlongA, AlongB>(kept->tile, a, b, k));
      if (fits) plan = *kept;
    }
  if (plan.way == gemm_way::automatic &&
      (options.batch_invariant || traits::same<Compute, compute::tf32x3> || takes_neighbours<Epilogue> ||
       !plan_skinny<T, AlongA, AlongB>(&plan, a, b, k, device.multiprocessors, device.sm >= 90, out.batches))) {
    plan = hopper ? plan_wgmma<T, Compute>(out.m, out.columns(), k, static_cast<int>(sizeof(C)), device.multiprocessors,
                                           may_split, out.batches, !traits::same<Epilogue, identity>)
                  : plan_mma<T>(out.m, out.columns(), k, device.multiprocessors, may_split, out.batches);
  }
  if (plan.way == gemm_way::wgmma && !hopper) {
    result.done =
        status::failure(status_kind::unsupported,
                        "lanefold: gemm: plan.way is wgmma, which multiplies 8 and 16 bits and tf32 on sm_90; this GPU "
                        "is an sm_%d, k is %d and an element has %d bytes",
                        device.sm, k, bytes_of<T>);
    return result;
  }
  result.done = check_plan<T, Compute>("lanefold: gemm: plan", plan, options.batch_invariant);
  if (!result.done) return result;
  if (plan.way == gemm_way::wgmma)
    result.workspace =
        workspace_of_wgmma<T>(plan, prepared_operand<T, AlongA>(a, k, out.batches),
                              prepared_operand<T, AlongB>(b, k, out.batches), out.m, out.columns(), out.batches)
            .all();
  else if (plan.way == gemm_way::mma)
    result.workspace =
        gemm_mma_workspace<T>(out.m, out.columns(), mma_options_of(plan, device.sm)) * static_cast<size_t>(out.batches);
  return result;
}

template <bool AlongA, bool AlongB, class T, class C, class Epilogue>
status run_mma(queue& q, operand<T> const& a, operand<T> const& b, int k, output<C, Epilogue> const& out,
               gemm_plan const& plan, int sm) {
  return mma_tiles<T>::pick(plan.tile, [&](auto tile) {
    mma_options const how = mma_options_of(plan, sm);
    using Tile = decltype(tile);
    if (copy_bytes(a) == 16 && copy_bytes(b) == 16)
      return start_gemm_mma<Tile, T, AlongA, AlongB, 16>(q, a, b, k, out, how);
    return start_gemm_mma<Tile, T, AlongA, AlongB, bytes_of<T>>(q, a, b, k, out, how);
  });
}

/// C by rows.
template <class Compute, bool AlongA, bool AlongB, class T, class C, class Epilogue>
status run_gemm(queue& q, operand<T> const& a, operand<T> const& b, int k, output<C, Epilogue> const& out,
                gemm_options const& options) {
  planned_gemm const planned = plan_problem<Compute, AlongA, AlongB>(a, b, k, out, options);
  gemm_plan const& plan = planned.plan;
  int const sm = planned.key.sm;
  if (!planned.done || out.m == 0 || out.n == 0) return planned.done;
  if constexpr (has_wgmma<T>)
    if (plan.way == gemm_way::wgmma)
      return run_wgmma<Compute, AlongA, AlongB>(q, a, b, k, out, plan, planned.key.multiprocessors);
  if (plan.way == gemm_way::skinny)
    return skinny_tiles<T>::pick(plan.tile, [&](auto tile) {
      return run_skinny<decltype(tile), AlongA, AlongB>(q, a, b, k, out, 1, plan.splits, sm >= 90);
    });
  return run_mma<AlongA, AlongB>(q, a, b, k, out, plan, sm);
}

/// C by rows. What compute::tf32x3 does: one product in tf32, of operands with three times as many columns.
template <bool AlongA, bool AlongB, class C, class Epilogue>
status run_tf32x3(queue& q, operand<float> const& a, operand<float> const& b, int k, output<C, Epilogue> const& out,
                  gemm_options options) {
  using kind = compute::tf32x3;
  if (options.plan.way == gemm_way::skinny)
    return status::failure(status_kind::bad_argument,
                           "lanefold: gemm: plan.way is skinny, and with compute::tf32x3 it must be wgmma or mma");
  if (k == 0 || out.m == 0 || out.n == 0) return run_gemm<kind, AlongA, AlongB>(q, a, b, k, out, options);
  constexpr int most = 0x7fffffff / 3 / 32 * 32;
  if (k > most)
    return status::failure(status_kind::bad_argument, "lanefold: gemm: k is %d, and with compute::tf32x3 at most %d", k,
                           most);
  int const padded = (k + 31) / 32 * 32, depth = 3 * padded;  // lines of 128 bytes
  auto const matrices = [&](operand<float> const& x) { return x.batch_stride == 0 ? 1 : out.batches; };
  auto const split = [&](operand<float> const& x, float* memory) {
    long long const size = 1ll * x.extent * depth;
    return operand<float>{memory, x.extent, depth, x.batch_stride == 0 ? 0 : size};
  };
  auto const elements = [&](operand<float> const& x) {
    return static_cast<size_t>(1ll * x.extent * depth * matrices(x));
  };

  // They lie behind what the product takes, of which only addresses are not known yet.
  planned_gemm const planned =
      plan_problem<kind, true, true>(split(a, nullptr), split(b, nullptr), depth, out, options);
  if (!planned.done) return planned.done;
  options.plan = planned.plan;
  size_t const before = (planned.workspace + 255) / 256 * 256;
  if (status failed = q.reserve(before + sizeof(float) * (elements(a) + elements(b))); !failed) return failed;
  auto* const of_a = reinterpret_cast<float*>(static_cast<char*>(q.workspace()) + before);
  float* const of_b = of_a + elements(a);
  if (status failed = start_repack<AlongA>(q, a, k, padded, matrices(a), split_copy<true>{of_a, padded}); !failed)
    return failed;
  if (status failed = start_repack<AlongB>(q, b, k, padded, matrices(b), split_copy<false>{of_b, padded}); !failed)
    return failed;
  return run_gemm<kind, true, true>(q, split(a, of_a), split(b, of_b), depth, out, options);
}

/// C by rows. What compute::f16_sums does.
template <bool AlongA, bool AlongB, class C, class Epilogue>
status run_f16_sums(queue& q, operand<__half> const& a, operand<__half> const& b, int k, output<C, Epilogue> const& out,
                    gemm_options options) {
  if (options.plan.way != gemm_way::automatic && options.plan.way != gemm_way::mma)
    return status::failure(status_kind::bad_argument,
                           "lanefold: gemm: with compute::f16_sums plan.way is automatic or mma; here it is %d",
                           static_cast<int>(options.plan.way));
  backend::device_facts device;
  if (status failed = backend::ask_device(&device); !failed) return failed;
  if (out.m == 0 || out.n == 0) return status();
  gemm_plan plan = options.plan;
  if (plan.way == gemm_way::automatic)
    plan = plan_mma<__half>(out.m, out.columns(), k, device.multiprocessors, !options.batch_invariant, out.batches);
  if (status wrong = check_plan<__half>("lanefold: gemm: plan", plan, options.batch_invariant); !wrong) return wrong;
  using half = half_summed_in_half;
  auto const as_half = [](operand<__half> const& x) {
    return operand<half>{reinterpret_cast<half const*>(x.data), x.extent, x.stride, x.batch_stride};
  };
  return run_mma<AlongA, AlongB>(q, as_half(a), as_half(b), k, out, plan, device.sm);
}

/// C by rows.
template <class Compute, bool AlongA, bool AlongB, class T, class C, class Epilogue>
status run_compute(queue& q, operand<T> const& a, operand<T> const& b, int k, output<C, Epilogue> const& out,
                   gemm_options const& options) {
  if constexpr (traits::same<Compute, compute::f32>) {
    static_assert(traits::same<T, float>, "gemm: compute::f32 multiplies float");
    return run_simt<AlongA, AlongB>(q, a, b, k, out, options.plan);
  } else if constexpr (traits::same<Compute, compute::tf32x3>) {
    static_assert(traits::same<T, float>, "gemm: compute::tf32x3 multiplies float");
    return run_tf32x3<AlongA, AlongB>(q, a, b, k, out, options);
  } else if constexpr (traits::same<Compute, compute::f16_sums>) {
    static_assert(traits::same<T, __half>, "gemm: compute::f16_sums multiplies __half");
    return run_f16_sums<AlongA, AlongB>(q, a, b, k, out, options);
  } else {
    static_assert(traits::one_of<Compute, compute::standard, compute::fast>, "gemm: no such kind of computation");
    return run_gemm<Compute, AlongA, AlongB>(q, a, b, k, out, options);
  }
}

template <class Compute, class A, class LayoutA, class B, class LayoutB, class C, class LayoutC, class Epilogue>
status check_and_run(queue& q, matrix_batch<A, LayoutA> const& a, matrix_batch<B, LayoutB> const& b,
                     matrix_batch<C, LayoutC> const& c, Epilogue const& epilogue, gemm_options const& options) {
  using T = traits::remove_const_t<A>;
  static_assert(traits::same<T, traits::remove_const_t<B>>, "gemm: A and B are of the same type");
  static_assert(is_element<T>, "gemm multiplies __half, __nv_bfloat16, float, signed char, fp8 and double");
  if (status wrong = check_batches(a, b, c, columns_taken<Epilogue>); !wrong || c.count() == 0) return wrong;
  if (status wrong = check_epilogue_of<T>(epilogue, 1ll * c.count() * c.rows(), c.columns()); !wrong) return wrong;
  return visit_by_rows(a, b, c, epilogue,
                       [&](auto along_a, auto along_b, auto const& of_a, auto const& of_b, auto const& out) {
                         return run_compute<Compute, decltype(along_a)::value, decltype(along_b)::value>(
                             q, of_a, of_b, a.columns(), out, options);
                       });
}

}  // namespace detail

/// C = epilogue(A B), on tensor cores where `Compute` says nothing else: `gemm<compute::f32>(q, a, b, c)`.
///
/// - `Compute`: of the kinds in tensor/compute.cuh; it says in which order terms are added, and how exactly.
/// - `a`, `b`: m x k and k x n, of one type, see is_element; float is multiplied as tf32. `c`: m x n, of any type that the
///   epilogue's result converts to; apart from a and b. Each by rows or by columns, of any extents, strides and alignment;
///   any_major has the kernels compiled for both.
/// - `epilogue`: called as `epilogue(sum, row, column)`, for each element of C at least once: it has no side effects. What
///   it reads is there when the kernels ahead in the queue have ended.
/// - Result: a function of the operands, the options and the GPU's kind alone. Terms are added forward over k, 32 bytes of
///   k at a time as the tensor cores do it; with splits each run is added so, and then the runs from the first to the last.
///   gemm_way::skinny has an order of its own, see gemm_skinny. Integers wrap. An empty sum is 0.
/// - Memory: splits, and operands that the copy engine cannot fetch as they are (address or stride no multiple of 16 bytes;
///   types of 8 and 32 bits whose elements do not lie side by side along k), take workspace of the queue.
/// - Cost: docs/benchmarks.md has it beside cuBLASLt's. Inside a stream capture nothing is allocated.
/// - Errors: bad_argument if extents, strides or the plan do not fit; unsupported if the GPU lacks what the plan asks for.
template <class Compute = compute::standard, class A, class LayoutA, class B, class LayoutB, class C, class LayoutC,
          class Epilogue = identity>
[[nodiscard]] status gemm(queue& q, matrix_view<A, LayoutA> a, matrix_view<B, LayoutB> b, matrix_view<C, LayoutC> c,
                          Epilogue epilogue = {}, gemm_options const& options = {}) {
  return detail::check_and_run<Compute>(q, detail::as_batch(a, 1), detail::as_batch(b, 1), detail::as_batch(c, 1),
                                        epilogue, options);
}

/// C[i] = epilogue(A[i] B[i]) for each matrix i of a batch, in one launch.
///
/// - `a`, `b`: a matrix_batch each, or a matrix_view, which all products share; batch strides of 0 and more. `c`: matrices that
///   do not overlap, one behind the other or line by line; 65535 at most.
/// - `epilogue`: called as `epilogue(sum, row, column, i)` if it takes that, else without i; in a chain each by itself.
/// - Result: each C[i] as gemm of one has it, with the plan that suits all of them together. A book of plans is not asked.
/// - Memory: as for gemm of one. A batch stride that is no multiple of 16 bytes has the operand repacked, too.
/// - Errors: as for gemm of one, and bad_argument if counts or batch strides do not fit.
template <class Compute = compute::standard, class OperandA, class OperandB, class C, class LayoutC,
          class Epilogue = identity>
[[nodiscard]] status gemm(queue& q, OperandA const& a, OperandB const& b, matrix_batch<C, LayoutC> c,
                          Epilogue epilogue = {}, gemm_options const& options = {}) {
  return detail::check_and_run<Compute>(q, detail::as_batch(a, c.count()), detail::as_batch(b, c.count()), c, epilogue,
                                        options);
}

/// What gemm would do with these arguments on the current device: its plan, the workspace that takes, and the key by which
/// the plan may be kept. Nothing is started; of the operands only addresses, extents and strides are looked at.
///
/// - Result: `done` is what gemm would refuse the arguments with. A GPU without code for sm_90a in the program, and more
///   splits than a cluster may have on it, show when kernels are started, in gemm.
/// - Cost: that of the model, on the host, about a microsecond for each tile.
template <class A, class LayoutA, class B, class LayoutB, class C, class LayoutC>
[[nodiscard]] planned_gemm plan_gemm(matrix_view<A, LayoutA> a, matrix_view<B, LayoutB> b, matrix_view<C, LayoutC> c,
                                     gemm_options const& options = {}) {
  if (status wrong = detail::check_products(a, b, c); !wrong) return {wrong, {}, {}};
  return detail::visit_by_rows(
      a, b, c, identity(), [&](auto along_a, auto along_b, auto const& of_a, auto const& of_b, auto const& out) {
        return detail::plan_problem<compute::standard, decltype(along_a)::value, decltype(along_b)::value>(
            of_a, of_b, a.columns(), out, options);
      });
}

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
