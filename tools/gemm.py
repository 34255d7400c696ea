# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Matrix multiplication in the results: who is compared with whom, tables, plots.

Rows are gemm/<type>/<MxNxK>[_<layout>][_batch<count>][_groups<count>][_<epilogue>]/<implementation>. In tables `lanefold` is
the implementation of that name, what a user gets; where a row has none, the fastest lanefold_* of it. Names that end in _fast
are compared among themselves.
"""
import re
import statistics

TYPES = ["bf16", "half", "fp8", "int8", "int8_to_int8", "tf32", "f32", "f64"]
COUNTERS = ["tflops", "us", "gb_per_s", "spread", "sm_mhz", "sets", "refused"]
WEAKER = "_fast"
LEGEND = ("How many times cuBLASLt's throughput lanefold has: above 1 lanefold is ahead; then lanefold's figure / cuBLASLt's, in "
          "{unit}. cuBLASLt's is that of the fastest of the algorithms its heuristic names, at most 16, with a kernel behind where it "
          "lacks the epilogue; `refused`: it takes no such problem.")
COLOURS = {"bf16": "#0072b2", "half": "#56b4e9", "fp8": "#d55e00", "int8": "#009e73", "int8_to_int8": "#009e73",
           "tf32": "#cc79a7", "f32": "#999999", "f64": "#000000"}
PLOTS = {"gemm-ratio": "Matrix multiplication: lanefold's throughput as a multiple of cuBLASLt's",
         "gemm-squares": "Matrix multiplication: square problems"}


def is_valid(entry):
    return bool(entry.get("refused")) or all(entry.get(counter, 0) > 0 for counter in ("tflops", "us", "gb_per_s"))


def sets_of(machine):
    """[(bit, name, title)] of the sets that have rows, from 'large: squares; small: under 10 GFLOP'."""
    known = [each.partition(": ") for each in machine.context.get("gemm_sets", "").split("; ")]
    return [(1 << at, name, title) for at, (name, _, title) in enumerate(known) if rows_of(machine, 1 << at)]


def rows_of(machine, bit):
    """{(type, shape): {implementation: counters}} of one set."""
    return {key: cells for key, cells in machine.gemm.items()
            if any(entry.get("sets", 0) & bit for entry in cells.values())}


def timed(entry):
    return entry if entry and not entry.get("refused") else None


def own(cells, end=""):
    """lanefold's entry of a row, or None; `end`: of which contract."""
    ours = [entry for name, entry in cells.items()
            if name.startswith("lanefold") and name.endswith(WEAKER) == bool(end) and timed(entry)]
    return timed(cells.get(f"lanefold{end}")) or min(ours, key=lambda entry: entry["us"], default=None)


def peer(cells, end=""):
    """cuBLASLt's entry of a row: where it lacks the epilogue, with a kernel behind; refused, or None."""
    alone = cells.get(f"cublaslt{end}")
    return alone if timed(alone) or end else cells.get("cublaslt_and_kernel", alone)


def ratio(entry, other):
    """How many times the other's throughput; None where either has none."""
    return other["us"] / entry["us"] if timed(entry) and timed(other) else None


def columns_of(rows):
    """[(type, end)]: the types there are; those with implementations of the weaker contract twice."""
    kinds = sorted({kind for kind, _ in rows}, key=lambda kind: (TYPES + [kind]).index(kind))
    weaker = {kind for (kind, _), cells in rows.items() if any(name.endswith(WEAKER) for name in cells)}
    return [(kind, end) for kind in kinds for end in ("", WEAKER) if not end or kind in weaker]


def ratios(rows, kind, end):
    return [value for (each, _), cells in rows.items() if each == kind and
            (value := ratio(own(cells, end), peer(cells, end)))]


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def cell(cells, end, unit):
    """'**1.03×** 830 / 806'"""
    ours, theirs = own(cells, end), peer(cells, end)
    if not ours and not theirs:
        return ""
    times = f"**{value:.2f}×** " if (value := ratio(ours, theirs)) else ""
    refused = "refused" if theirs else "–"
    return f"{times}{number(ours[unit]) if ours else '–'} / {number(theirs[unit]) if timed(theirs) else refused}"


def mean(values):
    """'1.03× (0.95×–1.20×, 39)'"""
    return f"{statistics.geometric_mean(values):.2f}× ({min(values):.2f}×–{max(values):.2f}×, {len(values)})" if values else ""


def overview(machine):
    """For each set and type the geometric mean of the ratios, the least and the greatest, and of how many rows."""
    columns = columns_of(machine.gemm)
    return [["shapes", *(kind + end for kind, end in columns)]] + [
        [f"{name}: {title}", *(mean(ratios(rows_of(machine, bit), *column)) for column in columns)]
        for bit, name, title in sets_of(machine)]


def implementations(machine):
    """Each implementation by itself: its geometric mean against cublaslt in each set."""
    names = sorted({(kind, name) for (kind, _), cells in machine.gemm.items() for name in cells if name != "cublaslt"},
                   key=lambda each: ((TYPES + [each[0]]).index(each[0]), each[1]))
    found = []
    for kind, name in names:
        values = [[value for (each, _), cells in rows_of(machine, bit).items() if each == kind and
                   (value := ratio(cells.get(name), peer(cells)))] for bit, *_ in sets_of(machine)]
        found.append([f"{kind}/{name}", *map(mean, values)])
    return [["implementation", *(name for _, name, _ in sets_of(machine))], *found]


