#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Compiles with NVRTC 12 of .venv (the last that knows sm_70), through cuda-bindings. Needs no GPU and no toolkit.

usage: nvrtc.py HEADER...    each header alone, as `#include <HEADER>`, from include/
"""
import sys
from pathlib import Path

try:
    from cuda.bindings import nvrtc
except ImportError:
    nvrtc = None

ROOT = Path(__file__).resolve().parent.parent
ARCHITECTURES = (70, 75, 80, 86, 89, 90, 100, 120)
SKIPPED = 77
VERSION = "NVRTC 12.9"


def call(function, *arguments):
    error, *results = function(*arguments)
    if error:
        raise RuntimeError(f"{function.__name__}: {nvrtc.nvrtcGetErrorString(error)[1].decode()}")
    return results[0] if results else None


def text_of(size, get, program):
    buffer = bytearray(call(size, program))
    call(get, program, buffer)
    return bytes(buffer)


def compile(source, architecture, include=ROOT / "include"):
    """(cubin, log) for sm_<architecture>; cubin is None when it does not compile."""
    program = call(nvrtc.nvrtcCreateProgram, source.encode(), b"program.cu", 0, [], [])
    options = [f"--gpu-architecture=sm_{architecture}".encode(), b"--std=c++17", f"--include-path={include}".encode()]
    try:
        failed, = nvrtc.nvrtcCompileProgram(program, len(options), options)
        log = text_of(nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog, program).rstrip(b"\0\n").decode()
        # Each time it says that sm_70 is old.
        log = "\n".join(line for line in log.splitlines() if "are deprecated and may be removed" not in line)
        return (None if failed else text_of(nvrtc.nvrtcGetCUBINSize, nvrtc.nvrtcGetCUBIN, program)), log
    finally:
        nvrtc.nvrtcDestroyProgram(program)


def main(headers):
    if not nvrtc:
        print("No NVRTC found: device headers are not compiled by it. ./dev setup puts it into .venv.")
        return SKIPPED
    for header in headers:
        for architecture in ARCHITECTURES:
            cubin, log = compile(f"#include <{header}>\n", architecture)
            if cubin is None or log:
                print(f"{header} does not compile without a message: sm_{architecture}, {VERSION}:\n{log}")
                return 1
        print(f"{header}: {VERSION}, " + ", ".join(f"sm_{architecture}" for architecture in ARCHITECTURES))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else __doc__)
