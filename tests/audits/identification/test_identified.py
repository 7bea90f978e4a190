"""What is said, from what was found of each candidate."""

from __future__ import annotations

import json

import pytest

from fewbytes.audits.identification.identified import (
    LEAST_BAG,
    Evidence,
    Identified,
    Outcome,
    Row,
    Verdict,
)


def found(*rows: tuple[str, str, float | None], bag: int = 30) -> Identified:
    return Identified(
        "codes.bin",
        tuple(
            Row(data, codec, "train", p, "energy distance", 1.0, bag, 50, 100, 1000)
            if p is not None
            else Row(data, codec, reason="another form", evidence=Evidence.FORM)
            for data, codec, p in rows
        ),
    )


def test_one_fits() -> None:
    one = found(("mnist", "dct", 0.4), ("fashion", "dct", 0.001))
    assert (one.outcome, one.answer) == (Outcome.IDENTIFIED, "mnist, dct")
    assert one.found is one.candidates[0]
    assert (one.dataset, one.codec) == ("mnist", "dct")
    assert "only mnist, dct fits (p = 0.4, 30 of 50 records compared)" in one.words
    assert "not among them" in one.words
    assert [one.verdict(row) for row in one.candidates] == [Verdict.FITS, Verdict.RULED_OUT]


@pytest.mark.parametrize(
    ("rival", "bag", "why"),
    [
        (("fashion", "dct", None), 30, "ruled out no other data set in this codec"),
        (("mnist", "haar", 0.001), 30, "ruled out no other data set in this codec"),
        (("fashion", "haar", 0.001), 30, "ruled out no other data set in this codec"),
        (("fashion", "dct", 0.001), LEAST_BAG - 1, "9 records compared, where 10 are needed"),
        (("fashion", "dct", 0.001), 1, "1 record compared"),
    ],
)
def test_what_is_not_ruled_out_is_not_identified(
    rival: tuple[str, str, float | None], bag: int, why: str
) -> None:
    """Another codec, another form, or too few records are no evidence for a data set."""
    one = found(("mnist", "dct", 0.4), rival, bag=bag)
    assert (one.outcome, one.found, one.dataset) == (Outcome.NOT_RULED_OUT, None, None)
    assert one.answer == "not ruled out: mnist, dct"
    assert "cannot be ruled out" in one.words
    assert "that is no identification" in one.words
    assert why in one.words
    assert found(("mnist", "dct", 0.4), bag=bag).outcome is Outcome.NOT_RULED_OUT


def test_ten_records_and_a_rival_are_enough() -> None:
    one = found(("mnist", "dct", 0.4), ("fashion", "dct", 0.001), bag=LEAST_BAG)
    assert one.outcome is Outcome.IDENTIFIED


def test_a_data_set_whose_codec_cannot_be_told() -> None:
    """It is named only where another was ruled out in each of the codecs."""
    fit = ("mnist", "dct", 0.4), ("mnist", "haar", 0.3)
    alone = found(*fit, ("fashion", "dct", 0.0001))
    assert (alone.outcome, alone.dataset) == (Outcome.UNDECIDED, None)
    both = found(*fit, ("fashion", "dct", 0.0001), ("fashion", "haar", 0.0001))
    assert (both.outcome, both.dataset) == (Outcome.UNDECIDED, "mnist")


def test_what_cannot_be_compared_is_not_ruled_out() -> None:
    unknown = Row("fashion", "keyed", reason="nobody knows", evidence=Evidence.NONE)
    fits = found(("mnist", "dct", 0.4), ("fashion", "dct", 0.001)).candidates
    both = Identified("codes.bin", (*fits, unknown))
    assert both.verdict(unknown) is Verdict.UNTESTED
    assert both.answer == "cannot be told: mnist, dct or fashion, keyed"
    alone = Identified("codes.bin", (unknown,))
    assert (alone.outcome, alone.dataset) == (Outcome.NOT_RULED_OUT, None)
    assert "it was not compared (nobody knows)" in alone.words


def test_what_an_exclusion_rests_on_is_said() -> None:
    one = found(("mnist", "dct", 0.4), ("fashion", "dct", 0.001), ("cifar", "dct", None))
    assert "by the test of the codes: fashion; by the form of the codes: cifar." in one.words


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
    assert (table["answer"], table["dataset"]) == ("not ruled out: mnist, dct", None)
    assert [row["evidence"] for row in table["candidates"]] == [
        "the test of the codes", "the form of the codes",
    ]  # fmt: skip
    assert table["candidates"] == one.rows()
    assert set(table["candidates"][0]) == set(table["candidates"][1])
