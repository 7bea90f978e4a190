"""What is said of a store."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fewbytes.errors import CorruptError
from fewbytes.report.stores import MOST_SHOWN, described, remarks, summary, tables
from fewbytes.store import Store
from fewbytes.store.manifest import MANIFEST, REMARKS, File, digest
from tests.store.helpers import contents, made, opened, stored

Noted = Callable[..., Store]


def skipped(name: str) -> dict[str, Any]:
    return {"kind": "skipped", "split": "train", "id": 1, "name": name, "reason": "empty"}


def twice(name: str) -> dict[str, Any]:
    places = {"split": "test", "of_split": "train", "of_name": "first.png"}
    return {"kind": "duplicate", "name": name, **places}


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> Noted:
    """Makes a store of given remarks, under hashes that fit."""
    folder = tmp_path_factory.mktemp("stores") / "a.fb"
    manifest = stored(folder, made(20, 10), "identity | uint8").manifest
    files = contents(folder)

    def store(*lines: object, skipped: int = 0, duplicates: int = 0) -> Store:
        content = "".join(json.dumps(line) + "\n" for line in lines).encode()
        entry = File(len(content), digest(content))
        counted = replace(manifest, skipped=skipped, duplicates=duplicates)
        changed = replace(counted, files={**manifest.files, REMARKS: entry})
        return opened({**files, REMARKS: content, MANIFEST: changed.to_bytes()})

    return store


def test_remarks_are_said_up_to_a_number(noted: Noted) -> None:
    few = [skipped(f"{n}.png") for n in range(MOST_SHOWN)]
    said = remarks(noted({"kind": "remark", "text": "small"}, *few, skipped=MOST_SHOWN))
    assert said == ["small", *(f"skipped {n}.png: empty" for n in range(MOST_SHOWN))]


@pytest.mark.parametrize(
    ("listed", "total", "end"),
    [
        (11, 11, "11 in all; fewbytes inspect --json lists them"),
        (11, 12_345, "12,345 in all; fewbytes inspect --json lists the first 11"),
        (3, 12, "12 in all"),
        (0, 1, "1; the store does not list them"),
    ],
)
def test_what_is_not_shown_is_counted(noted: Noted, listed: int, total: int, end: str) -> None:
    store = noted(*(skipped(f"{n}") for n in range(listed)), skipped=total)
    assert len(remarks(store)) == min(listed, MOST_SHOWN) + 1
    assert remarks(store)[-1].endswith(f"images skipped: {end}")
    store = noted(*(twice(f"{n}") for n in range(listed)), duplicates=total)
    assert remarks(store)[-1].endswith(f"images whose pixels are those of an earlier image: {end}")


def test_names_are_no_markup(noted: Noted) -> None:
    names = ["photo[copy].jpg", "a[/b].png"]
    store = noted(*map(skipped, names), *map(twice, names), skipped=2, duplicates=2)
    file = io.StringIO()
    screen = Console(file=file, width=200)
    for part in tables(store):
        screen.print(part, markup=False, soft_wrap=isinstance(part, str))
    for name in names:
        assert f"skipped {name}: empty" in file.getvalue()
        assert f"test {name} and train first.png" in file.getvalue()


@pytest.mark.parametrize(("method", "supervised"), [("random", False), ("herding", True)])
def test_a_supervised_codec_is_told_apart(method: str, supervised: bool, tmp_path: Path) -> None:
    store = stored(tmp_path / "a.fb", made(40, 10), f"subset:0.5:method={method} | dct:4")
    assert described(store)["supervised"] is supervised
    screen = Console(file=io.StringIO(), width=200)
    for part in tables(store):
        screen.print(part)
    inspected = screen.file.getvalue()  # type: ignore[attr-defined]
    assert (f"{store.manifest.codec} (supervised)" in inspected) is supervised
    assert any("the codec is supervised" in line for line in summary(store)) is supervised


@pytest.mark.parametrize(
    "line",
    [
        7,
        ["kind"],
        None,
        {},
        {"kind": "remark"},
        {"kind": ["remark"], "text": "a"},
        {"kind": "other", "text": "a"},
        {"kind": "remark", "text": 7},
        {"kind": "remark", "text": "a", "more": "b"},
        {"kind": "skipped", "name": "a.png"},
        {**skipped("a"), "id": "1"},
        {**skipped("a"), "reason": None},
        {**twice("a"), "of_name": 1},
    ],
)
def test_lines_that_are_no_remarks(noted: Noted, line: object) -> None:
    store = noted({"kind": "remark", "text": "small"}, line)
    for say in (described, summary, tables):
        with pytest.raises(CorruptError, match="line 2 is not a remark") as caught:
            say(store)
        assert "\n" not in str(caught.value)
