"""Sample images as PNG in data URIs, within a budget of bytes."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fewbytes.studies.samples import SIDE, Samples, middle
from fewbytes.types import Images

BUDGET = 2_000_000
"""Characters of all pictures together; the page is to stay under 5 MB."""

SIDES = (SIDE, 96, 64, 48, 32, 24, 16)
LEAST = 3
"""Images of each codec that are worth smaller pictures."""

EXPECTED = 0.8
"""Characters of a data URI for each value of a picture: of four for three bytes, PNG saves some."""

GAIN = 3
"""Differences are drawn so many times stronger: those of a good codec would not be seen."""

BRIGHTER, DARKER = (213, 94, 0), (0, 114, 178)
"""Colours of pixels that came back brighter and darker: two that colour-blind eyes tell apart."""


@dataclass(frozen=True)
class Picture:
    """One image for the page: its data URI, size in pixels, and what it shows in words."""

    uri: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class Triple:
    """An image, what came back of it, and their difference."""

    original: Picture
    decoded: Picture
    difference: Picture


def triples(samples: Mapping[str, Samples], budget: int = BUDGET) -> dict[str, list[Triple]]:
    """The pictures of every codec, as many of each as the budget allows; where images are large and
    codecs many, of their middle. Empty where the budget does not hold one of each.
    """
    side = _side(list(samples.values()), budget)
    drawn = {codec: _triples(one, side) for codec, one in samples.items()}
    most = max((len(ones) for ones in drawn.values()), default=0)
    for count in range(most, 0, -1):
        chosen = {codec: ones[:count] for codec, ones in drawn.items()}
        if sum(_length(one) for ones in chosen.values() for one in ones) <= budget:
            return chosen
    return {}


def _side(samples: Sequence[Samples], budget: int) -> int:
    """Rows and columns at most, so that LEAST of each codec can be expected to fit."""
    for side in SIDES:
        values = sum(
            LEAST * min(side, one.originals.shape[1]) * min(side, one.originals.shape[2])
            * (2 * one.originals.shape[3] + 4)
            for one in samples
        )  # fmt: skip
        if EXPECTED * values <= budget:
            return side
    return SIDES[-1]


def difference(original: Images, decoded: Images) -> NDArray[np.uint8]:
    """Where two images (h, w, c) differ, (h, w, 4) RGBA: orange where the decoded one is brighter,
    blue where it is darker, clear where they are the same, GAIN times as strong. Of colours, the
    channel that differs most counts.
    """
    gap = decoded.astype(np.int16) - original.astype(np.int16)
    most = np.abs(gap).argmax(axis=2)
    signed = np.take_along_axis(gap, most[..., None], axis=2)[..., 0]
    shown = np.empty((*signed.shape, 4), np.uint8)
    shown[..., :3] = np.where(signed[..., None] > 0, BRIGHTER, DARKER)
    shown[..., 3] = np.minimum(255, GAIN * np.abs(signed.astype(np.int32)))
    return shown


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Pixels (h, w, c) of 1, 3 or 4 channels as a file."""
    content = io.BytesIO()
    squeezed = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    Image.fromarray(np.ascontiguousarray(squeezed)).save(content, format="PNG", optimize=True)
    return content.getvalue()


def _triples(samples: Samples, side: int) -> list[Triple]:
    originals, decoded = middle(samples.originals, side), middle(samples.decoded, side)
    return [_triple(samples, i, originals[i], decoded[i]) for i in range(len(samples.labels))]


def _triple(samples: Samples, i: int, original: Images, decoded: Images) -> Triple:
    name = samples.names[i] if samples.names else str(samples.labels[i])
    what = f"training image {samples.ids[i]}, class {name}"
    return Triple(
        _picture(original, f"original: {what}"),
        _picture(decoded, f"decoded: {what}"),
        _picture(difference(original, decoded), f"difference: {what}; {_said(original, decoded)}"),
    )


def _said(original: Images, decoded: Images) -> str:
    """The difference in words, for those who do not see it."""
    gap = np.abs(decoded.astype(np.int16) - original.astype(np.int16))
    if not gap.any():
        return "none"
    return f"{gap.mean():.1f} grey levels on average, {gap.max()} at most"


def _picture(pixels: NDArray[np.uint8], alt: str) -> Picture:
    uri = "data:image/png;base64," + base64.b64encode(png(pixels)).decode()
    return Picture(uri, pixels.shape[1], pixels.shape[0], alt)


def _length(one: Triple) -> int:
    return sum(len(picture.uri) for picture in (one.original, one.decoded, one.difference))


def cropped(samples: Mapping[str, Samples], shown: Mapping[str, Sequence[Triple]]) -> str:
    """What a reader should know of pictures that are the middle of larger images."""
    for codec, ones in shown.items():
        (rows, columns), part = samples[codec].shape, ones[0].original
        if (part.height, part.width) != (rows, columns):
            return (
                f"Shown are the middle {part.width} × {part.height} pixels of images of "
                f"{columns} × {rows}."
            )
    return ""
