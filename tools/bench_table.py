#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""A short table of benchmark results: a row for each operation, type and size, a column for each implementation.

On a GPU the cells are times; on the simulator, counted operations. The full results stay in the JSON files.

usage: bench_table.py FOLDER-OR-JSON...
"""
import json
import sys
from pathlib import Path

# What a cell shows: the first of these counters that a result has, and what it means.
SHOWN = [
    ("issue_ns", "SM time of one operation at full occupancy, ns"),
    ("latency_clk", "latency of one operation, clocks"),
    ("warp_instructions", "counted warp instructions of one operation (a count, not time)"),
    ("items_per_second", "operations of the simulator's lanes in a second"),
]


def results(paths):
    """{(counter, operation/type/size): {implementation: value}}"""
    rows = {}
    for path in paths:
        for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
            for run in json.loads(file.read_text())["benchmarks"]:
                if run.get("run_type") == "aggregate" and run.get("aggregate_name") != "median":
                    continue
                # Google Benchmark appends options, such as /iterations:1, to the name.
                parts = [part for part in run["name"].split("/") if ":" not in part and part != "manual_time"]
                counter = next((name for name, _ in SHOWN if name in run), None)
                if counter:
                    rows.setdefault((counter, "/".join(parts[:-1])), {})[parts[-1]] = run[counter]
    return rows


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    rows = results([Path(name) for name in sys.argv[1:]])
    for counter, meaning in SHOWN:
        chosen = {name: cells for (which, name), cells in rows.items() if which == counter}
        if not chosen:
            continue
        columns = list(dict.fromkeys(implementation for cells in chosen.values() for implementation in cells))
        width = max(map(len, chosen))
        print(f"\n{counter}: {meaning}\n{'':<{width}}" + "".join(f"{name:>{max(12, len(name) + 2)}}" for name in columns))
        for name, cells in chosen.items():
            print(f"{name:<{width}}" + "".join(
                f"{format(cells[column], '.5g') if column in cells else '':>{max(12, len(column) + 2)}}"
                for column in columns))


if __name__ == "__main__":
    main()
