"""Names of classes in what is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fewbytes.exports.names import MOST_BYTES, class_folders, class_names
from fewbytes.exports.runs import runs
from fewbytes.store import Store
from tests.exports.conftest import MakeStore


def named(make_store: MakeStore, names: tuple[str, ...], classes: int = 0) -> Store:
    """A store with these names, of which only the manifest is ever asked for."""
    store = make_store(1)
    return Store(
        store.files, replace(store.manifest, class_names=names, classes=classes or len(names))
    )


def test_odd_characters_become_harmless(make_store: MakeStore) -> None:
    odd = {
        "plain name": "plain name",
        "été": "été",
        "a/b\\c": "a_b_c",
        "": "_",
        ".": "_",
        "..": "_",
        "../../etc": "_.._.._etc",
        ".hidden": "_.hidden",
        "line\nbreak\0": "line_break_",
        "ends. ": "ends",
        "con": "_con",
        "Thumbs.db": "_Thumbs.db",
        "lone \ud800": "lone _",
    }
    for name, folder in odd.items():
        assert class_folders(named(make_store, (name,))) == [folder], name


def test_names_stay_different(make_store: MakeStore) -> None:
    names = ("Cat", "cat", "cat-2", "a/b", "a:b", "é", "e\N{COMBINING ACUTE ACCENT}")
    folders = class_folders(named(make_store, names))
    assert folders == ["Cat", "cat-2", "cat-2-2", "a_b", "a_b-2", "é", "é-2"]
    assert class_names(named(make_store, ("x", "X", "x"))) == ["x", "X", "x-2"]


def test_long_names_are_cut_between_characters(make_store: MakeStore) -> None:
    folders = class_folders(named(make_store, ("é" * 300, "é" * 400)))
    assert folders == ["é" * (MOST_BYTES // 2), "é" * (MOST_BYTES // 2) + "-2"]


def test_numbers_sort_as_names(make_store: MakeStore) -> None:
    store = named(make_store, (), classes=11)
    assert class_folders(store) == sorted(class_folders(store))
    assert class_names(store)[-1] == "10"


def test_classes_without_a_name_have_their_number(make_store: MakeStore) -> None:
    assert class_names(named(make_store, ("a", "2"), classes=4)) == ["a", "2", "2-2", "3"]
    assert class_names(named(make_store, ("a", "b", "c"), classes=2)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([], []),
        ([9], [[9]]),
        ([2, 2, 2], [[2, 2], [2]]),
        ([1, 1, 1, 1], [[1, 1, 1], [1]]),
        ([9, 1, 3, 1], [[9], [1, 3], [1]]),
    ],
)
def test_runs(weights: list[int], expected: list[list[int]]) -> None:
    """At most 4 in weight and 3 in number, but for an item that is too heavy alone."""
    found = [(number, list(run)) for number, run in runs(iter(weights), int, 4, 3)]
    assert found == list(enumerate(expected))
