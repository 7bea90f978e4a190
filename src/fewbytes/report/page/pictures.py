"""Sample images as PNG in data URIs, within a budget of bytes."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fewbytes.studies.samples import Samples
from fewbytes.types import Images

BUDGET = 3_000_000
"""Characters of all pictures together; the page is to stay under 5 MB."""

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

    title: str
    original: Picture
    decoded: Picture
    difference: Picture


def triples(samples: Mapping[str, Samples], budget: int = BUDGET) -> dict[str, list[Triple]]:
    """The pictures of every codec, as many of each as the budget allows; a codec without any is
    left out.
    """
    most = max((len(one.labels) for one in samples.values()), default=0)
    drawn = {codec: _triples(one) for codec, one in samples.items()}
    for count in range(most, 0, -1):
        chosen = {codec: ones[:count] for codec, ones in drawn.items()}
        if sum(_length(one) for ones in chosen.values() for one in ones) <= budget:
            return chosen
    return {}


def difference(original: Images, decoded: Images) -> NDArray[np.uint8]:
    """Where two images (h, w, c) differ, (h, w, 4) RGBA: orange where the decoded one is brighter,
    blue where it is darker, clear where they are the same. Of colours, the channel that differs
    most counts.
    """
    gap = decoded.astype(np.int16) - original.astype(np.int16)
    most = np.abs(gap).argmax(axis=2)
    signed = np.take_along_axis(gap, most[..., None], axis=2)[..., 0]
    shown = np.empty((*signed.shape, 4), np.uint8)
    shown[..., :3] = np.where(signed[..., None] > 0, BRIGHTER, DARKER)
    shown[..., 3] = np.abs(signed)
    return shown


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Pixels (h, w, c) of 1, 3 or 4 channels as a file."""
    content = io.BytesIO()
    squeezed = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    Image.fromarray(np.ascontiguousarray(squeezed)).save(content, format="PNG", optimize=True)
    return content.getvalue()


def _triples(samples: Samples) -> list[Triple]:
    return [_triple(samples, i) for i in range(len(samples.labels))]


def _triple(samples: Samples, i: int) -> Triple:
    original, decoded = samples.originals[i], samples.decoded[i]
    name = samples.names[i] if samples.names else str(samples.labels[i])
    what = f"training image {samples.ids[i]}, class {name}"
    return Triple(
        name,
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


def cropped(samples: Sequence[Samples]) -> str:
    """What a reader should know of pictures that are the middle of larger images."""
    for one in samples:
        rows, columns = one.originals.shape[1:3]
        if one.shape != (rows, columns):
            whole = f"{one.shape[1]} × {one.shape[0]}"
            return f"The middle {columns} × {rows} pixels of images of {whole}."
    return ""
