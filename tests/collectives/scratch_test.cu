// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// The memory of groups: calls that follow each other on one scratch, values of several sizes and alignments in it, and
// wishes one upon another.

#include "support/reductions.cuh"

/// The last of inputs_for, whose values differ most: long chains of calls need no more.
template <class Value>
std::vector<input<Value>> random_input(formation const& where) {
  return {inputs_for<Value>(where).back()};
}

// ---- one scratch, used again ----------------------------------------------------------------------------------------

/// Calls that feed each other, on one scratch without a barrier between: a missing one inside loses a value.
template <class Value, int Trips>
struct again_and_again {
  template <class Group>
  LANEFOLD_FN Value operator()(Group group, Value value) const {
    Value const rank = static_cast<Value>(group.rank());
    for (int i = 0; i < Trips; ++i) {
      value = lf::reduce(group, value, bracketing{}) ^ rank;
      value = lf::inclusive_scan(group, value, bracketing{}) + rank;
      value = lf::sum(group, value) + rank;
      value = lf::exclusive_scan(group, value, lf::plus{}, 7) ^ rank;
      value = lf::reduce(lf::no_trailing_sync(group), value, bracketing{}) ^ rank;
      lf::sync(group);
      value = lf::max(group, value * 0x9e3779b1u) + rank;
      auto const [prefix, total] = lf::inclusive_scan_with_total(group, value);
      value = lf::exclusive_scan(group, prefix * 3 + total) + rank;
      value = lf::exclusive_scan(lf::no_trailing_sync(group), value, bracketing{}, 9) + rank;
      lf::sync(group);
    }
    return value;
  }
  std::vector<Value> operator()(std::vector<Value> values, unsigned) const {
    auto const each_rank = [&](auto next) {
      for (std::size_t r = 0; r < values.size(); ++r) values[r] = next(static_cast<Value>(r));
    };
    for (int i = 0; i < Trips; ++i) {
      Value total = tree(values, bracketing{});
      each_rank([&](Value r) { return total ^ r; });
      auto prefix = prefixes(values, bracketing{});
      each_rank([&](Value r) { return prefix[r] + r; });
      total = tree(values, lf::plus{});
      each_rank([&](Value r) { return total + r; });
      prefix = prefixes(values, lf::plus{});
      each_rank([&](Value r) { return (7 + (r > 0 ? prefix[r - 1] : 0)) ^ r; });
      total = tree(values, bracketing{});
      each_rank([&](Value r) { return total ^ r; });
      each_rank([&](Value r) { return values[r] * 0x9e3779b1u; });
      total = tree(values, lf::maximum{});
      each_rank([&](Value r) { return total + r; });
      prefix = prefixes(values, lf::plus{});
      each_rank([&](Value r) { return prefix[r] * 3 + prefix.back(); });
      prefix = prefixes(values, lf::plus{});
      each_rank([&](Value r) { return (r > 0 ? prefix[r - 1] : 0) + r; });
      prefix = prefixes(values, bracketing{});
      each_rank([&](Value r) { return (r > 0 ? bracketing{}(Value(9), prefix[r - 1]) : 9) + r; });
    }
    return values;
  }
};
TEST(Scratch, CallsFollowEachOther) {
  for_each_schedule([] {
    auto const check = [](auto groups) {
      again_and_again<unsigned, 5> const calls{};
      expect_in_groups(groups, random_input<unsigned>(groups), calls, calls);
    };
    for_kinds<lf::lanes>(check);
    for_blocks<96, 128, 256, 384, 512, 1024>(check);
    for (int size : {20, 200, 1000}) check(block_of(size));
    for_blocks<128, 256, 512, 640>([](auto block) {
      again_and_again<unsigned long long, 3> const calls{};
      expect_in_groups(block, random_input<unsigned long long>(block), calls, calls);
    });
  });
}

/// Calls by shared memory alone follow each other, too.
struct repeatedly_in_shared {
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group group, unsigned value) const {
    auto const in = in_shared_memory<unsigned>(group);
    for (int i = 0; i < 4; ++i) value = lf::reduce(in, value, bracketing{}) + static_cast<unsigned>(group.rank());
    return value;
  }
  std::vector<unsigned> operator()(std::vector<unsigned> values, unsigned) const {
    for (int i = 0; i < 4; ++i) {
      unsigned const total = tree(values, bracketing{});
      for (std::size_t r = 0; r < values.size(); ++r) values[r] = total + static_cast<unsigned>(r);
    }
    return values;
  }
};
TEST(Scratch, CallsBySharedMemoryFollowEachOther) {
  for_each_schedule([] {
    for_kinds<lf::lanes, lf::block<96>>([](auto groups) {
      expect_in_groups(groups, inputs_for<unsigned>(groups), repeatedly_in_shared{}, repeatedly_in_shared{});
    });
  });
}

