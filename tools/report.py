#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Turns benchmarks/results/*/*.json into tables, plots and one page.

Writes docs/plots/*.png and *.svg, docs/benchmarks.html (everything in one file), and the tables between the lines
<!-- results:begin --> and <!-- results:end --> of docs/benchmarks.md (all rows) and README.md (the main ones). A file that
lacks the two lines is left as it is.
"""
import argparse
import html
import os
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import results  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"

MAIN = {"warp": ["sum", "min", "argmax", "inclusive_scan"], "block256": ["sum", "inclusive_scan"],
        "block1024": ["sum", "inclusive_scan"]}
TYPES_OF_BLOCKS = ["float"]


def is_main(key):
    operation, kind, size = key
    return operation in MAIN.get(size, []) and (size == "warp" or kind in TYPES_OF_BLOCKS)


def described(machine):
    """One sentence: on what the results were measured."""
    context = machine.context
    if machine.counted:
        return f"lanefold {context.get('lanefold', '?')}, commit {commits(machine)}; counts, which no machine changes."
    clock = context.get("sm_clock_mhz_measured")
    parts = [f"{context.get('sm_count')} SMs" if "sm_count" in context else None,
             f"{clock} MHz while measuring" if clock else None,
             f"driver {context['driver']}" if "driver" in context else None,
             f"CUDA {context['cuda_toolkit']}" if "cuda_toolkit" in context else None,
             f"CCCL {context['cccl']}" if "cccl" in context else None,
             f"lanefold {context['lanefold']}" if "lanefold" in context else None,
             f"commit {commits(machine)}", context.get("date", "")[:10]]
    return f"{machine.title}, " + ", ".join(part for part in parts if part) + "."


def commits(machine):
    return ", ".join(dict.fromkeys(context.get("commit", "unknown") for context in machine.contexts.values()))


def columns(machine, keys, brief=False):
    """The implementations of these rows besides lanefold, peers first, in the order of their appearance. `brief`: without
    those of a weaker contract."""
    names = dict.fromkeys(name for key in keys for name in machine.rows[key]
                          if name != "lanefold" and not (brief and results.weaker_contract(name)))
    return sorted(names, key=lambda name: (not results.is_peer(name), bool(results.weaker_contract(name))))


def ratio_cell(cells, name):
    """'1.00× / 1.37×': time and latency as multiples of lanefold's, best peer in bold."""
    if name not in cells:
        return ""
    parts = []
    for counter in results.TIMES:
        value = results.ratio(cells, name, counter)
        text = "–" if value is None else f"{value:.2f}×"
        parts.append(f"**{text}**" if name == results.best_peer(cells, counter) else text)
    return " / ".join(parts)


def best_cell(cells):
    parts = []
    for counter in results.TIMES:
        value = results.ratio(cells, results.best_peer(cells, counter), counter)
        parts.append("–" if value is None else f"{value:.2f}×")
    return " / ".join(parts) if any(part != "–" for part in parts) else ""


def time_rows(machine, keys, brief=False):
    """Header and rows, ratios first: [operation, best peer, each other implementation, lanefold's own figures]."""
    names = columns(machine, keys, brief)
    header = ["operation", "best peer", *names, "lanefold"]
    rows = []
    for key in keys:
        cells = machine.rows[key]
        own = cells.get("lanefold")
        figures = f"{own['issue_ns']:.2f} ns / {own['latency_clk']:.0f} clk" if own else ""
        rows.append(["/".join(key), best_cell(cells), *(ratio_cell(cells, name) for name in names), figures])
    return header, rows


def count_rows(machine, keys, brief=False):
    names = ["lanefold"] + columns(machine, keys, brief)
    header = ["operation", *names]
    short = {"warp_instructions": "instructions", "shared_load_wavefronts": "load wavefronts",
             "shared_store_wavefronts": "store wavefronts"}

    def cell(entry):
        counted = [(counter, entry[counter]) for counter in results.COUNTS if entry.get(counter)]
        return ", ".join(f"{value:.4g} {short.get(counter, counter)}" for counter, value in counted)
    return header, [["/".join(key), *(cell(machine.rows[key].get(name, {})) for name in names)] for key in keys]


def sections(machine, chosen=lambda key: True):
    """(title, keys) of each table: rows of one shape together, so that columns are filled."""
    kinds = {"Warps, tiles and lane sets": lambda key: not key[2].startswith("block"),
             "Blocks: reductions": lambda key: key[2].startswith("block") and "scan" not in key[0],
             "Blocks: scans": lambda key: key[2].startswith("block") and "scan" in key[0]}
    for title, belongs in kinds.items():
        keys = [key for key in machine.rows if belongs(key) and chosen(key)]
        if keys:
            yield title, keys


LEGEND = ("Each cell: SM time of one warp operation on a full GPU / latency in a dependent chain, **as a multiple of "
          "lanefold's**: above 1 lanefold is ahead. Bold: the best peer of the row. All implementations leave the result in "
          "every lane")
COUNTED = ("**Counts, not time**: what one operation makes one warp issue on the simulator, where lanes run together as far "
           "as they can (barriers: of the block). Wavefronts are trips to shared memory, from its bank arithmetic.")


def legend(machine, brief=False):
    if machine.counted:
        return COUNTED
    if brief:
        return LEGEND + "."
    ends = {end: why for end, why in results.WEAKER.items()
            if any(name.endswith(end) for cells in machine.rows.values() for name in cells)}
    exceptions = "; ".join(f"`*{end}`: {why}" for end, why in ends.items())
    return LEGEND + (f", except, for information: {exceptions}." if exceptions else ".")


def markdown_table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def markdown(machine, plots=(), brief=False):
    """Everything about one machine; `brief`: the main rows, for the README."""
    parts = [f"### {machine.title}", described(machine)]
    if not machine.counted:
        parts.append(summary(machine))
    parts.append(legend(machine, brief))
    parts += [f"![{title}]({path})" for title, path in plots]
    for title, keys in sections(machine, is_main if brief else lambda key: True):
        header, rows = (count_rows if machine.counted else time_rows)(machine, keys, brief)
        parts += [f"#### {title}", markdown_table(header, rows)]
    return "\n\n".join(parts)


def summary(machine):
    """Where lanefold stands against the best peer of each row."""
    lines = []
    for counter, name in zip(results.TIMES, ("SM time", "Latency")):
        pairs = [(results.ratio(cells, results.best_peer(cells, counter), counter), key)
                 for key, cells in machine.rows.items() if results.best_peer(cells, counter)]
        pairs = [pair for pair in pairs if pair[0]]
        if not pairs:
            continue
        ahead = sum(value > 1.03 for value, _ in pairs)
        behind = sorted(pair for pair in pairs if pair[0] < 0.97)
        line = (f"{name}: of {len(pairs)} rows lanefold is ahead of the best peer in {ahead}, within 3 % of it in "
                f"{len(pairs) - ahead - len(behind)}, behind in {len(behind)}")
        if behind:
            line += ": " + ", ".join(f"{'/'.join(key)} {value:.2f}×" for value, key in behind)
        lines.append(line + ".")
    return "\n".join(f"- {line}" for line in lines)


def replace_between(path, text):
    """Puts `text` between the marker lines of the file. Returns whether it has them."""
    if not path.exists() or BEGIN not in (old := path.read_text()):
        return False
    if END not in old or old.index(END) < old.index(BEGIN):
        raise results.Problem(f"{path}: has {BEGIN}, and no {END} after it")
    head, rest = old.split(BEGIN, 1)
    path.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{rest.split(END, 1)[1]}")
    return True


STYLE = """body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;font-size:13px;margin:1rem 0;display:block;overflow-x:auto}
th,td{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left;font-family:ui-monospace,monospace}th{background:#f6f6f6}
td:nth-child(2){background:#fdf3ec}svg{max-width:100%;height:auto}"""


def inline(text):
    """The little Markdown our own sentences use, as HTML."""
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html.escape(text, quote=False))
    return re.sub(r"`(.+?)`", r"<code>\1</code>", text)


def html_page(machines, plots):
    parts = ["<h1>lanefold: benchmarks</h1>"]
    for machine in machines:
        parts += [f"<h2>{html.escape(machine.title)}</h2>", f"<p>{inline(described(machine))}</p>",
                  f"<p>{inline(legend(machine))}</p>"]
        if not machine.counted:
            parts.append("<ul>" + re.sub("^- (.*)$", r"<li>\1</li>", inline(summary(machine)), flags=re.M) + "</ul>")
        for _, path in plots.get(machine.folder.name, ()):
            svg = path.read_text()
            # Each drawing's ids get a name of their own.
            svg = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{path.stem}-", svg[svg.index("<svg"):])
            parts.append(f"<figure>{svg}</figure>")
        for title, keys in sections(machine):
            header, rows = (count_rows if machine.counted else time_rows)(machine, keys)
            parts.append(f"<h3>{html.escape(title)}</h3><table><tr>" +
                         "".join(f"<th>{html.escape(cell)}</th>" for cell in header) + "</tr>" +
                         "".join("<tr>" + "".join(f"<td>{inline(cell)}</td>" for cell in row) + "</tr>" for row in rows) +
                         "</table>")
    return ('<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>lanefold: benchmarks</title>\n'
            f"<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</html>\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="?", type=Path, default=ROOT / "benchmarks/results",
                        help="holds <gpu>/<operation>.json (default benchmarks/results)")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where plots, page and tables go (default docs)")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md", help="default README.md")
    parser.add_argument("--no-plots", action="store_true", help="draw nothing, and show the plots that are there; needs no matplotlib")
    options = parser.parse_args()
    try:
        machines = load_sorted(options.results)
        plots = all_plots(machines, options.docs / "plots", draw=not options.no_plots)
        options.docs.mkdir(parents=True, exist_ok=True)
        page = options.docs / "benchmarks.html"
        page.write_text(html_page(machines, plots))
        print(f"wrote {page}")
        update(options.docs / "benchmarks.md", machines, plots)
        measured = [machine for machine in machines if not machine.counted]
        update(options.readme, measured[:1] or machines[:1], plots, brief=True)
        for machine in measured:
            print(f"{machine.title}\n{summary(machine)}")
    except results.Problem as problem:
        sys.exit(f"report: {problem}")


def load_sorted(folder):
    """GPUs first, the one measured last at the head; the simulator at the end."""
    machines = results.load(folder)
    machines.sort(key=lambda machine: machine.context.get("date", ""), reverse=True)
    return sorted(machines, key=lambda machine: machine.counted)


def all_plots(machines, folder, draw):
    """{machine: [(title, SVG path)]}: drawn now, or those that are there."""
    import plots
    if draw:
        try:
            import matplotlib  # noqa: F401
        except ImportError:
            raise results.Problem(
                "matplotlib is missing: run ./dev report, which installs it, or pass --no-plots") from None
    found = {machine.folder.name: (plots.write if draw else plots.present)(machine, folder)
             for machine in machines if not machine.counted}
    for _, path in (pair for pairs in found.values() for pair in pairs if draw):
        print(f"wrote {path} and .png")
    return found


def update(path, machines, plots, brief=False):
    def links(machine):
        found = plots.get(machine.folder.name, [])
        return [(title, Path(os.path.relpath(svg, path.parent)).as_posix()) for title, svg in found[:1 if brief else None]]
    text = "\n\n".join(markdown(machine, links(machine), brief) for machine in machines)
    if replace_between(path, text):
        print(f"updated {path}")
    else:
        print(f"left {path} as it is: it has no line {BEGIN}")


if __name__ == "__main__":
    main()
