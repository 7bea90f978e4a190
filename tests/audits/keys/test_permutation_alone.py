"""A keyed permutation undone without its key, and both controls of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import STORE, Exposure
from fewbytes.audits.finding import Outcome
from fewbytes.audits.keys import permutation_alone
from fewbytes.audits.keys.permutation_alone import (
    PERMUTATION_ALONE,
    as_alike_positions,
    found_order,
)
from fewbytes.codecs import Codec
from fewbytes.errors import InputError
from fewbytes.types import Dataset

SPEC = "dct:8 | keyed_permutation | uniform:8"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEWBYTES_KEY_default", "5a" * 32)


def exposed(mnist: Dataset, spec: str, n: int = 1200) -> Exposure:
    images, labels = mnist.train.images[:n], mnist.train.labels[:n]
    fitted = Codec.parse(spec).fit(images)
    return Exposure(
        STORE, images, labels, fitted.encode(images), fitted, 10, 0, lambda x, _: fitted.encode(x)
    )  # fmt: skip


def test_an_order_is_found_from_statistics() -> None:
    """Normal positions of one variance each: quantiles tell all of them but the closest."""
    rng = np.random.default_rng(0)
    scale = 1.3 ** np.arange(20)
    ours, theirs = (rng.normal(size=(3000, 20)) * scale for _ in range(2))
    secret = rng.permutation(20)
    assert np.array_equal(found_order(ours, theirs[:, secret]), secret)


def test_covariances_tell_what_quantiles_do_not(
    mnist: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    exposure, shares = exposed(mnist, SPEC, 3000), []
    for rounds in (0, permutation_alone.ROUNDS):
        monkeypatch.setattr(permutation_alone, "ROUNDS", rounds)
        shares.append(PERMUTATION_ALONE.run(exposure, Settings())[0].figure.value or 0.0)
    assert shares[1] > shares[0] > 0.1


@pytest.mark.parametrize("spec", [SPEC, "pca:32 | keyed_permutation | uniform:8"])
def test_images_are_rebuilt_without_the_key(spec: str, mnist: Dataset) -> None:
    found = PERMUTATION_ALONE.findings(exposed(mnist, spec, 3000), Settings())
    assert [one.outcome for one in found] == [Outcome.DISCLOSED] * 2
    assert [one.controls_in_place for one in found] == [True, True]
    share, decoded = (one.trial.figure.value for one in found)
    assert share is not None
    assert decoded is not None
    assert share > 0.3
    assert found[1].trial.chance is not None
    assert decoded > (found[1].trial.chance.value or 0) + 1


def test_the_null_control_fails_where_positions_show(
    mnist: Dataset,
) -> None:
    """Values that keep their positions are no null: the attack finds the order of them."""
    exposure = exposed(mnist, SPEC)
    kept = replace(PERMUTATION_ALONE, null=lambda one: replace(one, kind="noise"))
    assert kept.findings(exposure, Settings())[0].outcome is Outcome.CONTROL_FAILED
    values = as_alike_positions(exposure).values
    np.testing.assert_array_equal(np.sort(values, axis=None), np.sort(exposure.values, axis=None))


def test_the_positive_control_fails_where_nothing_is_matched(
    mnist: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        permutation_alone, "found_order", lambda plain, codes: np.roll(np.arange(plain.shape[1]), 1)
    )
    found = PERMUTATION_ALONE.findings(exposed(mnist, SPEC), Settings())
    assert [one.outcome for one in found] == [Outcome.CONTROL_FAILED] * 2


@pytest.mark.parametrize(
    ("spec", "n", "said"),
    [
        ("dct:8", 500, "no keyed permutation"),
        ("keyed_projection:20 | keyed_permutation", 500, "a secret projection comes before"),
        ("keyed_permutation | pca:8", 500, "not known what pca leaves"),
        (SPEC, 300, "300 records"),
    ],
)
def test_what_cannot_be_had(spec: str, n: int, said: str, mnist: Dataset) -> None:
    with pytest.raises(InputError, match=said):
        PERMUTATION_ALONE.run(exposed(mnist, spec, n), Settings())
    found = PERMUTATION_ALONE.findings(exposed(mnist, spec, n), Settings())
    assert {one.outcome for one in found} == {Outcome.UNAVAILABLE}
