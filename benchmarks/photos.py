"""Makes a plain folder of colour JPEG files from a data set, for `advice.py`: class folders, sizes
and qualities that differ, one file that is corrupt and one that is empty.

    python benchmarks/photos.py SOURCE FOLDER [--images 20000] [--seed 0]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from fewbytes.data import open_source
from fewbytes.data.source import gathered

SIDES = (0.9, 1.5)
"""Of a picture, in those of the source's images: both are drawn alone."""

QUALITIES = (80, 95)


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    source = open_source(options.source)
    count = min(options.images, source.sizes["train"])
    chosen = np.sort(rng.choice(source.sizes["train"], count, replace=False))
    piece = gathered(source, "train", chosen)
    for number, image, label in zip(chosen, piece.images, piece.labels, strict=True):
        folder = options.folder / source.class_names[label]
        folder.mkdir(parents=True, exist_ok=True)
        size = [round(rng.uniform(*SIDES) * side) for side in image.shape[:2]]
        picture = Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)
        picture.save(folder / f"{number:05d}.jpg", quality=int(rng.integers(*QUALITIES)))
    whole = next(options.folder.rglob("*.jpg"))
    (whole.parent / "corrupt.jpg").write_bytes(whole.read_bytes()[:200])
    (whole.parent / "empty.jpg").write_bytes(b"")
    print(f"{count:,} pictures, one corrupt and one empty file in {options.folder}")


if __name__ == "__main__":
    main()
