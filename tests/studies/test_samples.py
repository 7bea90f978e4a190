"""Sample images that a study keeps, and the machine it notes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fewbytes.codecs import Codec, FittedCodec
from fewbytes.data import open_source
from fewbytes.data.source import Source
from fewbytes.errors import StudyError
from fewbytes.learn import Recipe
from fewbytes.studies import machine
from fewbytes.studies.config import RAW, StudyConfig
from fewbytes.studies.machine import MACHINE, note_machine, read_machines, this_machine
from fewbytes.studies.runner import run
from fewbytes.studies.samples import COUNT, SIDE, Samples, file_of, read_samples
from fewbytes.types import Dataset, Split
from fewbytes.verbs.studying import SilentStudy

CODEC = "downsample:6 | uint8 | raw"


@pytest.fixture(scope="module")
def studied(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of one codec beside the raw images."""
    out = tmp_path_factory.mktemp("studied")
    config = StudyConfig("tiny", (CODEC,), models=("linear",), seeds=1, recipe=Recipe(epochs=1))
    run(config, out, SilentStudy(), tiny)
    return out


def test_a_study_keeps_what_its_codecs_give_back(studied: Path, tiny: Dataset) -> None:
    raw, small = read_samples(studied, RAW), read_samples(studied, CODEC)
    assert raw is not None
    assert small is not None
    assert np.array_equal(raw.originals, raw.decoded)
    assert np.array_equal(raw.originals, small.originals)
    assert np.array_equal(tiny.train.images[small.ids], small.originals)
    assert np.array_equal(tiny.train.labels[small.ids], small.labels)
    fitted = Codec.parse(CODEC).fit(tiny.train.images)
    assert np.array_equal(fitted.decode(fitted.encode(small.originals)), small.decoded)
    assert len(set(small.labels.tolist())) == len(small.labels) == COUNT
    assert (small.names, small.shape) == ((), (28, 28))
    assert read_samples(studied, "dct:4") is None


def test_a_study_notes_its_machine(studied: Path) -> None:
    (found,) = read_machines(studied)
    assert dict(found) == this_machine()
    assert {"system", "processor", "threads", "python", "torch", "fewbytes"} <= set(found)


def test_a_machine_is_noted_once_until_another_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_machine(tmp_path)
    note_machine(tmp_path)
    assert len(read_machines(tmp_path)) == 1
    monkeypatch.setattr(machine, "this_machine", lambda: {"system": "elsewhere"})
    note_machine(tmp_path)
    assert [found["system"] for found in read_machines(tmp_path)][1:] == ["elsewhere"]
    (tmp_path / MACHINE).write_text("{")
    with pytest.raises(StudyError, match=MACHINE):
        read_machines(tmp_path)
    note_machine(tmp_path)
    assert len(read_machines(tmp_path)) == 1


def test_a_codec_without_pictures_does_not_end_a_study(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(source: Source, decoder: FittedCodec) -> Samples:
        raise ValueError("a mosaic of eight is none")

    monkeypatch.setattr(Samples, "taken", refuses)
    config = StudyConfig("tiny", (RAW,), models=("linear",), seeds=1, recipe=Recipe(epochs=1))
    (row,) = run(config, tmp_path, SilentStudy(), tiny)
    assert row["status"] == "ok"
    assert read_samples(tmp_path, RAW) is None


def test_of_large_images_the_middle_is_kept() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (20, SIDE + 10, 40, 3), dtype=np.uint8)
    split = Split(images, np.arange(20) % 2)
    source = open_source(Dataset("large", split, split))
    found = Samples.taken(source, Codec.parse("identity | uint8 | raw").fit(images))
    assert found.originals.shape == (COUNT, SIDE, 40, 3)
    assert found.shape == (SIDE + 10, 40)
    assert np.array_equal(found.originals, images[found.ids, 5 : 5 + SIDE])
    assert found.labels.tolist() == [0] * 4 + [1] * 4


def test_a_class_without_a_second_image_is_shown() -> None:
    images = np.zeros((30, 4, 4, 1), np.uint8)
    labels = np.array([0] * 28 + [1, 2])
    source = open_source(Dataset("few", Split(images, labels), Split(images, labels)))
    found = Samples.taken(source, Codec.parse("identity | uint8 | raw").fit(images))
    assert found.labels.tolist() == [0] * 6 + [1, 2]


@pytest.mark.parametrize(
    "change",
    [
        {"decoded": np.zeros((2, 4, 4, 1), np.uint8)},
        {"originals": np.zeros((3, 4, 4, 1), np.float32)},
        {"labels": np.zeros(9, np.int64)},
        {"shape": np.zeros(1)},
        {"labels": np.array(["x"] * 3)},
    ],
)
def test_what_are_no_pictures_is_refused(
    change: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]], tmp_path: Path
) -> None:
    images = np.zeros((3, 4, 4, 1), np.uint8)
    kept = Samples(images, images, np.arange(3), np.arange(3), (), (4, 4))
    path = file_of(tmp_path, CODEC)
    path.parent.mkdir()
    np.savez(path, **dict(kept.arrays()))  # type: ignore[arg-type]
    assert read_samples(tmp_path, CODEC) is not None
    np.savez(path, **{**kept.arrays(), **change})  # type: ignore[arg-type]
    with pytest.raises(StudyError, match="pictures"):
        read_samples(tmp_path, CODEC)
    path.write_text(json.dumps({}))
    with pytest.raises(StudyError, match="not a readable"):
        read_samples(tmp_path, CODEC)
