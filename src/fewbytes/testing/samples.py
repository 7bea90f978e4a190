"""What stages are tried on: images, options, and codecs that hold a stage."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import Any, get_type_hints

import numpy as np
from hypothesis import strategies as st

from fewbytes.codecs import Codec, Coder, Stage, text
from fewbytes.errors import CodecError
from fewbytes.types import Images, Shape

SHAPES: tuple[Shape, ...] = ((28, 28, 1), (17, 20, 3))
"""Shapes (h, w, c) that stages are tried on by default: square and grey, uneven and coloured."""

TRAINING_IMAGES = 40
LABELS = np.arange(TRAINING_IMAGES) % 3


def batches(shape: Shape, most: int = 6) -> st.SearchStrategy[Images]:
    """Hypothesis strategy: small batches of images of one shape, noisy, flat, sparse or smooth."""
    return st.builds(
        lambda n, seed: sample_images(n, shape, seed), st.integers(1, most), st.integers(0, 10_000)
    )


def options(cls: type[Stage]) -> st.SearchStrategy[Stage]:
    """Hypothesis strategy: instances of a stage with all sorts of options that it accepts."""
    kinds: dict[Any, st.SearchStrategy[Any]] = {
        int: st.integers(1, 16),
        float: st.floats(0.01, 0.99),
        bool: st.booleans(),
        str: st.from_regex("[a-z][a-z0-9_-]{0,8}", fullmatch=True),
        text.Size: st.tuples(st.integers(1, 16), st.integers(1, 16)),
    }
    hints = get_type_hints(cls)
    drawn = {
        f.name: st.sampled_from(f.metadata["choices"])
        if "choices" in f.metadata
        else kinds[hints[f.name]]
        for f in fields(cls)
    }
    return st.fixed_dictionaries(drawn).filter(partial(_accepts, cls)).map(lambda o: cls(**o))


def _accepts(cls: type[Stage], chosen: dict[str, Any]) -> bool:
    try:
        cls(**chosen)
    except CodecError:
        return False
    return True


def sample_images(n: int, shape: Shape, seed: int) -> Images:
    """`n` images (n, *shape) uint8, of kinds that differ: noise, one colour, strokes, a ramp."""
    rng = np.random.default_rng(seed)
    height, width, channels = shape
    noise = rng.integers(0, 256, (n, *shape))
    flat = np.broadcast_to(rng.integers(0, 256, (n, 1, 1, channels)), noise.shape)
    strokes = np.where(rng.random((n, *shape)) < 0.15, noise, 0)
    ramp = np.linspace(0, 255, height)[:, None] * np.linspace(0, 1, width)[None, :]
    smooth = np.broadcast_to(ramp[None, :, :, None], noise.shape)
    kind = rng.integers(0, 4, n)[:, None, None, None]
    images: Images = np.choose(kind, [noise, flat, strokes, smooth]).astype(np.uint8)
    return images


def hosts(stage: Stage) -> list[Codec]:
    """Codecs that hold `stage`, for each kind of symbols where it is a coder."""
    if not isinstance(stage, Coder):
        rows = [[stage], [*text.parse("otsu"), stage], [*text.parse("dct:4"), stage]]
        return [next(codec for row in rows if (codec := _possible(row)) is not None)]
    specs = ("uint8", "threshold", "uniform:3", "uniform:12", "float32")
    rows = [[*text.parse(spec), stage] for spec in specs]
    return [codec for row in rows if (codec := _possible(row)) is not None]


def _possible(row: list[Stage]) -> Codec | None:
    try:
        return Codec(row)
    except CodecError:
        return None
