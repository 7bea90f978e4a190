"""Every rung: what it needs, what it reaches, and that it never looks at a target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewbytes.audits.affine import Affine
from fewbytes.audits.exposure import NOISE, Exposure
from fewbytes.audits.reconstruction.ledoit_wolf import shrunk_covariance
from fewbytes.audits.reconstruction.linear_estimate import estimator
from fewbytes.audits.reconstruction.pairs import pairs
from fewbytes.audits.reconstruction.pseudo_inverse import inverse
from fewbytes.audits.reconstruction.rungs import RUNGS, made_by
from fewbytes.codecs import Codec
from fewbytes.errors import InputError
from tests.audits.reconstruction.pictures import CLASSES, exposure_of, pictures


def _error(exposure: Exposure, rung: str) -> float:
    value = made_by(rung, exposure).error.value
    assert value is not None
    return value


@pytest.mark.parametrize("rung", RUNGS)
def test_targets_teach_nothing(rung: str) -> None:
    clean = exposure_of("projection:16 | uniform:8")
    spoiled = replace(clean, images=clean.images.copy(), labels=clean.labels.copy())
    spoiled.images[400:] = 255 - spoiled.images[400:]
    spoiled.labels[400:] = 0
    one, other = made_by(rung, clean), made_by(rung, spoiled)
    assert np.array_equal(one.targets, other.targets)
    assert np.array_equal(one.held, other.held)
    assert one.error.value != other.error.value


@pytest.mark.parametrize("rung", RUNGS)
def test_each_target_is_rebuilt_from_its_own_code(rung: str) -> None:
    exposure = exposure_of("projection:16 | uniform:8")
    other = replace(exposure, codes=exposure.codes.copy())
    other.codes[401:] = other.codes[400]
    assert np.array_equal(made_by(rung, exposure).targets[0], made_by(rung, other).targets[0])


@pytest.mark.parametrize("rung", RUNGS)
def test_the_held_part_teaches_nothing_but_when_to_stop(rung: str) -> None:
    clean = exposure_of("projection:16 | uniform:8")
    spoiled = replace(clean, images=clean.images.copy())
    spoiled.images[360:400] = 255 - spoiled.images[360:400]
    same = np.array_equal(made_by(rung, clean).held, made_by(rung, spoiled).held)
    assert same or rung == "learned"


@pytest.mark.parametrize("rung", ["pseudo_inverse", "linear_estimate", "pairs"])
def test_images_themselves_come_back(rung: str) -> None:
    made = made_by(rung, exposure_of("identity | uint8"))
    assert made.error.value is not None
    assert made.error.value < 0.01


@pytest.mark.parametrize("rung", ["pseudo_inverse", "linear_estimate"])
def test_codecs_that_are_not_linear(rung: str) -> None:
    with pytest.raises(InputError, match="otsu is not linear"):
        made_by(rung, exposure_of("otsu | downsample:4"))


@pytest.mark.parametrize("rung", ["pairs", "learned"])
def test_symbols_that_are_names(rung: str) -> None:
    pytest.importorskip("sklearn")
    with pytest.raises(InputError, match="a symbol of pq is the name of a vector"):
        made_by(rung, exposure_of("pq:8:4", 400))


@pytest.mark.parametrize("rung", ["pairs", "learned"])
def test_codes_that_are_no_numbers(rung: str) -> None:
    exposure = exposure_of("projection:4", 400)
    exposure.codes[3, 2] = np.nan
    with pytest.raises(InputError, match="NaN or infinite"):
        made_by(rung, exposure)


@pytest.mark.parametrize("rung", RUNGS)
def test_codes_all_alike_give_no_more_than_the_mean(rung: str) -> None:
    exposure = exposure_of("projection:16 | uniform:8")
    constant = replace(exposure, codes=np.zeros_like(exposure.codes))
    mean = np.square(exposure.pixels[400:] - exposure.pixels[:400].mean(0)).mean()
    assert _error(constant, rung) > 0.99 * mean


@pytest.mark.parametrize(("p", "d"), [(6, 4), (4, 6), (5, 5)])
def test_the_pseudo_inverse_is_that_of_numpy(p: int, d: int) -> None:
    rng = np.random.default_rng(0)
    matrix, offset = rng.normal(size=(p, d)), rng.normal(size=d)
    x = rng.normal(size=(7, p))
    slow = x @ matrix @ np.linalg.pinv(matrix)
    np.testing.assert_allclose(inverse(Affine(matrix, offset))(x @ matrix + offset), slow)


def test_the_linear_estimate_is_the_formula() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(100, 20, (300, 9)) @ rng.normal(size=(9, 9))
    matrix, offset = rng.normal(size=(9, 4)), rng.normal(size=4)
    y = x @ matrix + offset + rng.normal(0, [1, 2, 3, 4], (300, 4)) + 0.5
    found = estimator(x.astype(np.float32), y.astype(np.float32), Affine(matrix, offset))
    c = shrunk_covariance(x)
    noise = np.diag(np.var(y - x @ matrix, axis=0, ddof=1))
    gain = c @ matrix @ np.linalg.inv(matrix.T @ c @ matrix + noise)
    slow = x.mean(0) + (y - y.mean(0)) @ gain.T
    np.testing.assert_allclose(found(y), slow, rtol=1e-3, atol=0.05)


def test_the_ladder_rises() -> None:
    exposure = exposure_of("projection:16 | uniform:8", 1200)
    nothing = np.square(exposure.pixels[600:] - exposure.pixels[:600].mean(0)).mean()
    assert _error(exposure, "pseudo_inverse") > 2 * nothing
    assert _error(exposure, "linear_estimate") < 0.3 * nothing
    assert _error(exposure, "pairs") < 1.1 * _error(exposure, "linear_estimate")
    assert _error(exposure, "learned") < _error(exposure, "pairs")


def test_pairs_find_a_codec_that_nobody_knows() -> None:
    exposure = exposure_of("identity | uint8")
    order = np.random.default_rng(5).permutation(64)
    hidden = exposure.codes.reshape(-1, 64)[:, order].reshape(exposure.codes.shape)
    secret = replace(exposure, codes=255 - hidden)
    assert _error(secret, "pairs") < 0.1
    assert _error(secret, "decoder") > 1000


def test_the_curve_of_pairs_rises_to_all_of_them() -> None:
    exposure = exposure_of("projection:16 | uniform:8")
    made = pairs(exposure)
    shown = made.exhibit
    assert shown["pairs"].tolist() == [8, 16, 32, 64, 128, 256, 400]
    assert (shown["psnr_low"] <= shown["psnr"]).all()
    assert (shown["psnr"] <= shown["psnr_high"]).all()
    assert shown["psnr"][-1] == pytest.approx(10 * np.log10(255**2 / (made.error.value or 0)))
    assert shown["psnr"][-1] > shown["psnr"][1] + 3
    assert not pairs(replace(exposure, kind=NOISE)).exhibit


def test_more_pairs_and_values_than_are_solved_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fewbytes.audits.reconstruction.pairs.LARGEST", 12)
    made = pairs(exposure_of("projection:16 | uniform:8", 400))
    assert made.exhibit["pairs"].tolist() == [8, 12]
    assert "12 known pairs" in made.method


def test_codes_of_colour_pictures() -> None:
    images, labels = pictures(400, side=7, channels=3)
    fitted = Codec.parse("downsample:4 | uint8").fit(images)
    codes = fitted.encode(images)
    exposure = Exposure("store", images, labels, codes, fitted, CLASSES, 0, lambda x, _: codes)
    for rung in RUNGS:
        assert made_by(rung, exposure).targets.shape == (200, 7, 7, 3)
    assert _error(exposure, "pairs") < 0.1 * float(images.var())
    assert _error(exposure, "decoder") < 0.1 * float(images.var())
