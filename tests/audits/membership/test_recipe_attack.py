"""The attack on networks of the recipe, and its controls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.bench import identity
from fewbytes.audits.exposure import STORE, Exposure
from fewbytes.audits.finding import Outcome
from fewbytes.audits.membership import controls, pool, recipe_attack
from fewbytes.audits.membership.epsilon_bounds import INDEPENDENT
from fewbytes.audits.membership.recipe_attack import MEMBERSHIP, networks_on, with_recipe
from fewbytes.audits.membership.rows import trials
from fewbytes.errors import InputError
from fewbytes.learn import ArrayFeed, Recipe
from fewbytes.types import Dataset
from tests.audits.making import exposure_of
from tests.audits.membership.worlds import gaussian_world, small

CODEC = "downsample:8 | uint8 | raw"


@pytest.fixture(scope="module")
def exposed(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Exposure:
    return exposure_of(small(tiny), CODEC, tmp_path_factory.mktemp("recipe"))


@pytest.fixture
def exposure(exposed: Exposure) -> Exposure:
    """With nothing computed yet."""
    return replace(exposed)


def test_all_controls_are_in_place(exposure: Exposure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe_attack, "RECIPE", Recipe(epochs=1))
    monkeypatch.setattr(controls, "RECIPE", Recipe(epochs=8, shift=0, label_smoothing=0.0))
    monkeypatch.setattr(controls, "RECORDS", 250)
    monkeypatch.setattr(pool, "POOL", 250)
    said: list[str] = []
    found = MEMBERSHIP.findings(exposure, Settings(shadows=8, tell=said.append))
    assert len(found) == 30
    for one in found:
        assert one.controls_in_place, (one.attack, one.positive, one.null)
        assert one.outcome not in (Outcome.CONTROL_FAILED, Outcome.UNAVAILABLE)
        assert "{" not in one.words
        assert one.row()["covers"]
        assert f"with {one.controls[1]}" == "with memberships drawn after training"
    trained = [text for text in said if text.startswith("shadow 1 ")]
    assert trained == [
        f"shadow 1 of 8, on {what}"
        for what in ("the codes", "the images", "images learned by heart")
    ]
    by_name = {one.attack: one for one in found}
    codes, raw = by_name["membership.lira.auc"], by_name["membership.raw.lira.auc"]
    assert codes.null is not None
    assert raw.null is not None
    assert codes.positive is not None
    assert raw.positive is not None
    assert codes.null.figure.value != raw.null.figure.value  # each of its own networks
    assert codes.positive.figure.value == raw.positive.figure.value


def test_the_bound_that_needs_independence_is_described_and_can_fail() -> None:
    name = f"m.{INDEPENDENT}"
    heart, null = (
        {one.figure.name: one for one in controls.expecting(kind, trials("m", world))}[name]
        for kind, world in (
            (controls.BY_HEART, gaussian_world(8.0, 0)),
            (controls.REDRAWN, gaussian_world(0.0, 0)),
        )
    )
    assert heart.as_expected
    assert null.as_expected
    assert not replace(heart, figure=null.figure).as_expected
    assert not replace(null, figure=heart.figure).as_expected


def test_networks_that_learned_wrong_labels_are_found_out(
    exposure: Exposure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A leak that only LiRA sees: a fifth of the labels are wrong, and learned by heart."""
    monkeypatch.setattr(pool, "POOL", 250)
    rng = np.random.default_rng(0)
    wrong = rng.random(len(exposure)) < 0.2
    labels = np.where(wrong, rng.integers(0, 10, len(exposure)), exposure.labels)
    spoilt = replace(exposure, labels=labels)
    recipe = Recipe(epochs=10, shift=0, label_smoothing=0.0)
    shadows = networks_on(spoilt, Settings(shadows=8), recipe, "spoilt labels")
    found = {one.figure.name: one for one in trials("m", shadows)}
    strong = found["m.lira.tpr_1_in_100"].figure.value
    weak = found["m.loss.tpr_1_in_100"].figure.value
    assert strong is not None
    assert weak is not None
    assert strong > 3 * weak
    assert found["m.lira.auc"].beyond_chance


def test_the_positive_control_has_a_class_for_each_image(exposure: Exposure) -> None:
    heart = controls.by_heart(exposure)
    assert len(heart) == 2 * min(len(exposure) // 2, controls.RECORDS)
    first = exposure.targets.start
    assert (heart.images[heart.targets] == exposure.images[first : first + len(heart) // 2]).all()
    assert (heart.images[heart.known] == exposure.images[: len(heart) // 2]).all()
    assert (heart.codes == heart.fitted.encode(heart.images)).all()
    assert heart.classes == len(heart) // 2
    for rows in (heart.known, heart.targets):
        assert sorted(heart.labels[rows]) == list(range(heart.classes))


def test_the_null_control_is_the_store_itself(exposure: Exposure) -> None:
    null = controls.redrawn(exposure)
    assert null.codes is exposure.codes
    assert identity(null) is identity(exposure)
    assert exposure.kind == STORE != null.kind


def test_codes_that_cannot_be_attacked_are_rows_that_say_so(exposure: Exposure) -> None:
    few = MEMBERSHIP.findings(exposure, Settings(shadows=4))
    assert {one.outcome for one in few} == {Outcome.UNAVAILABLE}
    assert few[0].words == "4 shadow networks; the attacks need at least 8."
    same = replace(exposure, labels=np.zeros_like(exposure.labels))
    assert "1 class" in MEMBERSHIP.findings(same, Settings())[0].words


def test_codes_that_are_all_the_same_leak_nothing(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "POOL", 250)
    exposure = exposure_of(tiny, "projection:4 | uniform:8 | raw", tmp_path)
    flat = replace(exposure, codes=np.zeros_like(exposure.codes))
    shadows = networks_on(flat, Settings(shadows=8), Recipe(epochs=1), "nothing")
    found = trials("m", shadows)
    assert not any(one.beyond_chance for one in found)


def test_a_training_that_fails_is_bad_input() -> None:
    feed = ArrayFeed(np.full((64, 4), 1e30, np.float32), np.arange(64) % 2, False)
    inputs = feed.inputs.copy()
    inputs[0] = np.inf
    with pytest.raises(InputError, match="no network could be trained"):
        with_recipe(Recipe(epochs=1), 2)(ArrayFeed(inputs, feed.labels, False), 0)
