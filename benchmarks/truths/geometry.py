"""Distances, dimension, and information by neighbours and critics, where theory has answers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.integrate import quad
from scipy.stats import beta, norm, ortho_group

from fewbytes.measures.contrastive import contrastive_information
from fewbytes.measures.distances import distance_distortion
from fewbytes.measures.intrinsic_dimension import intrinsic_dimension
from fewbytes.measures.measurement import Measurement, named
from fewbytes.measures.neighbour_information import neighbour_information
from truths.case import Case

RECORDS = 2000

Rng = np.random.Generator
Pair = tuple[np.ndarray, np.ndarray]


def coordinates(rng: Rng) -> Pair:
    """16 of 64 coordinates of isotropic Gaussians: r is Beta(8, 24), up to scale."""
    x = rng.normal(size=(20_000, 64))
    return x, x[:, :16].astype(np.float32)


def rotation(rng: Rng) -> Pair:
    x = rng.integers(0, 256, (20_000, 64)).astype(np.uint8)
    return x, (x @ ortho_group.rvs(64, random_state=rng)).astype(np.float32)


MATRIX = np.random.default_rng(7).normal(size=(256, 64))


def projection(rng: Rng) -> Pair:
    x = rng.normal(size=(20_000, 256))
    return x, (x @ MATRIX).astype(np.float32)


def of_projection() -> float:
    """r is u'Au with u on the sphere in d dimensions, and A the matrix times its transpose."""
    d, squares = len(MATRIX), np.linalg.svd(MATRIX, compute_uv=False) ** 2
    ratio = float((squares**2).sum() / squares.sum() ** 2)
    return math.sqrt(2 * (d * ratio - 1) / (d + 2))


def sphere(d: int, within: int) -> Callable[[Rng], np.ndarray]:
    """The unit sphere of dimension d, turned within a space of more."""

    def draw(rng: Rng) -> np.ndarray:
        z = rng.normal(size=(RECORDS, d + 1))
        axes = np.linalg.qr(rng.normal(size=(within, d + 1)))[0]
        turned: np.ndarray = z / np.linalg.norm(z, axis=1, keepdims=True) @ axes.T
        return turned

    return draw


def swiss_roll(rng: Rng) -> np.ndarray:
    t = 1.5 * np.pi * (1 + 2 * rng.random(RECORDS))
    return np.stack([t * np.cos(t), 21 * rng.random(RECORDS), t * np.sin(t)], 1)


def gaussians(n: int, d: int, rho: float) -> Callable[[Rng], Pair]:
    def draw(rng: Rng) -> Pair:
        x = rng.normal(size=(n, d))
        return x, rho * x + math.sqrt(1 - rho**2) * rng.normal(size=(n, d))

    return draw


def of_gaussians(d: int, rho: float) -> float:
    return d / 2 * math.log2(1 / (1 - rho**2))


def channel(d: int, *, sign: bool = False) -> Callable[[Rng], Pair]:
    """A fair bit, and Gaussians whose means are 2 apart; or which mean is nearer."""

    def draw(rng: Rng) -> Pair:
        y = rng.integers(0, 2, RECORDS)
        z = y[:, None] * 2 / math.sqrt(d) + rng.normal(size=(RECORDS, d))
        return (z > 1).astype(np.float32) if sign else z, y

    return draw


def of_channel() -> float:
    def surprise(x: float) -> float:
        p = (norm.pdf(x) + norm.pdf(x - 2)) / 2
        return float(-p * math.log2(p))

    return float(quad(surprise, -9, 11)[0]) - math.log2(2 * math.pi * math.e) / 2


def of_sign() -> float:
    wrong = float(norm.cdf(-1))
    return 1 + wrong * math.log2(wrong) + (1 - wrong) * math.log2(1 - wrong)


def _distances(name: str, draw: Callable[[Rng], Pair]) -> Callable[[int], Measurement]:
    def run(seed: int) -> Measurement:
        x, z = draw(np.random.default_rng(seed))
        return named(distance_distortion(x, z, seed=seed))[name]

    return run


