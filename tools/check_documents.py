#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""README.md and docs/ quote the sources: code that compiles, outputs that are outputs, the headers' own contracts; and
their links lead somewhere.

An HTML comment says where what follows comes from:
  <!-- examples/quickstart.cu [name] -->   a fenced block: the lines between `// [name]` and `// [/name]` in that file
  <!-- output of wrong_mask -->            a fenced block: what that example prints on the simulator (checked with --bin)
  <!-- entries: vote.cuh -->              entries made of the `///` of that header, up to <!-- /entries -->; names behind
                                           it choose some, and a comment without names holds the rest
Every block marked `cpp` has such a comment. Code that is quoted and not ours, or that is wrong on purpose, is marked
`cuda`. With --fix everything quoted is rewritten.

usage: check_documents.py [--fix] [--bin DIRECTORY]     DIRECTORY holds the examples, built for the simulator
"""
import argparse
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import headers

BLOCK = re.compile(r"^(?:<!-- (?P<source>[^\n]*) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S)
ENTRIES = re.compile(r"^<!-- entries: (?P<header>\S+)(?P<names>[^\n]*) -->\n(?P<text>.*?)^<!-- /entries -->$", re.M | re.S)
CODE = re.compile(r"^```.*?^```$", re.M | re.S)
INLINE_CODE = re.compile(r"`[^`\n]*`")


def region(path, name):
    found = re.search(rf"^ *// \[{re.escape(name)}\]\n(.*?)^ *// \[/{re.escape(name)}\]$", path.read_text(), re.M | re.S)
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
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", CODE.sub("", text), re.M)}


def dead_links(page, text):
    for target in re.findall(r"\]\(([^)\s]+)\)", INLINE_CODE.sub("", CODE.sub("", text))):
        if re.match(r"\w+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = page.parent / file if file else page
        if not path.exists():
            yield f"the link to {target} leads nowhere"
        elif anchor and path.suffix == ".md" and anchor not in anchors(path.read_text()):
            yield f"the link to {target} names a heading that is not there"


def markdown(text):
    """A comment as Markdown: nothing outside code is taken for markup, and files and headings become links."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    for i in range(0, len(parts), 2):
        part = re.sub(r"[<*|]|\b_+", lambda found: "".join("\\" + letter for letter in found[0]), parts[i])
        part = re.sub(r"docs/reference\.md#([\w-]+)", lambda at: f"[{at[1].replace('-', ' ')}](#{at[1]})", part)
        parts[i] = re.sub(r"\b(?:examples|tests|benchmarks)/(?:[\w-]+/)*([\w-]+\.\w+)", r"[\1](../\g<0>)", part)
    return "".join(parts)


def example_of(name, root):
    """[("Example", file)]: where the comment names none, the first example that uses the name, tours before others."""
    for path in sorted(root.glob("examples/**/*.cu"), key=lambda path: (not path.stem.startswith("tour"), path)):
        if re.search(rf"\b{name}\b" if name.isupper() else rf"\blf::{name}\b", path.read_text()):
            return [("Example", f"{path.relative_to(root)}.")]
    return []


def entry(declaration, overloads, root):
    """> **`name(group, value) -> Value`** What it does. *Group* which. *Result* where. *Example* which file."""
    summary, fields = declaration.parts()
    if "Example" not in dict(fields):
        fields += example_of(declaration.name, root)
    signatures = dict.fromkeys(each.name + each.signature for each in [declaration, *overloads])
    parts = ["**" + ", ".join(f"`{signature}`" for signature in signatures) + "**", markdown(summary)]
    parts += [(f"*{field}* " if field in headers.FIELDS else f"{field}: ") + markdown(text) for field, text in fields]
    if declaration.members:
        parts.append("*Members* " + " ".join(f"`{each.name}{each.signature}`: {markdown(each.comment).rstrip('.')}."
                                             for each in declaration.members))
    # No line begins with what would begin a list or a heading.
    text = re.sub(r" (?=[-+#>] |\d+[.)] )", "\0", " ".join(parts))
    lines = textwrap.wrap(text, 118, break_long_words=False, break_on_hyphens=False)
    return "".join(f"> {line}\n" for line in lines).replace("\0", " ")


