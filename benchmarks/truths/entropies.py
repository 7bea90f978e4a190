"""Entropies of codes, and what noisy codes tell, of distributions whose figures are known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad

from fewbytes.measures.information.code_entropy import blocks_error, code_entropy, symbol_entropy
from fewbytes.measures.information.image_information import image_information
from fewbytes.measures.measurement import Measurement, named
from truths.case import Case

Floats = NDArray[Any]
Records = NDArray[np.int64]
Draw = Callable[[np.random.Generator], Records]
N = 5000


def shannon(p: Floats) -> float:
    return float(-(p[p > 0] * np.log2(p[p > 0])).sum())


def _geometric(q: float) -> Floats:
    p = q * (1 - q) ** np.arange(int(60 / q))
    return np.asarray(p / p.sum())


def _zipf(k: int, power: float) -> Floats:
    p = np.arange(1.0, k + 1) ** -power
    return np.asarray(p / p.sum())


SYMBOLS: dict[str, Floats] = {
    "fair coin": np.full(2, 0.5),
    "coin of 0.01": np.array([0.99, 0.01]),
    "uniform over 256": np.full(256, 1 / 256),
    "uniform over 4096": np.full(4096, 1 / 4096),
    "geometric of 0.1": _geometric(0.1),
    "Zipf 1.5 over 2^16": _zipf(1 << 16, 1.5),
    "constant": np.ones(1),
    "half constant, half uniform over 2^16": np.append(0.5, np.full(1 << 16, 0.5 / (1 << 16))),
    "uniform over 2^20 (saturated)": np.full(1 << 20, 2.0**-20),
}


def _sample(p: Floats) -> Draw:
    edges = np.cumsum(p)[:-1]
    return lambda rng: np.searchsorted(edges, rng.random(N), side="right").astype(np.int64)


def _bernoulli(p: float, d: int, copies: int = 1) -> Draw:
    def draw(rng: np.random.Generator) -> Records:
        return np.repeat(rng.random((N, d)) < p, copies, axis=1).astype(np.int64)

    return draw


RECORDS: dict[str, tuple[Draw, float, float]] = {
    "8 coins of 0.1": (_bernoulli(0.1, 8), 8 * shannon(np.array([0.9, 0.1])), 1.0),
    "64 coins of 0.1": (_bernoulli(0.1, 64), 64 * shannon(np.array([0.9, 0.1])), 1.0),
    "8 coins of 0.1, each four times": (
        _bernoulli(0.1, 8, 4), 8 * shannon(np.array([0.9, 0.1])), 4.0,
    ),
    "256 bits": (_bernoulli(0.5, 256), 256.0, 1.0),
    "256 zeros": (_bernoulli(0.0, 256), 0.0, 1.0),
}  # fmt: skip
"""How records are drawn, their entropy, and how often that of the positions' sum holds it."""


def _of_records(
    name: str, draw: Draw, coded_bits: float | None = None, coded_error: float | None = None
) -> Callable[[int], Measurement]:
    def run(seed: int) -> Measurement:
        codes = draw(np.random.default_rng(seed))
        found = code_entropy(codes, coded_bits=coded_bits, coded_error=coded_error, alphabet=2)
        return named(found)[name]

    return run


