// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Reductions, operators and paths, as docs/reference.md quotes them.

#include "tour.cuh"

LANEFOLD_KERNEL reductions(int* failed_line) {
  int const lane = lf::lane_id();
  // [reductions]
  expect(failed_line, lf::sum(lf::warp{}, lane) == 496);
  expect(failed_line, lf::product(lf::tile<4>{}, lane % 4 + 1) == 24);
  expect(failed_line, lf::min(lf::tile<8>{}, lane) == lane / 8 * 8);
  expect(failed_line, lf::max(lf::tile<8>{}, lane) == lane / 8 * 8 + 7);
  expect(failed_line, lf::reduce(lf::warp{}, 1u << lane, lf::bit_or{}) == lf::full_mask);
  // [/reductions]
  expect(failed_line, lf::reduce(lf::warp{}, lane | 1, lf::bit_and{}) == 1);
  expect(failed_line, lf::reduce(lf::warp{}, lane, lf::bit_xor{}) == 0);
  expect(failed_line, lf::reduce(lf::warp{}, lane, lf::logical_and{}) == 0);
  expect(failed_line, lf::reduce(lf::warp{}, lane, lf::logical_or{}) == 1);
}

LANEFOLD_KERNEL extremes(int* failed_line) {
  int const lane = lf::lane_id();
  // [argmin]
  float const distance = lane == 5 || lane == 9 ? 0.25f : 1.0f + lane;
  auto const [value, rank] = lf::argmin(lf::warp{}, distance);
  expect(failed_line, value == 0.25f && rank == 5);  // the lowest rank among equals
  lf::extremum<float> const farthest = lf::argmax(lf::warp{}, distance);
  expect(failed_line, farthest.value == 32.0f && farthest.rank == 31);
  // [/argmin]
  // [nan]
  float const maybe = lane == 3 ? __builtin_nanf("") : static_cast<float>(lane);
  float const greatest = lf::max(lf::warp{}, maybe);  // NaN wins
  expect(failed_line, greatest != greatest);
  expect(failed_line, lf::reduce(lf::warp{}, maybe, lf::maximum_number{}) == 31.0f);  // NaN loses
  expect(failed_line, lf::reduce(lf::warp{}, maybe, lf::minimum_number{}) == 0.0f);
  // [/nan]
  float const least = lf::reduce(lf::warp{}, maybe, lf::minimum{});
  expect(failed_line, least != least);
}

// [own-operator]
/// x -> a x + b, composed left to right: associative, and not commutative.
struct affine {
  int a, b;
};
struct then {
  LANEFOLD_HD affine operator()(affine first, affine second) const {
    return {second.a * first.a, second.a * first.b + second.b};
  }
};
template <>
struct lanefold::identity<then, affine> {
  static LANEFOLD_HD affine value() { return {1, 0}; }
};
LANEFOLD_KERNEL own_operator(int* failed_line) {
  affine const step = lf::lane_id() % 2 == 0 ? affine{2, 0} : affine{1, 1};  // double; add one; double; ...
  affine const all = lf::reduce(lf::tile<4>{}, step, then{});
  expect(failed_line, all.a == 4 && all.b == 3);  // ((2 x + 1) * 2) + 1
  affine const before = lf::exclusive_scan(lf::tile<4>{}, step, then{});
  if (lf::lane_id() % 4 == 0) expect(failed_line, before.a == 1 && before.b == 0);
}
// [/own-operator]

LANEFOLD_KERNEL traits(int* failed_line) {
  // [traits]
  static_assert(lf::is_commutative_v<lf::plus, float> && !lf::is_commutative_v<then, affine>);
  static_assert(lf::has_identity_v<lf::minimum, int> && lf::has_identity_v<then, affine>);
  expect(failed_line, lf::identity_of<lf::minimum, int>() == 0x7fffffff);
  expect(failed_line, lf::identity_of<lf::multiplies, double>() == 1.0);
  // [/traits]
}

LANEFOLD_KERNEL paths(int* failed_line) {
  float const value = 1.0f / static_cast<float>(lf::lane_id() + 1);
  // [paths]
  LANEFOLD_SHARED(memory, lf::shared_scratch<lf::warp, float>);
  float const automatic = lf::sum(lf::warp{}, value);  // the fastest way
  float const by_shuffle = lf::sum(lf::via_shuffle(lf::warp{}), value);
  float const by_memory = lf::sum(lf::via_shared(lf::warp{}, memory), value);
  expect(failed_line, automatic == by_shuffle && by_shuffle == by_memory);  // the same bits
  // [/paths]
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
  expect(failed_line, lf::max(lf::via_redux(lf::warp{}), value) == 1.0f);
#endif
  expect(failed_line, lf::sum(lf::warp{}, value) == automatic);
}

int main() {
  return tour([] {
    return visit("reductions", reductions, 32) && visit("extremes", extremes, 32) &&
           visit("own operator", own_operator, 32) && visit("traits", traits, 32) && visit("paths", paths, 32);
  });
}
