#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of the tools on headers, documents, kernels and results that are made up here. Draws where matplotlib is.

usage: tools_test.py
"""
import contextlib
import importlib.util
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parents[2] / "tools"))
import check_coverage  # noqa: E402
import check_documents  # noqa: E402
import compare_machine_code  # noqa: E402
import gemm  # noqa: E402
import performance  # noqa: E402
import report  # noqa: E402
import results  # noqa: E402
import run_benchmarks  # noqa: E402
from machine_code import Kernel  # noqa: E402

REDUCE = """
#define LANEFOLD_FN inline
/// A macro.
#define LANEFOLD_KERNEL void
namespace lanefold {
inline namespace on_simulator {
/// a + b.
struct plus {
  /// How many.
  int size() const;
  int first;  ///< The first.

 private:
  int hidden;  ///< Not shown.
};
namespace detail {
struct hidden {};
}
/// Combines all, see docs/reference.md#combine-order: tile<N>, a * b.
///
/// - Group: any,
///   of lanes.
/// - `op`: associative.
/// - Example: examples/tour.cu.
template <class Group, class Value, class Operator = plus>
Value reduce(Group group, Value value, Operator op = {}) { return value; }
}  // namespace on_simulator
}  // namespace lanefold
#undef LANEFOLD_FN
"""
SORT = """
#define LANEFOLD_SORT
namespace lanefold::device {
void sort(int* values, unsigned const* keys);
/// Whether T can be sorted.
///
/// - Note: no field.  Cost: none.
template <class T>
constexpr bool sortable_v = true;
template <>
constexpr bool sortable_v<int> = false;
}
"""
REFERENCE = "# R\n\n## Combine order\n\n<!-- entries: reduce.cuh -->\n<!-- /entries -->\n"
ENTRIES = """
> **`LANEFOLD_KERNEL`** A macro.

> **`plus`** a + b. *Example* [sum.cu](../examples/lanes/sum.cu). *Members* `size() -> int`: How many. `first`: The
> first.

