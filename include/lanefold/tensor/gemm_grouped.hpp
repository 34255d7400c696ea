// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Many products of different extents in one launch. Not included under NVRTC.

#include <lanefold/tensor/gemm.hpp>

namespace lanefold {

/// One product of gemm_grouped: C = epilogue(A B), m x n of m x k and k x n; any of them may be 0.
template <class A, class LayoutA, class B, class LayoutB, class C, class LayoutC>
struct gemm_problem {
  matrix_view<A, LayoutA> a;
  matrix_view<B, LayoutB> b;
  matrix_view<C, LayoutC> c;
};
template <class A, class LayoutA, class B, class LayoutB, class C, class LayoutC>
gemm_problem(matrix_view<A, LayoutA>, matrix_view<B, LayoutB>, matrix_view<C, LayoutC>)
    -> gemm_problem<A, LayoutA, B, LayoutB, C, LayoutC>;

inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

/// A problem whose C is stored by rows: one that is not is its transposed.
template <class T, class C, class Epilogue>
struct group_member {
  operand<T> a, b;
  int k;
  output<C, Epilogue> out;
};

/// How many products the parameters of a kernel hold: of 4 KB, or since CUDA 12.1 of 32764 bytes.
template <class Product>
constexpr int products_of_launch() {
#if defined(CUDART_VERSION) && CUDART_VERSION < 12010
  constexpr int parameters = 4096;
#else
  constexpr int parameters = 32764;
#endif
  constexpr int fit = (parameters - 128) / static_cast<int>(sizeof(Product));
  static_assert(fit >= 2, "gemm_grouped: the epilogue does not fit into a kernel's parameters more than once");
  return fit < 32 ? fit : 32;
}

/// Starts as many launches as members need. `describe(number, product)`: fills it in; `start(tiles)`: of those in `products`.
template <int Most, class Product, class Members, class Wanted, class Describe, class Start>
status launch_groups(Product (&products)[Most], int count, Members member_of, Wanted wanted, Describe describe,
                     Start start) {
  int filled = 0, tiles = 0;
  for (int number = 0; number < count; ++number) {
    auto const member = member_of(number);
    bool const some = member.out.m > 0 && member.out.n > 0 && wanted(member);
    if (some) {
      Product& product = products[filled++];
      if (status failed = describe(member, &product); !failed) return failed;
      product.first = tiles;
      product.number = number;
      tiles += product.tiles.count();
    }
    if (filled == 0 || (filled < Most && number + 1 < count)) continue;
    while (filled < Most) products[filled++].first = 0x7fffffff;  // no block finds it
    if (status failed = start(tiles); !failed) return failed;
    filled = tiles = 0;
  }
  return status();
}

template <class Tile, bool AlongA, bool AlongB, class T, class C, class Epilogue, class Members, class Wanted>
status start_wgmma_groups(queue& q, Members member_of, int count, Wanted wanted, int multiprocessors) {
  constexpr major of_a = prepared_operand<T, AlongA>::runs_fastest, of_b = prepared_operand<T, AlongB>::runs_fastest;
  using Shared = wgmma_shared<Tile, T, T, of_a, of_b>;
  constexpr int most = products_of_launch<wgmma_product<C, Epilogue>>();
  auto const kernel = gemm_wgmma<Tile, T, T, of_a, of_b, C, Epilogue, most>;
  if (status built = backend::needs_sm_90a(reinterpret_cast<void const*>(kernel)); !built) return built;
  wgmma_problem<accumulator_of<T>, C, Epilogue, most> problem{{}, 0, 1, {nullptr, 0, 0}};
  return launch_groups(
      problem.products, count, member_of, wanted,
      [](auto const& member, auto* product) {
        return describe<Shared, Tile, of_a, of_b>(product, member.a, member.b, member.k, member.out);
      },
      [&](int tiles) {
        problem.tiles = tiles;
        return launch(q, kernel, wgmma_shape<Tile, Shared>(tiles, Tile::slots, multiprocessors), problem);
      });
}

template <class Tile, bool AlongA, bool AlongB, int Bytes, class T, class C, class Epilogue, class Members,
          class Wanted>
status start_mma_groups(queue& q, Members member_of, int count, Wanted wanted, bool programmatic_dependent_launch) {
  using memory = mma_memory<Tile, T, AlongA, AlongB>;
  constexpr int most = products_of_launch<mma_product<T, C, Epilogue>>();
  mma_problem<T, C, Epilogue, most> problem{{}, {nullptr, 0, 0}, 1, 0, 0};
  return launch_groups(
      problem.products, count, member_of, wanted,
      [](auto const& member, auto* product) {
        *product = {member.a, member.b, member.k,  mma_tiles_of<Tile>(member.out.m, member.out.columns()),
                    0,        0,        member.out};
        return status();
      },
      [&](int tiles) {
        launch_shape shape{static_cast<unsigned>(tiles), static_cast<unsigned>(Tile::threads)};
        shape.dynamic_shared_bytes = static_cast<size_t>(memory::bytes_for(false));
        shape.programmatic_dependent_launch = programmatic_dependent_launch;
        return launch(q, gemm_mma<Tile, T, AlongA, AlongB, Bytes, C, Epilogue, most>, shape, problem);
      });
}

/// The plan for as many problems of the mean extents. Where wgmma multiplies, `*rest` is the tile of what it does not take.
template <class T, class C, class Members>
status plan_groups(gemm_plan* plan, int* rest, Members member_of, int count, backend::device_facts const& device) {
  long long m = 0, n = 0, k = 0;
  int some = 0;
  for (int i = 0; i < count; ++i) {
    auto const member = member_of(i);
    if (member.out.m == 0 || member.out.n == 0) continue;
    m += member.out.m, n += member.out.columns(), k += member.k, ++some;
  }
  if (some == 0) some = 1;
  auto const mean = [&](long long sum) { return static_cast<int>(sum / some < 1 ? 1 : sum / some); };
  gemm_plan const by_mma = plan_mma<T>(mean(m), mean(n), mean(k), device.multiprocessors, false, some);
  *rest = plan->way == gemm_way::mma ? plan->tile : by_mma.tile;
  bool const hopper = has_wgmma<T> && device.sm == 90;
  if (plan->way == gemm_way::automatic)
    *plan = hopper ? plan_wgmma<T>(mean(m), mean(n), mean(k), static_cast<int>(sizeof(C)), device.multiprocessors,
                                   false, some)
                   : by_mma;
  bool const by_wgmma = plan->way == gemm_way::wgmma;
  if ((by_wgmma && !hopper) || plan->way == gemm_way::skinny)
    return status::failure(
        status_kind::unsupported, "lanefold: gemm_grouped: plan.way is %s, which takes %s; this GPU is an sm_%d",
        by_wgmma ? "wgmma" : "skinny", by_wgmma ? "8 and 16 bits and tf32 on sm_90" : "no groups", device.sm);
  int const tiles = by_wgmma ? wgmma_tiles_of<T>::count : mma_tiles<T>::count;
  if (plan->tile < 0 || plan->tile >= tiles)
    return status::failure(status_kind::bad_argument, "lanefold: gemm_grouped: plan.tile is %d, and must be 0..%d",
                           plan->tile, tiles - 1);
  if (plan->splits != 1)
    return status::failure(status_kind::bad_argument, "lanefold: gemm_grouped: plan.splits is %d, and must be 1",
                           plan->splits);
  return status();
}

template <bool AlongA, bool AlongB, class T, class C, class Epilogue, class Members>
status run_groups(queue& q, Members member_of, int count, gemm_options const& options) {
  backend::device_facts device;
  if (status failed = backend::ask_device(&device); !failed) return failed;
  gemm_plan plan = options.plan;
  int rest = 0;
  if (status wrong = plan_groups<T, C>(&plan, &rest, member_of, count, device); !wrong) return wrong;
  using member = group_member<T, C, Epilogue>;
  auto const by_wgmma = [&](member const& x) {
    return plan.way == gemm_way::wgmma && x.k > 0 && prepared_operand<T, AlongA>(x.a, x.k, 1).as_it_is &&
           prepared_operand<T, AlongB>(x.b, x.k, 1).as_it_is;
  };
  if constexpr (has_wgmma<T>) {
    if (plan.way == gemm_way::wgmma) {
      status const started = wgmma_tiles_of<T>::pick(plan.tile, [&](auto tile) {
        return start_wgmma_groups<decltype(tile), AlongA, AlongB, T, C, Epilogue>(q, member_of, count, by_wgmma,
                                                                                  device.multiprocessors);
      });
      if (!started) return started;
    }
  }
  auto const aligned = [](member const& x) { return copy_bytes(x.a) == 16 && copy_bytes(x.b) == 16; };
  return mma_tiles<T>::pick(rest, [&](auto tile) {
    using Tile = decltype(tile);
    status const started = start_mma_groups<Tile, AlongA, AlongB, 16, T, C, Epilogue>(
        q, member_of, count, [&](member const& x) { return !by_wgmma(x) && aligned(x); }, device.sm >= 90);
    if (!started) return started;
    return start_mma_groups<Tile, AlongA, AlongB, bytes_of<T>, T, C, Epilogue>(
        q, member_of, count, [&](member const& x) { return !by_wgmma(x) && !aligned(x); }, device.sm >= 90);
  });
}

}  // namespace detail

