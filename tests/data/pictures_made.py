"""Small pictures for the tests."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def pixels(seed: int, rows: int = 6, columns: int = 8, channels: int = 3) -> NDArray[np.uint8]:
    """Noise, (rows, columns, channels)."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (rows, columns, channels), np.uint8)


def encoded(array: NDArray[Any], format: str = "PNG", **options: Any) -> bytes:
    """An array (h, w), (h, w, 1) or (h, w, 3) as the bytes of a picture."""
    file = io.BytesIO()
    squeezed = array[..., 0] if array.shape[2:] == (1,) else array
    Image.fromarray(squeezed).save(file, format, **options)
    return file.getvalue()


def write(path: Path, seed: int = 0, rows: int = 6, columns: int = 8, channels: int = 3) -> Path:
    """A picture at `path` (a PNG whatever the name), folders made as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(pixels(seed, rows, columns, channels)))
    return path
