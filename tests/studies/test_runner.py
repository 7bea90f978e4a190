"""Studies that run, stop, go on, and fail in part."""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fewbytes.errors import FewbytesError, InputError, OutputError, StudyError
from fewbytes.learn import Recipe
from fewbytes.studies import results
from fewbytes.studies.config import RAW, StudyConfig
from fewbytes.studies.grid import Cell
from fewbytes.studies.results import Row, RunFolder, read_cell, read_rows, read_spectrum
from fewbytes.studies.runner import run
from fewbytes.types import Dataset, Split
from fewbytes.verbs.studying import SilentStudy

CONFIG = StudyConfig(
    "tiny",
    ("downsample:8", "dct:6 | uniform:4"),
    models=("linear",),
    seeds=2,
    recipe=Recipe(epochs=1, batch_size=128),
)


class Broken(torch.nn.Module):
    """A model that cannot be built."""

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        raise ValueError("no weights today\nand a second line")


class StopsAfter(SilentStudy):
    """Interrupts the study when so many cells are done, as Ctrl-C does."""

    def __init__(self, cells: int) -> None:
        self.left = cells
        self.todo: list[Cell] = []
        self.started: list[Cell] = []

    def study_started(self, todo: Sequence[Cell], done: int) -> None:
        self.todo = list(todo)

    def cell_started(self, cell: Cell) -> None:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        self.started.append(cell)


def _comparable(rows: list[Row]) -> list[Row]:
    return [{k: v for k, v in row.items() if not k.endswith("_seconds")} for row in rows]


@pytest.fixture(scope="module")
def whole(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row]]:
    """The study run without a stop."""
    path = tmp_path_factory.mktemp("whole")
    return path, run(CONFIG, path, SilentStudy(), tiny)


def test_rows_say_what_is_promised(whole: tuple[Path, list[Row]], tiny: Dataset) -> None:
    path, rows = whole
    assert len(rows) == 8  # raw, downsampled, and both views of the DCT; two seeds each
    for row in rows:
        assert {"dataset", "codec", "view", "model", "seed", "status", "reason"} <= row.keys()
        assert row["status"] == "ok"
        assert row["images"] == 1500
        assert row["payload_bytes"] + sum(row["side_bytes"].values()) == row["total_bytes"]
        assert row["ratio"] == 1500 * 785 / row["total_bytes"]
        assert 0 < row["test_accuracy"] <= 1
        assert row["train_seconds"] > 0
        cell = read_cell(path, row["cell"])
        assert np.mean(cell["test_predictions"] == tiny.test.labels) == row["test_accuracy"]
        assert len(cell["val_loss"]) == row["epochs"] == 1
        assert row["classes"] == 10
        assert 0 <= row["label_bits"] < row["label_entropy"] <= np.log2(10)
        assert (row["mse"] == 0) == (row["codec"] == RAW)
        assert float(cell["val_accuracy"][-1]) == pytest.approx(row["val_accuracy"])
    variances = read_spectrum(path)
    assert variances is not None
    total = tiny.train.images.reshape(1200, -1).astype(float).var(0, ddof=1).sum()
    assert variances.sum() == pytest.approx(total)
    raw = [row for row in rows if row["codec"] == RAW]
    assert {row["model"] for row in raw} == {"linear"}
    assert raw[0]["values_per_image"] == 784
    assert [row["seed"] for row in rows] == [0] * 4 + [1] * 4


def test_images_left_out_count_as_images(tiny: Dataset, tmp_path: Path) -> None:
    """Dropping images shows as fewer bytes an image; the codec's seed has a part where it draws."""
    specs = (
        "downsample:8",
        *(f"subset:0.25:method={m} | downsample:8" for m in ("random", "herding")),
    )
    rows = run(replace(CONFIG, codecs=specs), tmp_path, SilentStudy(), tiny)
    by_codec = {(row["codec"].split(" | ")[0], row["seed"]): row for row in rows}
    whole, random, herding = (
        [by_codec[name, seed] for seed in (0, 1)]
        for name in ("downsample:8", "subset:0.25", "subset:0.25:method=herding")
    )
    for row in rows:
        assert (row["status"], row["images"], row["raw_bytes"]) == ("ok", 1500, 1500 * 785)
        assert row["ratio"] == 1500 * 785 / row["total_bytes"]
    assert [row["label_bits"] is None for row in (whole[0], herding[0])] == [False, True]
    assert all(265 < row["train_images"] <= 270 for row in random)  # of the 300 that are kept
    assert 600 * 64 <= random[0]["payload_bytes"] < 600 * 64 + 1000
    assert whole[0]["payload_bytes"] >= 1500 * 64
    assert [row["supervised"] for row in (*random, *herding)] == [False, False, True, True]
    assert ["compress_seconds" in row for row in (*random, *herding)] == [True, True, True, False]


