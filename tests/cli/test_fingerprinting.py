"""`fewbytes fingerprint` as a user meets it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fewbytes as fb
from fewbytes import cli
from fewbytes.audits.fingerprints.comparison import Relation
from fewbytes.errors import InputError, MissingExtraError, OutputError
from fewbytes.types import Dataset
from fewbytes.verbs import fingerprinting
from tests.cli.running import run


@pytest.fixture(scope="module")
def stores(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lossless store, a lossy one, and the set as an .npz file."""
    folder = tmp_path_factory.mktemp("printed")
    fb.compress(tiny, folder / "same.fb", codec="identity")
    fb.compress(tiny, folder / "coded.fb", codec="dct:16 | uniform:8 | zstd")
    np.savez(
        folder / "tiny.npz",
        train_images=tiny.train.images, train_labels=tiny.train.labels,
        test_images=tiny.test.images, test_labels=tiny.test.labels,
    )  # fmt: skip
    return folder


def test_a_table(stores: Path, tiny: Dataset) -> None:
    done = run("fingerprint", str(stores / "tiny.npz"))
    assert done.returncode == 0, done.stderr
    found = fb.fingerprint(tiny)
    for part in (*found.splits, found.whole):
        assert part.records.merkle_root.hex() in done.stdout
        assert part.records.multiset.digest().hex() in done.stdout
    assert "1,200, 1,200 distinct" in done.stdout
    assert "sketch" not in done.stdout


