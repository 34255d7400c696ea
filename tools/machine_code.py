# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Device code: sources compiled for every architecture, and cubins and programs disassembled."""
import dataclasses
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nvrtc

INSTRUCTION = re.compile(r"^\s*/\*([0-9a-f]+)\*/\s+((?:@!?U?P[T0-9]+ +)?([A-Z][A-Z0-9_.]*)[^;]*?) *;", re.MULTILINE)


@dataclasses.dataclass
class Kernel:
    name: str
    architecture: str
    registers: int
    local_bytes: int     # stack and local memory
    instructions: list   # the whole text of each, without its address and without padding
    opcodes: list        # SHFL.BFLY, of each instruction


def find_tool(name):
    folders = sorted((nvrtc.ROOT / ".venv").glob("lib/python3*/site-packages/nvidia/cu*/bin"))
    return shutil.which(name, path=os.pathsep.join(map(str, [*folders, os.environ["PATH"], "/usr/local/cuda/bin"])))


def compile_source(source, folder, architectures=nvrtc.ARCHITECTURES, include=nvrtc.ROOT / "include"):
    """The binaries: by nvcc one for all the architectures that it knows; where there is no nvcc, by NVRTC one for each."""
    if nvcc := find_tool("nvcc"):
        known = subprocess.run([nvcc, "--list-gpu-code"], capture_output=True, text=True, check=True).stdout.split()
        binary = folder / "kernels.fatbin"
        targets = [f"-gencode=arch=compute_{each},code=sm_{each}" for each in architectures if f"sm_{each}" in known]
        if subprocess.run([nvcc, "-std=c++17", "-O3", "-fatbin", "-t2", *targets, f"-I{include}", "-Werror", "all-warnings",
                           "-o", binary, source], check=False).returncode:
            sys.exit(f"{source} does not compile")
        return [binary]
    binaries = []
    for architecture in architectures if nvrtc.is_here else ():
        code, log = nvrtc.compile(source.read_text(), architecture, include)
        if code is None:
            sys.exit(f"{source} does not compile for sm_{architecture} with NVRTC:\n{log}")
        binaries.append(folder / f"sm_{architecture}.cubin")
        binaries[-1].write_bytes(code)
    return binaries


def disassemble(program):
    """The kernels of a cubin or program; none where cuobjdump cannot read it, as it cannot the oldest architectures."""
    cuobjdump = find_tool("cuobjdump")
    environment = dict(os.environ, PATH=f"{Path(cuobjdump).parent}{os.pathsep}{os.environ['PATH']}")  # finds nvdisasm

    def dump(what):
        return subprocess.run([cuobjdump, what, str(program)], capture_output=True, text=True, check=True,
                              env=environment).stdout

    try:
        sass, usage = dump("-sass"), dump("-res-usage")
    except subprocess.CalledProcessError:
        return []
    used = {name: (int(registers), int(stack) + int(local)) for name, registers, stack, local in
            re.findall(r"Function (\w+):\s+REG:(\d+) STACK:(\d+).*?LOCAL:(\d+)", usage)}
    kernels = []
    for part in re.split(r"^\s*code for ", sass, flags=re.MULTILINE)[1:]:
        architecture, *functions = re.split(r"^\s*Function : ", part, flags=re.MULTILINE)
        for function in functions:
            name, text = function.split("\n", 1)
            # At the end stands padding: a branch to itself and NOPs.
            found = [(whole, opcode) for address, whole, opcode in INSTRUCTION.findall(text)
                     if opcode != "NOP" and not re.fullmatch(rf"BRA 0x0*{address.lstrip('0') or '0'}", whole)]
            kernels.append(Kernel(name.strip(), architecture.split()[0], *used[name.strip()],
                                  [whole for whole, _ in found], [opcode for _, opcode in found]))
    return kernels