def _mixed(seed: int) -> Measurement:
    """Half of the records repeat 8 random bits, half are 256 random bits; coded ideally."""
    rng = np.random.default_rng(seed)
    flag = rng.random(N) < 0.5
    codes = rng.integers(0, 2, (N, 256))
    codes[flag] = np.tile(codes[flag, :8], (1, 32))
    lengths = 1 + np.where(flag, 8.0, 256.0)
    error = blocks_error(lengths.reshape(-1, 50).sum(1), np.full(N // 50, 50))
    return code_entropy(codes, coded_bits=lengths.mean(), coded_error=error, alphabet=2)[0]


def _of_symbols(name: str, draw: Draw) -> Callable[[int], Measurement]:
    def run(seed: int) -> Measurement:
        codes = draw(np.random.default_rng(seed))
        if name == "entropy.symbol":
            return symbol_entropy(codes)
        return named(code_entropy(codes))[name]

    return run


def binary_input(apart: float, chance: float = 0.5) -> float:
    """Bits that a number of 0 or `apart` tells through noise of standard deviation 1."""

    def surprise(y: float) -> float:
        near, far = math.exp(-y * y / 2), math.exp(-((y - apart) ** 2) / 2)
        density = ((1 - chance) * near + chance * far) / math.sqrt(2 * math.pi)
        return -density * math.log2(density) if density > 0 else 0.0

    total, _ = quad(surprise, -9, apart + 9, limit=400, points=[0, apart])
    return float(total) - 0.5 * math.log2(2 * math.pi * math.e)


def gaussian(covariance: Floats, noise: float) -> float:
    """Bits that a Gaussian vector tells through noise."""
    ratio = np.eye(len(covariance)) + covariance / noise**2
    return 0.5 * float(np.linalg.slogdet(ratio)[1]) / math.log(2)


MIXING = np.random.default_rng(7).standard_normal((4, 4))
"""Of four correlated numbers."""


def _noisy(
    draw: Callable[[np.random.Generator], Floats], noise: float
) -> Callable[[int], Measurement]:
    def run(seed: int) -> Measurement:
        values = draw(np.random.default_rng(seed)).astype(np.float32)
        return image_information(values=values, alphabet=None, noise=noise, seed=seed)[1]

    return run


def _quantised(seed: int) -> Measurement:
    codes = np.random.default_rng(seed).integers(0, 8, (N, 2))
    values = codes.astype(np.float32)
    return image_information(codes=codes, values=values, alphabet=8, noise=0.01, seed=seed)[1]


def _exact(seed: int) -> Measurement:
    codes = np.random.default_rng(seed).integers(0, 8, (N, 2))
    return image_information(codes=codes, alphabet=8)[0]


def _continuous(seed: int) -> Measurement:
    values = np.random.default_rng(seed).standard_normal((N, 2)).astype(np.float32)
    return image_information(values=values, alphabet=None, seed=seed)[0]


def _cases() -> list[Case]:
    cases = []
    for what, p in SYMBOLS.items():
        draw = _sample(p)
        for name, truth in (
            ("entropy.symbol", shannon(p)),
            ("entropy.record", shannon(p)),
            ("entropy.collision", -math.log2(float((p * p).sum()))),
            ("entropy.min", -math.log2(float(p.max()))),
        ):
            cases.append(Case(name, what, truth, _of_symbols(name, draw)))
    for what, (draw, truth, copies) in RECORDS.items():
        cases += [
            Case("entropy.record", what, truth, _of_records("entropy.record", draw)),
            Case(
                "entropy.independent", what, truth * copies,
                _of_records("entropy.independent", draw),
            ),
        ]  # fmt: skip
    draw, truth, _ = RECORDS["256 bits"]
    coded = _of_records("entropy.record", draw, truth + 1, 0.0)
    cases.append(Case("entropy.record", "256 bits, coded in 257", truth, coded))
    cases.append(Case("entropy.record", "half 8 bits repeated, half 256 bits", 133.0, _mixed))
    cases.append(Case("entropy.position", "256 bits", 1.0, _of_records("entropy.position", draw)))
    return cases + _noisy_cases()


def _noisy_cases() -> list[Case]:
    name = "image_information.noisy"
    cases = [
        Case("image_information.exact", "two numbers of 3 bits", 6.0, _exact),
        Case("image_information.exact", "two continuous numbers", math.inf, _continuous),
        Case(name, "two numbers of 3 bits, hardly any noise", 6.0, _quantised),
    ]
    for noise in (0.1, 1.0):
        one = _noisy(lambda rng: rng.standard_normal((N, 1)), noise)
        four = _noisy(lambda rng: rng.standard_normal((N, 4)) @ MIXING.T, noise)
        cases += [
            Case(name, f"Gaussian number, noise {noise}", gaussian(np.eye(1), noise), one),
            Case(
                name, f"4 dependent Gaussian numbers, noise {noise}",
                gaussian(MIXING @ MIXING.T, noise), four,
            ),
        ]  # fmt: skip
    for apart in (0.5, 2.0, 6.0):
        run = _noisy(lambda rng, apart=apart: apart * rng.integers(0, 2, (N, 1)), 1.0)  # type: ignore[misc]
        cases.append(Case(name, f"binary input, {apart} apart", binary_input(apart), run))
    rare = _noisy(lambda rng: 10.0 * (rng.random((N, 1)) < 0.01), 1.0)
    cases.append(Case(name, "binary input, one of 100", binary_input(10.0, 0.01), rare))
    return cases


CASES: list[Case] = _cases()
