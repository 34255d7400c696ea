#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks of a build and files the results under benchmarks/results/<gpu>/, one JSON file for each binary.

usage: run_benchmarks.py build/cuda-bench/bin          run them all, once
       run_benchmarks.py --runs 3 build/cuda-bench/bin  three times, the median of each figure
       run_benchmarks.py --collect build/cuda-bench/results   file what ./dev bench has measured; what was measured in
                                                        parts too: cuda_gemm_bench-large.json, cuda_gemm_bench-small.json
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
import gemm  # noqa: E402
import results  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent


def operation_of(path):
    """cuda_block_reduce_bench(.json), cuda_block_reduce_newest_bench, cuda_block_reduce_bench-part -> block_reduce"""
    return re.sub("^(cuda|sim)_|(_newest)?_bench(-.*)?$", "", path.stem)


def commit():
    """The commit that is measured, with -dirty where it is not all that is measured."""
    described = subprocess.run(["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=ROOT, capture_output=True,
                               text=True, check=False)
    return os.environ.get("LANEFOLD_COMMIT") or described.stdout.strip() or "unknown"


def collect(files):
    """{operation: JSON of each binary}. One that had nothing to run for the filter leaves an empty file, or none."""
    found = {}
    for file in files:
        if file.exists() and file.stat().st_size and (content := results.read_json(file))["benchmarks"]:
            found.setdefault(operation_of(file), []).append(content)
    return found


def run(binaries, pattern, folder):
    files = [folder / f"{binary.name}.json" for binary in binaries]
    for binary, out in zip(binaries, files):
        start = time.monotonic()
        done = subprocess.run([binary, f"--benchmark_filter={pattern}", f"--benchmark_out={out}",
                               "--benchmark_out_format=json"], env={**os.environ, "LANEFOLD_COMMIT": commit()},
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        print(f"{binary.name}: {time.monotonic() - start:.1f} s", flush=True)
        if done.returncode != 0:
            raise results.Problem(f"{binary.name} failed:\n{done.stderr.strip()}")
    return collect(files)


def print_table(contents):
    machine = results.Machine("these results", contents)
    if machine.rows:
        print("\nCounts of one warp operation" if machine.counted else
              "\nSM time of a warp operation / latency, as a multiple of lanefold's: above 1 lanefold is ahead")
        print_aligned(machine.table(list(machine.rows)))
    for bit, name, title in gemm.sets_of(machine):
        print(f"\n{name}: {title}: times cuBLASLt's throughput, TFLOP/s of lanefold / of cuBLASLt")
        print_aligned(gemm.table(machine, bit, "tflops"))


def print_aligned(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    print("\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of the binaries; with --collect, of their JSON")
    parser.add_argument("--collect", action="store_true", help="run nothing: file the JSON in the folder")
    parser.add_argument("--filter", default=".", metavar="REGEX", help="run only what matches, show it, and file nothing")
    parser.add_argument("--runs", type=int, default=1, help="passes over everything; figures are medians (default 1)")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks/results", help="where to file them")
    options = parser.parse_args()

    try:
        if options.collect:
            runs = [collect(sorted(options.folder.glob("*_bench*.json")))]
        else:
            binaries = sorted(options.folder.glob("cuda_*_bench"))
            if not binaries:
                raise results.Problem(f"{options.folder}: holds no cuda_*_bench; build them with "
                                      "cmake --preset cuda-bench && cmake --build --preset cuda-bench --target all")
            # Whole passes over all binaries, so that slow drifts meet every one alike.
            with tempfile.TemporaryDirectory() as folder:
                runs = [run(binaries, options.filter, Path(folder)) for _ in range(options.runs)]
        contents = {operation: results.compact([content for each in runs for content in each[operation]]) for operation in runs[-1]}
        contents = {operation: content for operation, content in contents.items() if content["benchmarks"]}
        if not contents:
            raise results.Problem(f"{options.folder}: no results for the filter {options.filter!r}")
        for operation, content in contents.items() if options.filter == "." else ():
            path = options.results / results.folder_name(content["context"]) / f"{operation}.json"
            results.write_compact(content, path)
            print(f"wrote {path}")
        print_table(contents)
    except results.Problem as problem:
        sys.exit(f"run_benchmarks: {problem}")


if __name__ == "__main__":
    main()
