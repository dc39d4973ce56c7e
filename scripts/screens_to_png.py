#!/usr/bin/env python3
"""Draws the screens that the tour kept (tests/it/tour) as PNG files.

    screens_to_png.py SCREENS_FOLDER OUT_FOLDER

Letters come from DejaVu Sans Mono (fonts-dejavu-core, or a file named by TOUR_FONT). Frames, blocks and
braille are drawn by this script, so that they join from cell to cell whatever the font has. Needs Pillow.
"""

import json
import os
import sys
import unicodedata
from pathlib import Path

try:
    from PIL import Image, ImageDraw, ImageFont
except ImportError:
    sys.exit("cannot draw the screens: Pillow is missing; `python3 -m pip install pillow` installs it")

# Drawn at twice this size, then made smaller: edges of what is not a letter come out smooth.
CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, SCALE = 8, 17, 13, 2
MARGIN = 8
# Between the colour of a letter and that of its ground: the edge of the letter.
STEPS, COLORS_OF_PNG = 6, 256
BACKGROUND, FOREGROUND = "#16181d", "#c9ccd1"
# The terminal's own sixteen colours, as xterm's palette has them on such a ground.
SIXTEEN = (
    "#23262d #d75f5f #5faf5f #d7af5f #5f87d7 #af87af #5fafaf #c9ccd1 "
    "#6b7078 #ff8787 #87d787 #ffd787 #87afff #d7afd7 #87d7d7 #f4f5f7"
).split()
FONT_FOLDERS = ["/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/TTF", "/Library/Fonts"]
# Rows of a braille cell from above, the bit of its left and of its right dot.
BRAILLE = [(0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80)]
# Which arms a sign of a frame has: left, right, up, down; and whether it is heavy.
FRAMES = {
    "─": ("lr", False), "│": ("ud", False), "╭": ("rd", False), "╮": ("ld", False), "╰": ("ru", False),
    "╯": ("lu", False), "├": ("rud", False), "┤": ("lud", False), "┬": ("lrd", False), "┴": ("lru", False),
    "┼": ("lrud", False), "┌": ("rd", False), "┐": ("ld", False), "└": ("ru", False), "┘": ("lu", False),
    "━": ("lr", True), "┃": ("ud", True),
}


def font(name):
    named = os.environ.get("TOUR_FONT")
    files = [Path(named)] if named else [Path(folder) / name for folder in FONT_FOLDERS]
    for file in files:
        if file.is_file():
            return ImageFont.truetype(str(file), FONT_SIZE * SCALE)
    sys.exit(f"cannot draw the screens: no {name}; the package fonts-dejavu-core has it, or TOUR_FONT names another")