> **`reduce(group, value, op = plus{}) -> Value`** Combines all, see [combine order](#combine-order): tile\\<N>, a \\* b.
> *Group* any, of lanes. `op`: associative. *Example* [tour.cu](../examples/tour.cu).

"""


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, files):
        for name, text in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)

    def run_tool(self, tool, *options):
        """(what main returns, or says as it exits; what it prints)"""
        with contextlib.redirect_stdout(io.StringIO()) as out, mock.patch("sys.argv", ["", *map(str, options)]):
            try:
                return tool.main(), out.getvalue()
            except SystemExit as end:
                return end.code, out.getvalue()

    def assert_in_order(self, text, *parts):
        at = -1
        for part in parts:
            at = text.find(part, at + 1)
            self.assertGreaterEqual(at, 0, f"{part!r} is missing, or too early, in:\n{text}")


class Documents(InFolder):
    def setUp(self):
        super().setUp()
        self.write({"include/lanefold/reduce.cuh": REDUCE, "docs/reference.md": REFERENCE, "examples/tour.cu": "",
                    "examples/lanes/sum.cu": "lf::plus, lf::reduce",
                    "tests/lanes/reduce_test.cu": "reduce plus LANEFOLD_KERNEL", "benchmarks/lanes/reduce_bench.cu": "reduce"})

    def run_tool(self, tool, *options):
        return super().run_tool(tool, "--root", self.root, *options)

    def test_entries_are_made_of_the_comments(self):
        code, out = self.run_tool(check_documents)
        self.assertEqual(code, 1)
        self.assertIn("entries of reduce.cuh differ from the header: LANEFOLD_KERNEL; plus; reduce(group", out)
        self.assertEqual(self.run_tool(check_documents, "--fix")[0], 0)
        self.assertEqual((self.root / "docs/reference.md").read_text().split("-->\n")[1], ENTRIES + "<!-- /entries ")
        self.assertEqual(self.run_tool(check_documents)[0], 0)
        self.write({"include/lanefold/reduce.cuh": REDUCE.replace("a + b.", "a + b, rounded once.")})
        self.assertIn("differ from the header: plus\n", self.run_tool(check_documents)[1])

    def test_what_has_all_its_parts_passes(self):
        self.run_tool(check_documents, "--fix")
        self.assertEqual(self.run_tool(check_coverage), (0, "3 public names, 0 lack something\n"))

    def test_no_header_of_a_new_folder_escapes(self):
        self.run_tool(check_documents, "--fix")
        self.write({"include/lanefold/device/passes/sort.hpp": SORT})
        code, out = self.run_tool(check_coverage)
        self.assertEqual(code, 1)
        self.assertIn("device/passes/sort.hpp:4: function device::sort: no /// comment, no entry in docs/", out)
        self.assertIn("constant device::sortable_v: the bullet '- Note' is neither", out)
        self.assertIn("Cost needs a bullet of its own", out)
        self.assertIn("macro LANEFOLD_SORT: no /// comment", out)
        self.assertIn("6 public names, 3 lack something", out)

    def test_each_missing_part_is_named(self):
        self.write({"docs/reference.md": "> **`scan(group)`** Gone.\n", "tests/lanes/reduce_test.cu": "plus LANEFOLD_KERNEL",
                    "benchmarks/lanes/reduce_bench.cu": ""})
        out = self.run_tool(check_coverage)[1]
        self.assertIn("docs: an entry for scan, which no header declares", out)
        self.assertIn("verb reduce: no entry in docs/ (<!-- entries: reduce.cuh --> holds them), in no test, "
                      "in no benchmarks/**/*_bench.cu", out)
        self.assertIn("type plus: no entry in docs/ (<!-- entries: reduce.cuh --> holds them)\n", out)

    def test_code_without_a_source_and_dead_links_are_wrong(self):
        self.write({"README.md": "```cpp\nint x;\n```\n[a](docs/none.md)\n"})
        out = self.run_tool(check_documents)[1]
        self.assertIn("README.md: the block at line 1 is code that names no file it comes from", out)
        self.assertIn("README.md: the link to docs/none.md leads nowhere", out)


def kernel(*instructions, registers=8):
    return Kernel("", "sm_90", registers, 0, list(instructions), [each.split()[0] for each in instructions])


class MachineCode(unittest.TestCase):
    def test_kernels_are_paired_by_name_then_by_code_then_by_similar_name(self):
        before = {"sum": kernel("FADD R1", "EXIT"), "old name": kernel("SHFL R1"), "scan<block<256>, scratch&>": kernel("BAR"),
                  "gone": kernel("NOP R1")}
        after = {"sum": kernel("FADD R2", "EXIT"), "new": kernel("SHFL R1"), "scan<block<256>, scratch>": kernel("BAR", "LDS R1"),
                 "added to it": kernel("IADD3 R1")}
        count, different, other_operands = compare_machine_code.compare(before, after)
        self.assertEqual((count, other_operands, list(before), list(after)), (3, 1, ["gone"], ["added to it"]))
        (old, new, *kernels), = different
        self.assertEqual((old, new), ("scan<block<256>, scratch&>", "scan<block<256>, scratch>"))
        self.assertEqual(compare_machine_code.difference(*kernels), "1 -> 2 instructions, 8 -> 8 registers: LDS +1")

    def test_order_and_registers_count(self):
        for now in (kernel("EXIT", "FADD R1"), kernel("FADD R1", "EXIT", registers=9)):
            self.assertEqual(len(compare_machine_code.compare({"a": kernel("FADD R1", "EXIT")}, {"a": now})[1]), 1)


GPU = {"backend": "cuda", "gpu": "NVIDIA Test 9000 <b>", "driver": "1.2", "commit": "abc1234"}
SIMULATOR = {"backend": "simulator", "gpu": "simulator"}


def timed(name, issue, latency):
    return {"name": name, "issue_ns": issue, "latency_clk": latency}


REDUCTIONS = [timed("sum/float/warp/lanefold", 2.0, 100), timed("sum/float/warp/cub", 3.0, 99),
              timed("sum/float/warp/cub_lane0", 1.0, 50), timed("sum/float/warp/hand_written", 2.5, 150),
              timed("sum/float/block256/lanefold", 4.0, 200), timed("sum/float/block256/cub_raking", 4.1, 210),
              timed("product/float/warp/lanefold", 2.0, 100), timed("product/float/warp/cub", 1.0, 99)]
COUNTED = [{"name": "sum/float/warp/lanefold", "counted": 1, "warp_instructions": 5, "shuffles": 5, "redux": 0},
           {"name": "sum/float/warp/lanefold_shared", "counted": 1, "warp_instructions": 19, "shuffles": 0, "syncs": 7}]


def product(name, us, sets=1):
    """A multiplication of 1024 x 1024 x 1024, whatever its name; `us` of 0: refused."""
    timed_so = {"tflops": 2147.5 / us, "us": us, "gb_per_s": 6291.5 / us, "sm_mhz": 1700} if us else {"refused": 1}
    return {"name": f"gemm/{name}", "sets": sets, **timed_so}


PRODUCTS = [product("bf16/1024x1024x1024/cublaslt", 6.0, 3), product("bf16/1024x1024x1024/cublaslt_default", 8.0, 3),
            product("bf16/1024x1024x1024/lanefold_wgmma", 5.0, 3), product("bf16/1024x1024x1024/lanefold_mma", 4.0, 3),
            product("bf16/2048x2048x2048/cublaslt", 60.0), product("bf16/2048x2048x2048/lanefold", 80.0),
            product("bf16/2048x2048x2048/lanefold_wgmma", 50.0),
            product("fp8/1024x1024x1024/cublaslt", 0, 3), product("fp8/1024x1024x1024/lanefold_wgmma", 3.0, 3),
            product("fp8/2048x2048x2048/cublaslt", 40.0), product("fp8/2048x2048x2048/cublaslt_fast", 30.0),
            product("fp8/2048x2048x2048/lanefold_wgmma_fast", 20.0),
            product("fp8/64x64x64_nt_batch8_bias_silu/cublaslt", 0, 8),
            product("fp8/64x64x64_nt_batch8_bias_silu/cublaslt_and_kernel", 4.0, 8),
            product("fp8/64x64x64_nt_batch8_bias_silu/lanefold", 2.0, 8)]
WITH_PRODUCTS = {**GPU, "gemm_sets": "large: squares; small: under 10 GFLOP; skinny: of few rows; fused: and more", "cublaslt": "13.1.0"}


def raw(context, benchmarks):
    """As Google Benchmark writes it, options at the end of the names included."""
    return {"context": {"date": "2026-01-02T03:04:05+00:00", "host_name": "secret", **context},
            "benchmarks": [{"run_type": "iteration", "real_time": 1.0, **entry,
                            "name": entry["name"] + "/iterations:1/manual_time"} for entry in benchmarks]}


class Results(InFolder):
    def collect(self, context, benchmarks):
        name = f"raw/{context['backend']}/cuda_reduce_bench.json"
        self.write({name: json.dumps(raw(context, benchmarks))})
        return self.run_tool(run_benchmarks, "--collect", (self.root / name).parent, "--results", self.root / "results")

    def report(self, *options):
        return self.run_tool(report, self.root / "results", "--root", self.root, *options)

    def test_they_are_filed_by_gpu_without_what_is_of_no_use(self):
        code, out = self.collect(GPU, REDUCTIONS)
        self.assertIsNone(code)
        content = json.loads((self.root / "results/nvidia-test-9000-b/reduce.json").read_text())
        self.assertEqual(content["context"], {"date": "2026-01-02T03:04:05+00:00", **GPU})
        self.assertEqual(content["benchmarks"][0], timed("sum/float/warp/lanefold", 2, 100))
        self.assert_in_order(out, "best peer", "sum/float/warp", "1.25× / 0.99×")

    def test_the_median_of_several_runs_is_kept(self):
        runs = [raw(GPU, [timed("sum/int/warp/lanefold", value, 7)]) for value in (3.0, 1.0, 2.0)]
        self.assertEqual(results.compact(runs)["benchmarks"], [timed("sum/int/warp/lanefold", 2, 7)])

    def test_ratios_come_first_and_the_best_peer_is_marked(self):
        self.collect(GPU, REDUCTIONS)
        self.collect(SIMULATOR, COUNTED)
        marked = "# Title\n\nbefore\n<!-- results:begin -->\noutdated\n<!-- results:end -->\nafter\n"
        self.write({"docs/benchmarks.md": marked, "README.md": marked})
        self.assertIsNone(self.report("--tables")[0])
        text, readme = ((self.root / name).read_text() for name in ("docs/benchmarks.md", "README.md"))
        self.assertTrue(text.startswith("# Title\n\nbefore\n") and text.endswith("<!-- results:end -->\nafter\n"), text)
        self.assertNotIn("outdated", text)
        # A result in one lane only is never the best peer, however fast.
        self.assert_in_order(text, "behind in 1: product/float/warp 0.50×", "rank 0 only", "| sum/float/warp | 1.25× / 0.99× |",
                             "1.50× / **0.99×**", "**1.25×** / 1.50×", "0.50× / 0.50×", "2.00 ns / 100 clk", "### Simulator",
                             "Counts, not time", "5 instructions, 5 shuffles", "19 instructions, 7 syncs")
        self.assert_in_order(readme, "NVIDIA Test 9000", "driver 1.2", "commit abc1234", "| sum/float/warp |")
        self.assertFalse("product" in readme.split("#### ")[1] or "Simulator" in readme, readme)

    def collect_products(self):
        """In two parts, as large runs are measured; after a program that knows nothing of matrices."""
        self.collect(GPU, REDUCTIONS)
        for part, benchmarks in (("bf16", PRODUCTS[:7]), ("fp8", PRODUCTS[7:])):
            self.write({f"raw/products/cuda_gemm_bench-{part}.json": json.dumps(raw(WITH_PRODUCTS, benchmarks))})
        return self.run_tool(run_benchmarks, "--collect", self.root / "raw/products", "--results", self.root / "results")

    def test_products_of_several_files_are_one_result(self):
        code, out = self.collect_products()
        self.assertIsNone(code)
        content = json.loads((self.root / "results/nvidia-test-9000-b/gemm.json").read_text())
        self.assertEqual(len(content["benchmarks"]), len(PRODUCTS))
        self.assertEqual(content["benchmarks"][0], {"name": "gemm/bf16/1024x1024x1024/cublaslt", "tflops": 357.917, "us": 6,
                                                    "gb_per_s": 1048.58, "sm_mhz": 1700, "sets": 3})
        self.assertEqual(content["benchmarks"][7], {"name": "gemm/fp8/1024x1024x1024/cublaslt", "sets": 3, "refused": 1})
        self.assert_in_order(out, "large: squares", "1024×1024×1024", "small: under 10 GFLOP")

    def test_the_size_of_a_product_is_in_its_name(self):
        for shape, count in (("2x3x5", 60), ("2x3x5_nt", 60), ("2x3x5_batch10_bias_relu", 600), ("2x3x5_tt_batch2", 120)):
            self.assertEqual(gemm.operations(shape), count)

    def test_products_are_shown_beside_the_peer_by_sets(self):
        self.collect_products()
        self.write({name: "<!-- results:begin --><!-- results:end -->" for name in ("docs/benchmarks.md", "README.md")})
        self.assertIsNone(self.report("--tables")[0])
        text, readme = ((self.root / name).read_text() for name in ("docs/benchmarks.md", "README.md"))
        # `lanefold` itself where a row has it, however fast its other ways are; else the fastest of them.
        overview = "| large: squares | 1.06× (0.75×–1.50×, 2) |  | 1.50× (1.50×–1.50×, 1) |"
        self.assert_in_order(text, "| sum/float/warp |", "Against cuBLASLt 13.1.0.", "| shapes | bf16 | fp8 | fp8_fast |", overview,
                             "| small: under 10 GFLOP | 1.50× (1.50×–1.50×, 1) |  |  |", "Each implementation",
                             "| bf16/cublaslt_default | 0.75×", "| bf16/lanefold | 0.75×", "| bf16/lanefold_wgmma | 1.20×",
                             "Matrix multiplication, large: squares", "TFLOP/s",
                             "| 1024×1024×1024 | **1.50×** 537 / 358 | 716 / refused |  |",
                             "| 2048×2048×2048 | **0.75×** 26.8 / 35.8 | – / 53.7 | **1.50×** 107 / 71.6 |",
                             "Matrix multiplication, small", "| 64×64×64_nt_batch8_bias_silu | **2.00×** 1074 / 537 |")
        self.assertNotIn("skinny", text)
        self.assert_in_order(readme, "| sum/float/warp |", overview)
        self.assertNotIn("Each implementation", readme)

    def test_products_are_shown_beside_the_peak_of_a_known_chip(self):
        self.collect_products()
        self.write({"docs/performance.md": "<!-- results:begin -->old<!-- results:end -->"})
        self.assertIsNone(self.report("--tables")[0])
        self.assertEqual((self.root / "docs/performance.md").read_text(), "<!-- results:begin -->\n\n\n\n<!-- results:end -->")
        peaks = {"bf16": 1000, "fp8": 2000, "memory": 3, "mhz": 2000}
        with mock.patch.dict(performance.PEAKS, {GPU["gpu"]: peaks}):
            self.assertIsNone(self.report("--tables")[0])
        text = (self.root / "docs/performance.md").read_text()
        # The bound of the rows of `small`: 537 of 1000 TFLOP/s, or 1573 of 3000 GB/s; cuBLASLt's 358 and 1049.
        self.assert_in_order(text, "| bf16 | 1024×1024×1024 | 537 | 54 % of 1000 | 63 % | 4.3× | 358 | 1700 MHz |",
                             "| fp8_fast | 2048×2048×2048 | 107 |", "| small: under 10 GFLOP | 54 % / 36 % |")
        self.assertFalse("CUTLASS" in text or "batch_invariant" in text, text)

    @unittest.skipUnless(all(map(importlib.util.find_spec, ("matplotlib", "markdown"))), "./dev report installs what draws")
    def test_plots_and_page_are_drawn(self):
        self.collect(GPU, REDUCTIONS)
        self.write({"docs/benchmarks.md": "<!-- results:begin --><!-- results:end -->"})
        self.assertIsNone(self.report()[0])
        plots = sorted(path.name for path in (self.root / "docs/plots").iterdir())
        self.assertEqual(plots, [f"nvidia-test-9000-b-{name}" for name in
                                 ("block-reduce.png", "block-reduce.svg", "warp-reduce.png", "warp-reduce.svg")])
        page = (self.root / "docs/benchmarks.html").read_text()
        self.assert_in_order(page, "<h3>NVIDIA Test 9000", 'src="plots/nvidia-test-9000-b-warp-reduce.svg"', "<td>sum/float/warp")
        self.collect_products()
        self.assertIsNone(self.report()[0])
        drawn = {path.name for path in (self.root / "docs/plots").iterdir()} - set(plots)
        self.assertEqual(drawn, {f"nvidia-test-9000-b-gemm-{name}" for name in
                                 ("ratio.png", "ratio.svg", "squares.png", "squares.svg")})
        self.assertIn("plots/nvidia-test-9000-b-gemm-ratio.svg", (self.root / "docs/benchmarks.md").read_text())

    def test_what_is_wrong_is_said(self):
        def says(done, *parts):
            for part in parts:
                self.assertIn(part, str(done[0]))

        says(self.report(), "no such folder", "run_benchmarks.py")
        (self.root / "results/gpu").mkdir(parents=True)
        says(self.report(), "holds no <gpu>/*.json")
        for text, why in [("{", "is not JSON"), ("[]", "is not Google Benchmark's JSON"),
                          ({"context": {}, "benchmarks": []}, "holds no results"),
                          ({"context": {}, "benchmarks": [timed("sum/int/lanefold", 1, 1)]}, "'sum/int/lanefold'"),
                          ({"context": {}, "benchmarks": [timed("a/b/c/d", 1, 1)] * 2}, "twice"),
                          ({"context": {}, "benchmarks": [timed("a/b/c/d", 0, 1)]}, "lacks a positive issue_ns"),
                          ({"context": {}, "benchmarks": [{"name": "gemm/bf16/1x1x1/cublaslt", "us": 3}]},
                           "gemm/bf16/1x1x1/cublaslt lacks a positive tflops")]:
            self.write({"results/gpu/reduce.json": text if isinstance(text, str) else json.dumps(text)})
            says(self.report(), why)
        self.write({"results/gpu/reduce.json": json.dumps({"context": GPU, "benchmarks": REDUCTIONS}),
                    "README.md": "<!-- results:begin -->\n"})
        says(self.report("--tables"), "README.md", "<!-- results:end -->")
        wrong = {"name": "sum/int/warp/cub", "error_occurred": True, "error_message": "wrong result in thread 3"}
        says(self.collect(GPU, [wrong]), "sum/int/warp/cub", "wrong result in thread 3")
        says(self.run_tool(run_benchmarks, self.root), "holds no cuda_*_bench")


if __name__ == "__main__":
    unittest.main()
