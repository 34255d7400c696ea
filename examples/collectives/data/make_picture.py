#!/usr/bin/env python3
# SPDX-FileCopyrightText: The lanefold authors
# SPDX-License-Identifier: Apache-2.0
"""Draws picture.pgm: five balls on a chequered floor, in fog, so that few of the 256 greys occur.

usage: make_picture.py picture.pgm
"""
import math
import sys

WIDTH, HEIGHT = 256, 192
BALLS = [((-1.6, 0.8, 5.0), 0.8), ((0.2, 1.1, 6.5), 1.1), ((1.9, 0.6, 4.4), 0.6), ((-0.4, 0.35, 3.4), 0.35),
         ((3.2, 1.4, 9.0), 1.4)]
LIGHT = (-0.48, 0.80, -0.36)


def hit(origin, direction):
    """(distance, normal or None for the floor) of what the ray meets first."""
    nearest, normal = (origin[1] / -direction[1], None) if direction[1] < 0 else (math.inf, None)
    for center, radius in BALLS:
        to = [o - c for o, c in zip(origin, center)]
        b = sum(t * d for t, d in zip(to, direction))
        root = b * b - sum(t * t for t in to) + radius * radius
        if root > 0 and 1e-4 < -b - math.sqrt(root) < nearest:
            nearest = -b - math.sqrt(root)
            normal = [(t + nearest * d) / radius for t, d in zip(to, direction)]
    return nearest, normal


def brightness(x, y):
    direction = [(x - WIDTH / 2) / WIDTH * 1.3, (HEIGHT * 0.42 - y) / WIDTH * 1.3, 1.0]
    length = math.hypot(*direction)
    direction = [d / length for d in direction]
    distance, normal = hit((0.0, 1.2, 0.0), direction)
    if distance == math.inf:
        return 1.0
    point = [o + distance * d for o, d in zip((0.0, 1.2, 0.0), direction)]
    if normal is None:
        normal, colour = (0.0, 1.0, 0.0), 0.75 if (math.floor(point[0]) + math.floor(point[2])) % 2 else 0.3
    else:
        colour = 0.6
    lit = max(0.0, sum(n * l for n, l in zip(normal, LIGHT)))
    if hit([p + 1e-3 * n for p, n in zip(point, normal)], LIGHT)[0] < math.inf:
        lit = 0.0
    clear = math.exp(-distance / 9.0)
    return clear * colour * (0.25 + 0.75 * lit) + (1.0 - clear)


def main():
    pixels = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            four = [brightness(x + dx, y + dy) for dx in (0.25, 0.75) for dy in (0.25, 0.75)]
            pixels.append(round(70 + 85 * sum(four) / 4))
    with open(sys.argv[1], "wb") as file:
        file.write(b"P5\n%d %d\n255\n" % (WIDTH, HEIGHT) + pixels)


if __name__ == "__main__":
    main()
