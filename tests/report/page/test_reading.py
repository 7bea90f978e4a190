"""What is read of a run folder, and what is said of one that is missing, half done or damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewbytes.errors import InputError, StudyError
from fewbytes.report.page.reading import read_run
from fewbytes.studies.config import RAW
from fewbytes.studies.samples import file_of
from tests.report.page.making import (
    MIDDLE,
    SMALL,
    audit_rows,
    finished,
    measure_rows,
    rows,
    write_evidence,
    write_run,
)


def test_a_whole_study(run: Path) -> None:
    found = read_run(run)
    assert [line.codec for line in found.lines] == [RAW, SMALL, MIDDLE]
    assert set(found.curves) == {row["cell"] for row in rows()}
    assert set(found.samples) == {RAW, SMALL, MIDDLE}
    assert found.machines[0]["python"]
    assert (found.notes, found.unfinished, found.failed) == ([], [], [])
    assert (found.dataset, found.images, found.judged_on) == ("digits", 100, "test")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("nothing", "no such folder"),
        ("a file", "a file, not the folder"),
        ("an empty folder", "results.jsonl is missing"),
        ("no results", "no cell of the study is finished yet"),
        ("half a line", "no cell of the study is finished yet"),
        ("damaged", "a row is damaged"),
        ("nested", "a row is damaged"),
        ("no row", "a row is not a cell's"),
    ],
)
def test_what_is_no_study(made: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "run"
    results: dict[str, str] = {
        "no results": "", "half a line": '{"cell": "a"', "damaged": '{"cell": "a\n{}\n',
        "nested": "[" * 100_000 + "\n", "no row": "[1]\n",
    }  # fmt: skip
    if made == "a file":
        path.write_text("")
    elif made != "nothing":
        path.mkdir()
    if made in results:
        (path / "results.jsonl").write_text(results[made])
    with pytest.raises(StudyError, match=said) as error:
        read_run(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"test_accuracy": "0.9"}, "has '0.9' for test_accuracy"),
        ({"test_accuracy": 1.5}, "an accuracy that is no fraction"),
        ({"val_accuracy": float("nan")}, "has 'nan' for val_accuracy"),
        ({"total_bytes": 10**400}, "for total_bytes"),
        ({"total_bytes": 0}, "holds no bytes"),
        ({"codec": ["x"]}, "for codec"),
        ({"mse": "far"}, "for mse"),
        ({"images": None}, "for images"),
    ],
)
def test_a_row_of_the_wrong_kind(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    write_run(tmp_path, rows()[:-1])
    with (tmp_path / "results.jsonl").open("a") as file:
        file.write(json.dumps({**rows()[-1], **change}) + "\n")
    with pytest.raises(StudyError, match=said):
        read_run(tmp_path)


def test_a_row_that_lacks_a_field(tmp_path: Path) -> None:
    short = {name: value for name, value in rows()[0].items() if name != "ratio"}
    write_run(tmp_path, [short])
    with pytest.raises(StudyError, match="lacks ratio"):
        read_run(tmp_path)


def test_an_unfinished_study_names_what_is_missing(tmp_path: Path) -> None:
    there = [row for row in rows() if row["codec"] != MIDDLE][:-1]
    found = read_run(write_run(tmp_path, there))
    assert found.unfinished == [f"{SMALL} · image · cnn · seed 2", f"{MIDDLE} · every cell"]
    assert found.lines[1].seeds == 2


def test_what_is_missing_beside_the_results_is_said(run: Path) -> None:
    (run / "study.toml").unlink()
    (run / "cells" / f"{rows()[0]['cell']}.npz").unlink()
    (run / "cells" / f"{rows()[1]['cell']}.npz").write_bytes(b"no archive")
    file_of(run, SMALL).write_bytes(b"PK no pictures")
    (run / "machine.json").write_text("{")
    (run / "advice.json").write_text("[")
    (run / "measures.json").write_text('[{"no": "measure"}]')
    found = read_run(run)
    said = "\n".join(found.notes)
    assert "study.toml" in said
    assert "What 2 finished cells kept" in said
    assert "1 codecs no sample images" in said
    assert "machine.json" in said
    assert "advice.json" in said
    assert "measures.json: not what fewbytes writes" in said
    assert len(found.curves) == len(rows()) - 2
    assert (found.config, found.machines, found.advice, found.measures) == (None, [], None, [])
    assert found.lines


@pytest.mark.parametrize(
    "arrays",
    [
        {"train_loss": np.ones(9), "val_loss": np.ones(4)},
        {"train_loss": np.ones(0), "val_loss": np.ones(4)},
        {"train_loss": np.ones((75, 1)), "val_loss": np.ones(4)},
        {"train_loss": np.array(["x"] * 75), "val_loss": np.ones(4)},
        {"train_loss": np.ones(75)},
    ],
)
def test_curves_that_do_not_fit_are_left_out(arrays: dict[str, Any], run: Path) -> None:
    second = rows()[1]["cell"]
    np.savez(run / "cells" / f"{second}.npz", **arrays)
    found = read_run(run)
    assert set(found.curves) == {row["cell"] for row in rows()} - {second}
    assert "What 1 finished cells kept" in found.notes[0]


def test_a_study_of_old_has_no_pictures(run: Path) -> None:
    for path in (run / "samples").iterdir():
        path.unlink()
    (run / "samples").rmdir()
    found = read_run(run)
    assert not found.samples
    assert "kept no sample images" in found.notes[0]


def test_measures_and_audits_are_found_or_named(run: Path, tmp_path: Path) -> None:
    write_evidence(run)
    found = read_run(run)
    assert (found.measures, found.audits) == (measure_rows(), audit_rows())
    elsewhere = tmp_path / "m.json"
    elsewhere.write_text(json.dumps(measure_rows()[:1]))
    assert read_run(run, [elsewhere]).measures == measure_rows()[:1]
    elsewhere.write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        read_run(run, [elsewhere])
    with pytest.raises(InputError, match="cannot be read"):
        read_run(run, audits=[tmp_path / "missing.json"])


def test_a_search_that_left_the_test_split_alone(tmp_path: Path) -> None:
    """Rows without a test accuracy are judged on validation images, all of them."""
    unread = [{**row, "test_accuracy": None, "val_accuracy": 0.5} for row in rows()[3:]]
    read = [finished(RAW, seed, 0.9, val_accuracy=0.8) for seed in range(3)]
    found = read_run(write_run(tmp_path, read + unread))
    assert found.judged_on == "validation"
    assert [line.test_accuracy.mean for line in found.lines] == pytest.approx([0.8, 0.5, 0.5])
