# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Matrix multiplication beside what the chip could do: docs/performance.md's tables.

The bound of a row is the longer of its operations at the data sheet's rate and its bytes, each operand read once and the
result written once, at the memory's.
"""
import statistics

import gemm

# Data sheet, without sparsity: TFLOP/s of each type, the clock that they are promised for, and TB/s of memory. f64: on tensor
# cores; f32: beside them.
H100_SXM = {"bf16": 989.4, "half": 989.4, "tf32": 494.7, "fp8": 1978.9, "int8": 1978.9, "int8_to_int8": 1978.9, "f64": 66.9,
            "f32": 66.9, "memory": 3.35, "mhz": 1830}
PEAKS = {"NVIDIA H100 80GB HBM3": H100_SXM}
V100 = 125  # TFLOP/s of the first tensor cores' data sheet, half with sums in float
CUBE = "8192x8192x8192"


def bound(entry, peak, memory):
    """The part of the bound that an entry reaches: of its operations or of its bytes, whichever take longer."""
    return max(entry["tflops"] / peak, entry["gb_per_s"] / (memory * 1000))


def percent(value):
    return f"{100 * value:.0f} %"


def types(machine, peaks):
    """Two lines for each type: the cube and lanefold's fastest row, as parts of the peak, and cuBLASLt there."""
    lines = [["type", "M×N×K", "TFLOP/s", "of the peak", "of the peak at that clock", f"of a V100's {V100}", "cuBLASLt's",
              "SM clock"]]
    for kind, end in gemm.columns_of(machine.gemm):
        rows = {shape: (entry, gemm.peer(cells, end)) for (each, shape), cells in machine.gemm.items()
                if each == kind and (entry := gemm.own(cells, end))}
        if not rows or kind not in peaks:
            continue
        fastest = max(rows, key=lambda shape: rows[shape][0]["tflops"])
        for shape in filter(rows.__contains__, dict.fromkeys([CUBE, fastest])):
            entry, peer = rows[shape]
            tflops, mhz = entry["tflops"], entry.get("sm_mhz")
            lines.append([kind + end, shape.replace("x", "×"), gemm.number(tflops),
                          f"{percent(tflops / peaks[kind])} of {peaks[kind]:.0f}",
                          percent(tflops / peaks[kind] * peaks["mhz"] / mhz) if mhz else "", f"{tflops / V100:.1f}×",
                          gemm.number(peer["tflops"]) if gemm.timed(peer) else "–", f"{mhz:.0f} MHz" if mhz else ""])
    return lines


def bounds(machine, peaks):
    """A line for each set: the geometric mean of the parts of the bound that lanefold reaches and that cuBLASLt reaches."""
    columns = [(kind, end) for kind, end in gemm.columns_of(machine.gemm) if kind in peaks]
    lines = [["shapes", *(kind + end for kind, end in columns)]]
    for bit, name, title in gemm.sets_of(machine):
        line = [f"{name}: {title}"]
        for kind, end in columns:
            pairs = [(ours, theirs) for (each, _), cells in gemm.rows_of(machine, bit).items() if each == kind and
                     (ours := gemm.own(cells, end)) and (theirs := gemm.timed(gemm.peer(cells, end)))]
            line.append(" / ".join(percent(statistics.geometric_mean(bound(entry, peaks[kind], peaks["memory"])
                                                                     for entry in side)) for side in zip(*pairs)))
        lines.append(line)
    return [line for line in lines if any(line[1:])]


def beside(machine, kind, ours, other):
    """A line for each set with rows of both: how many times the other's throughput."""
    lines = []
    for bit, name, _ in gemm.sets_of(machine):
        values = [value for (each, _), cells in gemm.rows_of(machine, bit).items()
                  if each == kind and (value := gemm.ratio(cells.get(ours), cells.get(other)))]
        if values:
            lines.append([name, gemm.mean(values)])
    return [["shapes", f"{ours} / {other}"], *lines] if lines else []


def markdown(machine):
    """All of it for one machine; nothing where nobody wrote down what its data sheet says."""
    peaks = PEAKS.get(machine.title)
    if not machine.gemm or not peaks:
        return ""
    parts = [f"### {machine.title}",
             f"Of each type the cube of 8192 and the fastest row. The peak is promised for {peaks['mhz']} MHz; the clock is that at "
             "the end of a sample.",
             gemm.lines(types(machine, peaks)),
             "What part of the bound lanefold reaches / cuBLASLt reaches, geometric means of the rows that both have. A row's "
             f"bound: its operations at the peak, or its bytes at {peaks['memory']} TB/s, whichever take longer.",
             gemm.lines(bounds(machine, peaks))]
    cutlass = f"Beside CUTLASS {machine.context.get('cutlass', '')}, the fastest of five kernels of its CollectiveBuilder (bf16):"
    invariant = "What `batch_invariant` leaves of the speed where gemm would split (bf16):"
    for text, rows in ((cutlass, beside(machine, "bf16", "lanefold", "cutlass")),
                       (invariant, beside(machine, "bf16", "lanefold_batch_invariant", "lanefold"))):
        if rows:
            parts += [text, gemm.lines(rows)]
    return "\n\n".join(parts)
