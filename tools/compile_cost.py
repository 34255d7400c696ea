#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Measures what including lanefold costs a translation unit, beside an empty one and its peers.

Prints seconds to compile one file that includes the header and does nothing else: the best of several runs.
A measurement to look at, not a test: it depends on the machine.

usage: compile_cost.py [--runs 5]
"""
import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

INCLUDE = Path(__file__).resolve().parent.parent / "include"
HEADERS = {
    "empty": "",
    "lanefold/lanefold.cuh": "#include <lanefold/lanefold.cuh>\n",
    "lanefold/reduce.cuh": "#include <lanefold/reduce.cuh>\n",
    "cooperative_groups/reduce.h": "#include <cooperative_groups.h>\n#include <cooperative_groups/reduce.h>\n",
    "cub/cub.cuh": "#include <cub/cub.cuh>\n",
}


def seconds(command, runs):
    """The best of the runs, or None when it does not compile."""
    if subprocess.run(command, capture_output=True).returncode:  # the first one also reads everything from disk
        return None
    best = None
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        elapsed = time.perf_counter() - start
        best = elapsed if best is None else min(best, elapsed)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    compilers = {}
    if shutil.which("nvcc"):
        compilers["nvcc"] = ["nvcc", "-std=c++17", "-arch=sm_90", "-c", "-x", "cu"]
    if shutil.which("g++"):
        compilers["g++"] = ["g++", "-std=c++17", "-O2", "-c", "-x", "c++"]
    if not compilers:
        sys.exit("neither nvcc nor g++ found")

    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "unit.cu"), Path(folder, "unit.o")
        print(f"{'seconds, best of ' + str(runs):<30}" + "".join(f"{name:>10}{'over empty':>12}" for name in compilers))
        empty = {}
        for header, text in HEADERS.items():
            source.write_text(text)
            row = f"{header:<30}"
            for name, command in compilers.items():
                taken = seconds([*command, f"-I{INCLUDE}", "-o", str(output), str(source)], runs)
                empty.setdefault(name, taken)
                row += f"{'-':>10}{'':>12}" if taken is None else f"{taken:>10.2f}{taken - empty[name]:>+12.2f}"
            print(row, flush=True)


if __name__ == "__main__":
    main()
