// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Wishes in every sensible combination and order: the same bits, another way.

#include "support/reductions.cuh"

template <class Plain, lf::detail::path_kind Path, bool TrailingSync, class Group, class Memory>
LANEFOLD_FN bool has_wishes(Group group, Memory* memory) {
  using wishes = lf::detail::wishes_of<Group>;
  static_assert(std::is_same_v<typename wishes::plain, Plain>, "no wish upon a wish: one type for one meaning");
  static_assert(wishes::path == Path && wishes::trailing_sync == TrailingSync);
  static_assert(std::is_same_v<typename wishes::memory_type, Memory>);
  return lf::detail::memory_of(group) == memory;
}

/// Combines in each group that the wishes make of one, and asks each what was wished for.
struct every_combination {
  using path = lf::detail::path_kind;

  template <class Plain, class Memory, class Group>
  static LANEFOLD_FN each<unsigned, 7> with_memory(Group group, Memory* memory, unsigned value, bool right) {
    auto const shuffle = lf::via_shuffle(group);
    right = right && has_wishes<Plain, path::shuffle, true>(shuffle, memory);
    auto const redux = lf::no_trailing_sync(lf::via_redux(group));
    right = right && has_wishes<Plain, path::redux, false>(redux, memory);
    auto const redux_too = lf::via_redux(lf::no_trailing_sync(group));
    static_assert(std::is_same_v<decltype(redux), decltype(redux_too)>);
    auto const last_wins = lf::via_redux(lf::via_shuffle(group));
    right = right && has_wishes<Plain, path::redux, true>(last_wins, memory);
    auto const shared = lf::no_trailing_sync(in_shared_memory<unsigned>(shuffle));
    auto const shared_too = in_shared_memory<unsigned>(lf::no_trailing_sync(shuffle));
    static_assert(std::is_same_v<decltype(shared), decltype(shared_too)>);

    each<unsigned, 7> result{{lf::reduce(shuffle, value, bracketing{}), lf::sum(last_wins, value),
                              lf::reduce(shared, value, bracketing{}), lf::sum(redux, value), 0, 0, right}};
    lf::sync(group);
    result.at[4] = lf::sum(redux_too, value);
    lf::sync(group);
    result.at[5] = lf::reduce(shared_too, value, bracketing{});
    return result;
  }
  template <class Group>
  LANEFOLD_FN each<unsigned, 7> operator()(Group group, unsigned value) const {
    using plain = typename lf::detail::wishes_of<Group>::plain;
    if constexpr (lf::is_block_v<Group>) {
      LANEFOLD_SHARED(memory, lf::scratch<plain, unsigned>);
      plain const block{};
      auto const late = lf::via_shuffle(block).with(memory), early = lf::via_shuffle(block.with(memory));
      static_assert(std::is_same_v<decltype(late), decltype(early)>);
      bool right = has_wishes<plain, path::shuffle, true>(late, &memory);
      auto const kept = lf::no_trailing_sync(group.with(memory));
      right = right && has_wishes<plain, path::automatic, false>(kept, &memory);
      return with_memory<plain>(block.with(memory), &memory, value, right);
    } else {
      return with_memory<plain>(group, static_cast<lf::detail::no_memory*>(nullptr), value, true);
    }
  }
  auto operator()(std::vector<unsigned> const& values, unsigned) const {
    unsigned const brackets = tree(values, bracketing{}), sum = tree(values, lf::plus{});
    return for_every_rank(values, each<unsigned, 7>{{brackets, sum, brackets, sum, sum, brackets, true}});
  }
};
TEST(Wishes, InEveryCombinationAndOrder) {
  auto const check = [](auto groups) {
    expect_in_groups(groups, inputs_for<unsigned>(groups), every_combination{}, every_combination{});
  };
  for_one_of_each(check);
  for_blocks<256>(check);
  check(block_of(100));
}

/// via_shared in the memory of a group with more ranks.
template <class Owner>
struct in_memory_of {
  template <class Group>
  LANEFOLD_FN each<unsigned, 2> operator()(Group group, unsigned value) const {
    LANEFOLD_SHARED(all, each<lf::shared_scratch<Owner, char, unsigned>, 32>);
    int first = 0;
    if constexpr (lf::is_lane_group_v<Group>) first = group.lane_of(0);
    auto const shared = lf::via_shared(group, all.at[first]);
    unsigned const total = lf::reduce(shared, value, bracketing{});
    return {{total, lf::inclusive_scan(shared, value, bracketing{})}};
  }
  auto operator()(std::vector<unsigned> const& values, unsigned) const {
    std::vector<each<unsigned, 2>> result;
    for (unsigned prefix : prefixes(values, bracketing{})) result.push_back({{tree(values, bracketing{}), prefix}});
    return result;
  }
};
TEST(Wishes, SharedMemoryOfALargerGroupServes) {
  for_kinds<lf::warp, lf::tile<8>, lf::warp_tile<4>, lf::lanes>([](auto groups) {
    in_memory_of<lf::warp> const function{};
    expect_in_groups(groups, inputs_for<unsigned>(groups), function, function);
  });
  for_blocks<32, 96, 128>([](auto block) {
    in_memory_of<lf::block<128>> const function{};
    expect_in_groups(block, inputs_for<unsigned>(block), function, function);
  });
}