def table(machine, bit, unit):
    """A line for each shape, a column for each type; what is meant over all of them comes first."""
    rows = rows_of(machine, bit)
    columns = columns_of(rows)
    shapes = dict.fromkeys(shape for _, shape in rows)
    return [["M×N×K", *(kind + end for kind, end in columns)],
            ["geometric mean", *(mean(ratios(rows, *column)) for column in columns)],
            *([shape.replace("x", "×"), *(cell(rows.get((kind, shape), {}), end, unit) for kind, end in columns)]
              for shape in shapes)]


def lines(rows):
    """A table in Markdown."""
    header, *rest = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([header, "|" + "---|" * (header.count(" | ") + 1), *rest])


def markdown(machine, plots, brief=False):
    """The parts of the report; `plots`: lines that show them; `brief`: the overview alone."""
    if not machine.gemm:
        return []
    version = machine.context.get("cublaslt")
    legend = LEGEND.split("; then", maxsplit=1)[0] + "; geometric mean, then the least, the greatest and the number of rows."
    parts = ["#### Matrix multiplication", f"Against cuBLASLt{f' {version}' if version else ''}. {legend}",
             *plots, lines(overview(machine))]
    if brief:
        return parts
    parts += ["Each implementation by itself, likewise:", lines(implementations(machine))]
    for bit, name, title in sets_of(machine):
        counter, unit = ("gb_per_s", "GB/s") if name == "skinny" else ("tflops", "TFLOP/s")
        parts += [f"#### Matrix multiplication, {name.replace('_', ' ')}: {title}", LEGEND.format(unit=unit),
                  lines(table(machine, bit, counter))]
    return parts


# ---- plots

def figures_of(machine):
    """[(title, file name)] of each figure that the results can fill."""
    return [(title, f"{machine.name}-{name}.svg") for name, title in PLOTS.items() if has(machine, name)]


def has(machine, name):
    if name == "gemm-squares":
        return bool(squares(machine))
    return any(ratio(own(cells), peer(cells)) for cells in machine.gemm.values())


def operations(shape):
    """2 M N K of '4096x4096x512_nn', and for each of a batch of '64x64x64_batch1024'"""
    m, n, k, count = map(int, re.match(r"(\d+)x(\d+)x(\d+)(?:_n[nt]|_tt)?(?:_batch(\d+))?", shape).groups("1"))
    return 2 * m * n * k * count


def squares(machine):
    """{type: [(size, cells)]} of the aligned cubes in the usual layout, two at least."""
    found = {}
    for (kind, shape), cells in machine.gemm.items():
        cube = re.fullmatch(r"(\d+)x\1x\1", shape)
        if cube and int(cube[1]) % 64 == 0:
            found.setdefault(kind, []).append((int(cube[1]), cells))
    return {kind: sorted(points, key=lambda point: point[0]) for kind, points in found.items() if len(points) > 1}


def draw(machine, name):
    """One figure, into matplotlib as plots.py has set it up."""
    from matplotlib.figure import Figure
    draw_into = draw_squares if name == "gemm-squares" else draw_ratios
    figure = draw_into(machine, lambda **size: Figure(layout="constrained", **size))
    figure.suptitle(f"{PLOTS[name]}: {machine.title}", x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure


def draw_ratios(machine, new_figure):
    """A panel for each set: a dot for each row, further right the larger the problem."""
    sets = [each for each in sets_of(machine)
            if any(ratio(own(cells), peer(cells)) for cells in rows_of(machine, each[0]).values())]
    figure = new_figure(figsize=(9.0, 0.8 + 2.1 * len(sets)))
    shown = {}
    for axes, (bit, name, title) in zip(figure.subplots(len(sets), 1, squeeze=False)[:, 0], sets):
        for (kind, shape), cells in rows_of(machine, bit).items():
            if value := ratio(own(cells), peer(cells)):
                shown[kind] = axes.scatter(operations(shape) / 1e9, value, s=14, color=COLOURS.get(kind, "#666666"))
        axes.axhline(1, color="#444444", linewidth=0.8)
        axes.set_xscale("log")
        axes.set_title(f"{name.replace('_', ' ')}: {title}", loc="left", fontsize=9)
        axes.set_ylabel("× cuBLASLt")
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
    axes.set_xlabel("GFLOP of the problem")
    kinds = [kind for kind in dict.fromkeys([*TYPES, *shown]) if kind in shown]
    figure.legend([shown[kind] for kind in kinds], kinds, loc="outside lower center", ncols=len(kinds), frameon=False,
                  fontsize=8)
    return figure


def draw_squares(machine, new_figure):
    """TFLOP/s over the size: lanefold's lines are solid, cuBLASLt's dashed."""
    figure = new_figure(figsize=(9.0, 5.0))
    axes = figure.subplots()
    for kind, points in squares(machine).items():
        for entry_of, style in ((own, "-"), (lambda cells: timed(cells.get("cublaslt")), "--")):
            drawn = [(size, entry["tflops"]) for size, cells in points if (entry := entry_of(cells))]
            if drawn:
                axes.plot(*zip(*drawn), style, marker="o", markersize=3, color=COLOURS.get(kind, "#666666"),
                          label=f"{kind}, {'lanefold' if style == '-' else 'cuBLASLt'}")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    sizes = sorted({size for points in squares(machine).values() for size, _ in points if size & (size - 1) == 0})
    axes.set_xticks(sizes, sizes)
    axes.set_xlabel("M = N = K")
    axes.set_ylabel("TFLOP/s")
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    figure.legend(loc="outside right upper", frameon=False, fontsize=8)
    return figure
