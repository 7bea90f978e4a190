"""Label information and the Bayes error between their proven ends."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fewbytes.errors import InputError
from fewbytes.measures.information.label_information import label_entropy, label_information
from fewbytes.measures.information.usable import Usable, usable_information
from fewbytes.measures.measurement import Means, Verdict, named


def _usables(seed: int, error: float = 0.1, *families: str) -> list[Usable]:
    """Of one-hot codes through a symmetric channel of four symbols."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, 3000)
    moved = rng.integers(1, 4, 3000) * (rng.random(3000) < error)
    values = np.eye(4, dtype=np.float32)[(labels + moved) % 4]
    families = families or ("linear", "knn")
    return [usable_information(values, labels, family=f, seed=seed) for f in families]


def _bits(error: float) -> float:
    return 2 + (1 - error) * math.log2(1 - error) + error * math.log2(error / 3)


def test_a_symmetric_channel() -> None:
    for seed in range(8):
        found = named(label_information(_usables(seed)))
        assert list(found) == [
            "label_entropy", "label_information", "label_information.error", "bayes_error",
        ]  # fmt: skip
        for name, truth, wrong in (
            ("label_entropy", 2.0, 1.9),
            ("label_information", _bits(0.1), 0.9),
            ("label_information.error", _bits(0.1), 0.9),
            ("bayes_error", 0.1, 0.2),
        ):
            assert found[name].covers(truth), name
            assert not found[name].covers(wrong), name
            assert found[name].verdict is Verdict.RELIABLE


def test_what_is_said_of_the_figures() -> None:
    found = named(label_information(_usables(0)))
    assert found["label_information"].value is None
    assert found["label_information"].means is Means.BOUNDS
    assert found["bayes_error"].unit == "fraction"
    assert found["bayes_error"].low == 0
    assert any("no least error is proven" in one for one in found["bayes_error"].warnings)


def test_the_entropy_of_the_codes_is_an_end_and_proves_an_error() -> None:
    labels = np.random.default_rng(0).integers(0, 4, 4000)
    values = (labels[:, None] // 2).astype(np.uint8)
    usables = [usable_information(values, labels, family=f) for f in ("linear", "knn")]
    found = named(label_information(usables, entropy_high=1.0))
    assert found["label_information"].high == 1
    assert found["label_information"].covers(1)
    assert found["bayes_error"].covers(0.5)
    assert not found["bayes_error"].covers(0.15)
    assert not found["bayes_error"].warnings


def test_the_best_family_pays_for_being_chosen() -> None:
    usables = _usables(0)
    both = named(label_information(usables))["label_information"].low
    alone = max(named(label_information([one]))["label_information"].low or 0.0 for one in usables)
    assert both is not None
    assert alone - 0.05 < both < alone


def test_contradicting_ends_are_doubted() -> None:
    found = named(label_information(_usables(0), entropy_high=0.2))
    for name in ("label_information", "label_information.error", "bayes_error"):
        assert found[name].verdict is Verdict.UNRELIABLE, name
        assert any("more than the upper end of 0.2" in one for one in found[name].warnings)
    assert found["label_entropy"].verdict is Verdict.RELIABLE


def test_codes_that_hold_nothing() -> None:
    found = named(label_information(_usables(0, 0.75)))
    assert found["label_information"].low == 0
    assert any("no family read anything" in one for one in found["label_information"].warnings)
    assert found["bayes_error"].covers(0.75)


def test_entropy_of_labels() -> None:
    found = label_entropy(np.repeat(np.arange(4), [400, 200, 100, 100]), classes=4)
    assert found.name == "label_entropy"
    assert found.value == pytest.approx(1.75)
    assert found.covers(1.75)
    assert label_entropy(np.zeros(10, int), classes=1).high == 0
    one = label_entropy(np.zeros(10, int), classes=2)
    assert one.low == 0
    assert one.high is not None
    assert 0.5 < one.high <= 1
    with pytest.raises(InputError, match="a label is 3, but there are 3 classes"):
        label_entropy(np.array([0, 3]), classes=3)
    for labels in (np.zeros(0, int), np.zeros((2, 2), int), np.zeros(3, bool)):
        with pytest.raises(InputError, match="whole numbers"):
            label_entropy(labels)
    with pytest.raises(InputError, match="one is -1"):
        label_entropy(np.array([0, -1]))


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("p", "n"),
    [
        (np.full(1000, 0.001), 500),
        (np.full(1000, 0.001), 2000),
        (np.array([0.99, 0.01]), 200),
        (np.full(3, 1 / 3), 30),
    ],
)
def test_entropy_of_labels_of_which_some_were_not_seen(p: np.ndarray, n: int, known: bool) -> None:
    truth = float(-np.sum(p * np.log2(p)))
    for seed in range(30):
        labels = np.random.default_rng(seed).choice(len(p), n, p=p)
        found = label_entropy(labels, classes=len(p) if known else None)
        assert found.low is not None
        assert found.high is not None
        assert found.low <= truth <= found.high + 1e-9, seed


def test_bad_input() -> None:
    one = _usables(0, 0.1, "linear")
    with pytest.raises(InputError, match="no families"):
        label_information([])
    with pytest.raises(InputError, match="a family is there twice: linear, linear"):
        label_information([*one, *one])
    with pytest.raises(InputError, match="different labels"):
        label_information([*one, *_usables(1, 0.1, "knn")])
    for entropy in (-1.0, math.nan):
        with pytest.raises(InputError, match="number of bits from 0"):
            label_information(one, entropy_high=entropy)
