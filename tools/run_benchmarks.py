#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks of a build and files the results under benchmarks/results/<gpu>/, one JSON file for each binary.

usage: run_benchmarks.py build/cuda-bench/bin          run them all, once
       run_benchmarks.py --runs 3 build/cuda-bench/bin  three times, the median of each figure
       run_benchmarks.py --collect build/cuda-bench/results   file what ./dev bench has measured
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
import results  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent


def operation_of(path):
    """cuda_block_reduce_bench(.json) -> block_reduce"""
    name = path.stem
    for prefix in ("cuda_", "sim_"):
        name = name.removeprefix(prefix)
    return name.removesuffix("_bench")


def commit():
    """The commit that is measured, with -dirty where it is not all that is measured."""
    if "LANEFOLD_COMMIT" in os.environ:
        return os.environ["LANEFOLD_COMMIT"]
    described = subprocess.run(["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=ROOT, capture_output=True,
                               text=True, check=False)
    return described.stdout.strip() or "unknown"


def run(binaries, count, pattern):
    """{operation: the JSON of each run}. Whole passes over all binaries, so that slow drifts meet every one alike."""
    found = {}
    environment = {**os.environ, "LANEFOLD_COMMIT": commit()}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            for binary in binaries:
                out = Path(folder) / f"{binary.name}.json"
                out.unlink(missing_ok=True)
                start = time.monotonic()
                done = subprocess.run([binary, f"--benchmark_filter={pattern}", f"--benchmark_out={out}",
                                       "--benchmark_out_format=json"],
                                      env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                      check=False)
                print(f"run {number + 1}: {binary.name}: {time.monotonic() - start:.1f} s", flush=True)
                if done.returncode != 0:
                    raise results.Problem(f"{binary.name} failed:\n{done.stderr.strip()}")
                if out.exists() and out.stat().st_size > 0:
                    content = results.read_json(out)
                    if content["benchmarks"]:
                        found.setdefault(operation_of(binary), []).append(content)
    return found


def print_table(contents):
    """A row for each operation, type and size; best peer first, then everybody's ratio to lanefold."""
    counter = "warp_instructions" if contents[0]["context"].get("backend") == "simulator" else "issue_ns"
    rows = {}
    for content in contents:
        for entry in content["benchmarks"]:
            row, _, implementation = entry["name"].rpartition("/")
            rows.setdefault(row, {})[implementation] = entry
    names = list(dict.fromkeys(name for cells in rows.values() for name in cells if name != "lanefold"))
    print("\nWarp instructions, counted" if counter == "warp_instructions" else
          "\nSM time of a warp operation: lanefold's in ns, the others' as a multiple of it (the second figure: latency)")
    print(f"{'':<38} {'best peer':>16} {'lanefold':>12} " + " ".join(f"{name[:22]:>22}" for name in names))
    for row, cells in rows.items():
        best = results.best_peer(cells, counter)
        if counter == "warp_instructions":
            line = [f"{cells[name][counter]:g}" if name in cells else "" for name in names]
            own = f"{cells.get('lanefold', {}).get(counter, float('nan')):g}"
            first = results.ratio(cells, best, counter) if best else None
            first = f"{first:.2f}" if first else ""
        else:
            def ratios(name, cells=cells):
                pair = [results.ratio(cells, name, time) for time in results.TIMES]
                return "/".join(f"{value:.2f}" for value in pair) if None not in pair else ""
            line = [ratios(name) for name in names]
            own = f"{cells.get('lanefold', {}).get(counter, float('nan')):.3f}"
            latency = results.best_peer(cells, "latency_clk")
            pair = [results.ratio(cells, best, "issue_ns"), results.ratio(cells, latency, "latency_clk")]
            first = "/".join(f"{value:.2f}" for value in pair) if None not in pair else ""
        print(f"{row:<38} {first:>16} {own:>12} " + " ".join(f"{cell:>22}" for cell in line))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of the binaries; with --collect, of their JSON")
    parser.add_argument("--collect", action="store_true", help="run nothing: file the JSON in the folder")
    parser.add_argument("--filter", default=".", metavar="REGEX", help="run only what matches, show it, and file nothing")
    parser.add_argument("--runs", type=int, default=1, help="passes over everything; figures are medians (default 1)")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks/results", help="where to file them")
    parser.add_argument("--backend", choices=["cuda", "sim"], default="cuda", help="which binaries (default cuda)")
    options = parser.parse_args()

    try:
        if options.collect:
            # A binary that had nothing to run for the filter leaves an empty file.
            files = sorted(file for file in options.folder.glob("*_bench.json") if file.stat().st_size > 0)
            found = {operation_of(file): [results.read_json(file)] for file in files}
        else:
            binaries = sorted(path for path in options.folder.glob(f"{options.backend}_*_bench")
                              if path.name != "sim_simulator_bench")
            if not binaries:
                raise results.Problem(f"{options.folder}: holds no {options.backend}_*_bench; build them with "
                                      "cmake --preset cuda-bench && cmake --build --preset cuda-bench --target all")
            found = run(binaries, options.runs, options.filter)
        contents = {operation: results.compact(runs) for operation, runs in found.items()}
        contents = {operation: content for operation, content in contents.items() if content["benchmarks"]}
        if not contents:
            raise results.Problem(f"{options.folder}: no results" +
                                  (f" for the filter {options.filter!r}" if options.filter != "." else ""))
        for operation, content in contents.items() if options.filter == "." else ():
            path = options.results / results.folder_name(content["context"]) / f"{operation}.json"
            results.write_compact(content, path)
            print(f"wrote {path}")
        print_table(list(contents.values()))
    except results.Problem as problem:
        sys.exit(f"run_benchmarks: {problem}")


if __name__ == "__main__":
    main()
