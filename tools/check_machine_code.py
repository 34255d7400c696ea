#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Compiles kernels for every architecture and checks the instructions against the comments above each kernel.

    // expect sm_75: SHFL == 5, IADD3 <= 5      on sm_75
    // expect sm_80+: REDUX + CREDUX == 1       on sm_80 and newer; `all` and `sm_75..sm_86` work too
    // no_more_than sum_by_hand                 no more instructions than that kernel, on every architecture
    // no_more_than sum_by_hand: SHFL, FADD     the same for each of these instructions alone
    extern "C" __global__ void sum(...)

SHFL counts SHFL.BFLY and its other forms; TOTAL counts everything but padding. No kernel may use local memory.
nvcc compiles, or NVRTC where there is no nvcc.

usage: check_machine_code.py KERNELS.cu [--architectures 80,90] [--dump KERNEL]
"""
import argparse
import operator
import re
import sys
import tempfile
from pathlib import Path

import machine_code
import nvrtc

COMPARE = {"==": operator.eq, "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
COMMENT = re.compile(r"\s*// *(expect|no_more_than) +(.*\S)")
KERNEL = re.compile(r"(?:__global__ +void|LANEFOLD_KERNEL) +(?:__launch_bounds__\([^)]*\) *)?(\w+) *\(")
CONDITION = re.compile(r"([A-Z0-9_.+ ]+?) *(==|<=|>=|<|>) *(\d+)$")


def parse(source):
    """{kernel: [(kind, text)]} in the order of the file."""
    kernels, pending = {}, []
    for line in source.splitlines():
        if comment := COMMENT.match(line):
            pending.append(comment.groups())
        elif kernel := KERNEL.search(line):
            kernels[kernel[1]] = pending
            pending = []
    if pending:
        sys.exit(f"an expectation without a kernel below it: {pending[0]}")
    return kernels


def applies(where, architecture):
    if where == "all":
        return True
    if match := re.fullmatch(r"sm_(\d+)(\+|\.\.sm_(\d+))?", where):
        first = int(match[1])
        last = int(match[3]) if match[3] else (10**6 if match[2] else first)
        return first <= architecture <= last
    sys.exit(f"'{where}' names no architectures: write all, sm_80, sm_80+ or sm_75..sm_86")


def count(kernel, names):
    """How many instructions: 'REDUX + CREDUX', 'SHFL' (all its forms), 'SHFL.BFLY', 'TOTAL'."""
    return sum(name == "TOTAL" or f"{opcode}.".startswith(f"{name}.")
               for name in names.replace(" ", "").split("+") for opcode in kernel.opcodes)


def check(name, rules, kernels, architecture):
    """(what was counted, what is wrong) for one kernel on one architecture."""
    kernel = kernels[name]
    seen, wrong = {"TOTAL": count(kernel, "TOTAL")}, []
    if kernel.local_bytes or count(kernel, "LDL + STL"):
        wrong.append(f"uses local memory: {kernel.local_bytes} bytes, {count(kernel, 'LDL + STL')} loads and stores")
    for kind, text in rules:
        if kind == "expect":
            where, _, conditions = text.partition(":")
            if not applies(where.strip(), architecture):
                continue
            for condition in conditions.split(","):
                match = CONDITION.fullmatch(condition.strip())
                if not match:
                    sys.exit(f"{name}: '{condition.strip()}' is no condition: write NAME == NUMBER, or <=, >=, <, >")
                names, compare, number = match.groups()
                seen[names] = count(kernel, names)
                if not COMPARE[compare](seen[names], int(number)):
                    wrong.append(f"expected {condition.strip()}, found {seen[names]}")
        else:
            other, _, which = text.partition(":")
            if other.strip() not in kernels:
                sys.exit(f"{name}: no_more_than {other.strip()}: there is no such kernel")
            for names in (which or "TOTAL").split(","):
                names = names.strip()
                mine, theirs = count(kernel, names), count(kernels[other.strip()], names)
                seen[names] = mine
                if mine > theirs:
                    wrong.append(f"{names}: {mine}, and {other.strip()} has {theirs}")
    return seen, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--architectures", default=",".join(map(str, nvrtc.ARCHITECTURES)))
    parser.add_argument("--dump", metavar="KERNEL", help="print this kernel's machine code")
    arguments = parser.parse_args()

    if not machine_code.find_tool("cuobjdump") or not machine_code.find_tool("nvdisasm"):
        print("No cuobjdump found: the machine code is not checked. ./dev setup puts it into .venv.")
        return nvrtc.SKIPPED
    wanted = [int(text) for text in arguments.architectures.split(",")]
    rules = parse(arguments.source.read_text())
    passed, failures, width = 0, [], max(map(len, rules))
    with tempfile.TemporaryDirectory(prefix="lanefold-machine-code-") as folder:
        binaries = machine_code.compile_source(arguments.source, Path(folder), wanted)
        if not binaries:
            print("No compiler for device code found: the machine code is not checked. ./dev setup gets NVRTC.")
            return nvrtc.SKIPPED
        found = [kernel for binary in binaries for kernel in machine_code.disassemble(binary)]
        for architecture in wanted:
            kernels = {kernel.name: kernel for kernel in found if kernel.architecture == f"sm_{architecture}"}
            print(f"sm_{architecture}" + ("" if kernels else ": not checked: not compiled, or unknown to this cuobjdump"))
            for name, kernel_rules in rules.items() if kernels else ():
                seen, wrong = check(name, kernel_rules, kernels, architecture)
                print(f"  {name:<{width}}  " + "  ".join(f"{key} {value}" for key, value in seen.items()))
                passed += not wrong
                failures += [f"sm_{architecture}: {name}: {sentence}" for sentence in wrong]
            if arguments.dump in kernels:
                print("\n".join(kernels[arguments.dump].instructions))
    print(f"\n{passed} kernels as expected, {len(failures)} expectations not met")
    print("\n".join(failures))
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
