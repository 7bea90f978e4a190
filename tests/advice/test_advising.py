"""The verb on real images: small sets, two families, short trainings."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.advice import ladder
from fewbytes.advice.advised import Advised
from fewbytes.advice.journal import SEARCH
from fewbytes.advice.ladder import Family
from fewbytes.advice.watch import SilentAdvice
from fewbytes.errors import InputError, SourceError, StudyError
from fewbytes.learn import stored
from fewbytes.studies.config import RAW
from fewbytes.studies.results import read_rows
from fewbytes.studies.summary import summarise
from fewbytes.types import Dataset, Split

FAMILIES = (
    Family("grey levels", "downsample:5:antialias=true | lloyd:{knob}:shared=true | zstd", (16, 4)),
    Family("jpeg", "jpeg:{knob}", (60, 5)),
)


@pytest.fixture(autouse=True)
def few_families(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "FAMILIES", FAMILIES)
    monkeypatch.setattr(ladder, "LOSSLESS", ("zstd",))


def advise(source: object, out: Path, **options: object) -> Advised:
    given: dict[str, object] = {
        "max_loss": 30.0,
        "budget": None,
        "seeds": 3,
        "epochs": 1,
        **options,
    }
    return fb.advise(source, out=out, **given)  # type: ignore[arg-type]


def with_test(data: Dataset, test: Split) -> Dataset:
    return Dataset(data.name, data.train, test)


class StopsAt(SilentAdvice):
    """Interrupts the search at its n-th step, as Ctrl-C does."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def step_started(self, what: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def small(tiny: Dataset) -> Dataset:
    """400 training and 100 test images of MNIST, of 7 x 7 pixels: an MLP is quick to train."""

    def part(split: Split, count: int) -> Split:
        return Split(split.images[:count, 2::4, 2::4], split.labels[:count])

    return Dataset("small", part(tiny.train, 400), part(tiny.test, 100))


@pytest.fixture(scope="module")
def whole(small: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Advised]:
    """A search that was not stopped."""
    patch = pytest.MonkeyPatch()
    patch.setattr(ladder, "FAMILIES", FAMILIES)
    patch.setattr(ladder, "LOSSLESS", ("zstd",))
    out = tmp_path_factory.mktemp("whole") / "out"
    try:
        return out, advise(small, out)
    finally:
        patch.undo()


def evidence(advised: Advised) -> list[tuple[object, ...]]:
    """What may not change from run to run."""
    return [
        (one.codec, one.role, one.total_bytes, one.accuracy, one.difference, one.lower, one.holds)
        for one in advised.confirmed
    ]


def test_the_folder_is_a_study_with_advice_beside(whole: tuple[Path, Advised]) -> None:
    out, advised = whole
    assert advised.recommended is not None
    rows = read_rows(out)
    tested = {row["codec"] for row in rows if row["test_accuracy"] is not None}
    assert tested == {RAW, advised.recommended.codec}
    by_codec = {line.codec: line for line in summarise(rows)}
    assert set(by_codec) == {one.codec for one in advised.confirmed}
    line = by_codec[advised.recommended.codec]
    assert line.total_bytes == pytest.approx(advised.recommended.bytes_per_image)
    assert line.difference is not None
    assert advised.test is not None
    assert line.difference.mean == pytest.approx(advised.test.difference)
    assert line.test_accuracy.n == 3
    default = by_codec[advised.defaults[0].codec]
    assert (default.test_accuracy.n, default.difference) == (0, None)
    written = json.loads((out / "advice.json").read_text())
    assert written["recommended"]["codec"] == advised.recommended.codec
    assert written == json.loads(json.dumps(advised.as_json()))
    assert not (out / "stores").exists()
    assert not (out / "networks").exists()


def test_bytes_are_those_of_the_store_that_compress_writes(
    whole: tuple[Path, Advised], small: Dataset, tmp_path: Path
) -> None:
    _, advised = whole
    assert advised.recommended is not None
    store = fb.compress(small, tmp_path / "x.fb", codec=advised.recommended.codec)
    listed = store.ledger().get("_meta/remarks.jsonl", 0)
    assert abs(store.nbytes.total - listed - advised.recommended.total_bytes) < 400


def test_what_the_test_split_holds_changes_no_advice(
    whole: tuple[Path, Advised], small: Dataset, tmp_path: Path
) -> None:
    """Other labels there: the same codec, the same evidence, and next to nothing right."""
    _, advised = whole
    wrong = Split(small.test.images, (small.test.labels + 1) % 10)
    other = advise(with_test(small, wrong), tmp_path / "out")
    names = [(one.codec, one.difference, one.holds) for one in advised.confirmed]
    assert [(one.codec, one.difference, one.holds) for one in other.confirmed] == names
    assert advised.test is not None
    assert other.test is not None
    assert advised.test.raw > 0.4
    assert other.test.raw < 0.25


