"""The data behind each plot, without the drawing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Codec
from fewbytes.measures.distortion.fidelity import decibels
from fewbytes.measures.distortion.gaussian_rate import rate_distortion_curve
from fewbytes.measures.information.error_bounds import fano_information
from fewbytes.studies.frontier import frontier
from fewbytes.studies.summary import Line

Floats = NDArray[np.float64]
Curves = Mapping[str, Mapping[str, NDArray[Any]]]
"""Arrays of each cell, by the cell's key."""

CURVE_POINTS = 200

GAUSSIAN = "Gaussian of the same covariance (reverse water-filling): R(D) is not above"
"""What the bound is called in plots."""

SMOOTHED_STEPS = 25
"""Training losses are means over this many steps: single batches would hide the trend."""


@dataclass(frozen=True)
class Band:
    """A mean curve over seeds with its standard error (zero for one seed): each (points,)."""

    line: Line
    x: Floats
    mean: Floats
    stderr: Floats


@dataclass(frozen=True)
class Points:
    """Cells of a codec family, view and model, by rising bytes: what one curve joins."""

    lines: list[Line]

    @property
    def x(self) -> list[float]:
        return [line.total_bytes for line in self.lines]

    @property
    def y(self) -> list[float]:
        return [line.test_accuracy.mean for line in self.lines]


def train_loss(lines: Sequence[Line], cells: Curves) -> list[Band]:
    """Training loss against the step, smoothed."""

    def smooth(loss: NDArray[Any]) -> tuple[Floats, Floats]:
        width = min(SMOOTHED_STEPS, len(loss))
        whole = len(loss) // width * width
        means: Floats = loss[:whole].astype(np.float64).reshape(-1, width).mean(1)
        steps: Floats = (np.arange(len(means), dtype=np.float64) + 0.5) * width
        return steps, means

    return _bands(lines, cells, "train_loss", smooth)


def val_loss(lines: Sequence[Line], cells: Curves) -> list[Band]:
    """Validation loss against the epoch, from 1."""
    return _bands(
        lines,
        cells,
        "val_loss",
        lambda loss: (np.arange(1.0, len(loss) + 1), loss.astype(np.float64)),
    )


def curves(lines: Sequence[Line]) -> list[Points]:
    """Lines that differ in the values of their stages alone, by rising bytes."""
    groups: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((family(line.codec), line.view, line.model), []).append(line)
    return [Points(sorted(group, key=lambda line: line.total_bytes)) for group in groups.values()]


def best(lines: Sequence[Line]) -> Points:
    """The frontier: the lines that no other beats on both total bytes and test accuracy."""
    kept = frontier([(line.total_bytes, line.test_accuracy.mean) for line in lines])
    return Points([lines[i] for i in kept])


@dataclass(frozen=True)
class Curve:
    """Points of a curve that theory gives, each (points,)."""

    x: Floats
    y: Floats


def informed(lines: Sequence[Line]) -> list[Line]:
    """The lines that say how many bits about the label their codes hold."""
    return [line for line in lines if line.label_bits is not None]


def least_information(lines: Sequence[Line]) -> Curve | None:
    """Fano's inequality: an accuracy (y) cannot be had with less information on the label (x, in
    bits). None where no line says how much there is to know.
    """
    known = [line for line in lines if line.label_entropy and line.classes]
    if not known:
        return None
    entropy, classes = known[0].label_entropy or 0.0, known[0].classes or 2
    accuracy = np.linspace(1 / classes, 1, 400)
    bits = np.array([fano_information(1 - a, classes, entropy) for a in accuracy])
    return Curve(np.maximum(bits, 0), accuracy)


def distortions(lines: Sequence[Line]) -> list[Line]:
    """One line for each codec that says how far decoded images are from the originals. Codecs that
    leave images out are none of these: fewer bytes an image would look like a lower rate.
    """
    said = [line for line in lines if line.psnr is not None]
    return list(
        {line.codec: line for line in said if not Codec.parse(line.codec).selection}.values()
    )


def gaussian_bound(variances: Floats, low: float, high: float) -> Curve:
    """Reverse water-filling: PSNR in dB (y) against bytes an image (x) of a Gaussian source with
    these variances along its principal axes, from a third of the bytes `low` to three times `high`.
    """
    if not variances.any():
        return Curve(np.zeros(0), np.zeros(0))
    mse, bits = rate_distortion_curve(variances, CURVE_POINTS)
    kept = (bits > 8 * low / 3) & (bits < 8 * high * 3)
    return Curve(bits[kept] / 8, np.array([decibels(float(d)) for d in mse[kept]]))


def family(codec: str) -> str:
    """The codec without the values of its stages: `dct:16 | uniform:8` is `dct | uniform`."""
    return " | ".join(re.split(r":", stage.strip())[0] for stage in codec.split("|"))


def _bands(
    lines: Sequence[Line],
    cells: Curves,
    name: str,
    points: Callable[[NDArray[Any]], tuple[Floats, Floats]],
) -> list[Band]:
    bands = []
    for line in lines:
        drawn = [points(cells[key][name]) for key in line.keys if key in cells]
        if not drawn:
            continue
        values = np.stack([y for _, y in drawn])
        n = len(values)
        stderr = values.std(0, ddof=1) / np.sqrt(n) if n > 1 else np.zeros(values.shape[1])
        bands.append(Band(line, drawn[0][0], values.mean(0), stderr))
    return bands
