#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of check_coverage.py, check_documents.py and compare_machine_code.py on what is made up here.

usage: test_tools.py
"""
import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
import check_coverage  # noqa: E402
import check_documents  # noqa: E402
import compare_machine_code  # noqa: E402
from machine_code import Kernel  # noqa: E402

REDUCE = """
#define LANEFOLD_FN inline
/// A macro.
#define LANEFOLD_KERNEL void
namespace lanefold {
inline namespace on_simulator {
/// a + b.
struct plus {};
namespace detail {
struct hidden {};
}
/// Combines all, see docs/reference.md#combine-order: tile<N>, a * b.
///
/// - Group: any, as in
///   examples/tour.cu.
/// - `op`: associative.
template <class Group, class Value, class Operator = plus>
Value reduce(Group group, Value value, Operator op = {}) { return value; }
}  // namespace on_simulator
}  // namespace lanefold
"""
SORT = """
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

> **`plus`** a + b.

> **`reduce(group, value, op = plus{}) -> Value`** Combines all, see [combine order](#combine-order): tile\\<N>, a \\* b.
> *Group* any, as in [tour.cu](../examples/tour.cu). `op`: associative.

"""


class Documents(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write({"include/lanefold/reduce.cuh": REDUCE, "docs/reference.md": REFERENCE, "examples/tour.cu": "",
                    "tests/lanes/reduce_test.cu": "reduce plus LANEFOLD_KERNEL", "benchmarks/lanes/reduce_bench.cu": "reduce"})

    def write(self, files):
        for name, text in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)

    def run_tool(self, tool, *options):
        with contextlib.redirect_stdout(io.StringIO()) as out, mock.patch("sys.argv", ["", "--root", str(self.root), *options]):
            return tool.main(), out.getvalue()

    def test_entries_are_made_of_the_comments(self):
        code, out = self.run_tool(check_documents)
        self.assertEqual(code, 1)
        self.assertIn("entries of reduce.cuh differ from the header: LANEFOLD_KERNEL; plus; reduce(group", out)
        self.assertEqual(self.run_tool(check_documents, "--fix")[0], 0)
        self.assertEqual((self.root / "docs/reference.md").read_text().split("-->")[1], ENTRIES + "<!-- /entries ")
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
        self.assertIn("device/passes/sort.hpp:3: function device::sort: no /// comment, no entry in docs/", out)
        self.assertIn("constant device::sortable_v: the bullet '- Note' is neither", out)
        self.assertIn("Cost needs a bullet of its own", out)
        self.assertIn("5 public names, 2 lack something", out)

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


if __name__ == "__main__":
    unittest.main()
