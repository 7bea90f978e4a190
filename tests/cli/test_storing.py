"""compress, inspect, verify, export and train, as a user meets them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fewbytes as fb
from tests.cli.running import interrupted, run


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of coloured pictures of differing sizes, one of them damaged, one twice."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for name in ("cats and dogs", "Vögel"):
        (folder / name).mkdir()
        for number in range(30):
            size = (int(rng.integers(20, 40)), 24, 3)
            picture = Image.fromarray(rng.integers(0, 256, size).astype(np.uint8))
            picture.save(folder / name / f"{number} .png")
    (folder / "Vögel" / "3 .png").write_bytes(b"\x89PNG but no more")
    twin = (folder / "Vögel" / "4 .png").read_bytes()
    (folder / "Vögel" / "twin.png").write_bytes(twin)
    return folder


@pytest.fixture(scope="module")
def store(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stores") / "photos.fb"
    done = run("compress", str(photos), str(path), "--codec", "downsample:12:antialias=true | zstd")
    assert done.returncode == 0, done.stderr
    assert "60 images" in done.stdout  # 61 files, one of them damaged
    assert "times smaller" in done.stdout
    assert "the median of the train images" in done.stdout
    assert "skipped Vögel/3 .png:" in done.stdout
    assert "the same pixels:" in done.stdout
    assert "twin.png" in done.stdout
    return path


def test_inspect_shows_every_part(store: Path) -> None:
    done = run("inspect", str(store))
    assert done.returncode == 0, done.stderr
    total = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    assert f"{total:,}" in done.stdout
    assert "downsample:12:antialias=true | uint8 | zstd" in done.stdout
    said = json.loads(run("inspect", str(store), "--json").stdout)
    assert said["total_bytes"] == total == sum(said["parts"].values())
    assert said["class_names"] == ["Vögel", "cats and dogs"]
    assert (said["skipped"], said["duplicates"]) == (1, 1)


def test_inspect_prints_names_as_they_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        for name in ("[bold]cats", ":dog:"):
            (tmp_path / "in" / split / name).mkdir(parents=True)
            for number in range(2):
                picture = Image.fromarray(rng.integers(0, 256, (8, 8), np.uint8))
                picture.save(tmp_path / "in" / split / name / f"{number}.png")
    for name in ("a[bold].png", "[red]b.png", ":dog:.png"):
        (tmp_path / "in" / "train" / "[bold]cats" / name).write_bytes(b"no picture")
    target = tmp_path / "[red]a.fb"
    done = run("compress", str(tmp_path / "in"), str(target), "--codec", "identity | uint8")
    assert done.returncode == 0, done.stderr
    done = run("inspect", str(target))
    assert (done.returncode, done.stderr) == (0, "")
    shown = done.stdout.replace("\n", "")
    for name in ("a[bold].png", "[red]b.png", ":dog:.png", ":dog:, [bold]cats", "[red]a.fb"):
        assert name in shown


def test_verify_finds_a_flipped_bit(store: Path, tmp_path: Path) -> None:
    done = run("verify", str(store))
    assert (done.returncode, done.stderr) == (0, "")
    assert "all are sound" in done.stdout
    copy = tmp_path / "copy.fb"
    subprocess.run(["cp", "-r", str(store), str(copy)], check=True)
    shard = next(copy.rglob("train*.parquet"))
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 4
    shard.write_bytes(content)
    done = run("verify", str(copy))
    assert done.returncode == 1
    assert "bad: data/train-00000-of-00001.parquet" in done.stdout
    assert "bad: train block 0" in done.stdout
    faults = json.loads(run("verify", str(copy), "--json").stdout)["faults"]
    assert next(fault["what"] for fault in faults) == "data/train-00000-of-00001.parquet"
    done = run("train", str(copy), "--epochs", "1")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_export_and_train(store: Path, tmp_path: Path) -> None:
    done = run("export", str(store), str(tmp_path / "out"), "--to", "png")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").rglob("*.png"))) == 60
    done = run("train", str(store), "--epochs", "2", "--seeds", "2", "--view", "code")
    assert done.returncode == 0, done.stderr
    assert "over 2 seeds" in done.stdout
    rows = json.loads(run("train", str(store), "--epochs", "1", "--json").stdout)
    assert rows[0]["images"] == 60
    assert 0 <= rows[0]["test_accuracy"] <= 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["compress", "nowhere", "OUT", "--codec", "dct:4"], "no data set at 'nowhere'"),
        (["compress", "mnist", "OUT", "--codec", "dtc:4"], "did you mean 'dct'"),
        (["compress", "mnist", "OUT", "--codec", "dct:29"], "dct"),
        (["compress", "mnist", "OUT"], "--codec"),
        (["compress", "mnist", "OUT", "--codec", "dct:4", "--workers", "0"], "at least 1"),
        (["compress", "mnist", "OUT", "--codec", "dct:4", "--size", "big"], "size must be like"),
        (["compress", "mnist", "OUT", "--codec", "dct:4", "--seed", "-1"], "a seed is"),
        (["compress", "mnist", ".", "--codec", "dct:4"], "cannot become a store"),
        (["inspect", "nowhere"], "nowhere: no store here"),
        (["verify", "nowhere"], "nowhere: no store here"),
        (["train", "nowhere"], "nowhere: no store here"),
        (["inspect", "nosuch://bucket/x"], "nosuch"),
        (["export", "STORE", "OUT", "--to", "tiff"], "tiff"),
        (["train", "STORE", "--view", "symbols"], "a view is code or image"),
        (["train", "STORE", "--model", "resnet"], "no model is named 'resnet'"),
        (["train", "STORE", "--seeds", "0"], "at least 1"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], complaint: str, store: Path, tmp_path: Path,
) -> None:  # fmt: skip
    words = {"STORE": str(store), "OUT": str(tmp_path / "out")}
    done = run(*(words.get(word, word) for word in arguments))
    assert done.returncode == 2
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_ctrl_c_leaves_what_goes_on(tmp_path: Path) -> None:
    target = tmp_path / "mnist.fb"
    command = ["compress", "mnist", str(target), "--codec", "identity | uint8 | xz"]
    blocks = tmp_path / "mnist.fb.partial" / "blocks"
    ended = interrupted(*command, when=lambda: len(list(blocks.glob("*.arrow"))) >= 2)
    assert ended == (130, "fewbytes: stopped; the same command goes on where it was\n")
    assert not target.exists()
    kept = {path.name: path.stat().st_mtime_ns for path in blocks.glob("*.arrow")}
    assert len(kept) >= 2
    done = run(*command)
    assert done.returncode == 0, done.stderr
    assert len(fb.open(target)["train"]) == 60_000
    assert not blocks.exists()
