"""Means, errors and differences against hand-made rows; the frontier against its definition."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from fewbytes.studies.config import RAW
from fewbytes.studies.frontier import frontier
from fewbytes.studies.summary import Estimate, summarise


def row(codec: str, seed: int, test: float, model: str = "cnn", **more: Any) -> dict[str, Any]:
    """A finished cell with made-up figures."""
    return {
        "codec": codec, "view": "image", "model": model, "seed": seed, "status": "ok",
        "values_per_image": 10, "payload_bytes": 500, "total_bytes": 1000, "images": 100,
        "ratio": 78.5, "val_accuracy": test, "best_val_accuracy": test, "test_accuracy": test,
        "train_seconds": 2.0, "parameters": 7, "cell": f"{codec}{model}{seed}", **more,
    }  # fmt: skip


def test_estimates_are_those_of_the_textbook() -> None:
    values = [0.99, 0.985, 0.993]
    found = Estimate.of(values)
    low, high = scipy.stats.t.interval(0.95, 2, loc=sum(values) / 3, scale=scipy.stats.sem(values))
    assert found.mean == pytest.approx(sum(values) / 3)
    assert found.stderr == pytest.approx(scipy.stats.sem(values))
    assert found.mean - found.half_width == pytest.approx(low)
    assert found.mean + found.half_width == pytest.approx(high)
    assert math.isnan(Estimate.of([0.9]).half_width)


def test_differences_are_paired_by_seed_and_model() -> None:
    rows = [
        row("dct:4", 0, 0.97), row("dct:4", 1, 0.98), row("dct:4", 2, 0.5),
        row(RAW, 1, 0.99), row(RAW, 0, 0.96), row(RAW, 0, 0.8, model="mlp"),
        row("dct:4", 0, 0.79, model="mlp"), row("pca:3", 0, 0.9, model="linear"),
        row("pca:3", 5, 0.0, status="failed"),
    ]  # fmt: skip
    lines = {(line.codec, line.model): line for line in summarise(rows)}
    assert next(iter(lines)) == (RAW, "cnn")
    difference = lines["dct:4", "cnn"].difference
    assert difference is not None
    assert difference.n == 2  # seed 2 has no partner
    assert difference.mean == pytest.approx(0.0)
    assert difference.stderr == pytest.approx(0.01)
    mlp = lines["dct:4", "mlp"].difference
    assert mlp is not None
    assert mlp.mean == pytest.approx(-0.01)
    assert lines["pca:3", "linear"].difference is None
    assert lines["pca:3", "linear"].seeds == 1
    assert lines[RAW, "cnn"].difference is None
    assert lines["dct:4", "cnn"].payload_bytes == 5
    assert lines["dct:4", "cnn"].total_bytes == 10
    assert lines["dct:4", "cnn"].cells == ((10, 0.97), (10, 0.98), (10, 0.5))


POINTS = st.lists(
    st.tuples(st.integers(1, 6).map(float), st.integers(1, 6).map(float)), max_size=12
)


@given(POINTS)
def test_the_frontier_is_its_definition(points: list[tuple[float, float]]) -> None:
    def beaten(p: tuple[float, float]) -> bool:
        return any(q != p and q[0] <= p[0] and q[1] >= p[1] for q in points)

    found = frontier(points)
    assert sorted(found) == [i for i, p in enumerate(points) if not beaten(p)]
    assert all(points[a][0] <= points[b][0] for a, b in pairwise(found))
