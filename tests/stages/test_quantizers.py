"""Quantizers at their edges."""

from __future__ import annotations

import numpy as np
import torch

from fewbytes.codecs import Domain, Signal
from fewbytes.stages.threshold import Threshold
from fewbytes.stages.uint8 import UInt8
from fewbytes.stages.uniform import Uniform

REAL = Signal((3,), Domain.REAL, spatial=False)


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
