"""What is said, from what was found of each candidate."""

from __future__ import annotations

import json

import pytest

from fewbytes.audits.identification.identified import Identified, Outcome, Row, Verdict


def found(*rows: tuple[str, str, float | None]) -> Identified:
    return Identified(
        "codes.bin",
        tuple(
            Row(data, codec, "train", p, "energy distance", 1.0, 3, 10, 100, 1000)
            if p is not None
            else Row(data, codec, reason="another form")
            for data, codec, p in rows
        ),
    )


def test_one_fits() -> None:
    one = found(("mnist", "dct", 0.4), ("fashion", "dct", 0.001))
    assert (one.outcome, one.answer) == (Outcome.IDENTIFIED, "mnist, dct")
    assert one.found is one.candidates[0]
    assert (one.dataset, one.codec) == ("mnist", "dct")
    assert "only mnist, dct fits (p = 0.4, 3 of 10 records compared)" in one.words
    assert "not among them" in one.words
    assert [one.verdict(row) for row in one.candidates] == [Verdict.FITS, Verdict.RULED_OUT]


def test_none_fits() -> None:
    none = found(("mnist", "dct", 0.004), ("fashion", "dct", 0.001))
    assert (none.outcome, none.answer) == (Outcome.NONE, "none of these")
    assert (none.found, none.dataset, none.codec) == (None, None, None)
    assert "level 0.005" in none.words


def test_several_fit() -> None:
    both = found(("mnist", "dct", 0.2), ("fashion", "dct", 0.6), ("third", "dct", 0.001))
    assert both.answer == "cannot be told: fashion, dct or mnist, dct"
    assert both.found is None
    assert both.dataset is None
    assert both.codec == "dct"


def test_one_that_fits_hardly_better_is_not_named() -> None:
    """0.009 is above the level of 0.005, and 0.004 below: that is no difference."""
    assert found(("a", "x", 0.009), ("b", "x", 0.004)).outcome is Outcome.UNDECIDED
    assert found(("a", "x", 0.05), ("b", "x", 0.004)).outcome is Outcome.IDENTIFIED


def test_the_level_is_shared_by_what_was_tested() -> None:
    assert found(("a", "x", 0.5)).level == 0.01
    assert found(("a", "x", 0.5), ("b", "x", None)).level == 0.01
    assert found(*[("a", str(i), 0.5) for i in range(5)]).level == pytest.approx(0.002)


def test_no_form_fits() -> None:
    none = found(("mnist", "dct", None))
    assert none.outcome is Outcome.NONE
    assert none.words == "codes.bin: none of these. No candidate's codes have this form."
    assert none.rows()[0]["verdict"] == "impossible"
    assert none.rows()[0]["reason"] == "another form"


def test_it_is_plain_json() -> None:
    one = found(("mnist", "dct", 0.4), ("fashion", "dct", None))
    table = json.loads(json.dumps(one.table(), allow_nan=False))
    assert table["answer"] == "mnist, dct"
    assert table["candidates"] == one.rows()
    assert set(table["candidates"][0]) == set(table["candidates"][1])
