"""Images with given codes, where transforms are linear: points of a polytope, in whole numbers.

A code asks each coefficient y = x @ matrix + offset to lie in the cell of its symbol, and pixels to
lie from 0 to 255. Projections onto the one and the other in turn (Bauschke & Borwein 1996, SIAM
Review 38(3)), with momentum (Beck & Teboulle 2009, SIAM J. Imaging Sci. 2(1), section 4), find such
an x near any image one starts from. Rounded to whole numbers it leaves its cells; then single
pixels are moved by one level, each time the one that most lessens the square error of the
coefficients, until all are back. What comes of it, the codec itself must say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fewbytes.audits.affine import Affine
from fewbytes.audits.exposure import Codes, Exposure
from fewbytes.codecs import FittedCodec
from fewbytes.errors import InputError
from fewbytes.types import Images

Floats = NDArray[np.float32]

_Doubles = NDArray[np.float64]

PROJECTIONS = 200
"""From one start, at most."""

MOVES = 1_000
"""Pixels moved by one level, at most, of an image."""

ROOM = (0.4, 0.25)
"""Shares of a cell's width that are kept from its ends, tried in this order: much leaves room for
rounding, little may be all there is."""

_HALVINGS = 40
_LOOK = 10
"""Projections after which it is seen whose coefficients are in place."""

_CLOSE = 0.02
_HOPELESS = 3.0
"""Widths of a cell: as near as need be, and too far after a quarter of the projections."""

_RIDGE = 1e-8


@dataclass(frozen=True)
class Cells:
    """Where coefficients must lie for codes of m images: from `low` to `high`, each (m, d), which
    are infinite where no image reaches the end; `width` (m, d) counts what can be reached.
    """

    low: Floats
    high: Floats
    width: Floats

    def nearest(self, y: Floats, room: float) -> Floats:
        """Coefficients (m, d) brought inside, a share `room` of the width away from the ends."""
        return np.clip(y, self.low + room * self.width, self.high - room * self.width)

    def hold(self, y: Floats) -> NDArray[np.bool_]:
        """Which of the m images have all coefficients (m, d) in their cells."""
        held: NDArray[np.bool_] = np.all((y >= self.low) & (y <= self.high), axis=1)
        return held

    def miss(self, y: Floats, room: float) -> Floats:
        """How far outside the worst coefficient of each image is, (m,), in widths of its cell."""
        widths = np.maximum(self.width, max(1e-6 * float(self.width.max()), 1e-12))
        away: Floats = (np.abs(self.nearest(y, room) - y) / widths).max(1)
        return away

    def take(self, rows: NDArray[Any]) -> Cells:
        """Those of some images."""
        return Cells(self.low[rows], self.high[rows], self.width[rows])


class _Single:
    """An affine map in single precision, and back: coefficients (d,) are `back` (d, pixels) of a
    step of pixels, the shortest there is.
    """

    def __init__(self, affine: Affine) -> None:
        gram = affine.matrix.T @ affine.matrix
        gram[np.diag_indices(len(gram))] += _RIDGE * max(float(np.trace(gram)) / len(gram), 1e-12)
        self.back = np.linalg.solve(gram, affine.matrix.T).astype(np.float32)
        self.matrix = affine.matrix.astype(np.float32)
        self.offset = affine.offset.astype(np.float32)

    def of(self, x: Floats) -> Floats:
        """Coefficients (m, d) of pixels (m, pixels)."""
        y: Floats = x @ self.matrix + self.offset
        return y


def cells_of(fitted: FittedCodec, affine: Affine, codes: Codes) -> Cells:
    """The cells of codes (m, *code_shape), found by asking the quantizer, as far as pixels from 0
    to 255 can reach.

    Raises:
        InputError: a symbol stands for several coefficients.
    """
    if fitted.code_shape != fitted.coefficient_shape:
        raise InputError(f"a symbol of {fitted.codec.quantizer.name} stands for several values")
    symbols = codes.reshape(len(codes), -1)
    inside = fitted.dequantize(codes).reshape(len(codes), -1).astype(np.float64)
    least = affine.offset + 255 * np.minimum(affine.matrix, 0).sum(0)
    most = affine.offset + 255 * np.maximum(affine.matrix, 0).sum(0)
    inside = np.clip(inside, least, most)
    low = _end(fitted, symbols, inside, np.broadcast_to(least, inside.shape))
    high = _end(fitted, symbols, inside, np.broadcast_to(most, inside.shape))
    ends = np.where(low <= least, -np.inf, low), np.where(high >= most, np.inf, high)
    return Cells(*(one.astype(np.float32) for one in (*ends, high - low)))


def images_with(
    exposure: Exposure,
    codes: Codes,
    starts: Iterable[NDArray[Any]],
    unlike: Images | None = None,
) -> tuple[Images, NDArray[np.bool_]]:
    """Images (m, h, w, c) near one of the `starts`, each (m, h, w, c), that have these codes, and
    of which there is one, (m,), as the codec says; another one than `unlike` (m, h, w, c).

    Raises:
        InputError: transforms are not linear, images too large, or no cells (`cells_of`).
    """
    cells = cells_of(exposure.fitted, exposure.affine, codes)
    affine = _Single(exposure.affine)
    images = np.zeros((len(codes), *exposure.images.shape[1:]), np.uint8)
    left = np.arange(len(codes))
    for start in starts:
        for room in ROOM:
            here = cells.take(left)
            flat = start[left].reshape(len(left), -1).astype(np.float32)
            near = _projected(affine, here, flat, room)
            found = _rounded(affine, here, near, room).astype(np.uint8)
            made = found.reshape(-1, *images.shape[1:])
            good = equal_rows(exposure.encode(made), codes[left])
            if unlike is not None:
                good &= ~equal_rows(made, unlike[left])
            images[left[good]] = made[good]
            left = left[~good]
            if not len(left):
                return images, np.ones(len(codes), bool)
    return images, ~np.isin(np.arange(len(codes)), left)


def _end(fitted: FittedCodec, symbols: Codes, inside: _Doubles, outside: _Doubles) -> _Doubles:
    """By bisection, the last value towards `outside` that has the same symbol."""
    state = fitted.states.get(len(fitted.codec.transforms), {})
    signal = fitted.signals[-1]

    def same(y: _Doubles) -> NDArray[np.bool_]:
        given = torch.from_numpy(y.astype(np.float32)).reshape(-1, *signal.shape)
        found = fitted.codec.quantizer.quantize(given, signal, state)
        alike: NDArray[np.bool_] = found.numpy().reshape(len(y), -1) == symbols
        return alike

    whole, good, bad = same(outside), inside, outside
    for _ in range(_HALVINGS):
        middle = (good + bad) / 2
        held = same(middle)
        good, bad = np.where(held, middle, good), np.where(held, bad, middle)
    return np.where(whole, outside, good)


def _projected(affine: _Single, cells: Cells, start: Floats, room: float) -> Floats:
    """Pixels (m, pixels) from 0 to 255 near `start` whose coefficients are in their cells, or as
    near to them as it got.
    """
    found, left = start.copy(), np.arange(len(start))
    x = ahead = start
    for step in range(1, PROJECTIONS + 1):
        y = affine.of(ahead)
        last, x = x, (ahead + (cells.nearest(y, room) - y) @ affine.back).clip(0, 255)
        ahead = x + (step - 1) / (step + 2) * (x - last)
        if step % _LOOK == 0:
            miss = cells.miss(affine.of(x), room)
            found[left] = x
            on = (miss > _CLOSE) & ((miss < _HOPELESS) | (step < PROJECTIONS // 4))
            left, x, ahead, cells = left[on], x[on], ahead[on], cells.take(on)
            if not len(left):
                break
    return found


def _rounded(affine: _Single, cells: Cells, x: Floats, room: float) -> Floats:
    """Pixels (m, pixels) in whole numbers; of images that were in their cells, single pixels are
    moved by one level as long as that helps.
    """
    left = np.flatnonzero(cells.hold(affine.of(x)))
    x = np.rint(x)
    width = np.median(cells.width, axis=0)
    scale = 1 / np.maximum(width, 1e-9 * max(float(width.max()), 1.0))
    matrix = affine.matrix * scale  # coefficients in units of their cells
    own = np.square(matrix).sum(1)
    for _ in range(MOVES):
        y = affine.of(x[left])
        out = ~cells.take(left).hold(y)
        left, y = left[out], y[out]
        if not len(left):
            break
        slope = 2 * ((y - cells.take(left).nearest(y, room)) * scale) @ matrix.T
        gains = np.stack([own + slope, own - slope], axis=1)
        gains[:, 0][x[left] >= 255] = np.inf
        gains[:, 1][x[left] <= 0] = np.inf
        gains = gains.reshape(len(left), -1)
        best = gains.argmin(1)
        down, pixel = np.divmod(best, x.shape[1])
        helps = gains[np.arange(len(left)), best] < 0
        left = left[helps]
        x[left, pixel[helps]] += 1 - 2 * down[helps]
    return x


def equal_rows(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
    """Which records of two arrays are equal, (m,)."""
    same: NDArray[np.bool_] = (a == b).reshape(len(a), -1).all(1)
    return same