@pytest.mark.parametrize("stop", [0, 1, 5])
def test_a_stopped_study_goes_on_where_it_was(
    stop: int, whole: tuple[Path, list[Row]], tiny: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(CONFIG, tmp_path, StopsAfter(stop), tiny)
    assert len(read_rows(tmp_path)) == stop
    rest = StopsAfter(-1)
    rows = run(CONFIG, tmp_path, rest, tiny)
    assert len(rest.started) == 8 - stop
    assert _comparable(rows) == _comparable(whole[1])
    again = StopsAfter(-1)
    assert run(CONFIG, tmp_path, again, tiny) == rows
    assert again.started == []


def test_half_a_row_is_dropped(
    whole: tuple[Path, list[Row]], tiny: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(CONFIG, tmp_path, StopsAfter(2), tiny)
    file = tmp_path / results.RESULTS
    lines = file.read_bytes()
    file.write_bytes(lines[:-30])
    rest = StopsAfter(-1)
    rows = run(CONFIG, tmp_path, rest, tiny)
    assert len(rest.started) == 7
    assert _comparable(rows) == _comparable(whole[1])


def test_a_failed_cell_is_a_row_with_its_reason(tiny: Dataset, tmp_path: Path) -> None:
    config = StudyConfig(
        "tiny", ("downsample:8",), models=(f"{__name__}:Broken", "linear"), seeds=1,
        recipe=Recipe(epochs=1, batch_size=128),
    )  # fmt: skip
    rows = run(config, tmp_path, SilentStudy(), tiny)
    failed = [row for row in rows if row["status"] == "failed"]
    assert len(failed) == 2
    assert {row["model"] for row in failed} == {f"{__name__}:Broken"}
    assert all(row["reason"] == "ValueError: no weights today" for row in failed)
    assert sum(row["status"] == "ok" for row in rows) == 2
    again = StopsAfter(-1)
    run(config, tmp_path, again, tiny)
    assert again.started == []
    assert len(run(config, tmp_path, again, tiny, retry_failed=True)) == 4
    assert len(again.started) == 2


def test_other_images_under_the_same_name_are_refused(tiny: Dataset, tmp_path: Path) -> None:
    config = StudyConfig("tiny", ("downsample:8",), models=("linear",), seeds=1)
    other = Dataset("tiny", tiny.test, tiny.test)
    with pytest.raises(KeyboardInterrupt):
        run(config, tmp_path, StopsAfter(0), tiny)
    with pytest.raises(StudyError, match="holds a study with fingerprint"):
        run(config, tmp_path, SilentStudy(), other)


def test_a_cell_without_its_file_is_run_again(tiny: Dataset, tmp_path: Path) -> None:
    config = StudyConfig(
        "tiny", ("downsample:8",), models=("linear",), seeds=1, recipe=CONFIG.recipe
    )
    rows = run(config, tmp_path, SilentStudy(), tiny)
    (tmp_path / results.CELLS / f"{rows[0]['cell']}.npz").unlink()
    again = StopsAfter(-1)
    assert len(run(config, tmp_path, again, tiny)) == len(rows) == 2
    assert [cell.key for cell in again.started] == [rows[0]["cell"]]


def test_a_folder_may_gain_codecs_and_seeds_but_no_other_recipe(
    tiny: Dataset, tmp_path: Path
) -> None:
    small = StudyConfig(
        "tiny", ("downsample:8",), models=("linear",), seeds=1, recipe=CONFIG.recipe
    )
    run(small, tmp_path, SilentStudy(), tiny)
    watcher = StopsAfter(-1)
    assert len(run(CONFIG, tmp_path, watcher, tiny)) == 8
    assert len(watcher.started) == 6
    other = StudyConfig("tiny", recipe=Recipe(epochs=2, batch_size=128))
    with pytest.raises(StudyError, match=r"holds a study with epochs = 1, not 2; choose another"):
        run(other, tmp_path, SilentStudy(), tiny)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with (
        RunFolder.open(tmp_path, ""),
        pytest.raises(StudyError, match="in use"),
        RunFolder.open(tmp_path, ""),
    ):
        pass


def test_a_place_that_cannot_be_written(tiny: Dataset, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        run(CONFIG, tmp_path / "file", SilentStudy(), tiny)
    with pytest.raises(OutputError, match="cannot write"):
        run(CONFIG, Path("/proc/no/place"), SilentStudy(), tiny)


def test_a_full_disk_leaves_whole_rows(tmp_path: Path) -> None:
    """A real limit on the size of files, met in the middle of the second row."""
    first: Row = {"cell": "a", "status": "ok"}
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with RunFolder.open(tmp_path, "") as folder:
            folder.append(first, "a", {})
            resource.setrlimit(resource.RLIMIT_FSIZE, (50, limits[1]))
            with pytest.raises(OutputError, match="File too large"):
                folder.append({"cell": "b", "status": "ok", "reason": "x" * 100}, "b", {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert read_rows(tmp_path) == [first]
    assert (tmp_path / results.RESULTS).read_bytes().endswith(b"}\n")


def test_damaged_rows_are_said(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no study here"):
        read_rows(tmp_path)
    (tmp_path / results.RESULTS).write_text('{"a": 1}\n{"b"\n')
    with pytest.raises(StudyError, match="a row is damaged"):
        read_rows(tmp_path)
    (tmp_path / results.RESULTS).write_text('{"a": 1}\n')
    with pytest.raises(StudyError, match="a row is not a cell's"):
        read_rows(tmp_path)


def test_sets_that_cannot_be_studied(tmp_path: Path) -> None:
    one_class = Split(np.zeros((30, 28, 28, 1), np.uint8), np.full(30, 4))
    with pytest.raises(InputError, match="all 30 training images are of class 4"):
        run(CONFIG, tmp_path / "a", SilentStudy(), Dataset("tiny", one_class, one_class))
    with pytest.raises(FewbytesError, match="no data set at"):
        run(CONFIG, tmp_path / "b", SilentStudy())
    assert list(tmp_path.iterdir()) == []


def test_rows_are_plain_json(whole: tuple[Path, list[Row]]) -> None:
    path, rows = whole
    lines = (path / results.RESULTS).read_text().splitlines()
    assert [json.loads(line) for line in lines] == rows