def test_json_and_a_file_to_compare_with(
    stores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("imagehash")
    out = tmp_path / "tiny.json"
    source = str(stores / "tiny.npz")
    assert cli.main(["fingerprint", source, "--robust", "--json", "--out", str(out)]) == 0
    printed = capsys.readouterr()
    rows = json.loads(printed.out)
    assert [row["split"] for row in rows] == ["train", "test", "all"]
    assert rows == fb.fingerprint(out).rows()
    assert "written to" in printed.err
    assert cli.main(["fingerprint", str(stores / "same.fb"), "--compare", str(out)]) == 0
    assert "The same records in the same order." in capsys.readouterr().out
    assert cli.main(["fingerprint", str(stores / "coded.fb"), "--compare", str(out)]) == 0
    assert "Re-encodings: each set holds most" in capsys.readouterr().out


def test_two_sets_are_compared(stores: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("imagehash")
    same, coded = str(stores / "same.fb"), str(stores / "coded.fb")
    assert cli.main(["fingerprint", coded, "--compare", same, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["comparison"]["relation"] == "re-encoded"
    assert found["comparison"]["first_in_second"]["low"] > 0.9
    assert "sketch" in found["first"][0]
    assert cli.main(["fingerprint", coded, "--compare", same, "--codes"]) == 1
    assert "Different records: no code was found in both." in capsys.readouterr().out


def test_unreadable_images_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / "in" / name).mkdir(parents=True)
        for number in range(6):
            picture = Image.fromarray(rng.integers(0, 256, (8, 8), np.uint8))
            picture.save(tmp_path / "in" / name / f"{number}.png")
    (tmp_path / "in" / "dogs" / "[bold]7.png").write_bytes(b"\x89PNG but no more")
    assert cli.main(["fingerprint", str(tmp_path / "in"), "--size", "8"]) == 0
    printed = capsys.readouterr().out
    assert "1 more cannot be read" in printed
    assert "dogs/[bold]7.png" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no data set at 'nowhere'"),
        (["nowhere", "--codes"], "nowhere"),
        (["nowhere.json"], "no data set at 'nowhere.json'"),
        (["SET", "--compare", "nowhere"], "no data set at 'nowhere'"),
        (["SET", "--codes"], "tiny.npz"),
        (["SET", "--codes", "--robust"], "codes are no images"),
        (["SET", "--size", "big"], "size must be like 32"),
        (["SET", "--out", "/nowhere/x.json"], "cannot write /nowhere/x.json"),
        (["SET", "--out", "/tmp"], "it is a folder"),
        (["SET", "--out", "x.txt"], "ends in .json"),
        (["A" * 300], "no data set at"),
    ],
)
def test_bad_input(
    arguments: list[str], said: str, stores: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(stores / "tiny.npz") if word == "SET" else word for word in arguments]
    assert cli.main(["fingerprint", *given]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1
    assert printed.out == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["FILE", "--codes"], "a fingerprint of images, not of codes"),
        (["FILE", "--robust"], "a fingerprint without a sketch"),
        (["FILE", "--size", "8"], "it holds no images to bring to a size"),
        (["FILE", "--compare", "FILE", "--size", "8"], "it holds no images to bring to a size"),
        (["SET", "--compare", "FILE", "--robust"], "a fingerprint without a sketch"),
    ],
)
def test_what_a_file_cannot_give(
    arguments: list[str], said: str, stores: Path, tmp_path: Path, tiny: Dataset,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    pytest.importorskip("imagehash")
    fingerprinting.write_fingerprint(fb.fingerprint(tiny), tmp_path / "tiny.json")
    places = {"SET": stores / "tiny.npz", "FILE": tmp_path / "tiny.json"}
    assert cli.main(["fingerprint", *(str(places.get(word, word)) for word in arguments)]) == 2
    assert said in capsys.readouterr().err


def test_a_size_is_for_the_images_at_hand(stores: Path, tmp_path: Path, tiny: Dataset) -> None:
    fingerprinting.write_fingerprint(fb.fingerprint(tiny, size=8), tmp_path / "small.json")
    both = fingerprinting.compare(str(stores / "tiny.npz"), tmp_path / "small.json", size=8)
    assert both[2].relation is Relation.SAME


def test_a_file_of_codes_is_one(stores: Path, tmp_path: Path) -> None:
    codes = fb.fingerprint(str(stores / "coded.fb"), codes=True)
    fingerprinting.write_fingerprint(codes, tmp_path / "codes.json")
    assert fb.fingerprint(tmp_path / "codes.json", codes=True) == codes


def test_out_of_memory_is_said_in_one_line(
    stores: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none_left(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 29 GiB")

    monkeypatch.setattr(fingerprinting, "fingerprint", none_left)
    assert cli.main(["fingerprint", str(stores / "tiny.npz")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("fewbytes: out of memory: Unable to allocate 29 GiB")
    assert len(said.splitlines()) == 1
    with pytest.raises(MemoryError):
        cli.main(["fingerprint", str(stores / "tiny.npz"), "--debug"])


def test_a_keyed_store_without_its_key(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEWBYTES_KEY_default", "ab" * 32)
    path = tmp_path / "keyed.fb"
    fb.compress(tiny, path, codec="keyed_permutation")
    with_key = fb.fingerprint(path)
    assert with_key.compare(fb.fingerprint(tiny)).relation is Relation.SAME
    monkeypatch.delenv("FEWBYTES_KEY_default")
    with pytest.raises(fb.FewbytesError, match="is missing"):
        fb.fingerprint(path)


def test_without_imagehash(
    stores: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "imagehash", None)
    with pytest.raises(MissingExtraError, match=r"fewbytes\[audit\]"):
        fb.fingerprint(stores / "tiny.npz", robust=True)
    one, other = str(stores / "coded.fb"), str(stores / "same.fb")
    assert cli.main(["fingerprint", one, "--compare", other]) == 1
    assert "takes perceptual hashes" in capsys.readouterr().out


def test_the_verb_in_python(stores: Path, tmp_path: Path, tiny: Dataset) -> None:
    with pytest.raises(InputError, match="only a store has codes"):
        fb.fingerprint(tiny, codes=True)
    with pytest.raises(OutputError, match=r"ends in \.json"):
        fingerprinting.write_fingerprint(fb.fingerprint(tiny), tmp_path / "x")
    (tmp_path / "bad.json").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"bad\.json"):
        fb.fingerprint(tmp_path / "bad.json")
    named = fb.fingerprint(str(stores / "same.fb"))
    assert named.source == str(stores / "same.fb")
