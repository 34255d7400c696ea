# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Plots of one machine's results: grouped bars, one group for each operation and type, a bar for each implementation; those
of matrix multiplication are in gemm.py."""
import gemm
import results

# Okabe and Ito's colours, which people with any colour vision tell apart; lanefold's own stand out, the peers are quieter.
COLOURS = {
    "lanefold": "#d55e00",
    "hand_written": "#999999",
    "cub": "#0072b2",
    "cub_warp": "#0072b2",
    "cub_newest": "#56b4e9",
    "cub_warp_newest": "#56b4e9",
    "cub_raking": "#56b4e9",
    "cub_raking_commutative": "#009e73",
    "cub_raking_memoize": "#009e73",
    "cooperative_groups": "#cc79a7",
    "lanefold_shared": "#f0c9ad",
}
PANELS = {"issue_ns": ("SM time of a warp operation on a full GPU: lower is better", "ns"),
          "latency_clk": ("Latency in a dependent chain: lower is better", "clocks")}
BLOCKS = ["block128", "block256", "block512", "block1024"]
FIGURES = {  # title, operations, sizes, types
    "warp-reduce": ("Reductions of a warp, result in every lane", ["sum", "min", "argmax"], ["warp"],
                    ["int", "int64", "float", "double"]),
    "warp-scan": ("Scans of a warp", ["inclusive_scan", "exclusive_scan"], ["warp"], ["int", "int64", "float", "double"]),
    "block-reduce": ("Reductions of a block (float), result in every thread", ["sum", "min"], BLOCKS, ["float"]),
    "block-scan": ("Scans of a block (float)", ["inclusive_scan", "exclusive_scan"], BLOCKS, ["float"]),
}


def rows(machine, name):
    _, operations, sizes, types = FIGURES[name]
    keys = ((operation, kind, size) for operation in operations for size in sizes for kind in types)
    return [key for key in keys if key in machine.rows]


def figures_of(machine):
    """[(title, file name)] of each figure that the results can fill."""
    return [(FIGURES[name][0], f"{machine.name}-{name}.svg") for name in FIGURES if not machine.counted and rows(machine, name)]


def set_up():
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "lanefold", "svg.fonttype": "none", "font.family": "DejaVu Sans",
                                "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})


def draw(machine, title, keys):
    """A figure with a panel for each of the two times."""
    import matplotlib
    from matplotlib.figure import Figure

    drawn = [name for name in COLOURS if any(name in machine.rows[key] for key in keys)]
    figure = Figure(figsize=(max(8.0, 0.95 * len(keys)), 6.6), layout="constrained")
    panels = figure.subplots(2, 1, sharex=True)
    for axes, counter in zip(panels, results.TIMES):
        for at, key in enumerate(keys):
            here = [name for name in drawn if counter in machine.rows[key].get(name, {})]
            width = 0.84 / len(here)
            for place, name in enumerate(here):
                value = machine.rows[key][name][counter]
                x = at + (place - (len(here) - 1) / 2) * width
                axes.bar(x, value, width * 0.92, color=COLOURS[name])
                if name == "lanefold":
                    axes.annotate(f"{value:.3g}", (x + width / 2, value), ha="right", va="bottom", fontsize=7,
                                  color=COLOURS[name], fontweight="bold", xytext=(0, 1), textcoords="offset points")
        axes.set_title(PANELS[counter][0], loc="left", fontsize=9)
        axes.set_ylabel(PANELS[counter][1])
        axes.tick_params(axis="x", length=0)
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
    panels[-1].set_xticks(range(len(keys)), [operation.replace("_scan", "\nscan") + "\n" +
                                             (kind if size == "warp" else f"{size[5:]} threads") for operation, kind, size in keys])
    handles = [matplotlib.patches.Patch(color=COLOURS[name], label=name) for name in drawn]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(drawn), frameon=False, fontsize=8)
    figure.suptitle(f"{title}: {machine.title}", x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure


def write(machine, folder):
    """Each figure as .svg and .png."""
    folder.mkdir(parents=True, exist_ok=True)
    set_up()
    figures = {name: draw(machine, title, keys) for name, (title, *_) in FIGURES.items() if (keys := rows(machine, name))}
    figures.update({name: gemm.draw(machine, name) for name in gemm.PLOTS if gemm.has(machine, name)})
    for name, figure in figures.items():
        path = folder / f"{machine.name}-{name}.svg"
        figure.savefig(path, metadata={"Date": None, "Creator": None})
        figure.savefig(path.with_suffix(".png"), dpi=150)
        print(f"wrote {path} and .png")
