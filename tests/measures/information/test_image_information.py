"""What codes tell about their image, held to channels whose information is known."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad

from fewbytes.errors import InputError
from fewbytes.measures.information import image_information as module
from fewbytes.measures.information.code_entropy import code_entropy
from fewbytes.measures.information.image_information import image_information
from fewbytes.measures.measurement import DEVIATIONS, Means, Measurement, Verdict

SEEDS = range(30)
MIXING = np.random.default_rng(7).standard_normal((4, 4))
Draw = Callable[[np.random.Generator, int], NDArray[Any]]


def noisy(values: NDArray[Any], noise: float | None = None, seed: int = 0) -> Measurement:
    return image_information(values=values, alphabet=None, noise=noise, seed=seed)[1]


def binary_input(apart: float, chance: float = 0.5) -> float:
    def surprise(y: float) -> float:
        near, far = math.exp(-y * y / 2), math.exp(-((y - apart) ** 2) / 2)
        density = ((1 - chance) * near + chance * far) / math.sqrt(2 * math.pi)
        return -density * math.log2(density) if density > 0 else 0.0

    total, _ = quad(surprise, -9, apart + 9, limit=400, points=[0, apart])
    return float(total) - 0.5 * math.log2(2 * math.pi * math.e)


def gaussian(covariance: NDArray[Any], noise: float) -> float:
    ratio = np.eye(len(covariance)) + covariance / noise**2
    return 0.5 * float(np.linalg.slogdet(ratio)[1]) / math.log(2)


CHANNELS: dict[str, tuple[Draw, float, float]] = {
    "Gaussian": (lambda rng, n: rng.standard_normal((n, 1)), 0.1, gaussian(np.eye(1), 0.1)),
    "loud": (lambda rng, n: rng.standard_normal((n, 1)), 3.0, gaussian(np.eye(1), 3.0)),
    "dependent": (
        lambda rng, n: rng.standard_normal((n, 4)) @ MIXING.T, 0.5,
        gaussian(MIXING @ MIXING.T, 0.5),
    ),
    "many": (lambda rng, n: rng.standard_normal((n, 50)), 1.0, 25.0),
    "binary": (lambda rng, n: 2.0 * rng.integers(0, 2, (n, 1)), 1.0, binary_input(2)),
    "far binary": (lambda rng, n: 6.0 * rng.integers(0, 2, (n, 1)), 1.0, binary_input(6)),
    "rare": (lambda rng, n: 10.0 * (rng.random((n, 1)) < 0.003), 1.0, binary_input(10, 0.003)),
    "constant": (lambda _, n: np.ones((n, 3)), 1.0, 0.0),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANNELS)
@pytest.mark.parametrize("n", [60, 700])
def test_the_bracket_holds_the_truth(what: str, n: int) -> None:
    draw, noise, truth = CHANNELS[what]
    for seed in SEEDS:
        found = noisy(draw(np.random.default_rng(seed), n).astype(np.float32), noise, seed)
        assert found.verdict is Verdict.RELIABLE
        assert found.means is Means.BOUNDS
        assert found.covers(truth), (seed, truth, found)


def test_the_bracket_is_narrow_enough_to_fail() -> None:
    values = np.random.default_rng(0).standard_normal((5000, 1))
    found = noisy(values, 1.0)
    assert found.covers(0.5)
    for wrong in (0.0, 0.2, 0.6, 1.0):
        assert not found.covers(wrong)


def test_the_upper_end_comes_close_where_a_log_determinant_would_not() -> None:
    d, n = 100, 1000
    found = noisy(np.random.default_rng(0).standard_normal((n, d)) * 10, 1.0)
    truth = d * 0.5 * math.log2(101)
    assert found.high is not None
    assert truth < found.high < truth * 1.06
    sample = np.random.default_rng(0).standard_normal((n, d)) * 10
    assert gaussian(np.cov(sample.T), 1.0) < truth - 3  # what the plain figure would have said


def test_ends_are_those_of_slow_formulas() -> None:
    values = np.random.default_rng(0).standard_normal((70, 3))
    low, reach = module._distance_bound(values)
    kernel = np.exp(-((values[:, None] - values[None]) ** 2).sum(-1) / 8)
    terms = -np.log2(kernel.mean(1))
    plain = float(terms.mean())
    assert low < plain < reach == math.log2(70)
    shares = terms - np.array([(kernel[k] / kernel.sum(1)).sum() for k in range(70)]) / math.log(2)
    assert low == pytest.approx(plain - DEVIATIONS * shares.std() / math.sqrt(70), abs=1e-5)


def test_wide_values_take_a_diagonal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WIDE", 3)
    monkeypatch.setattr(module, "_CHUNK", 1 << 9)
    for what, (draw, noise, truth) in CHANNELS.items():
        values = draw(np.random.default_rng(1), 700).astype(np.float32)
        found = noisy(values, noise)
        assert found.covers(truth), what
        assert ("same variances" in found.method) == (values.shape[1] > 3)


def test_the_diagonal_is_the_full_bound_of_one_value() -> None:
    x = np.random.default_rng(0).standard_normal((500, 1)) * 4
    folds = np.array_split(np.random.default_rng(1).permutation(500), module.FOLDS)
    centre = x.mean(axis=0)
    full, diagonal = module._full(x, folds, centre), module._diagonal(x, folds, centre)
    assert np.allclose(full, diagonal, atol=1e-9)


def test_memory_of_very_wide_values_stays_small() -> None:
    values = np.random.default_rng(0).standard_normal((60, 60_000), np.float32)
    tracemalloc.start()
    found = noisy(values, 10.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.covers(60_000 / 2 * math.log2(1.01))
    assert peak < 150e6  # a covariance alone would take 29 GB


def test_codes_that_depend_on_other_images_have_upper_ends_only() -> None:
    codes = np.random.default_rng(0).integers(0, 4, (500, 2)).astype(np.uint8)
    values = codes.astype(np.float32)
    alone = image_information(codes=codes, values=values, alphabet=4, noise=0.1)
    found = image_information(codes=codes, values=values, alphabet=4, noise=0.1, alone=False)
    for one, other in zip(found, alone, strict=True):
        assert one.low == 0
        assert one.value is None
        assert one.high == other.high
        assert one.means is Means.BOUNDS
        assert "H(Z | X) > 0" in one.warnings[-1]
    constant = image_information(values=np.ones((60, 2)), alphabet=None, alone=False)
    assert constant[0].low == 0
    assert not constant[1].available


def test_an_unreliable_entropy_is_no_upper_end() -> None:
    codes = np.random.default_rng(0).integers(0, 4, (500, 2)).astype(np.uint8)
    known = code_entropy(codes, alphabet=4)[0]
    wrong = replace(known, value=None, low=0.5, high=1.0).doubted("for this test")
    found = image_information(
        values=codes.astype(np.float32), alphabet=4, noise=0.01, entropy=wrong
    )[1]
    assert found.covers(4)
    assert any("itself unreliable" in one for one in found.warnings)


def test_the_lower_end_saturates_and_says_so() -> None:
    found = noisy(np.random.default_rng(0).standard_normal((300, 60)))
    assert found.low == pytest.approx(math.log2(300), abs=0.01)
    assert "saturated" in found.warnings[0]
    assert "300 records of 60 values" in found.warnings[1]
    assert "a tenth of the root mean variance" in found.method


def test_discrete_codes_tell_their_entropy_and_no_more() -> None:
    for seed in SEEDS:
        codes = np.random.default_rng(seed).integers(0, 4, (500, 2)).astype(np.uint8)
        exact, through = image_information(
            codes=codes, values=codes.astype(np.float32), alphabet=4, noise=0.01
        )
        assert exact.name == "image_information.exact"
        assert exact.covers(4)
        assert through.covers(4)
        assert through.high == exact.high
        assert "H(Z) for a deterministic codec" in exact.method
    codes = np.zeros((500, 2), np.uint8)
    known = code_entropy(codes, alphabet=4)[0]
    again = image_information(values=codes.astype(np.float32), alphabet=4, entropy=known)
    assert again[0].low == known.low


def test_continuous_codes_hold_infinitely_many_bits() -> None:
    exact = image_information(values=np.ones((60, 2), np.float32), alphabet=None)
    assert exact[0].value == exact[0].low == exact[0].high == math.inf
    assert exact[0].covers(math.inf)
    assert not exact[0].covers(1e9)
    assert not exact[1].available
    assert "do not vary" in exact[1].warnings[0]
    assert len(image_information(codes=np.ones((60, 2)), alphabet=None)) == 1


def test_little_noise_and_values_that_depend_on_each_other() -> None:
    one = np.random.default_rng(0).standard_normal((200, 1))
    for noise in (1e-3, 1e-9):
        found = noisy(np.repeat(one, 20, axis=1), noise)
        assert found.covers(0.5 * math.log2(1 + 20 / noise**2))
    assert noisy(one.astype(np.float16), 1e-3).available


def test_the_seed_alone_decides() -> None:
    values = np.random.default_rng(0).standard_normal((5000, 2))
    assert noisy(values, 0.1, 3) == noisy(values, 0.1, 3)
    assert noisy(values, 0.1, 3) != noisy(values, 0.1, 4)


def test_bad_input() -> None:
    values = np.ones((100, 2))
    for says, options in {
        "neither": {"alphabet": None},
        "noise of 0": {"alphabet": None, "values": values, "noise": 0.0},
        "noise of nan": {"alphabet": None, "values": values, "noise": math.nan},
        r"different lengths: \[3, 100\]": {
            "alphabet": None, "values": values, "codes": np.ones((3, 2)),
        },
        "neither codes nor entropy": {"alphabet": 4, "values": values},
        "too little for values": {"alphabet": None, "values": 1 + values, "noise": 1e-300},
        "NaN": {"alphabet": None, "values": np.full((100, 2), np.nan)},
        "12 records": {"alphabet": None, "values": values[:12]},
        "complex128, not numbers": {"alphabet": None, "values": np.ones((100, 2), complex)},
    }.items():  # fmt: skip
        with pytest.raises(InputError, match=says):
            image_information(**options)  # type: ignore[arg-type]
