# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Benchmark results: Google Benchmark's JSON, what is kept of it, rows, ratios and tables."""
import json
import re
import statistics

import gemm

CONTEXT = ["date", "backend", "gpu", "compute_capability", "sm_count", "sm_clock_mhz_rated", "sm_clock_mhz_measured",
           "memory_clock_mhz_rated", "driver", "driver_cuda", "cuda_runtime", "cuda_toolkit", "cccl", "cccl_newest",
           "cublaslt", "cutlass", "gemm_sets", "lanefold", "commit"]
TIMES = ["issue_ns", "latency_clk"]
COUNTS = ["warp_instructions", "shuffles", "redux", "votes", "matches", "syncs", "barriers", "shared_load_wavefronts",
          "shared_store_wavefronts"]
COUNTERS = [*TIMES, "issue_spread", "warps_per_sm", "counted", *COUNTS, *gemm.COUNTERS]

# The order in which tables show operations; any other comes after them.
ORDER = ["sum", "min", "max", "product", "argmin", "argmax", "inclusive_scan", "exclusive_scan",
         "try_exclusive_scan", "inclusive_scan_with_total", "exclusive_scan_with_total", "shuffle", "broadcast"]

# Weaker contracts than lanefold's: shown, and never the best peer.
WEAKER = {"_lane0": "result in rank 0 only", "_whole_warp": "all tiles of the warp must call together"}


class Problem(Exception):
    """Something about the results that the user can mend; its text says what."""


def is_weaker(implementation):
    return implementation.endswith(tuple(WEAKER))


def is_peer(implementation):
    return not implementation.startswith("lanefold") and not is_weaker(implementation)