def entries(declarations, header, names, root):
    """The entries of one header; what has no comment of its own shares that of the declaration of its name before it."""
    found = []
    for declaration in declarations:
        if declaration.header == header and declaration.name in names:
            if declaration.comment:
                found.append((declaration, []))
            elif found and found[-1][0].name == declaration.name and declaration.kind in ("verb", "function"):
                found[-1][1].append(declaration)
    return [entry(*each, root) for each in found]


class Page:
    def __init__(self, path, root, declarations, binaries):
        self.path, self.root, self.declarations, self.binaries = path, root, declarations, binaries
        self.text, self.wrong, self.checked = path.read_text(), [], 0
        chosen = {name for block in ENTRIES.finditer(self.text) for name in block["names"].split()}
        self.fixed = BLOCK.sub(self.block, ENTRIES.sub(lambda found: self.entries(found, chosen), self.text))
        self.wrong += dead_links(path, self.fixed)

    def entries(self, found, chosen):
        here = dict.fromkeys(each.name for each in self.declarations if each.header == found["header"])
        names = found["names"].split() or [name for name in here if name not in chosen]
        self.wrong += [f"entries: {found['header']} declares no public {name}" for name in names if name not in here]
        if not here:
            self.wrong.append(f"entries: {found['header']} is no public header with documented names")
        expected = [each for name in names for each in entries(self.declarations, found["header"], [name], self.root)]
        present = re.findall(r"(?:^>.*\n)+", found["text"], re.M)
        self.checked += len(expected)
        text = "\n" + "\n".join(expected) + "\n"
        if text != found["text"]:
            stale = [re.search(r"`(.*?)`", each)[1] for each in expected if each not in present]
            stale += [each.split("\n")[0] for each in present if each not in expected and not stale]
            self.wrong.append(f"entries of {found['header']} differ from the header: {'; '.join(stale) or 'their order'}")
        return f"<!-- entries: {found['header']}{found['names']} -->\n{text}<!-- /entries -->"

    def block(self, found):
        source = found["source"] or ""
        where = f"the block at line {self.text.count(chr(10), 0, self.text.find(found[0])) + 1}"
        try:
            if quoted := re.fullmatch(r"(\S+) \[([\w-]+)\]", source):
                expected = region(self.root / quoted[1], quoted[2])
            elif (printed := re.fullmatch(r"output of (\w+)", source)) and self.binaries:
                expected = output(printed[1], self.binaries)
            else:
                if found["language"] == "cpp":
                    self.wrong.append(f"{where} is code that names no file it comes from")
                return found[0]
        except (ValueError, OSError, subprocess.CalledProcessError) as error:
            self.wrong.append(f"{where}: {error}")
            return found[0]
        self.checked += 1
        if found["text"] != expected:
            self.wrong.append(f"{where} differs from {source}")
        return f"<!-- {source} -->\n```{found['language']}\n{expected}```"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("--bin", type=Path)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    options = parser.parse_args()
    declarations, wrong, checked = headers.read(options.root), [], 0
    for path in filter(Path.exists, [options.root / "README.md", *sorted((options.root / "docs").glob("*.md"))]):
        page = Page(path, options.root, declarations, options.bin)
        if options.fix and page.fixed != page.text:
            path.write_text(page.fixed)
            page = Page(path, options.root, declarations, options.bin)
        wrong += [f"{path.relative_to(options.root)}: {sentence}" for sentence in page.wrong]
        checked += page.checked
    print("\n".join([*wrong, f"{checked} blocks and entries checked, {len(wrong)} wrong" +
                     ("; check_documents.py --fix rewrites what is quoted" if wrong and not options.fix else "")]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
