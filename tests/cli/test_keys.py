"""Encrypted stores and keyed stages on the command line."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from fewbytes import cli, keys
from tests.cli import running

SECRET, OTHER = "0123456789abcdef" * 4, "f0" * 32
SPEC = "downsample:8 | uint8 | zstd"


class Done(NamedTuple):
    """What a call of the command line did."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str, **environment: str) -> Done:
    """`fewbytes ARGUMENTS` in this process, with no other keys than those in `environment`."""
    before, out, err = keys.variables(), io.StringIO(), io.StringIO()
    keys.adopt(environment)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = cli.main(arguments)
    finally:
        keys.adopt(before)
    return Done(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small set, keys, an encrypted store and one of a keyed stage."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    np.savez(
        folder / "set.npz",
        train_images=rng.integers(0, 256, (60, 12, 12), np.uint8),
        train_labels=np.arange(60) % 3,
        test_images=rng.integers(0, 256, (30, 12, 12), np.uint8),
        test_labels=np.arange(30) % 3,
    )
    (folder / "a.key").write_text(f"{SECRET}\n")
    (folder / "b.key").write_text(OTHER)
    (folder / "short.key").write_text(SECRET[:63])
    (folder / "empty.key").write_text("")
    (folder / "binary.key").write_bytes(bytes.fromhex(SECRET))
    source, key = str(folder / "set.npz"), str(folder / "a.key")
    made = [
        run("compress", source, str(folder / "e.fb"), "--codec", SPEC, "--encrypt", "--key", key),
        run("compress", source, str(folder / "k.fb"), "--codec", "keyed_projection:20:key=lab",
            "--key", f"lab={key}"),
    ]  # fmt: skip
    for done in made:
        assert done.returncode == 0, done.stderr
    return folder


def silent(done: Done) -> str:
    """What was said, once it is seen that no key was."""
    said = done.stdout + done.stderr
    for secret in (SECRET, OTHER):
        assert secret[:8] not in said
    return said


@pytest.mark.parametrize("store", ["e.fb", "k.fb"])
def test_inspect_needs_no_key(store: str, files: Path) -> None:
    done = run("inspect", str(files / store))
    assert (done.returncode, done.stderr) == (0, "")
    said = " ".join(silent(done).split())
    table = json.loads(run("inspect", str(files / store), "--json").stdout)
    assert table["images"] == 90
    if store == "e.fb":
        assert "encrypted with AES-256-GCM, key default" in said
        assert "the secret key 'default' is missing" in said
        assert table["encrypted"] == {"cipher": "AES-256-GCM", "key": "default"}
        assert table["keys"] == ["default"]
        assert table["code_shape"] == [8, 8, 1]
        assert (table["remarks"], "is missing" in table["locked"]) == (None, True)
    else:
        assert "images decode with key lab only" in said
        assert (table["encrypted"], table["keys"]) == (None, ["lab"])
        assert (table["remarks"], table["locked"]) == ([], None)


def test_inspect_with_its_key(files: Path) -> None:
    done = run("inspect", str(files / "e.fb"), "--key", str(files / "a.key"), "--json")
    table = json.loads(done.stdout)
    assert (table["remarks"], table["locked"]) == ([], None)


@pytest.mark.parametrize("store", ["e.fb", "k.fb"])
def test_all_verbs_work_with_the_key(store: str, files: Path, tmp_path: Path) -> None:
    name = {"e.fb": "default", "k.fb": "lab"}[store]
    key = ["--key", f"{name}={files / 'a.key'}"]
    verbs = [
        ["verify", str(files / store)],
        ["export", str(files / store), str(tmp_path / "out.npz"), "--to", "npz"],
        ["train", str(files / store), "--epochs", "1", "--model", "linear"],
        ["measure", str(files / store), "--only", "entropy"],
        ["compress", str(files / store), str(tmp_path / "out.fb"), "--codec", "identity"],
    ]
    for verb in verbs:
        done = run(*verb, *key)
        assert done.returncode == 0, done.stderr
        silent(done)
    by_digits = run(*verbs[0], **{f"FEWBYTES_KEY_{name}": SECRET})
    by_file = run(*verbs[0], **{f"FEWBYTES_KEYFILE_{name}": str(files / "a.key")})
    first = run(*verbs[0], *key, **{f"FEWBYTES_KEY_{name}": OTHER})
    for done in (by_digits, by_file, first):
        assert done.returncode == 0
        assert "all are sound\n" in done.stdout


