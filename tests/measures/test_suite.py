"""All measures of a store: what can be had is had, and all else says why."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.errors import InputError
from fewbytes.measures.information.lost_information import lost_information
from fewbytes.measures.measured import Measured
from fewbytes.measures.measurement import LEVEL, Means, Measurement, Verdict
from fewbytes.measures.suite import GROUPS, SUPERVISED
from fewbytes.report.measures import plots as measured_plots
from fewbytes.report.measures.measured import TITLES
from fewbytes.types import Dataset, Split

DISCRETE = "downsample:10:antialias=true | lloyd:4 | range"


@pytest.fixture(scope="module")
def masks(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """Everything, of a store whose coder sorts records."""
    path = tmp_path_factory.mktemp("suite") / "tiny.fb"
    return fb.measure(fb.compress(tiny, path, codec=DISCRETE), originals=tiny)


def test_every_measure_of_a_small_store(masks: Measured) -> None:
    names = [one.name for one in masks.measurements]
    assert len(set(names)) == len(names) > 30
    missing = {one.name: one.warnings[0] for one in masks.measurements if not one.available}
    assert list(missing) == ["distances.johnson_lindenstrauss"]
    assert "promise nothing" in missing["distances.johnson_lindenstrauss"]
    rows = json.loads(json.dumps(masks.rows()))
    assert all(row["unit"] or row["measure"].startswith(("ssim", "dist", "norms")) for row in rows)
    assert all(row["method"] and row["reference"] for row in rows if row["low"] is not None)
    assert {row["codec"] for row in rows} == {"downsample:10:antialias=true | lloyd:4 | range"}


def test_measures_agree_with_each_other(masks: Measured) -> None:
    """What theory orders is in order."""

    def ends(name: str) -> tuple[float, float]:
        low, high = masks[name].low, masks[name].high
        assert low is not None
        assert high is not None
        return low, high

    assert ends("entropy.min")[0] <= ends("entropy.collision")[1] <= ends("entropy.record")[1]
    assert ends("entropy.record")[1] <= masks.findings.material.coded_bits * 1.1
    assert ends("image_information.exact") == ends("entropy.record")
    low, high = ends("label_information")
    assert 1 < low < high <= ends("label_entropy")[1] < math.log2(10) + 1e-9
    assert ends("bayes_error")[0] == 0 < ends("bayes_error")[1] < 0.5
    length, uniform = masks["description_length"].value, masks["description_length.uniform"].value
    assert length is not None
    assert uniform == pytest.approx(1200 * math.log2(10))
    assert length < 1200 * math.log2(10)
    assert masks["psnr"].value == pytest.approx(20 * math.log10(255) - 10 * math.log10(_mse(masks)))


def _mse(masks: Measured) -> float:
    material = masks.findings.material
    return float(np.mean((material.originals.astype(float) - material.pictures) ** 2))


def test_pictures_are_drawn_of_it(masks: Measured) -> None:
    pytest.importorskip("matplotlib")
    drawn = measured_plots.draw([masks])
    assert set(drawn) == {
        "rate_distortion.png", "description_length.png", "positions.png", "lost.png",
    }  # fmt: skip
    assert all(content.startswith(b"\x89PNG") for content in drawn.values())


def test_real_codes_hold_no_finite_number_of_bits(tiny: Dataset, tmp_path: Path) -> None:
    store = fb.compress(tiny, tmp_path / "real.fb", codec="dct:6")
    found = fb.measure(store, only=["entropy", "image", "geometry"])
    assert not found["entropy.record"].available
    assert "real numbers" in found["entropy.record"].warnings[0]
    assert found["image_information.exact"].value == math.inf
    noisy = found["image_information.noisy"]
    assert noisy.low is not None
    assert noisy.high is not None
    assert 5 < noisy.low < noisy.high < 1000
    assert "originals" in found["distances.distortion"].warnings[0]
    lost = fb.measure(store, only="labels")["usable.lost"]
    assert not lost.available
    assert "originals" in lost.warnings[0]


def test_what_fails_has_the_same_names(masks: Measured, tiny: Dataset, tmp_path: Path) -> None:
    """So that stores stand side by side."""
    few = Dataset("few", tiny.train.take(np.arange(3)), tiny.train.take(np.arange(3)))
    found = fb.measure(fb.compress(few, tmp_path / "few.fb", codec="dct:2"))
    assert [m.name for m in found.measurements] == [m.name for m in masks.measurements]
    assert {m.name for m in found.measurements} == {
        n for g in GROUPS.values() for a in g for n in a.units
    }
    assert {m.name for m in found.measurements} == set(TITLES)


def test_one_class_says_nothing_of_labels(tiny: Dataset, tmp_path: Path) -> None:
    one = Split(tiny.train.images[:300], np.zeros(300, int))
    store = fb.compress(Dataset("one", one, one), tmp_path / "one.fb", codec=DISCRETE)
    found = fb.measure(store, only=["labels", "description", "neighbours"])
    assert found["label_entropy"].value == 0
    assert found["contrastive.information"].covers(0)
    missing = [m for m in found.measurements if not m.available]
    assert len(missing) == len(found.measurements) - 2
    said = {m.warnings[0] for m in missing if m.name != "usable.lost"}
    assert all("class" in warning for warning in said)


def test_constant_codes(tiny: Dataset, tmp_path: Path) -> None:
    black = Split(np.zeros((200, 12, 12, 1), np.uint8), np.arange(200) % 3)
    data = Dataset("black", black, black)
    store = fb.compress(data, tmp_path / "black.fb", codec="identity | uint8 | zstd")
    found = fb.measure(store, originals=data)
    assert found["entropy.record"].covers(0)
    assert found["mse"].value == found["mse"].high == 0
    assert found["psnr"].value == math.inf
    assert found["label_information"].low == 0
    for name in ("distances.distortion", "dimension.two_nn", "neighbours.information"):
        assert not found[name].available
    measured_plots.draw([found])


def test_a_handful_of_records(tiny: Dataset, tmp_path: Path) -> None:
    few = tiny.train.take(np.arange(12))
    data = Dataset("few", few, few)
    store = fb.compress(data, tmp_path / "few.fb", codec=DISCRETE)
    found = fb.measure(store, originals=data)
    sure = {m.name for m in found.measurements if m.verdict is Verdict.RELIABLE}
    assert sure <= {"label_entropy"}
    assert any("12 records" in m.warnings[0] for m in found.measurements)


def test_labels_that_a_codec_has_seen_are_doubted(tiny: Dataset, tmp_path: Path) -> None:
    codec = "subset:0.5:method=herding | downsample:8"
    store = fb.compress(tiny, tmp_path / "s.fb", codec=codec)
    seen = fb.measure(store, only=["labels"])
    read = [m for m in seen.measurements if m.available and m.name != "label_entropy"]
    assert all(SUPERVISED in m.warnings for m in read)
    fresh = fb.measure(store, only=["labels"], split="test")
    assert not any(SUPERVISED in m.warnings for m in fresh.measurements)
    assert fresh["usable.linear"].verdict is Verdict.RELIABLE


def test_groups_are_those_asked_for(tiny: Dataset, tmp_path: Path) -> None:
    store = fb.compress(tiny, tmp_path / "t.fb", codec=DISCRETE)
    found = fb.measure(store, only=["dimension"], records=700)
    assert {m.name.split(".")[0] for m in found.measurements} == {"dimension"}
    assert max(m.n for m in found.measurements) <= 700
    assert found.get("psnr") is None
    with pytest.raises(KeyError, match="no measurement 'psnr'; there are dimension"):
        _ = found["psnr"]
    with pytest.raises(InputError, match="did you mean 'labels'"):
        fb.measure(store, only=["label"])
    with pytest.raises(InputError, match="a seed is a whole number from 0"):
        fb.measure(store, seed=-1)
    assert list(GROUPS) == [
        "entropy", "image", "labels", "description",
        "distortion", "geometry", "dimension", "neighbours",
    ]  # fmt: skip


def test_lost_information_pairs_records(masks: Measured) -> None:
    codes, originals = masks.findings.usable("cnn"), masks.findings.usable_original
    lost = masks["usable.lost"]
    assert lost.value == pytest.approx(float(np.mean(originals.pointwise - codes.pointwise)))
    other = type(codes)(**{**vars(codes), "records": codes.records[::-1]})
    with pytest.raises(InputError, match="not evaluated on the same records"):
        lost_information(other, originals)


def test_a_measurement_is_whole() -> None:
    one = Measurement("a", "bits", 1.0, 0.5, 2.0, 9, "how", "who")
    assert one.covers(0.5)
    assert not one.covers(2.1)
    assert one.doubted("why").warned("so").warnings == ("why", "so")
    assert one.doubted("why").verdict is Verdict.UNRELIABLE
    assert one.row()["level"] == LEVEL == 0.999
    infinite = Measurement("a", "bits", None, 1.0, math.inf, 9, "", "", Means.BOUNDS)
    assert infinite.row()["high"] == "inf"
    assert json.loads(json.dumps(infinite.row()))["value"] is None
    for value, low, high in (
        (1.0, 2.0, 3.0), (math.nan, 0.0, 1.0), (1.0, None, 2.0), (None, None, None),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="a: "):
            Measurement("a", "bits", value, low, high, 9, "how", "who")
    assert not Measurement.unavailable("a", "bits", "why").covers(0.0)