def read_json(path):
    try:
        content = json.loads(path.read_text())
    except OSError as error:
        raise Problem(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise Problem(f"{path}: is not JSON ({error}); was the benchmark stopped halfway? Run it again.") from None
    if not isinstance(content, dict) or not isinstance(content.get("benchmarks"), list) or "context" not in content:
        raise Problem(f"{path}: is not Google Benchmark's JSON: it lacks 'context' or 'benchmarks'")
    return content


def compact(runs):
    """Merges the JSON of several runs, also of programs that share an operation: our context, and for each name the median of each counter."""
    merged = {}
    for entry in (entry for run in runs for entry in run["benchmarks"] if entry.get("run_type") != "aggregate"):
        # sum/int/warp/cub/iterations:1/manual_time -> sum/int/warp/cub
        name = "/".join(part for part in entry["name"].split("/") if ":" not in part and part != "manual_time")
        if entry.get("error_occurred") or entry.get("skipped"):
            raise Problem(f"{name}: {entry.get('error_message') or entry.get('skip_message')}")
        if name.count("/") == 3:  # <operation>/<type>/<size>/<implementation>
            values = merged.setdefault(name, {})
            for counter in filter(entry.__contains__, COUNTERS):
                values.setdefault(counter, []).append(entry[counter])
    benchmarks = []
    for name, values in merged.items():
        entry = {"name": name}
        for counter, value in ((counter, statistics.median(samples)) for counter, samples in values.items()):
            if value or counter == "warp_instructions" or "counted" not in values:
                value = float(f"{value:.6g}")
                entry[counter] = int(value) if value.is_integer() else value
        benchmarks.append(entry)
    said = {key: value for run in runs for key, value in run["context"].items()}
    return {"context": {key: said[key] for key in CONTEXT if key in said}, "benchmarks": benchmarks}


def write_compact(content, path):
    """One line for each benchmark: a change in one is a change of one line."""
    lines = ",\n".join("    " + json.dumps(entry) for entry in content["benchmarks"])
    context = ",\n".join(f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in content["context"].items())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{{\n  "context": {{\n{context}\n  }},\n  "benchmarks": [\n{lines}\n  ]\n}}\n')


def folder_name(context):
    """NVIDIA H100 80GB HBM3 -> nvidia-h100-80gb-hbm3"""
    if not context.get("gpu"):
        raise Problem("the results do not say on which GPU they were measured: were they made by benchmarks/*_bench.cu?")
    return re.sub(r"[^a-z0-9]+", "-", context["gpu"].lower()).strip("-")


class Machine:
    """All results of one GPU (or of the simulator): `rows` maps (operation, type, size) to {implementation: counters},
    `gemm` (type, shape) likewise."""

    def __init__(self, name, contents):
        """contents: {where from: JSON}"""
        self.name, self.rows, self.gemm = name, {}, {}
        for path, content in contents.items():
            for entry in content["benchmarks"]:
                *key, implementation = str(entry.get("name", "")).split("/")
                if len(key) != 3:
                    raise Problem(f"{path}: the name {entry.get('name')!r} is not "
                                  "<operation>/<type>/<size>/<implementation>")
                is_gemm = key[0] == "gemm"
                cells = self.gemm.setdefault(tuple(key[1:]), {}) if is_gemm else self.rows.setdefault(tuple(key), {})
                if implementation in cells:
                    raise Problem(f"{path}: {entry['name']} is there twice")
                if is_gemm and not gemm.is_valid(entry):
                    raise Problem(f"{path}: {entry['name']} lacks a positive tflops, us or gb_per_s")
                if not is_gemm and not entry.get("counted") and not all(entry.get(time, 0) > 0 for time in TIMES):
                    raise Problem(f"{path}: {entry['name']} lacks a positive {' or '.join(TIMES)}")
                cells[implementation] = entry
        if not self.rows and not self.gemm:
            raise Problem(f"{name}: holds no results; run tools/run_benchmarks.py")
        self.rows = dict(sorted(self.rows.items(), key=lambda row: ORDER.index(row[0][0]) if row[0][0] in ORDER else 99))
        contexts = [content["context"] for content in contents.values()]
        by_date = sorted(contexts, key=lambda context: context.get("date", ""))
        self.context = {key: value for context in by_date for key, value in context.items()}  # the latest has the last word
        self.commits = ", ".join(dict.fromkeys(context.get("commit", "unknown") for context in contexts))
        self.counted = self.context.get("backend") == "simulator"
        self.title = "Simulator" if self.counted else self.context.get("gpu", name)

    def table(self, keys, brief=False):
        """Header and rows: peers before lanefold's other ways; `brief`: without those of a weaker contract."""
        names = dict.fromkeys(name for key in keys for name in self.rows[key]
                              if name != "lanefold" and not (brief and is_weaker(name)))
        names = sorted(names, key=lambda name: (not is_peer(name), is_weaker(name)))
        if self.counted:
            names.insert(0, "lanefold")
            return [["operation", *names]] + [["/".join(key), *(counts(self.rows[key].get(name, {})) for name in names)]
                                              for key in keys]
        rows = [["operation", "best peer", *names, "lanefold"]]
        for key, cells in ((key, self.rows[key]) for key in keys):
            best = [ratio(cells, best_peer(cells, time), time) for time in TIMES]
            own = cells.get("lanefold")
            rows.append(["/".join(key), " / ".join(map(times, best)) if any(best) else "",
                         *(ratios(cells, name) for name in names),
                         f"{own['issue_ns']:.2f} ns / {own['latency_clk']:.0f} clk" if own else ""])
        return rows


def load(folder):
    """GPUs first, the one measured last at the head; the simulator at the end."""
    if not folder.is_dir():
        raise Problem(f"{folder}: no such folder; run tools/run_benchmarks.py first")
    machines = [Machine(each.name, {path: read_json(path) for path in sorted(each.glob("*.json"))})
                for each in sorted(folder.iterdir()) if each.is_dir() and list(each.glob("*.json"))]
    if not machines:
        raise Problem(f"{folder}: holds no <gpu>/*.json; run tools/run_benchmarks.py first")
    machines.sort(key=lambda machine: machine.context.get("date", ""), reverse=True)
    return sorted(machines, key=lambda machine: machine.counted)


def best_peer(cells, counter):
    """The peer with the least value, or None."""
    peers = [name for name in cells if is_peer(name) and counter in cells[name]]
    return min(peers, key=lambda name: cells[name][counter], default=None)


def ratio(cells, implementation, counter):
    """How many times lanefold's value it is: above 1, lanefold is ahead. None where either lacks the counter."""
    own, other = cells.get("lanefold", {}).get(counter), cells.get(implementation, {}).get(counter)
    return other / own if own and other else None


def times(value):
    return f"{value:.2f}×" if value else "–"


def ratios(cells, name):
    """'1.00× / **1.37×**': time and latency as multiples of lanefold's, bold where it is the best peer."""
    parts = [(times(ratio(cells, name, time)), name == best_peer(cells, time)) for time in TIMES]
    return " / ".join(f"**{text}**" if best else text for text, best in parts) if name in cells else ""


def counts(entry):
    """'5 instructions, 5 shuffles'"""
    return ", ".join(f"{entry[counter]:.4g} " + re.sub("warp_|shared_", "", counter).replace("_", " ")
                     for counter in COUNTS if entry.get(counter))
