"""How many records share a code."""

from __future__ import annotations

import numpy as np
import pytest

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import as_identity
from fewbytes.audits.finding import Outcome
from fewbytes.audits.linkage.anonymity import ANONYMITY, _alone
from fewbytes.audits.uniqueness.controls import as_random, code_bits
from fewbytes.errors import InputError
from tests.audits.uniqueness.helpers import blobs, found_by, shown


def test_groups_of_a_known_set() -> None:
    images = blobs(300)
    images[10:12] = images[9]  # one group of 3
    images[20] = images[19]  # one of 2
    finding = found_by(ANONYMITY, shown(images, "identity"))["linkage.anonymity"]
    assert finding.outcome is Outcome.DESCRIBED
    assert finding.trial.figure.value == pytest.approx(295 / 300)
    assert finding.trial.exhibit["k"].tolist() == [1, 2, 3]
    assert finding.trial.exhibit["records"].tolist() == [295, 2, 3]
    assert finding.positive is not None
    assert finding.positive.expected is not None
    assert finding.positive.expected.value == pytest.approx(295 / 300)
    assert "98.3 %" in finding.words


def test_a_constant_code_singles_out_nobody() -> None:
    images = blobs(300)
    images[:, 5:7, 5:7] = 9
    finding = found_by(ANONYMITY, shown(images, "downsample:1 | uint8"))["linkage.anonymity"]
    assert finding.trial.figure.value == 0
    assert finding.trial.exhibit["k"].tolist() == [300]
    assert finding.controls_in_place


def test_a_wrong_count_fails_the_controls() -> None:
    images = blobs(300)
    images[0] = images[1]
    identity = as_identity(shown(images, "identity"))
    identity.codes[0, 0, 0] ^= 1  # codes that are not the images
    trial = ANONYMITY.run(identity, Settings())[0]
    assert not trial.as_expected


def test_random_codes_are_alone_as_often_as_arithmetic_says() -> None:
    rng = np.random.default_rng(0)
    for n, bits in ((100, 6), (1000, 12), (50, 1)):
        expected = _alone(n, bits)
        counts = [np.bincount(rng.integers(0, 2**bits, n)) for _ in range(400)]
        shares = np.array([(count == 1).sum() / n for count in counts])
        assert expected.value == pytest.approx(float(shares.mean()), abs=0.01)
        assert expected.low is not None
        assert expected.high is not None
        assert ((shares >= expected.low) & (shares <= expected.high)).mean() > 0.99


def test_the_null_control_is_random_bits() -> None:
    null = as_random(shown(blobs(500), "dct:4 | uniform:8"))
    assert null.codes.shape == (500, 1, 10, 1)
    assert code_bits(null.fitted) == 10
    assert null.codes.mean() == pytest.approx(0.5, abs=0.05)


def test_one_record_is_too_few() -> None:
    with pytest.raises(InputError, match="1 records; an anonymity set needs at least 2"):
        ANONYMITY.run(shown(blobs(1), "identity"), Settings())
