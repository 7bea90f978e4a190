"""The package as a whole: its public names, sizes, and the verbs from Python."""

from __future__ import annotations

from pathlib import Path

import pytest

import fewbytes as fb
from fewbytes.errors import StudyError
from fewbytes.types import Dataset

ROOT = Path(__file__).parent.parent


def test_public_names_resolve_and_are_sorted() -> None:
    assert fb.__all__ == sorted(fb.__all__)
    assert all(getattr(fb, name) is not None for name in fb.__all__)
    assert set(fb.__all__) <= set(dir(fb))
    with pytest.raises(AttributeError, match="no attribute 'compres'"):
        _ = fb.compres


def test_submodules_do_not_hide_verbs(tiny: Dataset, tmp_path: Path) -> None:
    """Importing fewbytes.study would replace the function fb.study, so no such module may be."""
    homes = {path.stem for path in (ROOT / "src" / "fewbytes").iterdir()}
    assert not homes & set(fb.__all__)


@pytest.mark.parametrize("folder", ["src", "tests", "benchmarks", "examples", "docs"])
def test_no_file_is_over_400_lines(folder: str) -> None:
    long = {p for p in (ROOT / folder).rglob("*.py") if len(p.read_text().splitlines()) > 400}
    assert not long


def test_study_from_python(tiny: Dataset, tmp_path: Path) -> None:
    run = fb.study(
        tiny, codecs=["downsample:{6,8}"], models=["linear"], seeds=1, epochs=1, out=tmp_path
    )
    assert [line.codec for line in run.lines][1:] == [
        "downsample:6 | uint8 | raw",
        "downsample:8 | uint8 | raw",
    ]
    assert not run.failed
    assert (tmp_path / "table.csv").exists()


def test_stores_from_python(tiny: Dataset, tmp_path: Path) -> None:
    store = fb.compress(tiny, tmp_path / "tiny.fb", codec="downsample:10", seed=0)
    assert (store.codec.code_shape, len(store["train"])) == ((10, 10, 1), 1200)
    assert store.nbytes.total == store.nbytes.payload + store.nbytes.side
    assert all(checked.fault is None for checked in fb.verify(tmp_path / "tiny.fb"))
    x, y = next(iter(store["train"].batches(512, view="image", shuffle=True, seed=0)))
    assert (x.shape, y.shape) == ((512, 28, 28, 1), (512,))
    fb.export(store, tmp_path / "tiny.npz", to="npz")
    again = fb.load(tmp_path / "tiny.npz")
    assert (again.test.images == store["test"].images()).all()
    result = fb.train(fb.open(tmp_path / "tiny.fb"), view="code", epochs=3, seeds=2)
    assert 0.5 < result.test_accuracy < 1
    assert [row["seed"] for row in result.rows()] == [0, 1]
    with pytest.raises(StudyError, match="a view is code or image"):
        fb.train(store, view="auto")


def test_codec_from_python(tiny: Dataset) -> None:
    codec = fb.codec("dct:16 | uniform:8 | zstd").fit(tiny.train.images, seed=0)
    codes = codec.encode(tiny.test.images)
    assert codes.shape == (300, 16, 16, 1)
    assert codec.unpack(codec.pack(codes), 300).tolist() == codes.tolist()
    assert codec.decode(codes).shape == tiny.test.images.shape
