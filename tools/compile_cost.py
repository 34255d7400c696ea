#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Measures what including lanefold costs a translation unit, beside an empty one and its peers.

Prints seconds to compile one file that includes the header and does nothing else: the best of several runs.
A measurement to look at, not a test: it depends on the machine.

usage: compile_cost.py [--runs 5]
"""
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

INCLUDE = Path(__file__).resolve().parent.parent / "include"
COMPILERS = {"nvcc": ["nvcc", "-std=c++17", "-arch=sm_90", "-c", "-x", "cu"],
             "g++": ["g++", "-std=c++17", "-O2", "-DLANEFOLD_SIMULATOR=1", "-c", "-x", "c++"]}
UNITS = {
    "empty": [],
    "lanefold/lanefold.cuh": ["lanefold/lanefold.cuh"],
    "lanefold/reduce.cuh": ["lanefold/reduce.cuh"],
    "cooperative_groups/reduce.h": ["cooperative_groups.h", "cooperative_groups/reduce.h"],
    "cub/cub.cuh": ["cub/cub.cuh"],
}


def seconds(command, runs):
    """The best of the runs, or None when it does not compile."""
    if subprocess.run(command, capture_output=True).returncode:  # the first one also reads everything from disk
        return None
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        taken.append(time.perf_counter() - start)
    return min(taken)


def main():
    runs = int(sys.argv[2]) if sys.argv[1:2] == ["--runs"] else 5
    compilers = [name for name in COMPILERS if shutil.which(name)]
    empty = {}
    print(f"{f'seconds, best of {runs}':<30}" + "".join(f"{name:>10}{'over empty':>12}" for name in compilers))
    with tempfile.TemporaryDirectory() as folder:
        for unit, headers in UNITS.items():
            source = Path(folder, "unit.cu")
            source.write_text("".join(f"#include <{header}>\n" for header in headers))
            row = f"{unit:<30}"
            for name in compilers:
                taken = seconds([*COMPILERS[name], f"-I{INCLUDE}", "-o", f"{folder}/unit.o", str(source)], runs)
                empty.setdefault(name, taken)
                row += f"{'-':>10}{'':>12}" if taken is None else f"{taken:>10.2f}{taken - empty[name]:>+12.2f}"
            print(row, flush=True)


if __name__ == "__main__":
    main()
