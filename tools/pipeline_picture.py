#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Draws docs/pictures/gemm-pipeline.svg: what the warps of a block of gemm on Hopper do, over time. No measurements: the
lengths show who waits for whom.

usage: pipeline_picture.py [FILE]
"""
import sys
from pathlib import Path

WIDTH, HEIGHT, LEFT, STEP = 900, 430, 158, 14  # STEP: one panel
COLOURS = ["#4c78a8", "#f58518", "#54a24b", "#b279a2"]  # of tiles
PANELS, SLOTS, TILES, WRITE = 12, 6, 4, 10  # a tile's panels; a tile is written in WRITE steps

out = []


def text(x, y, content, size=13, anchor="start", weight="normal", colour="#222"):
    out.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" '
               f'fill="{colour}">{content}</text>')


def box(x, y, width, height, fill, stroke="#fff", opacity=1.0):
    out.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" '
               f'stroke="{stroke}" fill-opacity="{opacity}"/>')


def arrow(x1, y1, x2, y2):
    out.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#444" stroke-width="1.3" '
               'marker-end="url(#head)"/>')


def lane(y, name, what):
    text(LEFT - 12, y + 14, name, anchor="end", weight="bold")
    text(LEFT - 12, y + 29, what, size=11, anchor="end", colour="#555")


def at(step):
    return LEFT + step * STEP


def timeline():
    # Panel i is multiplied in step i + 2; it is fetched as soon as its slot is empty, SLOTS panels ahead at most.
    lane(36, "copy-engine warp", "one lane asks")
    for i in range(PANELS * TILES):
        begin = max(i * 0.8, i + 2 - SLOTS + 1.3)
        box(at(begin), 36, STEP * 0.8, 34, COLOURS[i // PANELS])
    lane(104, "warpgroup 0", "tiles 0, 2, ...")
    lane(156, "warpgroup 1", "tiles 1, 3, ...")
    for tile in range(TILES):
        y, begin = 104 + 52 * (tile % 2), 2 + tile * PANELS
        box(at(begin), y, PANELS * STEP, 34, COLOURS[tile])
        text(at(begin + PANELS / 2), y + 22, f"multiplies tile {tile}", anchor="middle", colour="#fff", size=12)
        if tile + 1 < TILES:
            box(at(begin + PANELS), y, WRITE * STEP, 34, COLOURS[tile], COLOURS[tile], 0.25)
            text(at(begin + PANELS + WRITE / 2), y + 22, f"writes tile {tile}", anchor="middle", size=12)
            arrow(at(begin + PANELS), y + 34 if tile % 2 == 0 else y, at(begin + PANELS), 154 if tile % 2 == 0 else 140)
    lane(208, "tensor cores", "one tile after another")
    for i in range(PANELS * TILES):
        box(at(i + 2), 208, STEP, 24, COLOURS[i // PANELS])
    text(LEFT, 24, "panels of A and B, 128 bytes of k each, through the copy engine into the ring", size=12, colour="#555")
    text(LEFT, 94, "the one that has asked for its last product lets the other begin (a barrier of both)", size=12, colour="#555")
    arrow(LEFT, 246, WIDTH - 14, 246)
    text(WIDTH - 14, 262, "time", size=11, anchor="end", colour="#555")


def ring():
    y = 308
    text(24, y - 24, "The ring in shared memory", weight="bold")
    states = ["comes", "empty", "read", "full", "full", "comes"]
    fills = {"full": ("#54a24b", 0.85), "read": ("#54a24b", 0.45), "empty": ("#fff", 1.0), "comes": ("#bbb", 0.6)}
    for i, state in enumerate(states):
        fill, opacity = fills[state]
        box(24 + i * 62, y, 56, 40, fill, "#444", opacity)
        text(24 + i * 62 + 28, y + 18, f"slot {i}", size=12, anchor="middle")
        text(24 + i * 62 + 28, y + 33, state, size=11, anchor="middle")
    text(24, y + 66, "full: the bytes of both panels have come. The copy engine counts them.", size=12)
    text(24, y + 84, "empty: each warp that read the slot has arrived, in each block of", size=12)
    text(24, y + 102, "the cluster that got the panel. Then the next one is fetched into it.", size=12)


def strip():
    x, y = 478, 308
    text(x, y - 24, "How a warp writes: strips of 16 rows", weight="bold")
    for label, sub, i in (("accumulators", "in registers", 0), ("2 KB", "of shared memory", 1), ("C", "lines of 128 bytes", 2)):
        box(x + i * 144, y, 108, 40, "#eee", "#444")
        text(x + i * 144 + 54, y + 18, label, size=12, anchor="middle", weight="bold")
        text(x + i * 144 + 54, y + 33, sub, size=11, anchor="middle")
        if i < 2:
            arrow(x + i * 144 + 110, y + 20, x + i * 144 + 141, y + 20)
    text(x, y + 66, "The epilogue is applied behind the shared memory: each lane has", size=12)
    text(x, y + 84, "neighbours of one row, and knows the row and the column. Edges", size=12)
    text(x, y + 102, "and rows that begin anywhere go through the same loop.", size=12)


def main():
    timeline()
    ring()
    strip()
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
            'font-family="DejaVu Sans, Verdana, sans-serif">\n'
            '<!-- drawn by tools/pipeline_picture.py -->\n'
            '<defs><marker id="head" markerWidth="8" markerHeight="8" refX="6" refY="3" orient="auto">'
            '<path d="M0,0 L6,3 L0,6 z" fill="#444"/></marker></defs>\n'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n')
    default = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "gemm-pipeline.svg"
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    path.write_text(head + "\n".join(out) + "\n</svg>\n")


if __name__ == "__main__":
    main()
