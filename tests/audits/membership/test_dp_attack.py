"""The attack on networks trained with noise, and on those that are as accurate."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import STORE, Exposure
from fewbytes.audits.finding import Finding, Outcome
from fewbytes.audits.membership import controls, dp_attack, dp_sgd, pool
from fewbytes.audits.membership.dp_attack import ACCOUNTANT, DP_SGD
from fewbytes.audits.membership.dp_sgd import EPSILON, Public, private_training
from fewbytes.audits.membership.epsilon_bounds import most_shown
from fewbytes.audits.membership.halves import halves
from fewbytes.audits.membership.shadows import Shadows, Training
from fewbytes.learn import Recipe
from fewbytes.types import Dataset
from tests.audits.making import exposure_of
from tests.audits.membership.worlds import small

pytest.importorskip("opacus")


@pytest.fixture(scope="module")
def exposed(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Exposure:
    folder = tmp_path_factory.mktemp("dp")
    return exposure_of(small(tiny), "downsample:8 | uint8 | raw", folder)


@pytest.fixture
def exposure(exposed: Exposure, monkeypatch: pytest.MonkeyPatch) -> Exposure:
    """With nothing computed yet."""
    monkeypatch.setattr(controls, "RECORDS", 250)
    monkeypatch.setattr(controls, "RECIPE", Recipe(epochs=8, shift=0, label_smoothing=0.0))
    return replace(exposed)


def few_steps(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    for module in (dp_sgd, dp_attack):
        monkeypatch.setattr(module, "STEPS", steps)


def named(found: list[Finding]) -> dict[str, Finding]:
    return {one.attack: one for one in found}


def test_all_controls_are_in_place(exposure: Exposure, monkeypatch: pytest.MonkeyPatch) -> None:
    few_steps(monkeypatch, 15)
    said: list[str] = []
    found = named(DP_SGD.findings(exposure, Settings(shadows=8, tell=said.append)))
    for one in found.values():
        assert one.controls_in_place, (one.attack, one.positive, one.null)
        assert "{" not in one.words
    assert len(said) == len(set(said)) == 3 * 8  # no network is trained again
    limit = found[ACCOUNTANT]
    upper = limit.trial.figure.value
    lower = found["membership.dp_sgd.epsilon"].trial.figure.low
    assert upper is not None
    assert lower is not None
    assert lower < upper <= EPSILON
    assert limit.outcome is Outcome.DESCRIBED
    assert limit.positive is not None
    heart = found["membership.dp_sgd.epsilon"].positive
    assert heart is not None
    assert limit.positive.figure.value == heart.figure.low
    private, matched = (
        found[f"membership.{name}.accuracy"].trial.figure for name in ("dp_sgd", "matched")
    )
    assert private.value == pytest.approx(matched.value, abs=0.05)
    assert "steps" in matched.method


def test_a_training_that_breaks_its_limit_is_found_out(
    exposure: Exposure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No noise, no clipping, images learned by heart; the accountant says what it always says."""
    monkeypatch.setattr(controls, "RECORDS", 500)
    heart = replace(controls.by_heart(exposure), kind=STORE)
    monkeypatch.setattr(controls, "RECORDS", 130)
    monkeypatch.setattr(dp_sgd, "CLIP", 1e6)
    monkeypatch.setattr(dp_sgd, "RATE", 1.0)

    def without_noise(public: Public, noise: float) -> Training:
        assert noise > 1
        return private_training(public, 0.0)

    monkeypatch.setattr(dp_attack, "private_training", without_noise)
    found = named(DP_SGD.findings(heart, Settings(shadows=16)))
    limit, lower = found[ACCOUNTANT], found["membership.dp_sgd.epsilon"].trial.figure.low
    assert limit.trial.figure.value == pytest.approx(EPSILON, abs=0.1)
    assert lower is not None
    assert lower > EPSILON
    assert limit.outcome is Outcome.CONTROL_FAILED
    assert "cannot be" in limit.words
    assert limit.positive is not None
    assert limit.positive.as_expected
    # networks that are right about nothing are matched by untrained ones, which prove nothing
    assert found["membership.matched.lira.auc"].outcome is Outcome.UNDECIDED


def test_by_default_the_limit_could_be_contradicted_and_where_not_the_row_says_so() -> None:
    settings = Settings()
    members = halves(settings.shadows, pool.POOL, 0)
    none = np.zeros((settings.shadows, 0))
    shadows = Shadows(members, np.arange(len(members)) // 2, none, none, none.astype(bool))
    assert most_shown(shadows) > EPSILON
    few = replace(shadows, members=members[:, :100])
    assert most_shown(few) < EPSILON


def test_few_records_are_enough_for_the_controls_where_they_are_for_the_attack(
    exposure: Exposure, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_steps(monkeypatch, 2)
    records = 260
    monkeypatch.setattr(controls, "RECIPE", Recipe(epochs=1))
    some = replace(
        exposure, images=exposure.images[:records], labels=exposure.labels[:records],
        codes=exposure.codes[:records],
    )  # fmt: skip
    for one in DP_SGD.findings(some, Settings(shadows=16)):
        for trial in (one.trial, one.positive, one.null):
            assert trial is not None
            assert trial.figure.available, trial.figure.warnings


def test_without_opacus_rows_say_what_to_install(
    exposure: Exposure, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in sys.modules if one.split(".")[0] == "opacus"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "opacus", None)
    found = DP_SGD.findings(exposure, Settings(shadows=8))
    assert {one.outcome for one in found} == {Outcome.UNAVAILABLE}
    assert "pip install 'fewbytes[audit]'" in found[0].words
