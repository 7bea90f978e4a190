"""blockdct: the discrete cosine transform of small blocks, as in JPEG.

The picture is cut into blocks of `size` x `size` pixels, its last row and column repeated to fill
the last ones. Each block becomes its orthonormal DCT-II (ITU-T T.81, A.3.3, of any size), in
zig-zag order (T.81, figure A.6), of which the first `keep` are kept. The blocks stay where they
are: the result is a picture of fewer pixels, whose channels are frequencies, those of the first
channel before those of the second.

With `weights=jpeg` each coefficient is divided by the example tables of T.81, annex K (K.1 for the
first channel, K.2 for the others), over 16, the luminance's first entry: one step of 16 behind it
quantizes as those tables do, JPEG's quality 50. Other sizes take the tables at their frequencies.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import pad

from fewbytes.codecs import Signal, Transform, argument, option
from fewbytes.codecs.linear import product
from fewbytes.types import Shape, State

WEIGHTS = ("flat", "jpeg")

LUMINANCE = np.array(  # T.81, table K.1
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float64,
)
CHROMINANCE = np.full((8, 8), 99.0)  # T.81, table K.2
CHROMINANCE[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]


@dataclass(frozen=True)
class BlockDCT(Transform):
    """DCT of blocks: (h, w, c) -> (blocks down, blocks across, kept frequencies of all channels).

    Channels after the first keep `keep_chroma` frequencies: put ycbcr before it.
    """

    name = "blockdct"
    linear = True
    spatial = True
    needs_picture = True

    size: int = argument("pixels a side of a block, 2 to 32", default=8)
    keep: int = option(0, "frequencies kept, in zig-zag order; 0: all")
    keep_chroma: int = option(0, "those kept of the channels after the first; 0: as many")
    weights: str = option("flat", "what coefficients are divided by", choices=WEIGHTS)

    def __post_init__(self) -> None:
        self.require(2 <= self.size <= 32, f"size must lie between 2 and 32, not {self.size}")
        for name, keep in (("keep", self.keep), ("keep_chroma", self.keep_chroma)):
            self.require(
                0 <= keep <= self.size**2,
                f"{name} must lie between 1 and {self.size**2}, or be 0 for all, not {keep}",
            )
        self.require(
            self.weights in WEIGHTS, f"weights is {' or '.join(WEIGHTS)}, not {self.weights!r}"
        )

    def output_shape(self, shape: Shape) -> Shape:
        down, across = self._grid(shape)
        return (down, across, sum(self._kept(shape)))

    def forward(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        n, h, w, c = x.shape
        (down, across), s = self._grid(signal.shape), self.size
        planes = x.permute(3, 0, 1, 2).float()  # (c, n, h, w)
        planes = pad(planes, (0, across * s - w, 0, down * s - h), mode="replicate")
        blocks = planes.reshape(c, n, down, s, across, s).transpose(3, 4).reshape(c, -1, s * s)
        bases = self._bases(signal.shape, x.device)
        parts = [product(plane, basis.T) for plane, basis in zip(blocks, bases, strict=True)]
        return torch.cat(parts, 1).view(n, down, across, -1)

    def inverse(self, y: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        (down, across), s, n = self._grid(signal.shape), self.size, len(y)
        parts = torch.split(y.reshape(n * down * across, -1), self._kept(signal.shape), dim=1)
        bases = self._bases(signal.shape, y.device, decoding=True)
        planes = [product(part.contiguous(), b) for part, b in zip(parts, bases, strict=True)]
        blocks = torch.stack(planes, -1).view(n, down, across, s, s, -1)
        whole = blocks.transpose(2, 3).reshape(n, down * s, across * s, -1)
        return whole[:, : signal.shape[0], : signal.shape[1]].contiguous()

    def _grid(self, shape: Shape) -> tuple[int, int]:
        return -(-shape[0] // self.size), -(-shape[1] // self.size)

    def _kept(self, shape: Shape) -> list[int]:
        """Frequencies kept of each channel."""
        first = self.keep or self.size**2
        return [first] + [self.keep_chroma or first] * (shape[2] - 1)

    def _bases(
        self, shape: Shape, device: torch.device, decoding: bool = False
    ) -> list[torch.Tensor]:
        """For each channel (kept, size * size)."""
        return [
            basis(self.size, keep, self.weights, bool(channel), decoding).to(device)
            for channel, keep in enumerate(self._kept(shape))
        ]


@cache
def basis(size: int, keep: int, weights: str, chroma: bool, decoding: bool) -> torch.Tensor:
    """The `keep` lowest patterns of a block, over their weights, or to decode times them:
    (keep, size * size) float32.
    """
    u, i = np.arange(size)[:, None], np.arange(size)[None, :]
    line = np.sqrt(2 / size) * np.cos(np.pi * (2 * i + 1) * u / (2 * size))
    line[0] /= np.sqrt(2)
    rows, columns = zigzag(size)[:keep].T
    patterns = (line[rows][:, :, None] * line[columns][:, None, :]).reshape(keep, -1)
    if weights == "jpeg":
        by = weight_table(size, chroma)[rows, columns][:, None]
        patterns = patterns * by if decoding else patterns / by
    return torch.from_numpy(patterns.astype(np.float32))


def zigzag(size: int) -> NDArray[np.int64]:
    """(row, column) of each frequency, from the lowest on: (size * size, 2)."""
    places = [(row, column) for row in range(size) for column in range(size)]
    # diagonals of an even number run upwards, the others downwards
    places.sort(key=lambda p: (p[0] + p[1], -p[0] if (p[0] + p[1]) % 2 == 0 else p[0]))
    return np.array(places)


def weight_table(size: int, chroma: bool) -> NDArray[np.float64]:
    """Weights (size, size): the table of annex K, linear between its frequencies, over 16."""
    at = np.minimum(np.arange(size) * 8 / size, 7)[:, None]
    between = np.maximum(0, 1 - np.abs(at - np.arange(8)[None, :]))  # (size, 8)
    table = between @ (CHROMINANCE if chroma else LUMINANCE) @ between.T
    return np.asarray(table / LUMINANCE[0, 0], np.float64)
