"""The codec families, each with its rate knob: what is searched. A new one is a line in FAMILIES.

A family is a text with a knob in braces, and the knob's values from the most bytes to the fewest:
accuracy falls along it with the bytes, up to noise, and the search halves its way along. `{size}`
is a share of the image's sides; `{steps}` is how long a context coder is fitted, by the time there
is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod

from fewbytes.codecs import Codec
from fewbytes.errors import CodecError
from fewbytes.types import Shape

SIZES = (6 / 7, 5 / 7, 9 / 14, 4 / 7, 1 / 2, 3 / 7, 5 / 14, 2 / 7, 1 / 5, 1 / 7, 1 / 10)
"""Shares of an image's sides: 24, 20, 18, 16, 14, 12, 10, 8, 6, 4 and 3 of 28 pixels."""

SMALLEST_SIDE = 5
"""Pixels of what is kept, unless the images are smaller."""

FIVE_SEVENTHS, SIX_SEVENTHS = 5 / 7, 6 / 7

LEVELS = (64, 32, 16, 8, 6, 4, 3)

CONTEXT_SYMBOLS = 1600
"""A context coder walks the symbols of a code one after another: of larger codes it is too slow."""

STEPS = (2500, 1000, 400)
"""Of fitting a context coder: the default, and two that are quicker and cost some per cent more."""


@dataclass(frozen=True)
class Family:
    """Codecs along one knob. `fixed` is the size of families whose knob is another."""

    name: str
    text: str
    knob: tuple[float, ...]
    fixed: float = 1.0
    colour: bool | None = None
    """True: for colour images only; False: for grey ones only."""

    def rungs(self, shape: Shape, steps: int) -> list[str]:
        """Canonical codecs for images of a shape, from the most bytes to the fewest; those that do
        not fit such images are left out.
        """
        if self.colour is not None and self.colour != (shape[2] == 3):
            return []
        texts = (self._text(value, shape, steps) for value in self.knob)
        return list(dict.fromkeys(_fitting(filter(None, texts), shape)))

    def _text(self, value: float, shape: Shape, steps: int) -> str:
        """Empty where the pictures would be too small."""
        sized = "{size}" in self.text and "{knob}" not in self.text
        share = value if sized else self.fixed
        rows, columns = (round(share * side) for side in shape[:2])
        if min(rows, columns) < min(SMALLEST_SIDE, *shape[:2]):
            return ""
        return self.text.format(size=f"{rows}x{columns}", knob=f"{value:g}", steps=steps)


FAMILIES = (
    Family(
        "grey levels, small",
        "downsample:{size}:antialias=true | lloyd:{knob}:shared=true | context:steps={steps}",
        LEVELS,
        fixed=FIVE_SEVENTHS,
    ),
    Family(
        "grey levels, nearly whole",
        "downsample:{size}:antialias=true | lloyd:{knob}:shared=true | context:steps={steps}",
        LEVELS,
        fixed=SIX_SEVENTHS,
    ),
    Family("grey levels", "lloyd:{knob}:shared=true | context:steps={steps}", LEVELS),
    Family(
        "mask",
        "downsample:{size}:antialias=true | otsu | threshold | context:steps={steps}",
        SIZES,
        colour=False,
    ),
    Family(
        "four grey levels",
        "downsample:{size}:antialias=true | lloyd:4:shared=true | context:steps={steps}",
        SIZES,
    ),
    Family("avif", "avif:{knob}:chroma=444:layout=mosaic", (90, 80, 66, 50, 40, 30, 20)),
    Family(
        "small, as avif",
        "downsample:{size}:antialias=true | uint8 | avif:66:chroma=444:layout=mosaic",
        SIZES,
    ),
    Family("webp", "webp:{knob}:layout=mosaic", (95, 85, 75, 60, 40, 20, 5)),
    Family(
        "small, as webp", "downsample:{size}:antialias=true | uint8 | webp:75:layout=mosaic", SIZES
    ),
    Family("jpeg", "jpeg:{knob}", (90, 60, 45, 30, 20, 10)),
    Family("small, as jpeg", "downsample:{size}:antialias=true | uint8 | jpeg:75", SIZES),
    Family(
        "block DCT",
        "blockdct:8 | uniform:6:step={knob} | range",
        (10, 20, 28, 40, 60, 90),
        colour=False,
    ),
    Family(
        "block DCT, colour",
        "ycbcr | blockdct:8 | uniform:6:step={knob} | range",
        (10, 20, 28, 40, 60, 90),
        colour=True,
    ),
    Family("DCT", "dct:{size} | uniform:6 | range", SIZES),
    Family("PCA", "pca:{knob} | uniform:5 | range", (128, 96, 64, 48, 32, 16)),
    Family(
        "fewer images",
        "subset:{knob} | downsample:{size}:antialias=true | lloyd:8:shared=true"
        " | context:steps={steps}",
        (0.9, 0.75, 0.6, 0.45, 0.3, 0.2, 0.1),
        fixed=FIVE_SEVENTHS,
    ),
)

LOSSLESS = ("xz", "png", "zstd:19")
"""Every pixel kept: what they decode to is the raw set, so that nothing is left to prove."""


def half_size(shape: Shape) -> str:
    """The images at half their height and width, a byte a value."""
    rows, columns = (max(1, side // 2) for side in shape[:2])
    return str(Codec.parse(f"downsample:{rows}x{columns}:antialias=true | uint8 | raw"))


def defaults(shape: Shape) -> dict[str, str]:
    """What people do out of habit, {name: codec}: the answer is compared with it."""
    return {"JPEG, quality 75": str(Codec.parse("jpeg:75")), "half the size": half_size(shape)}


def lossless(shape: Shape) -> list[str]:
    """Canonical codecs that lose nothing."""
    return list(_fitting(LOSSLESS, shape))


def symbols(codec: Codec, image_shape: Shape) -> int:
    """That the coder of a codec walks for one image. Raises CodecError where it does not fit."""
    return prod(codec.symbols(image_shape).shape)


def _fitting(texts: Iterable[str], shape: Shape) -> Iterator[str]:
    for text in texts:
        try:
            codec = Codec.parse(text)
            walked = symbols(codec, shape)
        except CodecError:
            continue
        if codec.coder.name != "context" or walked <= CONTEXT_SYMBOLS:
            yield str(codec)
