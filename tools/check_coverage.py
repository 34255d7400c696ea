#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Every public name has its `///`, its reference entry and its test, every verb its benchmark; no entry outlives its name;
and the bullets of a `///` are the fixed fields, one each. What a public name and a verb is, headers.py says.

usage: check_coverage.py [--root DIRECTORY]
"""
import re
import sys
from pathlib import Path

import headers

# Verbs that have no cost of their own to measure: the name, and why.
NO_BENCHMARK = {
    "sync": "is one instruction",
    "mark": "is none on a GPU",
    "via_shuffle": "names a way, and is nothing by itself",
    "via_redux": "the same",
    "via_shared": "the same; every lanefold_shared row goes that way",
    "no_trailing_sync": "the same",
    "tensor::gemm_mma": "rows of gemm go that way where it is the faster one",
    "tensor::tune_gemm": "measures",
    "tensor::finish_rows": "reads what is small beside the product",
    "tensor::gemm_grouped": "starts the kernels of gemm",
    "tensor::gemm_skinny": "the rows lanefold_skinny of gemm",
}


def texts(folder, *patterns):
    return "".join(path.read_text() for pattern in patterns for path in sorted(folder.rglob(pattern)))


def wrong_fields(declaration):
    """What no reader of the reference would find: `- Note: ...`, or two fields in one bullet."""
    one = "|".join(headers.FIELDS)
    for field, text in declaration.parts()[1]:
        if not re.fullmatch(rf"{one}|`\w+`(, `\w+`)*", field):
            yield f"the bullet '- {field.split(chr(10))[0]}' is neither `name` nor one of {', '.join(headers.FIELDS)}"
        yield from (f"{second} needs a bullet of its own" for second in re.findall(rf"\s\s(?=(?:{one}): )(\w+)", text))


def main():
    root = Path(sys.argv[sys.argv.index("--root") + 1] if "--root" in sys.argv else __file__).resolve()
    root = root if root.is_dir() else root.parent.parent
    tests = texts(root / "tests", "*_test.cu", "*_test.cpp", "support/*.*", "packaging/**/*.cpp")
    benchmarks = texts(root / "benchmarks", "*_bench.cu")
    entries = set(re.findall(r"^> \*\*`([\w:]+)", texts(root / "docs", "*.md"), re.MULTILINE))

    public = {}  # name: its declarations in one header
    for declaration in headers.read(root):
        public.setdefault((declaration.header, declaration.name), []).append(declaration)
    lacking = [f"docs: an entry for {name}, which no header declares" for name in entries - {name for _, name in public}]
    for (header, name), declarations in public.items():
        kind = "verb" if any(each.kind == "verb" for each in declarations) else declarations[0].kind
        word = re.compile(rf"\b{name.split('::')[-1]}\b")
        missing = []
        if not any(each.comment for each in declarations):
            missing.append("no /// comment")
        missing += [sentence for each in declarations for sentence in wrong_fields(each)]
        if name not in entries:
            missing.append(f"no entry in docs/ (<!-- entries: {header} --> holds them)")
        if not word.search(tests):
            missing.append("in no test")
        if kind == "verb" and name not in NO_BENCHMARK and not word.search(benchmarks):
            missing.append("in no benchmarks/**/*_bench.cu")
        if missing:
            lacking.append(f"include/lanefold/{header}:{declarations[0].line}: {kind} {name}: {', '.join(missing)}")
    print("\n".join(lacking + [f"{len(public)} public names, {len(lacking)} lack something"]))
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
