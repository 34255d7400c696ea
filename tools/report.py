#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Turns benchmarks/results/*/*.json into tables, plots and one page.

Writes docs/plots/*.svg and the tables between the lines <!-- results:begin --> and <!-- results:end --> of
docs/benchmarks.md (all rows), README.md (the main ones) and docs/performance.md (beside the chip's peak); a file that lacks
the two lines is left as it is. Renders what git does not keep: docs/plots/*.png, and docs/benchmarks.md as docs/benchmarks.html.
"""
import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import gemm  # noqa: E402
import performance  # noqa: E402
import plots  # noqa: E402
import results  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
MAIN = {"warp": ["sum", "min", "argmax", "inclusive_scan"], "block256": ["sum", "inclusive_scan"],
        "block1024": ["sum", "inclusive_scan"]}
LEGEND = ("Each cell: SM time of one warp operation on a full GPU / latency in a dependent chain, **as a multiple of "
          "lanefold's**: above 1 lanefold is ahead. Bold: the best peer of the row. All implementations leave the result in "
          "every lane")
COUNTED = ("**Counts, not time**: what one operation makes one warp issue on the simulator, where lanes run together as far "
           "as they can (barriers: of the block). Wavefronts are trips to shared memory, from its bank arithmetic.")
STYLE = """<meta charset="utf-8"><title>lanefold: benchmarks</title><style>
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem}table{display:block;overflow-x:auto}
th,td{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}img{max-width:100%}</style>
"""


def is_main(key):
    operation, kind, size = key
    return operation in MAIN.get(size, []) and (size == "warp" or kind == "float")


def described(machine):
    """One sentence: on what the results were measured."""
    context = machine.context
    if machine.counted:
        return f"lanefold {context.get('lanefold', '?')}, commit {machine.commits}; counts, which no machine changes."
    forms = {"sm_count": "{} SMs", "sm_clock_mhz_measured": "{} MHz while measuring", "driver": "driver {}",
             "cuda_toolkit": "CUDA {}", "cccl": "CCCL {}", "cccl_newest": "newest CCCL {}", "lanefold": "lanefold {}"}
    parts = [form.format(context[key]) for key, form in forms.items() if context.get(key)]
    return ", ".join([machine.title, *parts, f"commit {machine.commits}", context.get("date", "")[:10]]) + "."


def legend(machine, brief):
    if machine.counted:
        return COUNTED
    exceptions = "; ".join(f"`*{end}`: {why}" for end, why in results.WEAKER.items() if not brief and
                           any(name.endswith(end) for cells in machine.rows.values() for name in cells))
    return LEGEND + (f", except, for information: {exceptions}." if exceptions else ".")


def summary(machine):
    """Where lanefold stands against the best peer of each row."""
    lines = []
    for counter, name in zip(results.TIMES, ("SM time", "Latency")):
        pairs = [(value, key) for key, cells in machine.rows.items()
                 if (value := results.ratio(cells, results.best_peer(cells, counter), counter))]
        ahead = sum(value > 1.03 for value, _ in pairs)
        behind = sorted(pair for pair in pairs if pair[0] < 0.97)
        named = ", ".join(f"{'/'.join(key)} {results.times(value)}" for value, key in behind)
        if pairs:
            lines.append(f"- {name}: of {len(pairs)} rows lanefold is ahead of the best peer in {ahead}, within 3 % of it in "
                         f"{len(pairs) - ahead - len(behind)}, behind in {len(behind)}{': ' * bool(named)}{named}.")
    return "\n".join(lines)


def linked(figures, brief):
    """All of them; `brief`: the first. The page is in docs/, the plots in docs/plots/; README.md is beside docs/."""
    return [f"![{title}]({'docs/' * brief}plots/{svg})" for title, svg in figures[:1 if brief else None]]


def markdown(machine, brief=False):
    """Everything about one machine; `brief`: the main rows, for the README."""
    parts = [f"### {machine.title}", described(machine), *([summary(machine)] if machine.rows and not machine.counted else []),
             *([legend(machine, brief)] if machine.rows else []), *linked(plots.figures_of(machine), brief)]
    # Rows of one shape together, so that columns are filled.
    for title, block, scan in (("Warps, tiles and lane sets", False, None), ("Blocks: reductions", True, False),
                               ("Blocks: scans", True, True)):
        keys = [key for key in machine.rows if key[2].startswith("block") == block and (is_main(key) or not brief) and
                scan in (None, "scan" in key[0])]
        if keys:
            parts += [f"#### {title}", gemm.lines(machine.table(keys, brief))]
    return "\n\n".join(parts + gemm.markdown(machine, linked(gemm.figures_of(machine), brief), brief))


def update(path, texts):
    """Puts the texts, one of each machine, between the marker lines of the file, if it has them."""
    if not path.exists() or BEGIN not in (old := path.read_text()):
        print(f"left {path} as it is: it has no line {BEGIN}")
        return
    head, _, rest = old.partition(BEGIN)
    if END not in rest:
        raise results.Problem(f"{path}: has {BEGIN}, and no {END} after it")
    text = "\n\n".join(filter(None, texts))
    path.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{rest.split(END, 1)[1]}")
    print(f"updated {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="?", type=Path, default=ROOT / "benchmarks/results",
                        help="holds <gpu>/<operation>.json (default benchmarks/results)")
    parser.add_argument("--root", type=Path, default=ROOT, help="where README.md and docs/ are")
    parser.add_argument("--tables", action="store_true", help="only the tables: needs neither matplotlib nor markdown")
    options = parser.parse_args()
    docs = options.root / "docs"
    try:
        machines = results.load(options.results)
        measured = [machine for machine in machines if not machine.counted]
        update(docs / "benchmarks.md", map(markdown, machines))
        update(options.root / "README.md", [markdown(machine, brief=True) for machine in measured[:1] or machines[:1]])
        update(docs / "performance.md", map(performance.markdown, machines))
        if not options.tables:
            for machine in measured:
                plots.write(machine, docs / "plots")
            import markdown as renderer
            page = renderer.markdown((docs / "benchmarks.md").read_text(), extensions=["tables", "fenced_code"])
            (docs / "benchmarks.html").write_text(STYLE + page)
            print(f"wrote {docs}/benchmarks.html")
    except results.Problem as problem:
        sys.exit(f"report: {problem}")
    except ImportError as missing:
        sys.exit(f"report: {missing.name} is missing: run ./dev report, which installs it, or pass --tables")


if __name__ == "__main__":
    main()