@pytest.mark.parametrize("store", ["e.fb", "k.fb"])
@pytest.mark.parametrize(
    ("file", "complaint"),
    [
        (None, "is missing"),
        ("b.key", "is not the one that this"),
        ("short.key", "is not 64 hexadecimal digits"),
        ("empty.key", "is not 64 hexadecimal digits"),
        ("binary.key", "is not 64 hexadecimal digits"),
        (".", "is to be read from what is no file"),
        ("nowhere.key", "is to be read from what is no file"),
    ],
)
def test_no_verb_works_without_the_right_key(
    store: str, file: str | None, complaint: str, files: Path, tmp_path: Path
) -> None:
    name = {"e.fb": "default", "k.fb": "lab"}[store]
    key = {} if file is None else {f"FEWBYTES_KEYFILE_{name}": str(files / file)}
    verbs = [
        ["export", str(files / store), str(tmp_path / "out.npz"), "--to", "npz"],
        ["train", str(files / store), "--epochs", "1", "--view", "image"],
        ["measure", str(files / store)],
        ["compress", str(files / store), str(tmp_path / "out.fb"), "--codec", "identity"],
    ]
    for verb in [*verbs, *([] if file is None else [["verify", str(files / store)]])]:
        done = run(*verb, **key)
        assert done.returncode == 2, done.stdout
        assert complaint in done.stderr
        assert len(done.stderr.splitlines()) == 1
        silent(done)
        assert not (tmp_path / "out.npz").exists()
        assert not (tmp_path / "out.fb").exists()
        if file is not None:
            break  # each is refused in the same place; one says it for all


def test_verify_without_a_key(files: Path) -> None:
    for store, unseen in [("e.fb", "blocks: not decrypted"), ("k.fb", "images: not decoded")]:
        done = run("verify", str(files / store))
        assert (done.returncode, done.stderr) == (0, "")
        assert "all are sound as far as can be seen" in done.stdout
        assert f"{unseen}: the secret key" in done.stdout
        assert len(done.stdout.splitlines()) == 2
        table = json.loads(run("verify", str(files / store), "--json").stdout)
        assert (table["faults"], len(table["unseen"])) == ([], 1)


def test_codes_of_keyed_stages_train_without_a_key(files: Path) -> None:
    done = run("train", str(files / "k.fb"), "--epochs", "1", "--view", "code", "--model", "linear")
    assert done.returncode == 0, done.stderr


def test_stages_are_listed_without_a_key(files: Path) -> None:
    stages = {s["name"]: s for s in json.loads(run("codecs", "--json").stdout)}
    assert stages["keyed_projection"]["written"] == "keyed_projection:VALUES[:key=default]"
    for name in ("keyed_projection", "keyed_permutation"):
        assert "keyed" in stages[name]["tags"]
    assert stages["keyed_permutation"]["tags"] == ["learned", "linear", "keyed"]


def test_compress_without_a_key_leaves_nothing_behind(files: Path, tmp_path: Path) -> None:
    for more in (["--encrypt"], ["--encrypt", "a b"], ["--key", str(files / "short.key")]):
        done = run(
            "compress", str(files / "set.npz"), str(tmp_path / "x.fb"), "--codec", SPEC, *more
        )
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        silent(done)
    assert os.listdir(tmp_path) == []  # noqa: PTH208


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no /dev/fd")
def test_a_key_that_no_file_holds(files: Path) -> None:
    """As a shell gives it: `--key <(command)`."""
    verify = f"{sys.executable} -m fewbytes.cli verify {files / 'e.fb'}"
    done = subprocess.run(
        ["bash", "-c", f"{verify} --key <(echo {SECRET})"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "all are sound\n" in done.stdout


def test_as_a_process_of_its_own(files: Path) -> None:
    done = running.run("verify", str(files / "e.fb"), "--key", str(files / "a.key"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "all are sound\n" in done.stdout


def test_a_study_of_a_keyed_stage(files: Path, tmp_path: Path) -> None:
    done = run(
        "study", str(files / "set.npz"), "--codec", "keyed_projection:20", "--model", "linear",
        "--epochs", "1", "--seeds", "1", "--out", str(tmp_path / "run"), "--json",
        "--key", str(files / "a.key"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {row["codec"] for row in rows} >= {"keyed_projection:20 | float32 | raw"}
    assert {row["status"] for row in rows} == {"ok"}
