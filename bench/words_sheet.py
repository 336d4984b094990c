"""The sheet of docs/words.md: sentences, what was composed of them, and the photo of each."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from spade.maps.labelmap import colour_picture
from spade.painter import load_painter
from spade.words import compose

SIDE, CAPTION, COLUMNS, SHOWN, GAP = 256, 18, 4, 24, 6
QUALITY = 82
# Pillow's own font has no umlauts.
LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
)


def draw_sheet(path: Path, model: str, sentences: Sequence[str]) -> None:
    """Write a picture of some of the sentences, evenly chosen: map and photo side by side."""
    painter = load_painter(model, engine="fast")
    # Sentences stand in pairs of two languages; of each pair one is shown, in turn.
    chosen = [sentences[2 * pair + pair % 2] for pair in range(len(sentences) // 2)][:SHOWN]
    width, height = 2 * SIDE + GAP, SIDE + CAPTION
    rows = -(-len(chosen) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (width + GAP), rows * height), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for place, sentence in enumerate(chosen):
        made = compose(sentence, painter.label_set, (SIDE, SIDE), seed=1)
        photo = painter.paint(
            made.label_map[None], seeds=[place], style=made.wish.light, borders="natural"
        )[0]
        left, top = place % COLUMNS * (width + GAP), place // COLUMNS * height
        pen.text((left + 2, top + 1), sentence.translate(LETTERS), fill="black", font=font)
        drawn = colour_picture(made.label_map, painter.label_set)
        both = np.concatenate([drawn, photo], axis=1)
        sheet.paste(Image.fromarray(both), (left, top + CAPTION))
        print(f"{place + 1}/{len(chosen)} {sentence}", flush=True)
    sheet.save(path, quality=QUALITY)
