"""`fewbytes audit` as a user meets it."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

import fewbytes as fb
from fewbytes import cli
from fewbytes.audits import audited
from fewbytes.audits.census import Census, census
from fewbytes.audits.suite import GROUPS
from fewbytes.cli import auditing
from fewbytes.data.source import Source
from fewbytes.report.audit.audited import sentences
from fewbytes.store import Store
from fewbytes.store.manifest import MANIFEST
from fewbytes.types import Dataset
from fewbytes.verbs.auditing import RECORDS, SHADOWS, write_audit
from tests.cli.running import interrupted, run


@pytest.fixture(scope="module")
def store(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store of masks, which collide."""
    path = tmp_path_factory.mktemp("audited") / "masks.fb"
    fb.compress(tiny, path, codec="downsample:8:antialias=true | otsu")
    return str(path)


def test_a_table_with_both_controls(store: str, tiny_npz: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(
        "audit", store, "--originals", str(tiny_npz), "--only", "linkage", "--only", "uniqueness",
        "--out", str(out), "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    by_name = {row["attack"]: row for row in rows}
    assert by_name["linkage.rank_1"]["outcome"] == "disclosed"
    assert by_name["linkage.rank_1"]["positive_control"]["value"] == 1
    assert by_name["linkage.rank_1"]["null_control"]["value"] < 0.02
    assert all(row["controls_in_place"] for row in rows if row["outcome"] != "not available")
    assert json.loads((out / "audit.json").read_text()) == rows
    text = (out / "audit.md").read_text()
    assert "Compression protects nobody" in text
    assert "Record recognised by its code" in text


def test_words_on_a_terminal(store: str, tiny_npz: Path) -> None:
    done = run("audit", store, "--originals", str(tiny_npz), "--only", "linkage")
    assert done.returncode == 0, done.stderr
    assert "verdict" in done.stdout
    assert "no privacy mechanism" in done.stdout.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_another_release_is_linked(store: str, tiny_npz: Path) -> None:
    done = run(
        "audit", store, "--originals", str(tiny_npz), "--other", store, "--only", "keys", "--json"
    )
    assert done.returncode == 0, done.stderr
    rows = {row["attack"]: row for row in json.loads(done.stdout)}
    assert rows["keys.equal_codes"]["outcome"] == "disclosed"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.fb", "--originals", "DATA"], "nowhere.fb"),
        (["STORE", "--originals", "DATA", "--only", "link"], "did you mean 'linkage'?"),
        (["STORE", "--originals", "DATA", "--split", "val"], "has no val split"),
        (["STORE", "--originals", "DATA", "--records", "50"], "records must be at least 200"),
        (["STORE", "--originals", "DATA", "--shadows", "1"], "shadows must be at least 8"),
        (["STORE", "--originals", "DATA", "--seed", "-1"], "a seed is a whole number from 0"),
        (["STORE", "--originals", "mnist"], "has 60,000 images in train, but"),
        (["STORE", "--originals", "OTHER"], "does not hold the images"),
        (["STORE", "--originals", "DATA", "--other", "nowhere.fb"], "nowhere.fb"),
        (["STORE", "--originals", "DATA", "--among", "nowhere"], "nowhere"),
        (["STORE", "--originals", "DATA", "--out", "/proc/nowhere"], "cannot write /proc/nowhere"),
    ],
)
def test_wrong_usage(
    store: str,
    tiny: Dataset,
    tiny_npz: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    shifted = tmp_path / "other.npz"
    np.savez(
        shifted, train_images=np.roll(tiny.train.images, 1, 0), train_labels=tiny.train.labels,
        test_images=tiny.test.images, test_labels=tiny.test.labels,
    )  # fmt: skip
    words = {"STORE": store, "DATA": str(tiny_npz), "OTHER": str(shifted)}
    assert cli.main(["audit", *(words.get(word, word) for word in arguments)]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
    assert captured.err.count("\n") == 1


def test_help_names_every_group_and_the_defaults_of_python() -> None:
    """They are written again in the command line, so that `--help` loads no attack."""
    assert list(auditing.GROUPS) == list(GROUPS)
    options = cli.parser().parse_args(["audit", "STORE", "--originals", "DATA"])
    assert options.records == RECORDS
    assert options.shadows == SHADOWS


def test_originals_must_be_named(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["audit", store])
    assert "--originals" in capsys.readouterr().err


def test_a_store_of_an_unknown_stage(store: str, tiny_npz: Path, tmp_path: Path) -> None:
    strange = tmp_path / "strange.fb"
    shutil.copytree(store, strange)
    manifest = fb.open(store).manifest
    renamed = dataclasses.replace(manifest, codec="teleport:8 | raw")
    (strange / MANIFEST).write_bytes(renamed.to_bytes())
    done = run("audit", str(strange), "--originals", str(tiny_npz))
    assert done.returncode == 2
    assert "teleport" in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_was_found_before_ctrl_c_is_printed(store: str, tiny_npz: Path) -> None:
    start = time.monotonic()
    code, printed = interrupted(
        "audit", store, "--originals", str(tiny_npz), when=lambda: time.monotonic() > start + 8
    )
    assert code == 130
    assert "fewbytes: stopped" in printed
    assert "Traceback" not in printed


class Endless:
    """A group of attacks that is interrupted."""

    def findings(self, *_: object) -> list[object]:
        raise KeyboardInterrupt


def test_an_interrupted_audit_says_that_it_is_not_whole(
    store: str,
    tiny_npz: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(audited, "GROUPS", {**GROUPS, "membership": (Endless(),)})
    arguments = [
        "audit", store, "--originals", str(tiny_npz), "--only", "linkage", "--only", "membership",
        "--out", str(tmp_path), "--json",
    ]  # fmt: skip
    assert cli.main(arguments) == 130
    rows = json.loads(capsys.readouterr().out)
    assert {row["attack"].split(".")[0] for row in rows} == {"linkage"}
    assert {row["records"] for row in rows} == {1200}
    assert all(row["unfinished"] == ["membership"] for row in rows)
    assert "not finished: membership" in (tmp_path / "audit.md").read_text()
    before = (tmp_path / "audit.json").read_bytes()
    assert cli.main([*arguments, "--seed", "1"]) == 130
    assert (tmp_path / "audit.json").read_bytes() == before
    assert "left as it is" in capsys.readouterr().err


def test_nothing_that_was_asked_for_could_be_tried(
    store: str, tiny_npz: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--only", "membership", "--records", "200", "--shadows", "8"]
    assert cli.main(["audit", store, "--originals", str(tiny_npz), *arguments]) == 2
    assert "nothing of membership could be tried: 400 non-members" in capsys.readouterr().err


def test_an_encrypted_store_is_said_to_be_one(
    tiny: Dataset, tiny_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEWBYTES_KEY_mine", "ab" * 32)
    fb.compress(tiny, tmp_path / "e.fb", codec="downsample:8 | uint8", encrypt="mine")
    found = fb.audit(tmp_path / "e.fb", originals=tiny_npz, only="linkage", records=400)
    assert sentences(found)[0].startswith("This store is encrypted under the key 'mine'")
    assert {row["encrypted"] for row in found.rows()} == {"mine"}


def test_all_records_are_read_once_and_only_for_groups_that_count_them(
    store: str, tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []

    def noted(there: Store, source: Source, split: str) -> Census:
        taken.append(split)
        return census(there, source, split)

    monkeypatch.setattr("fewbytes.verbs.auditing.census", noted)
    fb.audit(store, originals=tiny_npz, only="fingerprints", records=400)
    assert taken == []
    fb.audit(store, originals=tiny_npz, only=("linkage", "uniqueness"), records=400)
    assert taken == ["train"]


def test_pictures_of_an_earlier_audit_do_not_stay(
    store: str, tiny_npz: Path, tmp_path: Path
) -> None:
    for group, there in (("linkage", "ranks.png"), ("reconstruction", "rebuilt.png")):
        found = fb.audit(store, originals=tiny_npz, only=group, records=400)
        assert there in write_audit(found, tmp_path)
        assert (tmp_path / there).exists()
    assert not (tmp_path / "ranks.png").exists()