def _dimension(name: str, draw: Callable[[Rng], np.ndarray]) -> Callable[[int], Measurement]:
    def run(seed: int) -> Measurement:
        return named(intrinsic_dimension(draw(np.random.default_rng(seed)), seed=seed))[name]

    return run


def _neighbours(
    draw: Callable[[Rng], Pair], *, discrete: bool, name: str = "information"
) -> Callable[[int], Measurement]:
    def run(seed: int) -> Measurement:
        z, y = draw(np.random.default_rng(seed))
        return named(neighbour_information(z, y, discrete=discrete, seed=seed))[
            f"neighbours.{name}"
        ]

    return run


def _contrastive(draw: Callable[[Rng], Pair]) -> Callable[[int], Measurement]:
    def run(seed: int) -> Measurement:
        return contrastive_information(*draw(np.random.default_rng(seed)), seed=seed)

    return run


_SPREAD = float(beta(8, 24).std()) * 4
_DISTANCES = [
    ("distances.spread", "16 of 64 Gaussian coordinates", _SPREAD, coordinates),
    ("norms.spread", "16 of 64 Gaussian coordinates", _SPREAD, coordinates),
    ("distances.correlation", "16 of 64 Gaussian coordinates", 0.5, coordinates),
    ("distances.spread", "a fixed projection of 256 to 64", of_projection(), projection),
    ("distances.distortion", "a rotation of pixels", 0.0, rotation),
    ("distances.spread", "a rotation of pixels", 0.0, rotation),
    ("distances.correlation", "a rotation of pixels", 1.0, rotation),
]
_SURFACES: list[tuple[str, float, Callable[[Rng], np.ndarray]]] = [
    ("a circle in 10 dimensions", 1, sphere(1, 10)),
    ("a sphere S^2", 2, sphere(2, 3)),
    ("a sphere S^5 in 20 dimensions", 5, sphere(5, 20)),
    ("a swiss roll", 2, swiss_roll),
    ("a cube of 5", 5, lambda rng: rng.random((RECORDS, 5))),
    ("a cube of 20", 20, lambda rng: rng.random((RECORDS, 20))),
    ("Gaussians of 50", 50, lambda rng: rng.normal(size=(RECORDS, 50))),
]
_GAUSSIANS = [(1, 0.0), (1, 0.3), (1, 0.9), (5, 0.5), (25, math.sqrt(1 - math.exp(-2 * 1.29 / 25)))]
_LABELS: list[tuple[str, float, Callable[[Rng], Pair]]] = [
    ("a bit in Gaussian noise", of_channel(), channel(1)),
    ("a bit in Gaussian noise of 4", of_channel(), channel(4)),
    ("a bit in Gaussian noise of 25", of_channel(), channel(25)),
    ("a bit through a binary channel", of_sign(), channel(1, sign=True)),
]

CASES: list[Case] = [
    *(Case(name, what, truth, _distances(name, draw)) for name, what, truth, draw in _DISTANCES),
    *(
        Case(f"dimension.{name}", what, truth, _dimension(f"dimension.{name}", draw))
        for what, truth, draw in _SURFACES
        for name in ("two_nn", "ml")
    ),
    *(
        Case(
            "neighbours.information", f"Gaussians of {d}, correlation {rho:.2f}",
            of_gaussians(d, rho), _neighbours(gaussians(RECORDS, d, rho), discrete=False),
        )
        for d, rho in _GAUSSIANS
    ),
    *(
        Case("neighbours.information", what, truth, _neighbours(draw, discrete=True))
        for what, truth, draw in _LABELS
    ),
    Case(
        "neighbours.shuffled", "Gaussians of 1, correlation 0.90", 0.0,
        _neighbours(gaussians(RECORDS, 1, 0.9), discrete=False, name="shuffled"),
    ),
    *(
        Case(
            "contrastive.information", f"Gaussians of {d}, correlation {rho:.2f}",
            of_gaussians(d, rho), _contrastive(gaussians(4096, d, rho)),
        )
        for d, rho in ((1, 0.0), (1, 0.9), (5, 0.5), (20, 0.9))
    ),
]  # fmt: skip
