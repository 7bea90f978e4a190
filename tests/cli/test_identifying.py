"""`fewbytes identify` as a user meets it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

import fewbytes as fb
from fewbytes import cli
from fewbytes.types import Dataset
from tests.cli.running import run

DCT = "dct:8 | uniform:8 | zstd"


@pytest.fixture(scope="module")
def folder(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Digits and mirrored digits as .npz files, a store, and bare codes of it."""
    folder = tmp_path_factory.mktemp("identified")
    for name, step in (("tiny", 1), ("mirrored", -1)):
        np.savez(
            folder / f"{name}.npz",
            train_images=tiny.train.images[:, :, ::step], train_labels=tiny.train.labels,
            test_images=tiny.test.images[:, :, ::step], test_labels=tiny.test.labels,
        )  # fmt: skip
    store = fb.compress(str(folder / "tiny.npz"), folder / "mystery.fb", codec=DCT)
    codes = store["test"].codes()
    (folder / "codes.bin").write_bytes(codes.tobytes())
    np.save(folder / "codes.npy", codes)
    (folder / "empty.bin").write_bytes(b"")
    (folder / "cut.bin").write_bytes(codes.tobytes()[:-1])
    np.save(folder / "pickled.npy", np.array([{}], object), allow_pickle=True)
    np.save(folder / "nan.npy", np.full((4, 64), np.nan))
    return folder


def among(folder: Path) -> list[str]:
    return ["--among", str(folder / "tiny.npz"), str(folder / "mirrored.npz"), "--records", "1200"]


def test_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["identify", str(folder / "mystery.fb"), *among(folder)]) == 0
    captured = capsys.readouterr()
    assert "ruled out" in captured.out
    assert f"of these candidates only tiny, {DCT} fits" in captured.out
    assert not captured.err


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["identify", str(folder / "codes.npy"), *among(folder), "--codec", DCT]
    assert cli.main([*arguments, "--codec", "dct:{4,8}", "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert (found["outcome"], found["answer"]) == ("identified", f"tiny, {DCT}")
    assert len(found["candidates"]) == 6
    verdicts = [row["verdict"] for row in found["candidates"]]
    impossible = ["impossible"] * 2
    assert verdicts == ["fits", *impossible, "ruled out", *impossible]
    assert cli.main([*arguments, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["candidates"][0]["records"] == 300


def test_none_of_these_is_an_answer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mirrored = ["--among", str(folder / "mirrored.npz"), "--records", "1200"]
    assert cli.main(["identify", str(folder / "codes.bin"), *mirrored, "--codec", DCT]) == 0
    assert "none of these" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "more", "said"),
    [
        ("nowhere.bin", [], "nowhere.bin: cannot be read: No such file"),
        ("empty.bin", [], "the file is empty"),
        ("cut.bin", ["--codec", DCT], "no whole number of records of 64 bytes"),
        ("pickled.npy", [], "pickled objects are not read"),
        ("nan.npy", ["--codec", DCT], "NaN or infinite"),
        ("", [], "no store here"),
        ("mystery.fb", ["--codec", DCT], "leave it out"),
        ("codes.bin", ["--codec", "dtc:8"], "did you mean 'dct'?"),
        ("codes.bin", ["--size", "0"], "size must be"),
        ("codes.bin", ["--among", "mnists"], "no data set at 'mnists'"),
        ("codes.bin", ["--seed", "-1"], "a seed is a whole number"),
        ("codes.bin", ["--records", "1"], "records must lie between"),
    ],
)
def test_wrong_usage(
    folder: Path, file: str, more: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["identify", str(folder / file), *among(folder), *more]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1
    assert not captured.out


def test_a_damaged_store(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = fb.compress(str(folder / "tiny.npz"), tmp_path / "broken.fb", codec=DCT)
    shard = next((tmp_path / "broken.fb").rglob("train*.parquet"))
    content = bytearray(shard.read_bytes())
    content[200] ^= 1
    shard.write_bytes(content)
    assert cli.main(["identify", str(store.files.where), *among(folder)]) == 2
    assert "do not match" in capsys.readouterr().err


def test_no_candidates_named(folder: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["identify", str(folder / "codes.bin")])
    assert caught.value.code == 2


def test_a_name_of_any_bytes(folder: Path, tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n[red].bin")
    Path(path).write_bytes((folder / "codes.bin").read_bytes())
    done = run("identify", path, *among(folder), "--codec", DCT)
    assert done.returncode == 0, done.stderr
    assert "\\udcff\\n[red].bin: of these candidates" in done.stdout
    assert not done.stderr
