// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// The fastest plan for a problem, by measurement.

#include <lanefold/backend/recording.hpp>
#include <lanefold/tensor/gemm.hpp>

namespace lanefold {

/// What tune_gemm may spend.
struct tune_options {
  double budget_milliseconds = 200;  ///< of the GPU's time: once it is spent no further plan is begun
  double slack = 1.5;  ///< plans that the model expects to take longer than so many times its best are left out
};

inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

/// Plans to try, by what they are expected to take; each but once.
struct plan_list {
  static constexpr int most = 96;
  gemm_plan plans[most];
  double clocks[most];
  int count = 0;

  /// Behind those that are expected to take as long.
  void add(gemm_plan const& plan, double expected) {
    for (int i = 0; i < count; ++i)
      if (plans[i].way == plan.way && plans[i].tile == plan.tile && plans[i].splits == plan.splits) return;
    if (count == most) return;
    int at = count++;
    for (; at > 0 && clocks[at - 1] > expected; --at) {
      plans[at] = plans[at - 1];
      clocks[at] = clocks[at - 1];
    }
    plans[at] = plan;
    clocks[at] = expected;
  }
};

/// The plan that gemm would take, first. Of wgmma the model's best ones, 16 at most. The other ways have no such model, and are
/// tried behind the best of that: both tiles of mma.sync with up to twice its plan's splits, and for few rows or columns the
/// skinny ones.
template <class T>
plan_list plans_to_try(gemm_key const& key, gemm_plan const& usual, int result_bytes, double slack) {
  plan_list list;
  list.add(usual, -1);
  bool const may_split = !key.batch_invariant;
  double best = 0;
  auto const each = [&](auto use) {
    if (has_wgmma<T> && key.sm == 90 && key.k > 0)
      each_wgmma_plan<T>(key.m, key.n, key.k, result_bytes, key.multiprocessors, may_split, 1, false, use);
  };
  each([&](gemm_plan const&, double clocks) { best = best == 0 || clocks < best ? clocks : best; });
  each([&](gemm_plan const& plan, double clocks) {
    if (clocks <= slack * best) list.add(plan, clocks);
  });
  if (list.count > 17) list.count = 17;
  int const mma_splits = plan_mma<T>(key.m, key.n, key.k, key.multiprocessors, may_split).splits;
  int const narrow = key.m < key.n ? key.m : key.n;
  for (int const splits : {1, 2, 4, 8, 16}) {
    if (splits > 1 && (!may_split || 1ll * key.k * bytes_of<T> < 1024ll * splits)) break;
    for (int tile = 0; tile < skinny_tiles<T>::count; ++tile)
      if (narrow <= 8 << tile) list.add({gemm_way::skinny, tile, splits}, best);
    for (int tile = 0; tile < mma_tiles<T>::count; ++tile)
      if (splits <= 2 * mma_splits) list.add({gemm_way::mma, tile, splits}, best);
  }
  return list;
}

/// Microseconds of one of `times` calls in a row: the median of some replays. `call(queue)` has run on q, whose workspace it
/// finds as large as it needs it.
template <class Call>
status time_calls(queue const& q, Call const& call, int times, double* microseconds) {
  constexpr int samples = 9;
  backend::recording recorded;
  status done = recorded.make([&](backend::stream stream) {
    queue on(stream);
    on.use_workspace(q.workspace(), q.workspace_bytes());
    status started;
    for (int i = 0; i < times && started; ++i) started = call(on);
    return started;
  });
  double sorted[samples], took = 0;
  if (done) done = recorded.replay(&took);  // brings code and operands near
  for (int i = 0; i < samples && done; ++i) {
    done = recorded.replay(&took);
    int at = i;
    for (; at > 0 && sorted[at - 1] > took; --at) sorted[at] = sorted[at - 1];
    sorted[at] = took;
  }
  if (done) *microseconds = sorted[samples / 2] / times;
  return done;
}

}  // namespace detail

/// The fastest plan for these arguments on the current device, by measurement: the model's best ones and some of the other
/// ways, each as median of replays of a graph. What it returns may be put into a gemm_plan_book.
///
/// - `a`, `b`, `c`, `epilogue`, `options`: as for gemm, with the values that count: zeros are multiplied faster. Of
///   options.plan only `way` is looked at: unless automatic, no other is tried. With batch_invariant nothing is split, and the
///   model's way is the only one.
/// - `limits`: see tune_options.
/// - Call: outside of stream captures. The queue is waited for, before and between.
/// - Result: `done`, `key`, `plan`, `workspace` of the plan, and `microseconds` of a call of it, with operands in the L2 cache
///   where they fit. Plans that are refused are left out. On the simulator, which has no time to tell, every plan runs once
///   and the first one, the model's, is the result.
/// - Memory: c holds the product by the plan tried last. An epilogue that reads c finds what another call left there.
/// - Errors: those of gemm where it refuses every plan; device_fault if a kernel fails.
template <class A, class LayoutA, class B, class LayoutB, class C, class LayoutC, class Epilogue = identity>
[[nodiscard]] planned_gemm tune_gemm(queue& q, matrix_view<A, LayoutA> a, matrix_view<B, LayoutB> b,
                                     matrix_view<C, LayoutC> c, Epilogue epilogue = {}, gemm_options options = {},
                                     tune_options const& limits = {}) {
  static_assert(detail::columns_taken<Epilogue> == 1,
                "tune_gemm: an epilogue takes pairs of columns: tune the product of twice the columns without it");
  gemm_way way = options.plan.way;  // the only one, unless automatic
  options.plan = {};
  options.plans = nullptr;
  planned_gemm const planned = plan_gemm(a, b, c, options);
  if (!planned.done || planned.plan.way == gemm_way::automatic) return planned;

  if (options.batch_invariant && way == gemm_way::automatic) way = planned.plan.way;
  auto const list = detail::plans_to_try<traits::remove_const_t<A>>(planned.key, planned.plan,
                                                                    static_cast<int>(sizeof(C)), limits.slack);
  planned_gemm best{{status_kind::unsupported, "lanefold: tune_gemm: options.plan.way has no plan for this problem"},
                    planned.key,
                    {}};
  auto const call = [&](queue& on) { return gemm(on, a, b, c, epilogue, options); };
  double spent = 0;
  for (int i = 0; i < list.count; ++i) {
    if (best.done && spent >= 1000 * limits.budget_milliseconds) break;
    options.plan = list.plans[i];
    if (way != gemm_way::automatic && options.plan.way != way) continue;
    status done = call(q);
    if (done) done = synchronize(q);
    double once = 0, each = 0;
    if (done) done = detail::time_calls(q, call, 1, &once);
    bool const found = best.done.ok();
    spent += 11 * once;
    if (done && (!found || once < 2 * best.microseconds)) {
      int const times = once > 250 ? 1 : once > 12.5 ? static_cast<int>(250 / once) : 20;
      done = detail::time_calls(q, call, times, &each);
      spent += 10 * times * each;
      if (done && (!found || each < best.microseconds)) {
        best = plan_gemm(a, b, c, options);
        best.microseconds = each;
      }
    }
    if (done.kind() == status_kind::device_fault || done.kind() == status_kind::simulated_fault) {
      best.done = done;
      return best;
    }
    if (!done && !best.done) best.done = done;
  }
  return best;
}

}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
