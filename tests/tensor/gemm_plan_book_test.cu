// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// What plan_gemm says, and plans in a book and in its file. No kernel is compiled.

#include <cuda_fp16.h>
#include <gtest/gtest.h>
#include <lanefold/tensor/gemm.hpp>
#include <lanefold/tensor/gemm_plan_book.hpp>

#include <cstdio>
#include <filesystem>

namespace lf = lanefold;
namespace tensor = lanefold::tensor;
using lf::gemm_way;
using column = lf::column_major;

namespace {

bool same(lf::gemm_plan const& x, lf::gemm_plan const& y) {
  return x.way == y.way && x.tile == y.tile && x.splits == y.splits;
}

/// Of m x k and k x n, in memory that nobody looks at.
struct views {
  lf::matrix_view<__half const> a;
  lf::matrix_view<__half const, column> b;
  lf::matrix_view<float> c;
  views(int m, int n, int k) : a(place<__half>(), m, k), b(place<__half>(), k, n), c(place<float>(), m, n) {}
  template <class T>
  static T* place() {
    return reinterpret_cast<T*>(4096);
  }
};
lf::planned_gemm plan(views const& v, lf::gemm_options const& options = {}) {
  return tensor::plan_gemm(v.a, v.b, v.c, options);
}

// ---- plan_gemm

TEST(PlanGemm, SaysTheModelsPlanAndTheProblem) {
  auto const planned = plan({96, 160, 512});
  ASSERT_TRUE(planned.done.ok()) << planned.done.message();
  EXPECT_NE(planned.plan.way, gemm_way::automatic);
  EXPECT_EQ(planned.key.element, lf::gemm_type::half);
  EXPECT_EQ(planned.key.result, lf::gemm_type::float32);
  EXPECT_EQ(planned.key.a, lf::matrix_order::by_rows);
  EXPECT_EQ(planned.key.b, lf::matrix_order::by_columns);
  EXPECT_EQ(planned.key.m, 96);
  EXPECT_EQ(planned.key.n, 160);
  EXPECT_EQ(planned.key.k, 512);
}
// C^T = B^T A^T: the same problem with C by rows has the same key.
TEST(PlanGemm, CByColumnsIsTheTransposedProblem) {
  views const v(96, 160, 512);
  lf::matrix_view<float, column> const c(v.c.data(), 96, 160);
  lf::matrix_view<float, lf::any_major> const any = c;
  for (auto const& planned : {tensor::plan_gemm(v.a, v.b, c), tensor::plan_gemm(v.a, v.b, any)}) {
    EXPECT_EQ(planned.key.m, 160);
    EXPECT_EQ(planned.key.n, 96);
    EXPECT_EQ(planned.key.a, lf::matrix_order::by_rows);
    EXPECT_EQ(planned.key.b, lf::matrix_order::by_columns);
  }
  auto const other = tensor::plan_gemm(lf::matrix_view<__half const, column>(v.a.data(), 96, 512), v.b, c);
  EXPECT_EQ(other.key.b, lf::matrix_order::by_rows);
}
TEST(PlanGemm, SaysTheWorkspace) {
  lf::gemm_options options;
  options.plan = {gemm_way::mma, 0, 1};
  EXPECT_EQ(plan({96, 160, 512}, options).workspace, 0u);
#if LANEFOLD_ON_SIMULATOR  // which plays Hopper
  options.plan = {gemm_way::wgmma, 6, 1};
  EXPECT_EQ(plan({96, 160, 512}, options).workspace, 0u);
  EXPECT_EQ(plan({96, 160, 511}, options).workspace, (96 + 160) * 512 * sizeof(__half));  // both are repacked
  options.plan.splits = 2;
  EXPECT_GE(plan({96, 160, 512}, options).workspace, 2 * 96 * 160 * sizeof(float));
#endif
}
TEST(PlanGemm, RefusesWhatGemmRefuses) {
  lf::gemm_options options;
  options.plan = {gemm_way::mma, 99, 1};
  EXPECT_STREQ(plan({8, 8, 8}, options).done.message(), "lanefold: gemm: plan.tile is 99, and must be 0..1");
  views v(8, 8, 8);
  v.c = {v.c.data(), 8, 9};
  EXPECT_EQ(plan(v).done.kind(), lf::status_kind::bad_argument);
  EXPECT_TRUE(plan({0, 8, 8}).done.ok());
  EXPECT_EQ(plan({0, 8, 8}).plan.way, gemm_way::automatic);
}

// ---- the book

TEST(GemmPlanBook, IsAskedWhereThePlanIsAutomatic) {
  views const v(96, 160, 512);
  lf::gemm_plan_book book;
  lf::gemm_options options;
  options.plans = &book;
  auto const by_model = plan(v, options);
  lf::gemm_plan const kept{gemm_way::mma, by_model.plan.way == gemm_way::mma ? 1 - by_model.plan.tile : 0, 2};
  book.insert(by_model.key, kept);
  EXPECT_TRUE(same(plan(v, options).plan, kept));
  EXPECT_TRUE(same(plan({96, 160, 520}, options).plan, plan({96, 160, 520}).plan));  // another problem

  options.plan = {gemm_way::mma, 1, 1};  // said outright
  EXPECT_TRUE(same(plan(v, options).plan, options.plan));
  options.plan = {};
  options.batch_invariant = true;  // has entries of its own
  EXPECT_EQ(plan(v, options).plan.splits, 1);
}
/// Splits all that it is asked about.
struct own_plans final : lf::gemm_plans {
  lf::gemm_plan const always{gemm_way::mma, 0, 2};
  lf::gemm_plan const* find(lf::gemm_key const& key) const override { return key.k > 100 ? &always : nullptr; }
};
TEST(GemmPlans, MayBeOnesOwn) {
  own_plans const own;
  lf::gemm_options options;
  options.plans = &own;
  EXPECT_TRUE(same(plan({96, 160, 512}, options).plan, own.always));
  EXPECT_TRUE(same(plan({96, 160, 64}, options).plan, plan({96, 160, 64}).plan));
}
TEST(GemmPlanBook, OfAnotherGpuIsNotUsed) {
  views const v(96, 160, 512);
  lf::gemm_plan_book book;
  lf::gemm_options options;
  options.plans = &book;
  auto const by_model = plan(v, options);
  lf::gemm_key key = by_model.key;
  key.multiprocessors += 1;
  book.insert(key, {gemm_way::mma, 1, 4});
  EXPECT_TRUE(same(plan(v, options).plan, by_model.plan));
  EXPECT_EQ(book.size(), 1u);
}
TEST(GemmPlanBook, AnotherWayIsNotTakenWhereRowsAreBatchInvariant) {
  views const v(4, 160, 512);
  lf::gemm_plan_book book;
  lf::gemm_options options;
  options.plans = &book;
  options.batch_invariant = true;
  auto const by_model = plan(v, options);
  book.insert(by_model.key, {gemm_way::skinny, 0, 1});
  EXPECT_TRUE(same(plan(v, options).plan, by_model.plan));
}
// What has been tuned for aligned operands may meet others of the same extents.
TEST(GemmPlanBook, APlanThatTheOperandsDoNotAllowIsLeftToTheModel) {
  views v(4, 160, 512);
  lf::gemm_plan_book book;
  lf::gemm_options options;
  options.plans = &book;
  book.insert(plan(v).key, {gemm_way::skinny, 0, 1});
  EXPECT_EQ(plan(v, options).plan.way, gemm_way::skinny);
  v.a = {v.a.data() + 1, 4, 512};
  EXPECT_TRUE(same(plan(v, options).plan, plan(v).plan));
}

// ---- the file

struct file {
  std::string path = testing::TempDir() + "lanefold-plans-" + std::to_string(getpid());
  ~file() { std::remove(path.c_str()); }
  void write(std::string const& text) const { std::ofstream(path) << text; }
  std::string read() const {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
};
std::string const begin = "lanefold gemm plans, format 1\n";
std::string const good = "90 132 half float32 rows columns 4096 4096 64 free wgmma 2 4\n";

TEST(GemmPlanBook, ComesBackFromItsFile) {
  file const kept;
  lf::gemm_plan_book book, again;
  int count = 0;
  for (auto const element : {lf::gemm_type::half, lf::gemm_type::e4m3, lf::gemm_type::float64})
    for (int const k : {0, 64, 2147483647})
      for (bool const invariant : {false, true}) {
        lf::gemm_key const key{element,
                               lf::gemm_type::other,
                               lf::matrix_order::by_columns,
                               lf::matrix_order::by_rows,
                               1,
                               70000,
                               k,
                               invariant,
                               90,
                               132};
        book.insert(key, {k == 64 ? gemm_way::skinny : gemm_way::mma, count % 2, invariant ? 1 : 16});
        ++count;
      }
  ASSERT_TRUE(book.save(kept.path).ok());
  lf::status const loaded = again.load(kept.path);
  ASSERT_TRUE(loaded.ok()) << loaded.message();
  EXPECT_EQ(again.size(), 18u);
  file other;
  other.path += "-other";
  ASSERT_TRUE(again.save(other.path).ok());
  EXPECT_EQ(other.read(), kept.read());
}
TEST(GemmPlanBook, AFileAddsToWhatThereIs) {
  file const kept;
  kept.write(begin + good + "end 1\n");
  lf::gemm_plan_book book;
  lf::gemm_key key{lf::gemm_type::half,
                   lf::gemm_type::float32,
                   lf::matrix_order::by_rows,
                   lf::matrix_order::by_columns,
                   4096,
                   4096,
                   64,
                   false,
                   90,
                   132};
  book.insert(key, {gemm_way::mma, 0, 1});
  key.m = 5;
  book.insert(key, {gemm_way::mma, 0, 1});
  ASSERT_TRUE(book.load(kept.path).ok());
  EXPECT_EQ(book.size(), 2u);
  key.m = 4096;
  ASSERT_NE(book.find(key), nullptr);
  EXPECT_TRUE(same(*book.find(key), {gemm_way::wgmma, 2, 4}));
}
TEST(GemmPlanBook, SaysWhatIsWrongInAFileAndStaysAsItWas) {
  auto const line = [](std::string const& of) { return begin + good + of + "\nend 2\n"; };
  auto const with = [&](std::string const& word, std::string const& instead) {
    std::string text = good.substr(0, good.size() - 1);
    return line(text.replace(text.find(word), word.size(), instead));
  };
  struct {
    std::string text, says;
  } const cases[] = {
      {"", " cannot be read: it is empty"},
      {"lanefold gemm plans, format 2\nend 0\n",
       ": line 1: it is 'lanefold gemm plans, format 2', and must be 'lanefold gemm plans, format 1'"},
      {std::string("\0\xff\n\n", 4), ": line 1: it is '"},
      {begin, " is truncated: its last line is not 'end' and how many plans it has"},
      {begin + good, " is truncated: "},
      {begin + good + "end 2\n", ": line 3: sm is 'end', and must be a number from 1 to 2147483647"},
      {begin + good + "end 1\n" + good, ": line 4: something stands behind the end"},
      {line("90 132 half"), ": line 3: the type of c is missing"},
      {line(""), ": line 3: sm is missing"},
      {with("half", "quarter"), ": line 3: the type of a and b is 'quarter', which is not one of other, half, "},
      {with("half", "int32"), ": line 3: gemm does not multiply the type of a and b"},
      {with("half", "float64"), ": line 3: plan.way is none that multiplies elements of this type"},
      {with("rows", "row"), ": line 3: the order of a is 'row', which is not one of rows, columns"},
      {with("132", "0"), ": line 3: multiprocessors is '0', and must be a number from 1 to 2147483647"},
      {with("64", "-64"), ": line 3: k is '-64', and must be a number from 0 to 2147483647"},
      {with("64", "6x"), ": line 3: k is '6x', and must be a number from 0 to 2147483647"},
      {with("64", "2147483648"), ": line 3: k is '2147483648', and must be a number from 0 to 2147483647"},
      {with("64", "99999999999999999999999"), ": line 3: k is '99999999999999999999999', and must be a number"},
      {with("wgmma 2", "wgmma 7"), ": line 3: plan.tile is 7, and must be 0..6"},
      {with("wgmma 2 4", "mma 1 17"), ": line 3: plan.splits is 17, and must be 1..16"},
      {with("wgmma 2 4", "automatic 0 1"), ": line 3: plan.way is none that multiplies elements of this type"},
      {with("free", "batch_invariant"), ": line 3: plan.splits is 4, and with batch_invariant it must be 1"},
      {with("2 4", "2 4 9"), ": line 3: '9' is one word too many"},
      {line(std::string(100000, 'x')), ": line 3: sm is 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', and must be"},
  };
  file const hostile;
  lf::gemm_plan_book book;
  for (auto const& each : cases) {
    hostile.write(each.text);
    lf::status const failed = book.load(hostile.path);
    EXPECT_EQ(failed.kind(), lf::status_kind::bad_argument) << each.says;
    std::string const expected = "lanefold: gemm_plan_book: " + hostile.path + each.says;
    EXPECT_EQ(std::string(failed.message()).substr(0, expected.size()), expected);
    EXPECT_EQ(book.size(), 0u);
  }
}
TEST(GemmPlanBook, SaysWhatTheSystemSays) {
  lf::gemm_plan_book book;
  std::string const nowhere = testing::TempDir() + "no such folder/plans";
  EXPECT_EQ(std::string(book.load(nowhere).message()),
            "lanefold: gemm_plan_book: " + nowhere + " cannot be read: No such file or directory");
  EXPECT_EQ(std::string(book.save(nowhere).message()),
            "lanefold: gemm_plan_book: " + nowhere + " cannot be written: No such file or directory");
}
// A reader finds the old file or the new one, and nothing is left beside it.
TEST(GemmPlanBook, IsWrittenBesideAndRenamed) {
  std::filesystem::path const folder = testing::TempDir() + "lanefold-plans-folder-" + std::to_string(getpid());
  std::filesystem::create_directory(folder);
  lf::gemm_plan_book const book;
  ASSERT_TRUE(book.save(folder / "plans").ok());
  ASSERT_TRUE(book.save(folder / "plans").ok());
  std::filesystem::create_directory(folder / "taken");
  EXPECT_FALSE(book.save(folder / "taken").ok());  // a folder has that name
  int entries = 0;
  for ([[maybe_unused]] auto const& each : std::filesystem::directory_iterator(folder)) ++entries;
  EXPECT_EQ(entries, 2);
  std::filesystem::remove_all(folder);
}

}  // namespace
