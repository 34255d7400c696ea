#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Compares device code before and after a change, and lists every kernel that is not the same.

Kernels are paired by their names without namespaces; those that were renamed, or whose template arguments changed, by
equal instructions; and what is then left over by the most similar name. Two kernels are the same when they have the same
opcodes in the same order and need the same number of registers; other registers and constants are only counted.

usage: compare_machine_code.py BEFORE AFTER
       each a program, a cubin, a .cu source (compiled for every architecture with the include/ above it), or a folder of
       cuda_* programs and cubins
"""
import collections
import difflib
import multiprocessing
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import machine_code
import nvrtc


def binaries(path, folder):
    """The files to disassemble for one side."""
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if file.is_file() and
                       (file.suffix == ".cubin" or (file.name.startswith("cuda_") and not file.suffix)))
    elif path.suffix == ".cu":
        root = next((above for above in path.resolve().parents if (above / "include/lanefold").is_dir()), nvrtc.ROOT)
        folder.mkdir()
        found = machine_code.compile_source(path, folder, include=root / "include")
    else:
        found = [path]
    return found or sys.exit(f"{path}: holds no cuda_* programs and no cubins")


def short_names(kernels):
    """Demangled, without return type, parameters and namespaces."""
    names = [kernel.name for kernel in kernels]
    if filt := shutil.which("c++filt") or shutil.which("cu++filt"):
        names = subprocess.run([filt], input="\n".join(names), capture_output=True, text=True,
                               check=True).stdout.splitlines()
    names = [re.sub(r"\(anonymous namespace\)::|\b\w+::|^void |\([^()]*\)$", "", name) for name in names]
    return [name.replace("tile<32, true>", "warp") for name in names]


def load(files, pool):
    """{label: kernel}; what several programs hold alike is there once, what they hold differently once for each."""
    found = collections.defaultdict(dict)
    for file, kernels in zip(files, pool.imap(machine_code.disassemble, files)):
        for kernel, name in zip(kernels, short_names(kernels)):
            found[f"{name} {kernel.architecture}"].setdefault(code(kernel), (file.stem, kernel))
    return {name if len(same) == 1 else f"{name} in {stem} {number or ''}".strip(): kernel
            for name, same in found.items() for number, (stem, kernel) in enumerate(same.values())}


def code(kernel):
    return kernel.architecture, kernel.registers, tuple(kernel.instructions)


def opcodes(kernel):
    return kernel.architecture, kernel.registers, tuple(kernel.opcodes)


def pairs_by(key, before, after):
    """Pairs of labels with an equal key(label, kernel), in order; they leave the two dictionaries."""
    waiting = collections.defaultdict(list)
    for label, kernel in after.items():
        waiting[key(label, kernel)].append(label)
    pairs = [(label, waiting[key(label, kernel)].pop(0)) for label, kernel in before.items()
             if waiting[key(label, kernel)]]
    return [(old, new, before.pop(old), after.pop(new)) for old, new in pairs]


def pairs_by_similar_name(before, after):
    """The most similar first; they leave the two dictionaries."""
    likeness = sorted(((difflib.SequenceMatcher(None, old, new).ratio(), old, new) for old in before for new in after
                       if before[old].architecture == after[new].architecture), reverse=True)
    return [(old, new, before.pop(old), after.pop(new)) for ratio, old, new in likeness
            if ratio > 0.8 and old in before and new in after]


def difference(old, new):
    """'120 -> 122 instructions, 24 -> 25 registers: SHFL.BFLY +1, IADD3 +1'"""
    counts = collections.Counter(new.opcodes)
    counts.subtract(old.opcodes)
    changed = ", ".join(f"{opcode} {number:+d}" for opcode, number in sorted(counts.items()) if number)
    return (f"{len(old.opcodes)} -> {len(new.opcodes)} instructions, {old.registers} -> {new.registers} registers: " +
            (changed or ("the same opcodes" if old.opcodes == new.opcodes else "the same opcodes in another order")))


def compare(before, after):
    """(count of pairs, the pairs that differ, count of pairs with other registers or constants alone)."""
    pairs = pairs_by(lambda label, kernel: label, before, after)
    for key in (code, opcodes):
        pairs += pairs_by(lambda label, kernel: key(kernel), before, after)
    pairs += pairs_by_similar_name(before, after)
    different = [pair for pair in pairs if opcodes(pair[2]) != opcodes(pair[3])]
    other_operands = sum(opcodes(old) == opcodes(new) and code(old) != code(new) for _, _, old, new in pairs)
    return len(pairs), different, other_operands


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder, multiprocessing.Pool(2) as pool:
        before, after = (load(binaries(Path(path), Path(folder, side)), pool)
                         for path, side in zip(sys.argv[1:], ("before", "after")))
    count, different, other_operands = compare(before, after)
    for old, new, kernel, now in sorted(different, key=lambda pair: len(pair[2].opcodes) - len(pair[3].opcodes)):
        print(old if old == new else f"{old}\n-> {new}", difference(kernel, now), sep="\n    ")
    for title, kernels in (("only before", before), ("only after", after)):
        for label, kernel in kernels.items():
            print(f"{title}: {label}: {len(kernel.opcodes)} instructions, {kernel.registers} registers")
    print(f"{count - len(different)} kernels are the same ({other_operands} with other registers or constants), "
          f"{len(different)} differ, {len(before)} only before, {len(after)} only after")
    return 1 if different or before or after else 0


if __name__ == "__main__":
    sys.exit(main())
