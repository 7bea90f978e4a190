"""What logits prove, on a channel whose information is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fewbytes.errors import InputError
from fewbytes.measures.information.network_information import network_information

CLASSES, ERROR = 4, 0.1


def _channel(seed: int, n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and what a symmetric channel made of them."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, n)
    moved = rng.random(n) < ERROR
    return labels, np.where(moved, (labels + rng.integers(1, CLASSES, n)) % CLASSES, labels)


def _truth() -> float:
    wrong = ERROR / (CLASSES - 1)
    noise = (1 - ERROR) * math.log2(1 - ERROR) + ERROR * math.log2(wrong)
    return math.log2(CLASSES) + noise


@pytest.mark.parametrize("sharpness", [0.3, 3.0, 30.0])
def test_the_bracket_holds_the_truth_whatever_the_confidence(sharpness: float) -> None:
    """The network's own temperature is calibrated away."""
    for seed in range(5):
        labels, received = _channel(seed)
        logits = sharpness * np.eye(CLASSES, dtype=np.float32)[received]
        found = network_information(logits, labels, classes=CLASSES, seed=seed)
        assert found.covers(_truth())
        assert found.low is not None
        assert found.low > _truth() - 0.25
        assert not found.covers(found.low - 0.05)


def test_logits_that_know_nothing_prove_nothing() -> None:
    labels, _ = _channel(0)
    logits = np.random.default_rng(1).normal(size=(len(labels), CLASSES)).astype(np.float32)
    found = network_information(logits, labels, classes=CLASSES)
    assert found.low == 0
    assert found.high == pytest.approx(2, abs=0.01)
    assert "prove nothing" in found.warnings[0]


def test_few_images_all_right_prove_something_and_many_nearly_all() -> None:
    for n, least in ((120, 0.2), (240, 0.45), (600, 0.75), (4000, 0.95)):
        labels = np.random.default_rng(n).integers(0, 2, n)
        found = network_information(20.0 * np.eye(2)[labels], labels, classes=2)
        assert found.low is not None
        assert least < found.low <= 1
        assert bool(found.warnings) == (n < 600)


def test_the_high_end_allows_for_classes_never_seen() -> None:
    labels = np.random.default_rng(0).integers(0, 1000, 2000)
    logits = np.where(np.arange(1000) == labels[:, None], 20.0, 0.0)
    found = network_information(logits, labels, classes=1000)
    assert found.high is not None
    assert found.high >= math.log2(1000) - 1e-9


def test_what_cannot_be_measured() -> None:
    labels, _ = _channel(0, 100)
    logits = np.zeros((100, CLASSES), np.float32)
    with pytest.raises(InputError, match="39 records; the estimate needs at least 40"):
        network_information(logits[:39], labels[:39], classes=CLASSES)
    with pytest.raises(InputError, match="of class 2"):
        network_information(logits, np.full(100, 2), classes=CLASSES)
    with pytest.raises(InputError, match="NaN"):
        network_information(np.full_like(logits, np.nan), labels, classes=CLASSES)