def test_the_test_split_is_read_last(
    small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    judge, read = stored.judge_on, stored.read_test

    def judged(*args: object, **options: object) -> object:
        events.append("train")
        return judge(*args, **options)  # type: ignore[arg-type]

    def tested(*args: object, **options: object) -> object:
        events.append("test")
        return read(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("fewbytes.studies.prepare.judge_on", judged)
    monkeypatch.setattr("fewbytes.studies.prepare.read_test", tested)
    advised = advise(small, tmp_path / "out")
    assert advised.recommended is not None
    assert events == ["train"] * events.count("train") + ["test"] * 6
    again = advise(small, tmp_path / "out")
    assert evidence(again) == evidence(advised)
    assert events.count("test") == 6, "read once, whatever is asked again"


@pytest.mark.parametrize("steps", [2, 9])
def test_a_search_that_was_stopped_gives_the_same_advice(
    whole: tuple[Path, Advised], small: Dataset, tmp_path: Path, steps: int
) -> None:
    with pytest.raises(KeyboardInterrupt):
        advise(small, tmp_path, watcher=StopsAt(steps))
    assert evidence(advise(small, tmp_path)) == evidence(whole[1])


def test_another_question_in_the_same_folder_is_refused(
    whole: tuple[Path, Advised], small: Dataset
) -> None:
    with pytest.raises(StudyError, match=r"max_loss = 30\.0, not 1\.0"):
        advise(small, whole[0], max_loss=1.0)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_search_that_ended_is_read_back_and_nothing_touched(
    whole: tuple[Path, Advised], small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, advised = whole
    before = contents(out)
    assert advise(small, out, watcher=StopsAt(0)) == advised
    assert contents(out) == before


def test_a_decided_answer_stays(
    whole: tuple[Path, Advised], small: Dataset, tmp_path: Path
) -> None:
    """The journal says that the search went on, and there is no time to find anything again."""
    out, advised = tmp_path / "out", whole[1]
    shutil.copytree(whole[0], out)
    with (out / SEARCH).open("a") as file:
        file.write('{"kind": "begun", "spent": 100000.0}\n')
    again = advise(small, out, budget="1s")
    assert again.verdict == advised.verdict
    assert evidence(again)[1:] == evidence(advised)[1:]
    assert json.loads((out / "advice.json").read_text())["verdict"] == "found"


def test_a_folder_of_another_study_is_refused_and_left_alone(
    whole: tuple[Path, Advised], small: Dataset, tmp_path: Path
) -> None:
    out = tmp_path / "study"
    shutil.copytree(whole[0], out)
    (out / SEARCH).unlink()
    before = contents(out)
    with pytest.raises(StudyError, match="holds a study that is no search; choose another --out"):
        advise(small, out)
    assert contents(out) == before


def test_a_search_killed_before_it_noted_anything_begins_anew(
    small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Path] = []

    def killed(out: Path, asked: object) -> None:
        begun.append(out)
        raise KeyboardInterrupt

    monkeypatch.setattr("fewbytes.verbs.advising.Journal", killed)
    for times in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            advise(small, tmp_path / "out")
        assert len(begun) == times
    assert (tmp_path / "out" / "study.toml").exists()


def test_rows_of_another_recipe_are_no_evidence(
    whole: tuple[Path, Advised], small: Dataset, tmp_path: Path
) -> None:
    """Rows that say they are of nine epochs are trained again, and only they."""
    out, advised = tmp_path / "out", whole[1]
    shutil.copytree(whole[0], out)
    rows = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    foreign = [r for r in rows if r["seed"] == 1]
    for row in foreign:
        row.update(epochs=9, val_accuracy=0.0)
    (out / "results.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    (out / "advice.json").unlink()
    again = advise(small, out)
    assert evidence(again) == evidence(advised)
    assert {row["epochs"] for row in read_rows(out)} == {1}


def test_bad_questions_write_nothing(small: Dataset, tmp_path: Path) -> None:
    for wrong in ({"max_loss": -1.0}, {"max_loss": None}, {"budget": "soon"}, {"seeds": 1}):
        with pytest.raises(InputError):
            advise(small, tmp_path / "out", **wrong)
    assert not (tmp_path / "out").exists()


def test_a_class_with_one_image_is_refused(small: Dataset, tmp_path: Path) -> None:
    labels = small.train.labels.copy()
    labels[0] = 10
    data = Dataset("lonely", Split(small.train.images, labels), small.test)
    with pytest.raises(InputError, match="class 10 has one training image only"):
        advise(data, tmp_path / "out")


def test_unreadable_images_are_counted_and_too_many_refused(pictures: Path, tmp_path: Path) -> None:
    """A folder of colour JPEG files of differing sizes; one is cut short, one is empty."""
    advised = advise(pictures, tmp_path / "out", size=7, max_loss=60.0)
    assert advised.unreadable == 2
    assert advised.recommended is not None
    with pytest.raises(SourceError, match=r"2 of 242 images cannot be read, more than 0\.5 %"):
        advise(pictures, tmp_path / "strict", size=7, max_unreadable=0.5)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """240 sound pictures of two classes, and two that are not."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for label, colour in (("red", (200, 40, 40)), ("blue", (40, 40, 200))):
        folder = tmp_path / "photos" / label
        folder.mkdir(parents=True)
        for number in range(120):
            size = rng.integers(20, 40, 2)
            noise = rng.integers(-40, 40, (*size, 3))
            pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{number:03d}.jpg", quality=90)
    whole = (tmp_path / "photos" / "red" / "000.jpg").read_bytes()
    (tmp_path / "photos" / "red" / "cut.jpg").write_bytes(whole[: len(whole) // 3])
    (tmp_path / "photos" / "blue" / "empty.jpg").write_bytes(b"")
    return tmp_path / "photos"
