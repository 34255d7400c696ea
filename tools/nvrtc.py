#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Compiles with NVRTC 12 of .venv (the last that knows sm_70), through cuda-core. Needs no GPU and no toolkit.

usage: nvrtc.py FILE...    each alone, as `#include <FILE>`, from include/ or wherever an absolute path leads
"""
import io
import sys
from pathlib import Path

try:
    from cuda.core import Program, ProgramOptions
    is_here = True
except ImportError:
    is_here = False

ROOT = Path(__file__).resolve().parent.parent
ARCHITECTURES = (70, 75, 80, 86, 89, 90, 100, 120)
SKIPPED = 77


def compile(source, architecture, include=ROOT / "include"):
    """(cubin, log) for sm_<architecture>; cubin is None when it does not compile."""
    log, code = io.StringIO(), None
    try:
        options = ProgramOptions(arch=f"sm_{architecture}", std="c++17", include_path=str(include))
        code = Program(source, "c++", options).compile("cubin", logs=log).code
    except Exception as error:  # its class is no public name
        log.write(str(error))
    # Each time it says that sm_70 is old.
    lines = log.getvalue().strip("\0\n").splitlines()
    return code, "\n".join(line for line in lines if "are deprecated and may be removed" not in line)


def main(headers):
    if not is_here:
        print("No NVRTC found: device headers are not compiled by it. ./dev setup puts it into .venv.")
        return SKIPPED
    for header in headers:
        for architecture in ARCHITECTURES:
            cubin, log = compile(f"#include <{header}>\n", architecture)
            if cubin is None or log:
                print(f"{header} does not compile without a message: sm_{architecture}:\n{log}")
                return 1
        print(f"{header}: " + ", ".join(f"sm_{architecture}" for architecture in ARCHITECTURES))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else __doc__)
