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
nvcc compiles, and NVRTC what nvcc does not know (sm_70), or everything where there is no nvcc.

usage: check_machine_code.py KERNELS.cu [--architectures 80,90] [--dump KERNEL]
"""
import argparse
import collections
import operator
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nvrtc

ROOT = nvrtc.ROOT
ARCHITECTURES = (70, 75, 80, 86, 89, 90, 100, 120)
COMPARE = {"==": operator.eq, "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
COMMENT = re.compile(r"\s*// *(expect|no_more_than) +(.*\S)")
KERNEL = re.compile(r"(?:__global__ +void|LANEFOLD_KERNEL) +(?:__launch_bounds__\([^)]*\) *)?(\w+) *\(")
CONDITION = re.compile(r"([A-Z0-9_.+ ]+?) *(==|<=|>=|<|>) *(\d+)$")
INSTRUCTION = re.compile(r"^\s*/\*[0-9a-f]+\*/\s+(?:@!?U?P[T0-9]+ +)?([A-Z][A-Z0-9_.]*)", re.MULTILINE)


def find_tool(name):
    for folder in sorted((ROOT / ".venv").glob("lib/python3*/site-packages/nvidia/cu*/bin")):
        if (folder / name).exists():
            return str(folder / name)
    return shutil.which(name)


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


def compile_kernels(path, wanted):
    """[(architecture, compiler, path of the cubin)]"""
    folder = Path(tempfile.mkdtemp(prefix="lanefold-machine-code-"))
    nvcc, known = nvrtc.find_nvcc(), ""
    if nvcc:
        known = subprocess.run([nvcc, "--list-gpu-code"], capture_output=True, text=True, check=True).stdout.split()
    cubins, running = [], []
    for architecture in wanted:
        cubin = folder / f"sm_{architecture}.cubin"
        if f"sm_{architecture}" in known:
            command = [nvcc, "-std=c++17", "-O3", "-cubin", f"-arch=sm_{architecture}", f"-I{ROOT / 'include'}",
                       "-Werror", "all-warnings", "-o", str(cubin), str(path)]
            if len(running) == 2 and running.pop(0).wait():
                sys.exit(f"{path} does not compile")
            running.append(subprocess.Popen(command))
            cubins.append((architecture, "nvcc", cubin))
            continue
        library = next((pair[0] for pair in nvrtc.targets((architecture,))), None)
        if library is None:
            print(f"sm_{architecture}: not checked, as no compiler here knows it; ./dev setup gets NVRTC 12, which does")
            continue
        code, log = library.compile(path.read_text(), architecture)
        if code is None:
            sys.exit(f"{path} does not compile for sm_{architecture} with NVRTC {library.version}:\n{log}")
        cubin.write_bytes(code)
        cubins.append((architecture, f"NVRTC {library.version}", cubin))
    if any(process.wait() for process in running):
        sys.exit(f"{path} does not compile")
    return cubins, folder


def disassemble(cuobjdump, cubin):
    """{kernel: (counts of instructions, bytes of stack and local memory, text)}; None where cuobjdump cannot read it"""
    environment = dict(os.environ, PATH=f"{Path(cuobjdump).parent}{os.pathsep}{os.environ['PATH']}")  # finds nvdisasm

    def dump(what):
        return subprocess.run([cuobjdump, what, str(cubin)], capture_output=True, text=True, check=True,
                              env=environment).stdout

    memory = {}
    for name, stack, local in re.findall(r"Function (\w+):\s+REG:\d+ STACK:(\d+).*?LOCAL:(\d+)", dump("-res-usage")):
        memory[name] = int(stack) + int(local)
    kernels = {}
    try:
        sass = dump("-sass")
    except subprocess.CalledProcessError:
        return None
    for part in re.split(r"^\s*Function : ", sass, flags=re.MULTILINE)[1:]:
        name, text = part.split("\n", 1)
        instructions = INSTRUCTION.findall(text)
        # After the last EXIT stands padding: a branch to itself and NOPs. Out-of-line code may stand there too.
        counts = collections.Counter(i for i in instructions if i != "NOP")
        if instructions and "BRA" in counts:
            counts["BRA"] -= 1
        kernels[name.strip()] = (counts, memory[name.strip()], text)
    return kernels


def count(counts, names):
    """How many instructions: 'REDUX + CREDUX', 'SHFL' (all its forms), 'SHFL.BFLY', 'TOTAL'."""
    total = 0
    for name in names.replace(" ", "").split("+"):
        total += sum(number for instruction, number in counts.items()
                     if name == "TOTAL" or instruction == name or instruction.startswith(name + "."))
    return total


def check(name, rules, kernels, architecture):
    """(what was counted, what is wrong) for one kernel on one architecture."""
    counts, memory, _ = kernels[name]
    seen, wrong = {"TOTAL": count(counts, "TOTAL")}, []
    if memory or count(counts, "LDL + STL"):
        wrong.append(f"uses local memory: {memory} bytes, {count(counts, 'LDL + STL')} loads and stores")
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
                seen[names] = count(counts, names)
                if not COMPARE[compare](seen[names], int(number)):
                    wrong.append(f"expected {condition.strip()}, found {seen[names]}")
        else:
            other, _, which = text.partition(":")
            if other.strip() not in kernels:
                sys.exit(f"{name}: no_more_than {other.strip()}: there is no such kernel")
            for names in (which or "TOTAL").split(","):
                names = names.strip()
                mine, theirs = count(counts, names), count(kernels[other.strip()][0], names)
                seen[names] = mine
                if mine > theirs:
                    wrong.append(f"{names}: {mine}, and {other.strip()} has {theirs}")
    return seen, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--architectures", default=",".join(map(str, ARCHITECTURES)))
    parser.add_argument("--dump", metavar="KERNEL", help="print this kernel's machine code")
    arguments = parser.parse_args()

    cuobjdump = find_tool("cuobjdump")
    if not cuobjdump or not find_tool("nvdisasm"):
        print("No cuobjdump found: the machine code is not checked. ./dev setup puts it into .venv.")
        return nvrtc.SKIPPED
    wanted = [int(text) for text in arguments.architectures.split(",")]
    rules = parse(arguments.source.read_text())
    cubins, folder = compile_kernels(arguments.source, wanted)
    if not cubins:
        print("No compiler for device code found: the machine code is not checked. " + nvrtc.NOWHERE)
        return nvrtc.SKIPPED

    passed, failures = 0, []
    width = max(map(len, rules))
    for architecture, compiler, cubin in cubins:
        kernels = disassemble(cuobjdump, cubin)
        print(f"sm_{architecture}, {compiler}" + ("" if kernels else ": compiles; this cuobjdump cannot show its code"))
        if not kernels:
            continue
        for name, kernel_rules in rules.items():
            seen, wrong = check(name, kernel_rules, kernels, architecture)
            print(f"  {name:<{width}}  " + "  ".join(f"{key} {value}" for key, value in seen.items()))
            passed += not wrong
            failures += [f"sm_{architecture}: {name}: {sentence}" for sentence in wrong]
        if arguments.dump:
            print(kernels[arguments.dump][2])
    shutil.rmtree(folder)
    print(f"\n{passed} kernels as expected, {len(failures)} expectations not met")
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
