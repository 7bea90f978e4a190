"""`fewbytes measure` as a user meets it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fewbytes as fb
from fewbytes import cli
from fewbytes.cli import measuring
from fewbytes.measures.suite import GROUPS
from fewbytes.types import Dataset
from fewbytes.verbs.measuring import RECORDS
from tests.cli.running import interrupted, run


@pytest.fixture(scope="module")
def stores(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A store of coefficients and one of masks, and the data set as an .npz file."""
    folder = tmp_path_factory.mktemp("measured")
    found = []
    for name, codec in (("dct", "dct:8 | uniform:4 | zstd"), ("masks", "downsample:8 | otsu")):
        fb.compress(tiny, folder / f"{name}.fb", codec=codec)
        found.append(str(folder / f"{name}.fb"))
    return found


def test_a_table_of_one_store(stores: list[str]) -> None:
    done = run("measure", stores[0], "--only", "entropy", "--only", "image")
    assert done.returncode == 0, done.stderr
    assert "verdict" in done.stdout
    assert "H(Z)" in done.stdout
    assert "Traceback" not in done.stderr


def test_help_names_every_group_and_the_defaults_of_python() -> None:
    """They are written again in the command line, so that `--help` loads no measure."""
    assert list(measuring.GROUPS) == list(GROUPS)
    assert cli.parser().parse_args(["measure", "STORE"]).records == RECORDS


def test_two_stores_side_by_side(stores: list[str], tiny_npz: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    out = tmp_path / "out"
    done = run(
        "measure", *stores, "--originals", str(tiny_npz), "--records", "600",
        "--only", "distortion", "--only", "description", "--out", str(out), "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {row["codec"] for row in rows} == {
        "dct:8 | uniform:4 | zstd", "downsample:8 | otsu | threshold | bitpack",
    }  # fmt: skip
    by_name = {(Path(row["store"]).stem, row["measure"]): row for row in rows}
    assert by_name["dct", "psnr"]["value"] > by_name["masks", "psnr"]["value"]
    assert json.loads((out / "measures.json").read_text()) == rows
    written = {path.name for path in out.iterdir()}
    assert written == {
        "measures.json", "measures.md", "rate_distortion.png", "description_length.png",
    }  # fmt: skip
    assert "| mse |" not in done.stdout
    assert "grey levels" in (out / "measures.md").read_text()


def test_what_cannot_be_measured_is_a_row(stores: list[str]) -> None:
    done = run("measure", stores[0], "--only", "distortion", "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {row["verdict"] for row in rows} == {"not available"}
    assert all("--originals" in row["warnings"][0] for row in rows)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.fb"], "nowhere.fb"),
        (["STORE", "--only", "entropies"], "did you mean 'entropy'?"),
        (["STORE", "--split", "val"], "has no val split; it has train, test"),
        (["STORE", "--seed", "-1"], "a seed is a whole number from 0"),
        (["STORE", "--records", "1"], "records must be at least 2"),
        (["STORE", "--originals", "mnist"], "has 60,000 images in train, but"),
        (["STORE", "--originals", "mnists"], "mnists"),
        (["STORE", "--out", "/proc/nowhere"], "cannot write /proc/nowhere"),
    ],
)
def test_wrong_usage(
    stores: list[str], arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["measure", *(stores[0] if a == "STORE" else a for a in arguments)]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1


def test_a_damaged_store(
    stores: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.fb"
    shutil.copytree(stores[0], broken)
    shard = next(broken.rglob("train*.parquet"))
    content = bytearray(shard.read_bytes())
    content[200] ^= 1
    shard.write_bytes(content)
    assert cli.main(["measure", str(broken), "--only", "entropy"]) == 2
    assert "train" in capsys.readouterr().err


def test_what_was_measured_is_not_lost(
    stores: list[str], tiny: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error in a later store."""
    fb.compress(Dataset("other", tiny.test, tiny.train), tmp_path / "o.fb", codec="dct:4")
    arguments = ["measure", stores[0], str(tmp_path / "o.fb"), "--only", "image", "--json"]
    assert cli.main([*arguments, "--records", "1000", "--split", "test"]) == 0
    capsys.readouterr()
    npz = tmp_path / "tiny.npz"
    fb.export(fb.compress(tiny, tmp_path / "raw.fb", codec="identity"), npz, to="npz")
    assert cli.main([*arguments, "--originals", str(npz)]) == 2
    captured = capsys.readouterr()
    assert {row["store"] for row in json.loads(captured.out)} == {stores[0]}
    assert len(captured.err.splitlines()) == 1


def test_an_output_that_takes_no_more(stores: list[str]) -> None:
    command = [sys.executable, "-m", "fewbytes.cli", "measure", stores[0], "--only", "entropy"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "fewbytes: [Errno 28] No space left on device\n"


def test_ctrl_c(stores: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said = interrupted("measure", stores[0], "--out", str(out), when=out.exists)
    assert code == 130
    assert "stopped" in said
    assert "Traceback" not in said
    assert not list(out.iterdir())
