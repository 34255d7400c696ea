#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Compiles with NVRTC, for every architecture that the libraries found here know.

usage: nvrtc.py HEADER...    each header alone, as `#include <HEADER>`, from include/
"""
import ctypes
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = 77
NOWHERE = ("No NVRTC found: device headers are not compiled by it. It comes with the CUDA Toolkit, or from PyPI: "
           "./dev setup puts it into .venv.")


class Nvrtc:
    """One libnvrtc."""

    def __init__(self, path):
        # The builtins lie beside the library and are looked up by name: load them first.
        for builtins in sorted(path.parent.glob("libnvrtc-builtins.so*")):
            ctypes.CDLL(str(builtins.resolve()), mode=ctypes.RTLD_GLOBAL)
        self.path = path
        self.handle = ctypes.CDLL(str(path))
        self.handle.nvrtcGetErrorString.restype = ctypes.c_char_p
        major, minor = ctypes.c_int(), ctypes.c_int()
        self._call("nvrtcVersion", ctypes.byref(major), ctypes.byref(minor))
        self.version = f"{major.value}.{minor.value}"
        count = ctypes.c_int()
        self._call("nvrtcGetNumSupportedArchs", ctypes.byref(count))
        architectures = (ctypes.c_int * count.value)()
        self._call("nvrtcGetSupportedArchs", architectures)
        self.architectures = list(architectures)

    def _call(self, name, *arguments):
        code = getattr(self.handle, name)(*arguments)
        if code:
            raise RuntimeError(f"{name}: {self.handle.nvrtcGetErrorString(code).decode()}")

    def _text(self, program, what):
        size = ctypes.c_size_t()
        self._call(f"nvrtcGet{what}Size", program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        self._call(f"nvrtcGet{what}", program, buffer)
        return buffer.raw[:size.value]

    def compile(self, source, architecture, *options):
        """(cubin, log) for sm_<architecture>; cubin is None when it does not compile."""
        program = ctypes.c_void_p()
        self._call("nvrtcCreateProgram", ctypes.byref(program), source.encode(), b"program.cu", 0, None, None)
        options = [f"--gpu-architecture=sm_{architecture}", "--std=c++17", f"--include-path={ROOT / 'include'}", *options]
        encoded = (ctypes.c_char_p * len(options))(*[option.encode() for option in options])
        try:
            failed = self.handle.nvrtcCompileProgram(program, len(options), encoded)
            log = self._text(program, "ProgramLog").rstrip(b"\0\n").decode()
            # NVRTC 12 knows sm_70 and says each time that it is old.
            log = "\n".join(line for line in log.splitlines() if "are deprecated and may be removed" not in line)
            return (None if failed else self._text(program, "CUBIN")), log
        finally:
            self.handle.nvrtcDestroyProgram(ctypes.byref(program))


def find_nvcc():
    """nvcc, which is often installed but not on PATH."""
    return shutil.which("nvcc") or shutil.which("/usr/local/cuda/bin/nvcc")


def libraries():
    """Every NVRTC here: the toolkit's, then the one of .venv (an older one, which still knows sm_70)."""
    nvcc = find_nvcc()
    folders = [Path(nvcc).resolve().parent.parent / folder for folder in ("lib64", "lib")] if nvcc else []
    folders += sorted((ROOT / ".venv").glob("lib/python3*/site-packages/nvidia/cuda_nvrtc/lib"))
    found = {}
    for folder in folders:
        for path in sorted(folder.glob("libnvrtc.so.*"))[:1]:
            found.setdefault(path.resolve(), Nvrtc(path.resolve()))
    return list(found.values())


def targets(wanted=(70, 75, 80, 86, 89, 90, 100, 120)):
    """[(library, architecture)]: each wanted architecture once, with the first library that knows it."""
    pairs, here = [], libraries()
    for architecture in wanted:
        for library in here:
            if architecture in library.architectures:
                pairs.append((library, architecture))
                break
    return pairs


def main(headers):
    pairs = targets()
    if not pairs:
        print(NOWHERE)
        return SKIPPED
    for header in headers:
        for library, architecture in pairs:
            cubin, log = library.compile(f"#include <{header}>\n", architecture)
            if cubin is None or log:
                print(f"{header} does not compile without a message: sm_{architecture}, NVRTC {library.version}:\n{log}")
                return 1
        print(f"{header}: " + ", ".join(f"sm_{architecture} (NVRTC {library.version})" for library, architecture in pairs))
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
