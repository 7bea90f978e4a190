"""Fidelity, the Gaussian bound, the rate-distortion function and the Bjontegaard delta rate.

Where a measure computes and samples nothing, seeds move what must not matter: the order of symbols
and the places of points on a curve.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fewbytes.measures.distortion.bd_rate import bd_rate
from fewbytes.measures.distortion.blahut_arimoto import blahut_arimoto, empirical_rate
from fewbytes.measures.distortion.fidelity import PEAK, psnr, squared_error, ssim
from fewbytes.measures.distortion.gaussian_rate import gaussian_bound, gaussian_rate, rate_gap
from fewbytes.measures.measurement import Measurement
from truths.case import Case

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Array]


def _altered(seed: int, share: float, step: int, n: int = 2000) -> tuple[NDArray[np.uint8], ...]:
    """Images of one grey each, and the same with all pixels of a share of images off by `step`."""
    rng = np.random.default_rng(seed)
    originals = np.full((n, 12, 12, 1), 100, np.uint8)
    off = step * (rng.random((n, 1, 1, 1)) < share)
    return originals, (originals + off).astype(np.uint8)


def _luminance(a: float, b: float) -> float:
    """SSIM of two flat images: Wang et al. 2004, eq. 6."""
    c1 = (0.01 * PEAK) ** 2
    return (2 * a * b + c1) / (a * a + b * b + c1)


def _white(seed: int) -> tuple[NDArray[np.uint8], ...]:
    """2,000 white images of 11 x 11, a single window, and the same with one pixel of 254."""
    originals = np.full((2000, 11, 11, 1), PEAK, np.uint8)
    decoded = originals.copy()
    pixels = np.random.default_rng(seed).integers(0, 121, 2000)
    decoded.reshape(2000, 121)[np.arange(2000), pixels] -= 1
    return originals, decoded


def _white_truth() -> float:
    """A weight w of the window lowers the mean by w, and makes the variance w (1 - w)."""
    line = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    w = np.outer(line, line) / line.sum() ** 2
    c1, c2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2
    light = 1 - w**2 / (PEAK**2 + (PEAK - w) ** 2 + c1)  # for 2ab is a^2 + b^2 - (a - b)^2
    return float(np.mean(light * c2 / (w * (1 - w) + c2)))


def _noise_error(seed: int) -> Measurement:
    rng = np.random.default_rng(seed)
    originals = rng.integers(10, 246, (2000, 12, 12, 1), dtype=np.uint8)
    decoded = originals.astype(np.int16) + rng.integers(-7, 8, originals.shape)
    return squared_error(originals, decoded.astype(np.uint8))


FIDELITY = [
    Case("mse", "uniform noise of -7 to 7", (15**2 - 1) / 12, _noise_error),
    Case("mse", "1 of 5 images off by 30", 180.0, lambda s: squared_error(*_altered(s, 0.2, 30))),
    Case("mse", "1 of 500 images off by 99", 19.602,
         lambda s: squared_error(*_altered(s, 0.002, 99))),
    Case("mse", "black to white", 65025.0,
         lambda s: squared_error(*(np.full((50, 4, 4, 1), x, np.uint8) for x in (0, 255)))),
    Case("psnr", "uniform noise of -7 to 7", 10 * math.log10(PEAK**2 * 12 / (15**2 - 1)),
         lambda s: psnr(_noise_error(s))),
    Case("psnr", "identical", math.inf, lambda s: psnr(squared_error(*_altered(s, 0, 0)))),
    Case("ssim", "identical", 1.0, lambda s: ssim(*_altered(s, 0, 0))),
    Case("ssim", "half of flat images brighter", (1 + _luminance(100, 150)) / 2,
         lambda s: ssim(*_altered(s, 0.5, 50))),
    Case("ssim", "white, one pixel of 254", _white_truth(), lambda s: ssim(*_white(s))),
]  # fmt: skip


def _gaussian(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return rng.normal(size=shape)


def _laplace(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return rng.laplace(size=shape) / math.sqrt(2)


def _bernoulli(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return np.asarray((rng.random(shape) < 0.1) / 0.3 - 1 / 3)


def _correlation(d: int) -> Array:
    return np.asarray(0.95 ** np.abs(np.subtract.outer(np.arange(d), np.arange(d))))


def _bound(
    name: str, variances: Array, distortion: float, n: int, draw: Draw = _gaussian
) -> list[Case]:
    """The bound and the gap of a codec of 100 bits; the axes are turned at random."""
    truth, d = gaussian_rate(variances, distortion), len(variances)

    def run(seed: int) -> Measurement:
        rng = np.random.default_rng(seed)
        axes = np.linalg.qr(rng.normal(size=(d, d)))[0]
        return gaussian_bound(draw(rng, (n, d)) * np.sqrt(variances) @ axes, distortion / d)

    return [
        Case("rate.gaussian", name, truth, run),
        Case("rate.gap", name, 100 - truth, lambda seed: rate_gap(100.0, run(seed))),
    ]


_PARALLEL = np.array([16, 9, 4, 1, 0.25, 0.04])
_FLAT = np.array([9e7, 6e7, 3e7, *[0.0] * 61])
_MARKOV = np.asarray(np.linalg.eigvalsh(_correlation(64)), dtype=np.float64)

BOUNDS = [
    *_bound("one Gaussian", np.array([4.0]), 1.0, 4000),
    *_bound("6 Gaussians, 2 under water", _PARALLEL, 3.0, 4000),
    *_bound("6 Gaussians, nearly 0 bits", _PARALLEL, 30.0, 4000),
    *_bound("6 Gaussians, 0 bits", _PARALLEL, 40.0, 4000),
    *_bound("64 equal Gaussians", np.ones(64), 6.4, 4000),
    *_bound("64 equal Gaussians at the water", np.ones(64), 57.6, 4000),
    *_bound("64 equal Gaussians, 200 records", np.ones(64), 6.4, 200),
    *_bound("autoregressive, 64 values", _MARKOV, 3.2, 4000),
    *_bound("200 falling variances", np.asarray(100 * np.arange(1.0, 201) ** -1.5), 10.0, 4000),
    *_bound("16 Laplace", np.ones(16), 4.0, 4000, _laplace),
    *_bound("6 Bernoulli", _PARALLEL, 3.0, 4000, _bernoulli),
    *_bound("3 Gaussians in 64 values", _FLAT, 64e-3, 4000),
    *_bound("3 Gaussians in 64 values, below rounding", _FLAT, 64e-9, 4000),
]


def _entropy(*shares: float) -> float:
    return -sum(p * math.log2(p) for p in shares if p > 0)


def _hamming_rate(p: Array, target: float) -> float:
    """Of two symbols, or equally likely ones (Cover & Thomas, Theorem 10.3.1, exercise 10.5)."""
    noise = _entropy(target, 1 - target) + target * math.log2(len(p) - 1)
    return max(0.0, _entropy(*p) - noise) if target < 1 - p.max() else 0.0


def _discrete(name: str, p: Array, target: float) -> list[Case]:
    """By the probabilities, in an order of its own for each seed; and by a sample."""
    truth, distortion = _hamming_rate(p, target), 1 - np.eye(len(p))

    def exact(seed: int) -> Measurement:
        shuffled = np.random.default_rng(seed).permutation(p)
        return blahut_arimoto(shuffled, distortion, target=target)

    def sampled(seed: int) -> Measurement:
        symbols = np.random.default_rng(seed).choice(len(p), 5000, p=p)
        return empirical_rate(symbols, distortion, target=target)

    return [
        Case("rate.blahut_arimoto", name, truth, exact),
        Case("rate.empirical", name, truth, sampled),
    ]


DISCRETE = [
    *_discrete("fair coin", np.array([0.5, 0.5]), 0.1),
    *_discrete("Bernoulli 0.2", np.array([0.8, 0.2]), 0.05),
    *_discrete("Bernoulli 0.2, no distortion", np.array([0.8, 0.2]), 0.0),
    *_discrete("Bernoulli 0.2, at the edge", np.array([0.8, 0.2]), 0.198),
    *_discrete("Bernoulli 0.2, beyond it", np.array([0.8, 0.2]), 0.3),
    *_discrete("16 equal symbols", np.full(16, 1 / 16), 0.2),
    *_discrete("256 equal symbols", np.full(256, 1 / 256), 0.5),
]


def _saturated(name: str, points: int) -> Case:
    """Shares of right answers, 1 - exp(-a rate^b), which level off."""
    bends = (a, b), (c, d) = (0.03, 0.8), (0.05, 0.7)
    low, high = 0.15, 0.85
    common = np.linspace(low, high, 100_001)
    rise = -np.log1p(-common)
    truth = 100 * (10 ** float(np.mean(np.log10(rise / c) / d - np.log10(rise / a) / b)) - 1)

    def run(seed: int) -> Measurement:
        rng = np.random.default_rng(seed)
        curves = []
        for scale, power in bends:
            ends = [(-math.log1p(-q) / scale) ** (1 / power) for q in (low, high)]
            logs = np.linspace(math.log(ends[0]), math.log(ends[1]), points)
            logs[1:-1] += 0.2 * (logs[1] - logs[0]) * rng.uniform(-1, 1, points - 2)
            rates = np.exp(logs)
            qualities = 1 - np.exp(-scale * rates**power)
            qualities[[0, -1]] = low, high
            curves.append(list(zip(rates, qualities, strict=True)))
        return bd_rate(*curves)

    return Case("bd_rate", name, truth, run)


def _curves(name: str, difference: Callable[[Array], Array]) -> Case:
    """A reference whose logarithm bends, and another that takes 10^difference as many bytes."""
    common = np.linspace(30, 42, 100_001)
    truth = 100 * (10 ** float(np.mean(difference(common))) - 1)

    def rates(quality: Array) -> Array:
        return np.asarray(10 ** (0.05 * (quality - 30) + 0.003 * (quality - 30) ** 2))

    def run(seed: int) -> Measurement:
        rng = np.random.default_rng(seed)
        a, b = (np.sort([30, *(33 + 3 * np.arange(3) + rng.uniform(-1, 1, 3)), 42]) for _ in "ab")
        other = rates(b) * 10 ** difference(b)
        return bd_rate(
            list(zip(rates(a), a, strict=True)), list(zip(other, b, strict=True))
        )  # fmt: skip

    return Case("bd_rate", name, truth, run)


CURVES = [
    _curves("four fifths of the rate", lambda q: math.log10(0.8) + 0 * q),
    _curves("the same", lambda q: 0 * q),
    _curves("a saving that grows", lambda q: -0.02 * (q - 30)),
    _curves("curves that cross", lambda q: 0.1 * np.sin((q - 30) / 3)),
    _saturated("accuracies that level off", 6),
    _saturated("accuracies that level off, 4 points", 4),
]

CASES: list[Case] = [*FIDELITY, *BOUNDS, *DISCRETE, *CURVES]
