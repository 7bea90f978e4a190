"""Distances, dimension, and information by neighbours and critics, where theory has answers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import entr
from scipy.stats import beta, norm, ortho_group

from fewbytes.measures.geometry.distances import distance_distortion
from fewbytes.measures.geometry.intrinsic_dimension import intrinsic_dimension
from fewbytes.measures.information.contrastive import contrastive_information
from fewbytes.measures.information.neighbour_information import neighbour_information
from fewbytes.measures.measurement import Measurement, named
from truths.case import Case

RECORDS = 2000

Rng = np.random.Generator
Pair = tuple[np.ndarray, np.ndarray]


def coordinates(kept: int = 16, n: int = 20_000) -> Callable[[Rng], Pair]:
    """Some of 64 coordinates of isotropic Gaussians: r is Beta(kept / 2, 32 - kept / 2), scaled."""

    def draw(rng: Rng) -> Pair:
        x = rng.normal(size=(n, 64))
        return x, x[:, :kept].astype(np.float32)

    return draw


def of_coordinates(kept: int) -> float:
    law = beta(kept / 2, 32 - kept / 2)
    return float(law.std() / law.mean())


def half_width() -> float:
    """What all but one in a thousand of Beta(8, 24) are within, of its mean of 1/4."""
    law = beta(8, 24)
    return float(
        brentq(lambda e: law.cdf((1 + e) / 4) - law.cdf((1 - e) / 4) - 0.999, 0, 3, xtol=1e-12)
    )


def stretched(n: int) -> Callable[[Rng], Pair]:
    """Each record scaled by exp(g / 2), of standard normal g: r, of norms, is exp(g)."""

    def draw(rng: Rng) -> Pair:
        x = rng.normal(size=(n, 16))
        return x, x * np.exp(rng.normal(size=(n, 1)) / 2)

    return draw


def wide_projection(rng: Rng) -> Pair:
    x = rng.normal(size=(1_000, 400))
    return x, (x @ rng.normal(size=(400, 256))).astype(np.float32)


def of_lemma() -> float:
    """The root in (0, 1) of e^3 - 1.5 e^2 + 12 ln n / k, n = 1,000 and k = 256, by Viete."""
    turn = math.acos(1 - 48 * math.log(1_000) / 256) - 2 * math.pi
    return 0.5 + math.cos(turn / 3)


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


def turned_lattice(rng: Rng) -> np.ndarray:
    """2,000 of 200 x 200 points of a square, turned within 10 dimensions, in single precision."""
    grid = np.stack(np.meshgrid(np.arange(200), np.arange(200)), -1).reshape(-1, 2)
    axes = np.linalg.qr(rng.normal(size=(10, 10)))[0][:2]
    turned: np.ndarray = (rng.permutation(grid)[:RECORDS] @ axes).astype(np.float32)
    return turned


def uneven(rng: Rng) -> np.ndarray:
    logs: np.ndarray = np.exp(3 * rng.normal(size=(RECORDS, 2)))
    return logs


def stretched_pair(rng: Rng) -> Pair:
    """Gaussians, correlation 0.9, one of them through exp(5 x)."""
    x, y = gaussians(RECORDS, 1, 0.9)(rng)
    return np.exp(5 * x), y


def parity(d: int) -> Callable[[Rng], Pair]:
    def draw(rng: Rng) -> Pair:
        z = rng.normal(size=(RECORDS, d))
        return z, (z > 0).sum(1) % 2

    return draw


def symbols(wrong: float, n: int) -> Callable[[Rng], Pair]:
    """One of 4 symbols, and the same or with a chance any of the 4, each as one of 4 bits."""

    def draw(rng: Rng) -> Pair:
        y = rng.integers(0, 4, n)
        z = np.where(rng.random(n) < wrong, rng.integers(0, 4, n), y)
        return np.eye(4)[z], np.eye(4)[y]

    return draw


def of_symbols(wrong: float) -> float:
    each = np.array([1 - 3 * wrong / 4, *[wrong / 4] * 3])
    return float(2 - entr(each).sum() / math.log(2))


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


def _contrastive(
    draw: Callable[[Rng], Pair], most: float | None = None
) -> Callable[[int], Measurement]:
    def run(seed: int) -> Measurement:
        return contrastive_information(*draw(np.random.default_rng(seed)), seed=seed, most=most)

    return run


_SIXTEEN, _ONE = "16 of 64 Gaussian coordinates", "1 of 64 Gaussian coordinates"
_SPREAD = of_coordinates(16)
_DISTANCES: list[tuple[str, str, float, Callable[[Rng], Pair], float | None]] = [
    ("distances.spread", _SIXTEEN, _SPREAD, coordinates(), 0.05),
    ("norms.spread", _SIXTEEN, _SPREAD, coordinates(), 0.05),
    ("distances.correlation", _SIXTEEN, 0.5, coordinates(), 0.1),
    ("distances.distortion", _SIXTEEN, half_width(), coordinates(), 1.0),
    ("distances.spread", f"{_SIXTEEN}, 2,000 records", _SPREAD, coordinates(16, RECORDS), 0.2),
    ("distances.correlation", f"{_SIXTEEN}, 2,000 records", 0.5, coordinates(16, RECORDS), 0.3),
    (
        "distances.spread",
        f"{_ONE}, 2,000 records",
        of_coordinates(1),
        coordinates(1, RECORDS),
        None,
    ),
    ("norms.spread", f"{_ONE}, 2,000 records", of_coordinates(1), coordinates(1, RECORDS), None),
    (
        "norms.spread",
        "records stretched by lognormals",
        math.sqrt(math.e - 1),
        stretched(RECORDS),
        2,
    ),
    ("distances.spread", "a fixed projection of 256 to 64", of_projection(), projection, 0.05),
    ("distances.distortion", "a rotation of pixels", 0.0, rotation, 1e-4),
    ("distances.spread", "a rotation of pixels", 0.0, rotation, 1e-4),
    ("distances.correlation", "a rotation of pixels", 1.0, rotation, 1e-4),
    ("distances.johnson_lindenstrauss", "1,000 points to 256", of_lemma(), wide_projection, 1e-6),
]
_SURFACES: list[tuple[str, float, Callable[[Rng], np.ndarray]]] = [
    ("a circle in 10 dimensions", 1, sphere(1, 10)),
    ("a sphere S^2", 2, sphere(2, 3)),
    ("a sphere S^5 in 20 dimensions", 5, sphere(5, 20)),
    ("a swiss roll", 2, swiss_roll),
    ("a cube of 5", 5, lambda rng: rng.random((RECORDS, 5))),
    ("a cube of 20", 20, lambda rng: rng.random((RECORDS, 20))),
    ("Gaussians of 50", 50, lambda rng: rng.normal(size=(RECORDS, 50))),
    ("a turned lattice", 2, turned_lattice),
    ("lognormals of sigma 3", 2, uneven),
    ("200 Gaussians of 2", 2, lambda rng: rng.normal(size=(200, 2))),
]
_GAUSSIANS = [(1, 0.0), (1, 0.3), (1, 0.9), (5, 0.5)]
_LABELS: list[tuple[str, float, Callable[[Rng], Pair]]] = [
    ("a bit in Gaussian noise", of_channel(), channel(1)),
    ("a bit in Gaussian noise of 4", of_channel(), channel(4)),
    ("a bit in Gaussian noise of 25", of_channel(), channel(25)),
    ("a bit through a binary channel", of_sign(), channel(1, sign=True)),
    ("the parity of 2 signs", 1.0, parity(2)),
    ("the parity of 4 signs", 1.0, parity(4)),
    ("the parity of 8 signs", 1.0, parity(8)),
]

CASES: list[Case] = [
    *(
        Case(name, what, truth, _distances(name, draw), most_width=width)
        for name, what, truth, draw, width in _DISTANCES
    ),
    *(
        Case(
            f"dimension.{name}", what, truth, _dimension(f"dimension.{name}", draw),
            most_width=max(1, truth / 2),
        )
        for what, truth, draw in _SURFACES
        for name in ("two_nn", "ml")
    ),
    *(
        Case(
            f"dimension.{name}.half", what, truth, _dimension(f"dimension.{name}.half", draw),
            most_width=max(1, truth / 2),
        )
        for what, truth, draw in _SURFACES[1:4]
        for name in ("two_nn", "ml")
    ),
    *(
        Case(
            "neighbours.information", f"Gaussians of {d}, correlation {rho:.2f}",
            of_gaussians(d, rho), _neighbours(gaussians(RECORDS, d, rho), discrete=False),
            most_width=0.5 if d == 1 else None,
        )
        for d, rho in _GAUSSIANS
    ),
    Case(
        "neighbours.information", "Gaussians of 1, correlation 0.90, exp(5 x)",
        of_gaussians(1, 0.9), _neighbours(stretched_pair, discrete=False), most_width=0.5,
    ),
    *(
        Case("neighbours.information", what, truth, _neighbours(draw, discrete=True))
        for what, truth, draw in _LABELS
    ),
    *(
        Case(
            f"neighbours.{name}", "Gaussians of 1, correlation 0.90", truth,
            _neighbours(gaussians(RECORDS, 1, 0.9), discrete=False, name=name), most_width=0.8,
        )
        for name, truth in (
            ("shuffled", 0.0), ("copies", of_gaussians(1, 0.9)), ("half", of_gaussians(1, 0.9)),
        )
    ),
    *(
        Case(
            "contrastive.information", f"4 symbols, {100 * wrong:.0f} % at random",
            of_symbols(wrong), _contrastive(symbols(wrong, 4096), most=2.0),
            most_width=width,
        )
        for wrong, width in ((0.0, 0.1), (0.2, 1.2), (1.0, None))
    ),
    *(
        Case(
            "contrastive.information", f"Gaussians of {d}, correlation {rho:.2f}",
            of_gaussians(d, rho), _contrastive(gaussians(4096, d, rho)),
        )
        for d, rho in ((1, 0.9), (5, 0.5), (20, 0.9))
    ),
]  # fmt: skip
