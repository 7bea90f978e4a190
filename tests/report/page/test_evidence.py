"""Measures and audits as the page shows them."""

from __future__ import annotations

from typing import Any

from fewbytes.report.page import evidence
from tests.report.page.making import audit_rows, measure_rows


def test_measures_with_their_doubts() -> None:
    found = evidence.measures(measure_rows())
    assert found is not None
    assert [(name, unit, cells[0].figure) for name, unit, cells in found.rows] == [
        ("PSNR", "dB", "21.5"),
        ("H(Z) of whole codes", "bits", "8 to 40 ?"),
        ("SSIM", "", "—"),
    ]
    assert found.rows[0][2][0].interval == "21 to 22"
    assert found.rows[1][2][0].doubted
    assert found.warnings == ("H(Z) of whole codes: too few", "SSIM: images are too small")
    assert evidence.measures([]) is None


def test_stores_side_by_side() -> None:
    other = [{**row, "store": "b.fb", "value": 30.0, "high": "inf"} for row in measure_rows()[:1]]
    found = evidence.measures(measure_rows() + other)
    assert found is not None
    assert [where for _, where in found.stores] == ["a.fb", "b.fb"]
    assert [cell.figure for cell in found.rows[0][2]] == ["21.5", "30"]
    assert found.rows[0][2][1].interval == "21 to ∞"
    assert found.rows[2][2][1].figure == "—"
    assert found.warnings[0] == "H(Z) of whole codes [1]: too few"


def test_a_failed_control_is_no_evidence() -> None:
    (audit,) = evidence.audits(audit_rows())
    good, bad = audit.attacks
    assert (good.title, good.figure, good.interval) == ("Record recognised", "85 %", "80 to 90 %")
    assert (good.outcome, good.is_evidence, good.disclosed) == ("disclosed", True, True)
    assert (bad.outcome, bad.is_evidence, bad.disclosed) == ("control failed", False, False)
    assert "Not evidence" in bad.words
    assert bad.words.endswith("Covers: Anyone.")
    assert audit.summary == "1 disclosed, 1 control failed"
    assert audit.records == "500 records of train"


def test_who_does_not_tell_of_controls_has_none() -> None:
    """A row that calls itself disclosed proves nothing without its controls."""
    row = {k: v for k, v in audit_rows()[0].items() if k != "controls_in_place"}
    ((attack,),) = (audit.attacks for audit in evidence.audits([row]))
    assert (attack.outcome, attack.is_evidence, attack.disclosed) == (
        "control failed",
        False,
        False,
    )


def test_rows_of_strange_values() -> None:
    strange: list[dict[str, Any]] = [
        {"attack": "a", "value": "<b>", "low": [], "chance": 3, "outcome": 7, "records": "many"},
        {"attack": "b", "value": True, "outcome": "not available", "words": "no key"},
    ]
    (audit,) = evidence.audits(strange)
    assert [one.figure for one in audit.attacks] == ["—", "—"]
    assert [one.is_evidence for one in audit.attacks] == [False, True]
    found = evidence.measures([{"measure": "m", "value": {}, "warnings": 3, "low": "x"}])
    assert found is not None
    assert found.rows[0][2][0].figure == ""
