#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Every public name has its reference entry and its test, every verb its benchmark; and no entry outlives its name.

A public name is a declaration in include/lanefold/*.cuh or backend/config.cuh, at namespace level and outside `detail`,
that carries a `///` comment or stands in one paragraph with one that does. A verb is a function whose first parameter
is a group. An entry of docs/reference.md is a line that begins with `> **name**` (more names may follow:
`> **min**, **max**(...)`).

usage: check_coverage.py [--list]
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Verbs that have no cost of their own to measure: the name, and why.
NO_BENCHMARK = {
    "sync": "is one instruction",
}

NAME = [
    (re.compile(r"#define (LANEFOLD_\w+)"), "macro"),
    (re.compile(r"(?:struct|class|enum class|enum)\s+(?:\[\[\w+\]\]\s*)?(\w+)\s*(?:final\s*)?(?:[:{]|$)"), "type"),
    (re.compile(r"using (\w+) ="), "type"),
    (re.compile(r"(?:inline )?constexpr (?:\w+[ &*])+(\w+) *[={;]"), "constant"),
    (re.compile(r"[\w:<>,&*\[\]. ]*?[\w>&*\]] ?[&*]?\b(\w+)\s*\("), "function"),
]


def without_template(text):
    """`template <class A, int B = f<C>()> rest` -> rest"""
    while text.startswith("template"):
        depth = 0
        for position, letter in enumerate(text):
            depth += (letter == "<") - (letter == ">")
            if letter == ">" and depth == 0:
                text = text[position + 1:].lstrip()
                break
        else:
            return ""
    return text


def declarations(header):
    """(name, kind) of each public declaration, in order."""
    documented, namespaces, pending = False, [], ""
    for line in header.read_text().splitlines():
        if opened := re.match(r"(?:inline )?namespace (\w+) \{", line):
            namespaces.append(opened[1])
        elif re.match(r"\}  // (inline )?namespace", line):
            namespaces.pop()
        elif not line.strip():
            documented, pending = False, ""
        elif line.startswith("///"):
            documented, pending = True, ""
        elif documented and {"detail", "backend", "traits"}.isdisjoint(namespaces):
            if not pending and line[0] in " }#/" and not line.startswith("#define"):
                continue  # inside a body
            pending = f"{pending} {line}".strip()
            declaration = without_template(pending)
            if not declaration or not re.search(r"[;{=(]|#define", declaration):
                continue  # goes on in the next line
            pending = ""
            if re.search(r"\boperator\b|^(struct|class) \w+<|^constexpr [\w ]+\w<.*> *=|\) -> [\w<>, :]+;$|^static_assert", declaration):
                continue  # operators, specialisations and deduction guides add no name
            for pattern, kind in NAME:
                if match := pattern.match(declaration):
                    if kind == "function" and re.search(r"\w\(\s*\w*[Gg]roup\b", declaration):
                        kind = "verb"
                    yield match[1], kind
                    break
            else:
                sys.exit(f"{header.name}: what does this declare? {declaration}")


def text_of(pattern):
    return "\n".join(path.read_text() for path in sorted(ROOT.glob(pattern)))


def main():
    public = {}
    headers = ROOT / "include/lanefold"
    for header in [*sorted(headers.glob("*.cuh")), headers / "backend/config.cuh"]:
        for name, kind in declarations(header):
            if public.get(name, ("", ""))[1] != "verb":
                public[name] = (header.name, kind)
    if "--list" in sys.argv:
        for name, (header, kind) in public.items():
            print(f"{header:<20} {kind:<9} {name}")

    reference = ROOT / "docs/reference.md"
    entries = set()
    if reference.exists():
        for line in re.findall(r"^> (\*\*\w+\*\*.*)", reference.read_text(), re.MULTILINE):
            entries.update(re.findall(r"\*\*(\w+)\*\*", line))
    tests = "".join(text_of(f"tests/{files}") for files in ("*_test.cu", "support/*", "packaging/*.cpp"))
    benchmarks = text_of("benchmarks/*_bench.cu")

    lacking = []
    for name, (header, kind) in public.items():
        word = re.compile(rf"\b{name}\b")
        missing = []
        if name not in entries:
            missing.append("no entry in docs/reference.md")
        if not word.search(tests):
            missing.append("in no test")
        if kind == "verb" and name not in NO_BENCHMARK and not word.search(benchmarks):
            missing.append("in no benchmarks/*_bench.cu")
        if missing:
            lacking.append(f"{header}: {kind} {name}: {', '.join(missing)}")
    lacking += [f"docs/reference.md: an entry for {name}, which no header declares" for name in entries - set(public)]
    print("\n".join(lacking + [f"{len(public)} public names, {len(lacking)} lack something"]))
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
