"""The benchmark of known truths: that it can fail, and that it does not."""

from __future__ import annotations

import importlib
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fewbytes.errors import InputError
from fewbytes.measures.measurement import Measurement

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

FIGURE = Measurement("a", "bits", 1.0, 0.5, 2.0, 9, "how", "who")


@pytest.fixture
def known_truth(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("known_truth")


@pytest.mark.parametrize(
    ("truth", "found", "most_width", "wrong"),
    [
        (1.0, FIGURE, None, 0),
        (2.1, FIGURE, None, 1),
        (2.1, FIGURE.doubted("few"), None, 0),
        (1.0, FIGURE, 1.0, 1),  # the interval tells too little
        (1.0, FIGURE.doubted("few"), 1.0, 0),
        (1.0, Measurement.unavailable("a", "bits", "why"), None, 1),
    ],
)
def test_what_counts_as_wrong(
    known_truth: Any, truth: float, found: Measurement, most_width: float | None, wrong: int
) -> None:
    case = known_truth.Case("a", "b", truth, lambda _: found, most_width)
    outcome = known_truth.attempt(case, 3)
    assert outcome.wrong == 3 * wrong
    assert f"no figure): {3 * wrong}." in known_truth.closing([outcome])
    json.dumps(known_truth.row(outcome), allow_nan=False)


def test_a_refused_sample_is_wrong(known_truth: Any) -> None:
    def refused(seed: int) -> Measurement:
        raise InputError("too few")

    assert known_truth.attempt(known_truth.Case("a", "b", math.inf, refused), 1).wrong == 1


def test_every_measure_holds_its_known_truths() -> None:
    """One seed of every case; the benchmark runs more."""
    command = [sys.executable, str(BENCHMARKS / "known_truth.py"), "--seeds", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert sum(row["wrong"] for row in rows) == 0
    assert len({row["distribution"] for row in rows}) >= 20
    kinds = {row["seeds"][0]["measure"].split(".")[0] for row in rows}
    assert kinds >= {
        "entropy", "image_information", "usable", "label_information", "bayes_error", "mse",
        "description_length", "ssim", "rate", "bd_rate", "distances", "dimension", "neighbours",
        "contrastive",
    }  # fmt: skip
    sure = sum(row["seeds"][0]["verdict"] == "reliable" for row in rows)
    assert sure > 0.8 * len(rows)
