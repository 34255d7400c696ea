#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""The code in README.md and docs/ is code that compiles, its outputs are outputs, and its links lead somewhere.

Before a fenced block, an HTML comment says where it comes from:
  <!-- examples/quickstart.cu [name] -->   the lines between `// [name]` and `// [/name]` in that file
  <!-- output of wrong_mask -->            what that example prints on the simulator (checked with --bin)
Every block marked `cpp` has such a comment. Code that is quoted and not ours, or that is wrong on purpose, is marked
`cuda`. With --fix the blocks are rewritten.

usage: check_snippets.py [--fix] [--bin DIRECTORY]     DIRECTORY holds the examples, built for the simulator
"""
import argparse
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^(?:<!-- (?P<source>[^\n]*) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S)


def region(path, name):
    found = re.search(rf"^ *// \[{re.escape(name)}\]\n(.*?)^ *// \[/{re.escape(name)}\]$", (ROOT / path).read_text(),
                      re.M | re.S)
    if not found:
        raise ValueError(f"{path} has no region [{name}]")
    lines = [line for line in found[1].splitlines() if not re.match(r" *// \[/?[\w-]+\]$", line)]
    return textwrap.dedent("\n".join(lines)).strip("\n") + "\n"


def output(name, directory):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LANEFOLD_SIM_")}
    run = subprocess.run([directory / f"sim_{name}"], capture_output=True, text=True, env=environment, check=True)
    return re.sub(r"(?<= )[^ ]*(?=examples/)", "", run.stdout).strip() + "\n"


def anchors(text):
    """The anchors that GitHub makes of headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(page, text):
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)):
        if re.match(r"\w+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = page.parent / file if file else page
        if not path.exists():
            yield f"the link to {target} leads nowhere"
        elif anchor and path.suffix == ".md" and anchor not in anchors(path.read_text()):
            yield f"the link to {target} names a heading that is not there"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("--bin", type=Path)
    options = parser.parse_args()
    wrong, checked = [], 0

    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = page.read_text()

        def replace(match):
            nonlocal checked
            where = f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}"
            source = match["source"] or ""
            try:
                if quoted := re.fullmatch(r"(\S+) \[([\w-]+)\]", source):
                    expected = region(quoted[1], quoted[2])
                elif printed := re.fullmatch(r"output of (\w+)", source):
                    if not options.bin:
                        return match[0]
                    expected = output(printed[1], options.bin)
                else:
                    if match["language"] == "cpp":
                        wrong.append(f"{where}: this code names no file that it comes from")
                    return match[0]
            except (ValueError, OSError, subprocess.CalledProcessError) as error:
                wrong.append(f"{where}: {error}")
                return match[0]
            checked += 1
            if match["text"] == expected:
                return match[0]
            if not options.fix:
                wrong.append(f"{where}: this block differs from {source}; see check_snippets.py --fix")
            return f"<!-- {source} -->\n```{match['language']}\n{expected}```"

        replaced = BLOCK.sub(replace, text)
        if options.fix and replaced != text:
            page.write_text(replaced)
        wrong += [f"{page.relative_to(ROOT)}: {dead}" for dead in dead_links(page, replaced)]

    print("\n".join([*wrong, f"{checked} blocks checked, {len(wrong)} wrong"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
