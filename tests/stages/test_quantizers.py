"""Quantizers at their edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from fewbytes.codecs import Codec, Domain, FittedCodec, Quantizer, Signal
from fewbytes.errors import CodecError, CorruptError, InputError
from fewbytes.stages.fsq import FSQ, bounded
from fewbytes.stages.lloyd import Lloyd, lloyd_max
from fewbytes.stages.threshold import Threshold
from fewbytes.stages.uint8 import UInt8
from fewbytes.stages.uniform import Uniform
from fewbytes.store.trial import check_state as check_trial
from fewbytes.testing import (
    check_batches,
    check_coding,
    check_shapes,
    check_state,
    check_threads,
    sample_images,
)
from fewbytes.types import State

REAL = Signal((3,), Domain.REAL, spatial=False)
IMAGES = sample_images(60, (12, 10, 1), seed=4)


def fit(stage: Quantizer, x: torch.Tensor, domain: Domain = Domain.REAL) -> tuple[Signal, State]:
    """The signal of records like x (n, ...), and what the stage learns from them."""
    signal = Signal(tuple(x.shape[1:]), domain, spatial=False)
    learned = stage.learned and stage.finish(stage.statistic(x, signal, 0), signal, 0)
    return signal, learned or {}


def through(stage: Quantizer, x: torch.Tensor) -> torch.Tensor:
    """x (n, ...) quantized and back."""
    signal, state = fit(stage, x)
    return stage.dequantize(stage.quantize(x, signal, state), signal, state)


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_uniform_spans_what_it_was_fitted_to() -> None:
    x = torch.tensor([[-2.0, 5.0, 0.0], [2.0, 5.0, 1.0], [0.0, 5.0, 0.25]])
    stage = Uniform(2)
    state = stage.finish(stage.statistic(x, REAL, 0), REAL, 0)
    symbols = stage.quantize(x, REAL, state)
    assert symbols.tolist() == [[0, 0, 0], [3, 0, 3], [2, 0, 1]]
    back = stage.dequantize(symbols, REAL, state)
    assert back[0].tolist() == [-2.0, 5.0, 0.0]
    assert back[1].tolist() == [2.0, 5.0, 1.0]
    outside = torch.tensor([[-9.0, 9.0, 9.0]])
    assert stage.quantize(outside, REAL, state).tolist() == [[0, 3, 3]]


def test_uniform_errs_by_half_a_step_at_most() -> None:
    x = torch.randn(500, 3, generator=torch.Generator().manual_seed(0))
    stage = Uniform(6)
    state = stage.finish(stage.statistic(x, REAL, 0), REAL, 0)
    step = (state["high"] - state["low"]) / 63
    error = (stage.dequantize(stage.quantize(x, REAL, state), REAL, state) - x).abs()
    assert bool((error <= step / 2 * 1.0001).all())


def test_threshold_is_a_share_of_the_range() -> None:
    pixels = Signal((4,), Domain.PIXEL)
    x = torch.tensor([[0.0, 76.4, 76.5, 255.0]])
    assert Threshold(0.3).quantize(x, pixels, {}).tolist() == [[0, 0, 1, 1]]
    ones = torch.ones(1, 4, dtype=torch.uint8)
    assert Threshold().dequantize(ones, pixels, {}).tolist() == [[255.0] * 4]


def test_uint8_rounds_halves_to_even_and_clips() -> None:
    x = torch.tensor([[-3.0, 0.5, 1.5, 254.6, 300.0]])
    symbols = UInt8().quantize(x, Signal((5,)), {})
    assert symbols.tolist() == [[0, 0, 2, 255, 255]]
    assert symbols.numpy().dtype == np.uint8


@pytest.mark.parametrize("spec", ["uniform:6:step=40", "uniform:5:step=9:deadzone=0.7", "fsq:5"])
@pytest.mark.parametrize("row", ["dct:4", "pca:12"])
def test_real_coefficients_keep_the_contract(row: str, spec: str) -> None:
    for spec_of_lloyd in (spec, "lloyd:5", "lloyd:300:shared=true"):
        fitted = Codec.parse(f"{row} | {spec_of_lloyd}").fit(IMAGES)
        check_state(fitted)
        for check in (check_shapes, check_batches, check_threads, check_coding):
            check(fitted, IMAGES[:5])


# ------------------------------------------------------------------------------ uniform


def test_one_step_is_a_grid_about_the_mean() -> None:
    x = torch.tensor([[-5.0, 7.0, 100.0], [5.0, 9.0, 100.0], [0.0, 8.0, 100.0]])
    stage = Uniform(3, step=2)
    signal, state = fit(stage, x)
    assert state["centre"].tolist() == [0, 8, 100]
    symbols = stage.quantize(torch.tensor([[-3.1, 8.9, 108.0], [90, -90, 97.1]]), signal, state)
    assert symbols.tolist() == [[2, 4, 7], [7, 0, 3]]
    back = stage.dequantize(symbols, signal, state)
    assert back.tolist() == [[-4, 8, 106], [6, 0, 98]]


def test_one_step_errs_by_its_square_over_twelve() -> None:
    x = normal(20000, 3) * torch.tensor([20.0, 50.0, 90.0]) + 300
    error = through(Uniform(8, step=10), x) - x
    assert error.abs().max() <= 5 * 1.0001
    assert error.square().mean(0).tolist() == pytest.approx([100 / 12] * 3, rel=0.03)


def test_of_pixels_and_masks_one_step_counts_from_black() -> None:
    stage = Uniform(2, step=85)
    pixels = torch.tensor([[0, 42, 43, 127, 128, 213, 255]]).byte()
    signal, state = fit(stage, pixels, Domain.PIXEL)
    symbols = stage.quantize(pixels, signal, state)
    assert symbols.tolist() == [[0, 0, 1, 1, 2, 3, 3]]
    levels = stage.dequantize(symbols, signal, state)
    assert levels.tolist() == [[0, 0, 85, 85, 170, 255, 255]]
    assert torch.equal(stage.quantize(pixels.float(), signal, state), symbols)
    masks = Codec.parse("otsu | uniform:1:step=1").fit(IMAGES)
    assert np.array_equal(masks.encode(IMAGES), Codec.parse("otsu").fit(IMAGES).encode(IMAGES))


def test_a_deadzone_widens_the_bin_of_the_mean_alone() -> None:
    stage = Uniform(4, step=1, deadzone=0.75)
    u = torch.arange(-2.96875, 3, 0.0625)[:, None]
    signal = Signal((1,), Domain.REAL, spatial=False)
    symbols = stage.quantize(u, signal, {"centre": torch.zeros(1)}).int() - 8
    expected = [math.copysign(math.floor(abs(v) + 0.25), v) for v in u.flatten().tolist()]
    assert symbols.flatten().tolist() == expected


def test_bits_go_where_the_variance_is() -> None:
    """Reverse water-filling: log2 of sigma / step more bits for a coefficient, and none below."""
    x = normal(40000, 3) * torch.tensor([1.0, 40.0, 160.0])
    stage = Uniform(8, step=10)
    signal, state = fit(stage, x)
    rates = []
    for column in stage.quantize(x, signal, state).unbind(1):
        share = torch.bincount(column.int()) / len(column)
        rates.append(float(-(share * share.clamp(min=1e-9).log2()).sum()))
    assert rates[0] < 0.01
    assert rates[2] - rates[1] == pytest.approx(2, abs=0.05)
    # h(X) - log2(step), with h of a Gaussian: Cover and Thomas, theorem 8.3.1
    assert rates[1] == pytest.approx(math.log2(math.sqrt(2 * math.pi * math.e) * 4), abs=0.05)


@pytest.mark.parametrize("mean", [0.3, 3000.0, 1e6])
def test_centres_keep_the_precision_they_need(mean: float) -> None:
    x = normal(2000, 2) + mean
    assert (through(Uniform(6, step=0.5), x) - x).abs().max() <= 0.33


# ------------------------------------------------------------------------------ lloyd


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("levels", "error"), [(2, 0.3634), (4, 0.1175), (8, 0.03454)])
def test_lloyd_reaches_the_least_error_of_a_gaussian(
    levels: int, error: float, shared: bool
) -> None:
    """Max 1960, table I."""
    x = normal(50000, 2)
    found = (through(Lloyd(levels, shared), x) - x).square().mean(0)
    assert found.tolist() == pytest.approx([error] * 2, rel=0.02)


def _slow_lloyd(values: list[float], levels: list[float]) -> list[float]:
    """Lloyd's method I, from its description, until nothing moves."""
    while True:
        cells: list[list[float]] = [[] for _ in levels]
        for value in values:
            distances = [abs(value - level) for level in levels]
            cells[distances.index(min(distances))].append(value)
        moved = [sum(c) / len(c) if c else old for c, old in zip(cells, levels, strict=True)]
        if moved == levels:
            return levels
        levels = moved


