"""The stable logit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, softmax

from fewbytes.audits.membership.confidence import stable_logit
from fewbytes.errors import InputError


def test_it_is_the_logit_of_the_probability_of_the_label() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(200, 7)).astype(np.float32)
    labels = rng.integers(0, 7, 200)
    p = softmax(logits.astype(np.float64), axis=1)[np.arange(200), labels]
    found = stable_logit(logits, labels)
    assert found == pytest.approx(np.log(p / (1 - p)), abs=1e-9)
    assert expit(found) == pytest.approx(p)


def test_of_two_classes_it_is_their_difference() -> None:
    logits = np.array([[1.0, 4.0], [2.5, -1.0]])
    assert stable_logit(logits, np.array([1, 1])) == pytest.approx([3.0, -3.5])


def test_nothing_is_lost_where_the_probability_rounds_to_one() -> None:
    logits = np.array([[800.0, 0.0, 0.0], [0.0, 900.0, 0.0]], np.float32)
    assert stable_logit(logits, np.array([0, 0])) == pytest.approx([800 - np.log(2), -900])


def test_the_logits_are_left_as_they_were() -> None:
    logits = np.ones((3, 4))
    stable_logit(logits, np.array([0, 1, 2]))
    assert (logits == 1).all()


def test_what_it_cannot_be_had_of() -> None:
    with pytest.raises(InputError, match="1 class"):
        stable_logit(np.zeros((3, 1)), np.zeros(3, int))
    with pytest.raises(InputError, match="not finite"):
        stable_logit(np.array([[0.0, np.nan]]), np.zeros(1, int))
