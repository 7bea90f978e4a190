"""Shadow networks: who is trained on what, with planted leaks and clean twins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.audits.membership.rows import SCORERS, trials
from fewbytes.audits.membership.shadows import Shadows, Training, shadow_networks
from fewbytes.audits.membership.wording import claims
from fewbytes.errors import InputError
from fewbytes.learn import ArrayFeed
from fewbytes.measures.measurement import Verdict

CLASSES = 50


def remembering(leak: float) -> Training:
    """Networks that say anything, and are surer of the label by `leak` where they were trained."""

    def trained(feed: ArrayFeed, seed: int) -> Callable[[ArrayFeed], NDArray[np.float32]]:
        seen = set(feed.inputs[:, 0].tolist())
        rng = np.random.default_rng(seed)

        def logits(asked: ArrayFeed) -> NDArray[np.float32]:
            made = rng.normal(size=(len(asked), CLASSES))
            known = np.array([one in seen for one in asked.inputs[:, 0].tolist()])
            made[np.arange(len(asked)), asked.labels] += leak * known
            return made.astype(np.float32)

        return logits

    return trained


def numbered(n: int, first: int = 0) -> ArrayFeed:
    numbers = np.arange(first, first + n)
    return ArrayFeed(numbers[:, None], numbers % CLASSES, False)


def made(leak: float, seed: int = 0, networks: int = 8, n: int = 400) -> Shadows:
    return shadow_networks(
        numbered(n), numbered(200, 10_000), networks, remembering(leak), seed, 0, lambda _: None
    )


def test_each_network_is_trained_on_its_half_and_asked_about_all() -> None:
    said: list[str] = []
    trained: list[list[int]] = []

    def training(feed: ArrayFeed, seed: int) -> Callable[[ArrayFeed], NDArray[np.float32]]:
        trained.append(feed.inputs[:, 0].tolist())
        return remembering(0.0)(feed, seed)

    found = shadow_networks(numbered(50), numbered(20, 900), 8, training, 3, 0, said.append)
    assert found.confidence.shape == (8, 50)
    assert found.population.shape == found.right.shape == (8, 20)
    assert (found.members[0::2] == ~found.members[1::2]).all()
    assert trained == [np.flatnonzero(row).tolist() for row in found.members]
    assert list(found.pairs) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert said[2] == "shadow 3 of 8"


def test_networks_differ_and_repeat() -> None:
    one, again = made(0.0), made(0.0)
    assert (one.confidence == again.confidence).all()
    assert len(np.unique(one.population[:, 0])) == 8


def test_confidence_is_standardised_by_the_networks_own_population() -> None:
    found = made(2.0)
    for one, phi, out in zip(found.standardised, found.confidence, found.population, strict=True):
        assert one == pytest.approx((phi - np.mean(out)) / np.std(out))
    flat = replace(found, population=np.ones_like(found.population))
    assert flat.standardised == pytest.approx(found.confidence - 1)


def test_an_attack_without_the_power_to_fail_is_undecided() -> None:
    few = {one.figure.name: one for one in trials("m", made(0.0, n=260))}
    wide = few["m.lira.tpr_1_in_1000"]
    assert wide.figure.verdict is Verdict.UNRELIABLE
    assert not wide.beyond_chance
    assert "8 networks are too few to tell: up to" in wide.figure.warnings[0]
    assert f"{100 * (wide.figure.high or 0):.3g} %" in wide.figure.warnings[0]
    for one in trials("m", made(0.0, networks=64, n=1000), ("lira",))[1:]:
        assert one.figure.verdict is Verdict.RELIABLE, one.figure.name
    for one in trials("m", made(8.0, n=260))[1:]:
        assert one.figure.verdict is Verdict.RELIABLE, one.figure.name


def test_a_planted_leak_is_found_by_every_attack_and_a_clean_twin_by_none() -> None:
    leaking, clean = trials("m", made(8.0)), trials("m", made(0.0))
    assert [one.figure.name for one in leaking] == list(claims("m", "networks"))
    for found, twin in zip(leaking[1:-1], clean[1:-1], strict=True):
        assert found.beyond_chance, found.figure.name
        assert not twin.beyond_chance, twin.figure.name


def test_the_accuracy_is_that_of_the_population() -> None:
    shadows = made(0.0)
    figure = trials("m", shadows)[0].figure
    assert figure.value == pytest.approx(shadows.right.mean())
    assert figure.covers(shadows.right.mean())
    assert figure.n == 200


def test_exhibits_are_curves() -> None:
    found = {one.figure.name: one for one in trials("m", made(1.0))}
    for name in SCORERS:
        curve = found[f"m.{name}.auc"].exhibit
        assert curve["fpr"].shape == curve["tpr"].shape == (200,)
        at = np.searchsorted(curve["fpr"], 0.01)
        share = found[f"m.{name}.tpr_1_in_100"].figure.value
        assert share is not None
        assert curve["tpr"][at - 1] - 1e-9 <= share <= curve["tpr"][at] + 1e-9


def test_too_few_non_members_for_the_least_rate() -> None:
    with pytest.raises(InputError, match=r"800 non-members .* 1000 are needed"):
        trials("m", made(0.0, n=200))
