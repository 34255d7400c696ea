#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Checks that a file does not compile, for the reason it gives, and that it does with -DFIXED.

The file has a line `// expect: <a sentence>`, which must stand in an error: that of a static_assert, or the compiler's own.
With a line `// nvcc only: <flags>` it is tried with nvcc alone and these flags, such as -arch=sm_75.

usage: check_compile_fail.py FILE -- COMPILER FLAGS...
"""
import re
import subprocess
import sys
from pathlib import Path


def compile_file(command, path, *options):
    done = subprocess.run([*command, *options, str(path)], capture_output=True, text=True)
    return done.returncode == 0, done.stdout + done.stderr


def main():
    if len(sys.argv) < 4 or sys.argv[2] != "--":
        sys.exit(__doc__)
    path, command = Path(sys.argv[1]), sys.argv[3:]
    text = path.read_text()
    expected = re.findall(r"^// expect: (.*\S)", text, re.MULTILINE)
    command += " ".join(re.findall(r"^// nvcc only:(.*)", text, re.MULTILINE)).split()
    if len(expected) != 1:
        sys.exit(f"{path}: needs one line '// expect: <text of the static_assert>', has {len(expected)}")

    compiled, output = compile_file(command, path, "-DFIXED")
    if not compiled:
        sys.exit(f"{path}: does not compile with -DFIXED, so it says nothing:\n{output}")
    compiled, output = compile_file(command, path)
    if compiled:
        sys.exit(f"{path}: compiles, and was expected to fail with: {expected[0]}")
    errors = [line for line in output.splitlines() if "error" in line]
    if not any(expected[0] in line for line in errors):
        sys.exit(f"{path}: fails, but no error says: {expected[0]}\n{output}")
    print(f"{path.name}: fails as expected: {expected[0]}")


if __name__ == "__main__":
    main()
