"""The conformance suite finds what would fail to learn from large sets, or on many machines."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from fewbytes.codecs import Codec, Quantizer, Signal
from fewbytes.testing import check_merging, check_spans, sample_images
from fewbytes.types import State

SHAPE = (9, 8, 1)


@dataclass(frozen=True)
class Mean(Quantizer):
    """Above the mean or not; learns as it should."""

    name = "mean"
    learned = True

    @property
    def alphabet(self) -> int:
        return 2

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        flat = x.flatten().double()
        return {"sum": flat.sum(), "count": torch.tensor(len(flat))}

    def finish(self, total: State, signal: Signal, seed: int) -> State:
        return {"mean": total["sum"] / total["count"]}

    def quantize(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return (x > state["mean"]).to(torch.uint8)

    def dequantize(self, symbols: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return symbols.float() * 255


class Narrow(Mean):
    """Counts in 32 bits."""

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        found = super().statistic(x, signal, seed)
        return {**found, "count": found["count"].int()}


class Hoard(Mean):
    """Keeps every value."""

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        return {"values": x.flatten().double()}

    def combine(self, a: State, b: State) -> State:
        return {"values": torch.cat([a["values"], b["values"]])}


class Wrapped(Mean):
    """Sends along what its statistic was cut from."""

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        found = super().statistic(x, signal, seed)
        return {**found, "sum": torch.cat([found["sum"][None], torch.zeros(4096)])[0]}


class Averaging(Mean):
    """Joins means of parts as if they were equally large."""

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        return {"mean": x.double().mean()}

    def combine(self, a: State, b: State) -> State:
        return {"mean": (a["mean"] + b["mean"]) / 2}

    def finish(self, total: State, signal: Signal, seed: int) -> State:
        return total


class Remembering(Mean):
    """Learns in its last bits from how often it was asked before."""

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        ASKED.append(len(x))
        found = super().statistic(x, signal, seed)
        return {**found, "sum": found["sum"] * (1 + 1e-12 * len(ASKED))}


ASKED: list[int] = []


def check(stage: Mean) -> None:
    codec = Codec([stage])
    check_merging(stage, codec.fit(sample_images(40, SHAPE, seed=1)))
    check_spans(codec, SHAPE)


def test_what_learns_as_it_should_passes() -> None:
    check(Mean())


@pytest.mark.parametrize(
    ("stage", "complaint"),
    [
        (Narrow(), "no room for many images: 'count'"),
        (Averaging(), "do not join"),
        (Wrapped(), "clone it"),
        (Remembering(), "depends on where spans are worked on"),
    ],
)
def test_what_does_not_is_named(stage: Mean, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check(stage)


def test_a_statistic_that_grows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fewbytes.testing.fits.MOST_BYTES", 1 << 20)
    stage = Hoard()
    codec = Codec([stage])
    fitted = Codec([Mean()]).fit(sample_images(40, SHAPE, seed=1))
    with pytest.raises(AssertionError, match="grows with the images"):
        check_merging(stage, type(fitted)(codec, SHAPE, fitted.states))