def rgb(color, default):
    """A colour of the screen: none, one of 256, or #rrggbb."""
    if color is None:
        color = default
    elif isinstance(color, int) and color < 16:
        color = SIXTEEN[color]
    elif isinstance(color, int) and color < 232:
        levels = [0, 95, 135, 175, 215, 255]
        index = color - 16
        return levels[index // 36], levels[index // 6 % 6], levels[index % 6]
    elif isinstance(color, int):
        return (8 + 10 * (color - 232),) * 3
    return tuple(int(color[at : at + 2], 16) for at in (1, 3, 5))


def mixed(front, back, share):
    return tuple(round(a * share + b * (1 - share)) for a, b in zip(front, back))


def draw_frame(draw, left, top, width, height, arms, heavy, color):
    thick = SCALE * (2 if heavy else 1)
    column, row = left + (width - thick) // 2, top + (height - thick) // 2
    if "l" in arms:
        draw.rectangle((left, row, column + thick - 1, row + thick - 1), color)
    if "r" in arms:
        draw.rectangle((column, row, left + width - 1, row + thick - 1), color)
    if "u" in arms:
        draw.rectangle((column, top, column + thick - 1, row + thick - 1), color)
    if "d" in arms:
        draw.rectangle((column, row, column + thick - 1, top + height - 1), color)


def draw_sign(draw, sign, left, top, front, back):
    """Draws what is no letter; False where it is one."""
    width, height = CELL_WIDTH * SCALE, CELL_HEIGHT * SCALE
    code = ord(sign)
    if sign in FRAMES:
        draw_frame(draw, left, top, width, height, *FRAMES[sign], front)
    elif 0x2800 <= code <= 0x28FF:
        radius = width * 0.16
        for row, bits in enumerate(BRAILLE):
            for column, bit in enumerate(bits):
                if (code - 0x2800) & bit:
                    x, y = left + width * (0.25 + 0.5 * column), top + height * (0.125 + 0.25 * row)
                    draw.ellipse((x - radius, y - radius, x + radius, y + radius), front)
    elif 0x2581 <= code <= 0x2588:
        full = round(height * (code - 0x2580) / 8)
        draw.rectangle((left, top + height - full, left + width - 1, top + height - 1), front)
    elif 0x2589 <= code <= 0x258F:
        draw.rectangle((left, top, left + round(width * (0x2590 - code) / 8) - 1, top + height - 1), front)
    elif 0x2591 <= code <= 0x2593:
        shade = mixed(front, back, 0.25 * (code - 0x2590))
        draw.rectangle((left, top, left + width - 1, top + height - 1), shade)
    else:
        return False
    return True


def draw_screen(screen, fonts):
    size = ((screen["columns"] * CELL_WIDTH + 2 * MARGIN) * SCALE, (len(screen["rows"]) * CELL_HEIGHT + 2 * MARGIN) * SCALE)
    image = Image.new("RGB", size, rgb(None, BACKGROUND))
    draw = ImageDraw.Draw(image)
    baseline = round((CELL_HEIGHT - FONT_SIZE * 1.17) / 2 * SCALE + FONT_SIZE * 0.93 * SCALE)
    pairs = {}
    for row, runs in enumerate(screen["rows"]):
        left, top = MARGIN * SCALE, (MARGIN + row * CELL_HEIGHT) * SCALE
        for text, front, back, attributes in runs:
            front, back = rgb(front, FOREGROUND), rgb(back, BACKGROUND)
            if "r" in attributes:
                front, back = back, front
            if "d" in attributes:
                front = mixed(front, back, 0.6)
            pairs[front, back] = pairs.get((front, back), 0) + len(text)
            for sign in text:
                if unicodedata.combining(sign):
                    continue
                cells = 2 if unicodedata.east_asian_width(sign) in "WF" else 1
                right, bottom = left + cells * CELL_WIDTH * SCALE - 1, top + CELL_HEIGHT * SCALE - 1
                if back != rgb(None, BACKGROUND):
                    draw.rectangle((left, top, right, bottom), back)
                if sign != " " and not draw_sign(draw, sign, left, top, front, back):
                    draw.text((left, top + baseline), sign, front, fonts["b" if "b" in attributes else ""], anchor="ls")
                if "u" in attributes:
                    draw.rectangle((left, bottom - SCALE, right, bottom - 1), front)
                left = right + 1
    small = image.resize((size[0] // SCALE, size[1] // SCALE), Image.Resampling.BOX)
    return small.quantize(palette=palette(pairs), dither=Image.Dither.NONE)


def palette(pairs):
    """The colours of the screen and what lies between two of them, those most used first."""
    colors = {}
    for front, back in sorted(pairs, key=pairs.get, reverse=True):
        for step in range(STEPS):
            colors[mixed(front, back, step / (STEPS - 1))] = None
    kept = [level for color in list(colors)[:COLORS_OF_PNG] for level in color]
    image = Image.new("P", (1, 1))
    image.putpalette(kept)
    return image


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = map(Path, sys.argv[1:])
    fonts = {"": font("DejaVuSansMono.ttf"), "b": font("DejaVuSansMono-Bold.ttf")}
    target.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.glob("*.json")):
        out = target / f"{file.stem}.png"
        draw_screen(json.loads(file.read_text(encoding="utf-8")), fonts).save(out, optimize=True)
        print(f"{out}  {out.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