/// problems[i].c = epilogue(problems[i].a problems[i].b) for `count` problems, in as few launches as their number takes.
///
/// - `problems`: in host memory, read before the call returns. Of one set of types and layouts, each with extents, strides and
///   alignments of its own; matrices of C do not overlap.
/// - `epilogue`: called as `epilogue(sum, row, column, i)` if it takes that, else without i; in a chain each by itself.
/// - `options`: of its plan the splits are 1, and the way is not skinny; a book of plans is not asked.
/// - Result: each as gemm has it by wgmma or mma.sync without splits. Problems that the copy engine cannot fetch as they are,
///   and those with k = 0, are multiplied by mma.sync.
/// - Memory: none. Nothing is allocated, and all of it may be captured.
/// - Cost: a launch for up to 32 problems, another one for those by mma.sync; blocks find their tiles by themselves.
/// - Errors: bad_argument if extents, strides or the plan do not fit, by the number of the problem; unsupported if the GPU lacks
///   what the plan asks for.
template <class A, class LayoutA, class B, class LayoutB, class C, class LayoutC, class Epilogue = identity>
[[nodiscard]] status gemm_grouped(queue& q, gemm_problem<A, LayoutA, B, LayoutB, C, LayoutC> const* problems, int count,
                                  Epilogue epilogue = {}, gemm_options const& options = {}) {
  using T = traits::remove_const_t<A>;
  static_assert(traits::same<T, traits::remove_const_t<B>>, "gemm_grouped: A and B are of the same type");
  static_assert(!traits::one_of<any_major, LayoutA, LayoutB, LayoutC>, "gemm_grouped: any_major is for gemm");
  static_assert(!detail::takes_rows<Epilogue>,
                "gemm_grouped: an epilogue of rows has one place for the rows of all problems: take gemm");
  static_assert(is_element<T>, "gemm_grouped multiplies __half, __nv_bfloat16, float, signed char, fp8 and double");
  if (count < 0 || (count > 0 && problems == nullptr))
    return status::failure(status_kind::bad_argument,
                           "lanefold: gemm_grouped: count is %d, and must be 0 or more; problems is %p", count,
                           static_cast<void const*>(problems));
  for (int i = 0; i < count; ++i) {
    auto const& p = problems[i];
    status wrong = detail::check_products(p.a, p.b, p.c, detail::columns_taken<Epilogue>);
    if (!wrong)
      return status::failure(wrong.kind(), "lanefold: gemm_grouped: problems[%d]: %s", i,
                             wrong.message() + sizeof("lanefold: gemm: ") - 1);
  }
  auto const member_of = [&](int i) {
    auto const& p = problems[i];
    return detail::visit_by_rows(p.a, p.b, p.c, epilogue,
                                 [&](auto, auto, auto const& a, auto const& b, auto const& out) {
                                   return detail::group_member<T, C, decltype(out.epilogue)>{a, b, p.a.columns(), out};
                                 });
  };
  constexpr bool across = traits::same<LayoutC, column_major>;  // C^T = B^T A^T
  constexpr bool along_a = traits::same<LayoutA, row_major>, along_b = traits::same<LayoutB, column_major>;
  using Fused = decltype(detail::epilogue_by_rows<LayoutC>(epilogue, matrix_order()));
  return detail::run_groups<across ? along_b : along_a, across ? along_a : along_b, T, C, Fused>(q, member_of, count,
                                                                                                 options);
}

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
