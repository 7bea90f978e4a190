"""`fewbytes advise` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fewbytes as fb
from fewbytes import cli
from fewbytes.advice import ladder
from fewbytes.advice.ladder import Family
from fewbytes.types import Dataset
from tests.cli.running import run


@pytest.fixture
def few_families(monkeypatch: pytest.MonkeyPatch) -> None:
    family = Family("few levels", "downsample:5:antialias=true | lloyd:{knob} | zstd", (16, 4))
    monkeypatch.setattr(ladder, "FAMILIES", (family,))
    monkeypatch.setattr(ladder, "LOSSLESS", ("zstd",))


@pytest.fixture
def small(tiny: Dataset, tmp_path: Path) -> str:
    """An .npz file of 400 training and 100 test images of 7 x 7 pixels."""
    path = tmp_path / "small.npz"
    parts = {"train": (tiny.train, 400), "test": (tiny.test, 100)}
    arrays: dict[str, Any] = {}
    for name, (split, count) in parts.items():
        arrays[f"{name}_images"] = split.images[:count, 2::4, 2::4]
        arrays[f"{name}_labels"] = split.labels[:count]
    np.savez(path, **arrays)
    return str(path)


def test_the_answer_its_evidence_and_the_store(
    small: str, tmp_path: Path, few_families: None, capsys: pytest.CaptureFixture[str]
) -> None:
    out, store = tmp_path / "out", tmp_path / "small.fb"
    command = ["advise", small, "--max-loss", "40", "--epochs", "1", "--out", str(out)]
    assert cli.main([*command, "--seeds", "3", "--write", str(store)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    written = json.loads((out / "advice.json").read_text())
    codec = written["recommended"]["codec"]
    assert fb.open(store).manifest.codec == codec
    assert f"Recommended: {codec}" in printed
    weighs = fb.open(store).nbytes.total
    assert f"written to {store}: {weighs:,} bytes".replace(" ", "") in printed.replace(" ", "")
    assert printed.index("Recommended") < printed.index("written to")
    assert f"fewbytes compress {small} STORE --codec '{codec}'" in printed
    for said in (
        "JPEG, quality 75", "half the size", "shown at 95 %", "Test split, read once",
        "at 100 Mb/s", "at 1 Gb/s", "8 workers", "$0.023 for a GB-month", "times fewer bytes",
    ):  # fmt: skip
        assert said in printed
    assert cli.main([*command, "--seeds", "3", "--json", "--workers", "2"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["recommended"] == written["recommended"]
    assert again["usage"]["workers"] == 2
    assert again["traffic"]["raw"]["set_bytes"] > again["traffic"]["recommended"]["set_bytes"]


def test_a_search_inside_its_own_source_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`cd photos; fewbytes advise .`: the folder of the search would be one of its classes."""
    photos = bad_folders(tmp_path)["lonely"]
    monkeypatch.chdir(photos)
    assert code_of("advise", ".", "--max-loss", "1") == 2
    assert "lies inside .; give an --out beside it" in capsys.readouterr().err
    assert not (photos / "runs").exists()


def test_a_budget_too_short_to_confirm_anything(small: str, tmp_path: Path) -> None:
    done = run("advise", small, "--max-loss", "1", "--budget", "1s", "--out", str(tmp_path / "o"))
    assert done.returncode == 1, done.stderr
    assert "Undecided: the budget of 1 s ended before anything was confirmed" in done.stdout
    assert "Traceback" not in done.stderr


def bad_folders(folder: Path) -> dict[str, Path]:
    """Folders that cannot be advised on."""
    from PIL import Image

    picture = Image.fromarray(np.zeros((8, 8), np.uint8))
    unlabelled, lonely = folder / "unlabelled", folder / "lonely"
    unlabelled.mkdir()
    picture.save(unlabelled / "1.png")
    for name, count in (("many", 10), ("one", 1)):
        (lonely / name).mkdir(parents=True)
        for number in range(count):
            picture.save(lonely / name / f"{number}.png")
    return {"unlabelled": unlabelled, "lonely": lonely}


def code_of(*arguments: str) -> int:
    """The exit code of a command."""
    try:
        return cli.main(arguments)
    except SystemExit as stopped:  # of the parser
        return stopped.code if isinstance(stopped.code, int) else -1


def test_bad_input_is_one_line_and_exit_2(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = bad_folders(tmp_path)
    store = tmp_path / "there"
    store.mkdir()
    (store / "file").write_text("")
    loss = ["--max-loss", "0.5"]
    for arguments, said in (
        ([small, "--max-loss", "-1"], "percentage points, 0 to 100, not -1"),
        ([small, "--max-loss", "nan"], "percentage points"),
        ([small, "--max-bytes", "0"], "bytes an image must be above 0"),
        ([small], "one of the arguments --max-loss --max-bytes is required"),
        ([small, *loss, "--max-bytes", "9"], "not allowed with argument"),
        ([small, *loss, "--budget", "soon"], "'soon' is no time to spend"),
        ([small, *loss, "--budget", "-5m"], "expected one argument"),
        ([small, *loss, "--seeds", "2"], "seeds must be 3 to 100"),
        ([small, *loss, "--price", "-1"], "a price is at least 0"),
        ([small, *loss, "--write", str(store)], "exists already"),
        (["nowhere", *loss], "no data set at 'nowhere'"),
        ([str(folders["unlabelled"]), *loss], "put the images of each class in a folder"),
    ):
        code = code_of("advise", *arguments, "--out", str(tmp_path / "o"))
        printed = capsys.readouterr()
        assert (code, printed.out) == (2, ""), printed.err
        assert said in printed.err
        assert len(printed.err.strip().splitlines()) == 1
    assert not (tmp_path / "o").exists()
    lonely = str(folders["lonely"])  # found out when its files are read
    assert code_of("advise", lonely, *loss, "--out", str(tmp_path / "o")) == 2
    assert "class one has one training image only; it takes two" in capsys.readouterr().err