/// Two scratches in turn, without a barrier but those inside: each call separates the one before from the one after.
struct in_turn {
  template <class Group>
  LANEFOLD_FN unsigned operator()(Group group, unsigned value) const {
    using scratch = lf::scratch<typename Group::plain, unsigned>;
    LANEFOLD_SHARED(scratches, each<scratch, 2>);
    for (int i = 0; i < 8; ++i) {
      auto const in = lf::no_trailing_sync(group.with(scratches.at[i % 2]));
      value = lf::sum(in, value * 0x9e3779b1u) ^ static_cast<unsigned>(group.rank());
    }
    lf::sync(group);
    return value;
  }
  std::vector<unsigned> operator()(std::vector<unsigned> values, unsigned) const {
    for (int i = 0; i < 8; ++i) {
      for (unsigned& value : values) value *= 0x9e3779b1u;
      unsigned const total = tree(values, lf::plus{});
      for (std::size_t r = 0; r < values.size(); ++r) values[r] = total ^ static_cast<unsigned>(r);
    }
    return values;
  }
};
TEST(Scratch, TwoInTurnNeedNoBarrierBetween) {
  for_each_schedule([] {
    for_blocks<64, 96, 128, 256>(
        [](auto block) { expect_in_groups(block, inputs_for<unsigned>(block), in_turn{}, in_turn{}); });
  });
}

// ---- values of several sizes ----------------------------------------------------------------------------------------

/// The first bytes of a result, so that values of all sizes feed each other.
template <int Size>
LANEFOLD_HD bytes<Size> spread(unsigned long long seed) {
  bytes<Size> result{};
  for (int i = 0; i < Size; ++i) result.at[i] = static_cast<unsigned char>(seed >> i % 8 * 8);
  return result;
}
template <int Size>
LANEFOLD_HD unsigned long long gather(bytes<Size> const& value) {
  unsigned long long result = 0;
  for (int i = 0; i < Size; ++i) result = result * 31 + value.at[i];
  return result;
}

/// Calls with values of 1, 2, 4, 8 and 12 bytes follow each other without a barrier between, the small ones last and
/// first: were their regions not apart, one call would write where a slower warp still reads.
struct sizes_in_turn {
  template <class Group>
  LANEFOLD_FN unsigned long long operator()(Group group, unsigned long long value) const {
    unsigned long long const rank = static_cast<unsigned long long>(group.rank());
    for (int i = 0; i < 3; ++i) {
      value = lf::reduce(group, value, bracketing{}) + rank;
      value = lf::reduce(group, static_cast<unsigned char>(value), lf::plus{}) * 0x9e3779b97f4a7c15u + rank;
      value = gather(lf::inclusive_scan(group, spread<12>(value), blend{})) * 37 + rank;
      value = lf::inclusive_scan(group, static_cast<unsigned short>(value)) * 0x9e3779b97f4a7c15u + rank;
      value = lf::exclusive_scan(group, value * 3) + rank;
      value = lf::reduce(group, static_cast<unsigned>(value >> 7), bracketing{}) * 0x9e3779b97f4a7c15u ^ rank;
    }
    return value;
  }
  auto operator()(std::vector<unsigned long long> values, unsigned) const {
    using wide = unsigned long long;
    auto const narrowed = [&](auto to) {
      std::vector<decltype(to(wide{}))> result;
      for (wide value : values) result.push_back(to(value));
      return result;
    };
    auto const each_rank = [&](auto next) {
      for (std::size_t r = 0; r < values.size(); ++r) values[r] = next(r);
    };
    for (int i = 0; i < 3; ++i) {
      wide total = tree(values, bracketing{});
      each_rank([&](std::size_t r) { return total + r; });
      total = tree(narrowed([](wide x) { return static_cast<unsigned char>(x); }), lf::plus{});
      each_rank([&](std::size_t r) { return total * 0x9e3779b97f4a7c15u + r; });
      auto const twelves = prefixes(narrowed([](wide x) { return spread<12>(x); }), blend{});
      each_rank([&](std::size_t r) { return gather(twelves[r]) * 37 + r; });
      auto const shorts = prefixes(narrowed([](wide x) { return static_cast<unsigned short>(x); }), lf::plus{});
      each_rank([&](std::size_t r) { return shorts[r] * 0x9e3779b97f4a7c15u + r; });
      auto const eights = prefixes(narrowed([](wide x) { return x * 3; }), lf::plus{});
      each_rank([&](std::size_t r) { return (r > 0 ? eights[r - 1] : 0) + r; });
      total = tree(narrowed([](wide x) { return static_cast<unsigned>(x >> 7); }), bracketing{});
      each_rank([&](std::size_t r) { return (total * 0x9e3779b97f4a7c15u) ^ r; });
    }
    return values;
  }
};
TEST(Scratch, ValuesOfSeveralSizesNeedNoBarrierBetween) {
  for_each_schedule([] {
    auto const check = [](auto block) {
      expect_in_groups<unsigned char, unsigned short, unsigned, unsigned long long, bytes<12>>(
          block, random_input<unsigned long long>(block), sizes_in_turn{}, sizes_in_turn{});
    };
    for_blocks<64, 96, 128, 256, 512>(check);
    for (int size : {33, 200, 1000}) check(block_of(size));
  });
}