@pytest.mark.parametrize("seed", range(5))
def test_lloyd_is_its_description(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.sort(rng.integers(0, 40, (3, 60)) ** 2 / 4.0)
    counts = rng.integers(1, 4, (3, 60))
    found, members, error = lloyd_max(torch.from_numpy(values), torch.from_numpy(counts) * 1.0, 5)
    assert members.sum(1).tolist() == counts.sum(1).tolist()
    total = 0.0
    for row, often, levels in zip(values, counts, found.tolist(), strict=True):
        distinct = sorted(set(row))
        start = [distinct[int((i + 0.5) / 5 * len(distinct))] for i in range(5)]
        everything = [value for value, n in zip(row, often, strict=True) for _ in range(n)]
        assert levels == pytest.approx(_slow_lloyd(everything, start))
        total += sum(min((value - level) ** 2 for level in levels) for value in everything)
    assert error == pytest.approx(total)


def test_few_distinct_values_come_back_exactly() -> None:
    x = torch.tensor([[7.0, 0.1, -3.0]] * 9 + [[7.0, 0.2, 8.5]] * 2 + [[7.0, 0.3, 9.0]])
    assert torch.equal(through(Lloyd(4), x), x)
    assert torch.equal(through(Lloyd(7, shared=True), x), x)
    masks = Codec.parse("otsu | lloyd:2").fit(IMAGES)
    assert masks.states[1]["levels"].dtype == torch.uint8
    assert np.array_equal(masks.encode(IMAGES), Codec.parse("otsu").fit(IMAGES).encode(IMAGES))


def test_lloyd_finds_rare_values_beside_a_frequent_one() -> None:
    """Were the first levels quantiles of all values, three of four would stay at 0."""
    x = torch.cat([torch.zeros(900, 1), 200 + normal(100, 1) * 20])
    _, state = fit(Lloyd(4), x)
    assert len(set(state["levels"].flatten().tolist())) == 4


def test_ties_of_lloyd_go_to_the_lower_level() -> None:
    signal = Signal((2,), Domain.REAL, spatial=False)
    state = {"levels": torch.tensor([[0.0, 1.0, 4.0], [5.0, 5.0, 6.0]])}
    x = torch.tensor([[0.5, 5.0], [2.5, 5.5], [-9.0, 9.0]])
    assert Lloyd(3).quantize(x, signal, state).tolist() == [[0, 0], [1, 1], [0, 2]]
    shared = {"levels": state["levels"][:1]}
    assert Lloyd(3, shared=True).quantize(x, signal, shared).tolist() == [[0, 2], [1, 2], [0, 2]]


@pytest.mark.parametrize("stage", [Lloyd(3), Lloyd(3, shared=True)])
def test_hostile_tables_are_refused(stage: Lloyd) -> None:
    x, symbols = torch.zeros(4, 3), torch.zeros(4, 3, dtype=torch.uint8)
    for shape in ((3, 2), (2, 3), (9,), (3, 3, 1), ()):
        with pytest.raises(CorruptError, match="lloyd: the table 'levels' is"):
            stage.quantize(x, REAL, {"levels": torch.zeros(shape)})
        with pytest.raises(CorruptError, match="lloyd: the table 'levels' is"):
            stage.dequantize(symbols, REAL, {"levels": torch.zeros(shape)})


HOSTILE = {
    "dtype": torch.zeros(3, dtype=torch.float64),
    "complex": torch.zeros(3, dtype=torch.complex64),
    "bool": torch.zeros(3, dtype=torch.bool),
    "nan": torch.full((3,), float("nan")),
    "infinite": torch.full((3,), float("inf")),
    "short": torch.zeros(2),
    "scalar": torch.tensor(1.0),
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize(
    ("stage", "key"),
    [
        (Uniform(3), "low"),
        (Uniform(3), "high"),
        (Uniform(3, step=2), "centre"),
        (Lloyd(4), "levels"),
    ],
)
def test_hostile_states_are_refused_both_ways(stage: Quantizer, key: str, kind: str) -> None:
    x = normal(20, 3)
    signal, state = fit(stage, x)
    table = HOSTILE[kind]
    if key == "levels" and table.shape == (3,):
        table = table[:, None].expand(3, 4)
    broken = {**state, key: table}
    missing = {other: tensor for other, tensor in state.items() if other != key}
    for hostile in (broken, missing):
        with pytest.raises(CorruptError, match=f"the table '{key}'"):
            stage.quantize(x, signal, hostile)
        with pytest.raises(CorruptError, match=f"the table '{key}'"):
            stage.dequantize(torch.zeros(1, 3, dtype=torch.uint8), signal, hostile)
    with pytest.raises(CorruptError, match=r"does not fit it|the table"):
        check_trial(FittedCodec(Codec([stage]), (1, 3, 1), {0: broken}), pixels=False)


def test_a_trial_refuses_a_range_that_overflows() -> None:
    fitted = Codec.parse("uniform:3").fit(IMAGES)
    for pixels in (False, True):
        check_trial(fitted, pixels)
    far = {"low": torch.full((12, 10, 1), -3e38), "high": torch.full((12, 10, 1), 3e38)}
    with pytest.raises(CorruptError, match="too far apart"):
        check_trial(FittedCodec(fitted.codec, (12, 10, 1), {0: far}), pixels=True)


def test_a_trial_refuses_what_cannot_be_decoded() -> None:
    fitted = Codec.parse("pca:12 | uniform:3").fit(IMAGES)
    check_trial(fitted, pixels=True)
    wrong = {**fitted.states[0], "mean": torch.zeros(5)}
    with pytest.raises(CorruptError):
        check_trial(FittedCodec(fitted.codec, (12, 10, 1), {**fitted.states, 0: wrong}), True)


def test_too_many_levels_are_refused_before_any_pass() -> None:
    codec = Codec.parse("lloyd:65536")
    with pytest.raises(CodecError, match=r"784 coefficients of 65,536 levels.*shared=true"):
        codec.symbols((28, 28, 1))
    assert codec.symbols((8, 8, 1)).alphabet == 65536
    assert Codec.parse("lloyd:65536:shared=true").symbols((28, 28, 1)).shape == (28, 28, 1)


# ------------------------------------------------------------------------------ fsq


@pytest.mark.parametrize("levels", [2, 3, 4, 5, 8, 255, 256])
def test_fsq_gives_equal_steps_and_reaches_them_all(levels: int) -> None:
    signal = Signal((1,), Domain.REAL, spatial=False)
    x = torch.linspace(-9, 9, 20001)[:, None]
    symbols = FSQ(levels).quantize(x, signal, {})
    assert torch.unique(symbols).tolist() == list(range(levels))
    assert bool((symbols.int().diff(dim=0) >= 0).all())
    values = FSQ(levels).dequantize(torch.arange(levels)[:, None], signal, {}).flatten()
    lowest = -(levels // 2)
    expected = [(lowest + i) / (levels // 2) for i in range(levels)]
    assert values.tolist() == pytest.approx(expected)
    assert values[0] == -1
    assert through(FSQ(levels), x * 0).abs().max() == 0


def test_bounded_is_the_papers() -> None:
    x = torch.linspace(-3, 3, 13)
    assert torch.equal(bounded(x, 5), torch.tanh(x) * (4 * 0.999 / 2))
    half = 3 * 0.999 / 2
    expected = torch.tanh(x + math.tan(0.5 / half)) * half - 0.5
    assert torch.allclose(bounded(x, 4), expected)
    assert bool((bounded(x * 99, 2).round() >= -1).all())


# ------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("uniform:0", "bits must lie between 1 and 16, not 0"),
        ("uniform:4:step=-1", "step must be 0 or a positive number, not -1.0"),
        ("uniform:4:step=nan", "step must be 0 or a positive number, not nan"),
        ("uniform:4:step=inf", "step must be 0 or a positive number, not inf"),
        ("uniform:4:step=1:deadzone=0.4", "deadzone must lie between 0.5 and 1, not 0.4"),
        ("uniform:4:deadzone=0.7", "a deadzone needs one step for all"),
        ("lloyd:1", "levels must lie between 2 and 65,536, not 1"),
        ("lloyd:70000", "levels must lie between 2 and 65,536, not 70000"),
        ("lloyd:4:shared=2", "shared must be true or false"),
        ("dct:4 | fsq:1", "levels must lie between 2 and 256, not 1"),
        ("dct:4 | fsq:257", "levels must lie between 2 and 256, not 257"),
        ("fsq:8", "fsq"),
    ],
)
def test_impossible_options_are_refused(spec: str, complaint: str) -> None:
    with pytest.raises(CodecError, match=complaint):
        Codec.parse(spec)


@pytest.mark.parametrize("spec", ["uniform:4:step=3", "lloyd:4", "fsq:4", "vq:4", "pq:2:4"])
def test_coefficients_that_are_not_finite_are_refused(spec: str) -> None:
    fitted = Codec.parse(f"pca:12 | {spec}").fit(IMAGES)
    broken = {**fitted.states[0], "mean": fitted.states[0]["mean"] * float("nan")}
    states = {**fitted.states, 0: broken}
    with pytest.raises(InputError, match="NaN"):
        FittedCodec(fitted.codec, fitted.image_shape, states).encode(IMAGES)
