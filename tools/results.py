# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Benchmark results: reading Google Benchmark's JSON, keeping what matters of it, rows and ratios."""
import json
import re
import statistics
from pathlib import Path

CONTEXT = ["date", "backend", "gpu", "compute_capability", "sm_count", "sm_clock_mhz_rated", "sm_clock_mhz_measured",
           "memory_clock_mhz_rated", "driver", "driver_cuda", "cuda_runtime", "cuda_toolkit", "cccl", "lanefold",
           "commit"]
TIMES = ["issue_ns", "latency_clk"]
COUNTS = ["warp_instructions", "shuffles", "redux", "votes", "matches", "syncs", "barriers", "shared_load_wavefronts",
          "shared_store_wavefronts"]
OTHERS = ["issue_spread", "warps_per_sm"]

# The order in which tables show operations; any other comes after them.
ORDER = ["sum", "min", "max", "product", "argmin", "argmax", "inclusive_scan", "exclusive_scan",
         "inclusive_scan_with_total", "exclusive_scan_with_total", "shuffle", "broadcast"]

# Weaker contracts than lanefold's: shown, and never the best peer.
WEAKER = {"_lane0": "result in rank 0 only", "_whole_warp": "all tiles of the warp must call together"}


class Problem(Exception):
    """Something about the results that the user can mend; its text says what."""


def weaker_contract(implementation):
    return next((why for end, why in WEAKER.items() if implementation.endswith(end)), None)


def is_peer(implementation):
    return not implementation.startswith("lanefold") and not weaker_contract(implementation)


def read_json(path):
    try:
        content = json.loads(Path(path).read_text())
    except OSError as error:
        raise Problem(f"{path}: cannot be read: {error.strerror}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{path}: is not JSON ({error}); was the benchmark stopped halfway? Run it again.") from None
    if not isinstance(content, dict) or not isinstance(content.get("benchmarks"), list) or "context" not in content:
        raise Problem(f"{path}: is not Google Benchmark's JSON: it lacks 'context' or 'benchmarks'")
    return content


def short_name(name):
    """sum/int/warp/cub/iterations:1/manual_time -> sum/int/warp/cub"""
    return "/".join(part for part in name.split("/") if ":" not in part and part != "manual_time")


def compact(runs):
    """Merges the JSON of several runs of one binary: our context, and for each name the median of each counter."""
    merged = {}
    for run in runs:
        for entry in run["benchmarks"]:
            if entry.get("run_type") == "aggregate":
                continue
            name = short_name(entry["name"])
            if entry.get("error_occurred") or entry.get("skipped"):
                raise Problem(f"{name}: {entry.get('error_message') or entry.get('skip_message')}")
            if name.count("/") != 3:
                continue  # not one of <operation>/<type>/<size>/<implementation>
            values = merged.setdefault(name, {})
            for counter in TIMES + OTHERS + ["counted"] + COUNTS:
                if counter in entry:
                    values.setdefault(counter, []).append(entry[counter])
    context = runs[-1]["context"]
    benchmarks = []
    for name, values in merged.items():
        counted = "counted" in values
        entry = {"name": name}
        for counter, samples in values.items():
            value = statistics.median(samples)
            if value != 0 or counter == "warp_instructions" or not counted:
                value = float(f"{value:.6g}")
                entry[counter] = int(value) if value.is_integer() else value
        benchmarks.append(entry)
    return {"context": {key: context[key] for key in CONTEXT if key in context}, "benchmarks": benchmarks}


def write_compact(content, path):
    """One line for each benchmark: a change in one is a change of one line."""
    lines = ",\n".join("    " + json.dumps(entry) for entry in content["benchmarks"])
    context = ",\n".join(f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in content["context"].items())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{{\n  "context": {{\n{context}\n  }},\n  "benchmarks": [\n{lines}\n  ]\n}}\n')


def folder_name(context):
    """NVIDIA H100 80GB HBM3 -> nvidia-h100-80gb-hbm3"""
    gpu = context.get("gpu")
    if not gpu:
        raise Problem("the results do not say on which GPU they were measured: were they made by benchmarks/*_bench.cu?")
    return re.sub(r"[^a-z0-9]+", "-", gpu.lower()).strip("-")


class Machine:
    """All results of one GPU (or of the simulator): `rows` maps (operation, type, size) to {implementation: counters}."""

    def __init__(self, folder):
        self.folder = folder
        self.contexts = {}  # file stem -> context
        self.rows = {}
        for path in sorted(folder.glob("*.json")):
            content = read_json(path)
            self.contexts[path.stem] = content["context"]
            for entry in content["benchmarks"]:
                parts = str(entry.get("name", "")).split("/")
                if len(parts) != 4:
                    raise Problem(f"{path}: the name {entry.get('name')!r} is not "
                                  "<operation>/<type>/<size>/<implementation>")
                cells = self.rows.setdefault(tuple(parts[:3]), {})
                if parts[3] in cells:
                    raise Problem(f"{path}: {entry['name']} is there twice")
                if not entry.get("counted") and not all(entry.get(time, 0) > 0 for time in TIMES):
                    raise Problem(f"{path}: {entry['name']} lacks a positive {' or '.join(TIMES)}")
                cells[parts[3]] = entry
        if not self.rows:
            raise Problem(f"{folder}: holds no results; run tools/run_benchmarks.py")
        self.rows = dict(sorted(self.rows.items(), key=lambda row: ORDER.index(row[0][0]) if row[0][0] in ORDER else 99))

    @property
    def context(self):
        """Of the latest file."""
        return max(self.contexts.values(), key=lambda context: context.get("date", ""))

    @property
    def counted(self):
        return self.context.get("backend") == "simulator"

    @property
    def title(self):
        return "Simulator" if self.counted else self.context.get("gpu", self.folder.name)


def load(folder):
    folder = Path(folder)
    if not folder.is_dir():
        raise Problem(f"{folder}: no such folder; run tools/run_benchmarks.py first")
    machines = [Machine(each) for each in sorted(folder.iterdir()) if each.is_dir() and list(each.glob("*.json"))]
    if not machines:
        raise Problem(f"{folder}: holds no <gpu>/*.json; run tools/run_benchmarks.py first")
    return machines


def best_peer(cells, counter):
    """The peer with the least value, or None."""
    peers = [name for name in cells if is_peer(name) and counter in cells[name]]
    return min(peers, key=lambda name: cells[name][counter], default=None)


def ratio(cells, implementation, counter):
    """How many times lanefold's value it is: above 1, lanefold is ahead. None where either lacks the counter."""
    own, other = cells.get("lanefold", {}).get(counter), cells.get(implementation, {}).get(counter)
    return other / own if own and other else None