TEST(Scratch, ValuesOfOneSizeShareTheirRegion) {
  using block = lf::block<256>;
  EXPECT_EQ(sizeof(lf::scratch<block, float, int, unsigned>), sizeof(lf::scratch<block, int>));
  EXPECT_LT(sizeof(lf::scratch<block, float>), sizeof(lf::scratch<block, float, double>));
  EXPECT_LE(sizeof(lf::scratch<block, float, double>),
            sizeof(lf::scratch<block, float>) + sizeof(lf::scratch<block, double>));
}

// ---- alignment, and values that cannot be made of nothing -----------------------------------------------------------

/// 32 bytes, aligned to as many; its operator counts the operands that are not.
struct alignas(32) wide {
  unsigned sum, misplaced;
};
struct add_wide {
  LANEFOLD_HD static unsigned misplaced(wide const& x) { return reinterpret_cast<unsigned long long>(&x) % 32 != 0; }
  LANEFOLD_HD wide operator()(wide const& a, wide const& b) const {
    return {a.sum + b.sum, a.misplaced + b.misplaced + misplaced(a) + misplaced(b)};
  }
};
/// Reduced and scanned, next to values of other alignments in the scratch.
struct sums_of_wide {
  template <class Group>
  LANEFOLD_FN each<unsigned, 6> operator()(Group group, unsigned value) const {
    using memory = typename lf::detail::wishes_of<Group>::memory_type;
    unsigned misplaced = 0;
    if constexpr (lf::is_block_v<Group>) {
      misplaced = reinterpret_cast<unsigned long long>(lf::detail::slots_of<wide>(group)) % alignof(memory) != 0;
    }
    char const narrow = lf::max(group, static_cast<char>(1));
    wide const total = lf::reduce(group, wide{value, 0}, add_wide{});
    wide const prefix = lf::inclusive_scan(group, wide{value, 0}, add_wide{});
    return {{total.sum, total.misplaced, prefix.sum, prefix.misplaced, misplaced, static_cast<unsigned>(narrow)}};
  }
  auto operator()(std::vector<unsigned> const& values, unsigned) const {
    std::vector<each<unsigned, 6>> result;
    unsigned const total = tree(values, lf::plus{});
    for (unsigned prefix : prefixes(values, lf::plus{})) result.push_back({{total, 0, prefix, 0, 0, 1}});
    return result;
  }
};
TEST(Scratch, KeepsAnAlignmentOf32Bytes) {
  static_assert(alignof(lf::scratch<lf::block<64>, char, wide>) == 32);
  static_assert(lf::scratch<lf::block<64>, char, wide>::offset(sizeof(wide)) % 32 == 0);
  auto const check = [](auto groups) {
    expect_in_groups<char, wide>(groups, inputs_for<unsigned>(groups), sums_of_wide{}, sums_of_wide{});
  };
  for_one_of_each(check);
  for_blocks<32, 128, 256, 1024>(check);
  check(block_of(333));
}

/// Trivially copyable, and made of a number only.
template <class Word>
struct made {
  Word word;
  LANEFOLD_HD explicit made(Word word_) : word(word_) {}
};
struct bracket_made {
  template <class Word>
  LANEFOLD_HD made<Word> operator()(made<Word> a, made<Word> b) const {
    return made<Word>(bracketing{}(a.word, b.word));
  }
};
struct reduce_and_scan_made {
  template <class Group, class Word>
  LANEFOLD_FN each<Word, 6> operator()(Group group, Word word) const {
    static_assert(!std::is_default_constructible_v<made<Word>>);
    made<Word> const value(word);
    bracket_made const op{};
    auto const tried = lf::try_exclusive_scan(group, value, op);
    auto const both = lf::inclusive_scan_with_total(group, value, op);
    return {{lf::reduce(group, value, op).word, lf::inclusive_scan(group, value, op).word,
             lf::exclusive_scan(group, value, op, made<Word>(7)).word, tried.value.word, both.prefix.word,
             both.total.word}};
  }
  template <class Word>
  auto operator()(std::vector<Word> const& values, unsigned) const {
    auto const prefix = prefixes(values, bracketing{});
    std::vector<each<Word, 6>> result;
    for (std::size_t r = 0; r < values.size(); ++r) {
      Word const total = prefix.back(), after = r > 0 ? bracketing{}(Word(7), prefix[r - 1]) : Word(7);
      result.push_back({{total, prefix[r], after, r > 0 ? prefix[r - 1] : values[r], prefix[r], total}});
    }
    return result;
  }
};
TEST(Scratch, ValuesNeedNoDefaultConstructor) {
  auto const check = [](auto groups) {
    expect_in_groups<made<unsigned>>(groups, inputs_for<unsigned>(groups), reduce_and_scan_made{},
                                     reduce_and_scan_made{});
  };
  for_warp_tile_and_lanes(check);
  for_blocks<20, 64, 96, 128, 160, 256, 1024>(check);  // every way of block_plan.cuh that such a value can go
  check(block_of(333));
  for_blocks<512>([](auto block) {
    using word = unsigned long long;
    expect_in_groups<made<word>>(block, inputs_for<word>(block), reduce_and_scan_made{}, reduce_and_scan_made{});
  });
}
