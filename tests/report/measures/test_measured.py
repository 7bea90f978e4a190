"""What was measured, as people are shown it."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fewbytes.measures.measurement import Measurement
from fewbytes.report.measures.measured import TITLES, cells, markdown, notes, number
from fewbytes.report.measures.plots import as_picture
from fewbytes.report.study.rate_differences import rate_differences
from fewbytes.studies.summary import summarise
from tests.studies.test_summary import row

FIGURE = Measurement("psnr", "dB", 30.0, 29.0, 31.0, 500, "how", "who")
BRACKET = replace(FIGURE, name="entropy.record", unit="bits", value=None, low=3.0, high=7.25)


def _store(codec: str, *found: Measurement) -> Any:
    return SimpleNamespace(where=f"{codec}.fb", codec=codec, measurements=found)


def test_one_store_has_a_column_for_each_fact() -> None:
    none = Measurement.unavailable("ssim", "", "needs the originals", 500)
    header, rows = cells([_store("a", FIGURE, BRACKET, none)])
    assert len(header) == len(rows[0])
    assert rows[0] == ["PSNR", "dB", "30", "29 to 31", "500", "reliable"]
    assert rows[1][2:4] == ["", "3 to 7.25"]
    assert rows[2][2:] == ["—", "", "500", "not available"]


def test_several_stores_stand_side_by_side() -> None:
    doubted = replace(FIGURE, value=None, low=1.0, high=2.0).doubted("few", "odd")
    stores = [_store("a", FIGURE, BRACKET), _store("b", doubted), _store("c", FIGURE.warned("few"))]
    _, rows = cells(stores)
    assert rows == [
        ["PSNR", "dB", "30", "1..2?", "30"],
        [TITLES["entropy.record"], "bits", "3..7.25", "—", "—"],
    ]
    said = notes(stores)
    assert said[0] == "1  a  (a.fb)"
    assert said[-2:] == ["PSNR [2, 3]: few", "PSNR [2]: odd"]
    text = markdown([_store("x | y", FIGURE), _store("b", FIGURE)])
    assert "| PSNR | dB | 30 | 30 |" in text
    assert "- 1  x | y  (x | y.fb)" in text


@pytest.mark.parametrize(
    ("figure", "shown"),
    [
        (None, ""), (math.inf, "∞"), (-math.inf, "-∞"), (0.0, "0"), (0.04321987, "0.04322"),
        (12345.6, "12,346"), (9999.4, "9999"), (-0.25, "-0.25"), (0.0000321, "3.2e-05"),
    ],
)  # fmt: skip
def test_numbers(figure: float | None, shown: str) -> None:
    assert number(figure) == shown


def test_a_picture_of_where_the_bits_are() -> None:
    bits = np.arange(12.0).reshape(2, 3, 2)
    assert as_picture(bits).tolist() == [[1, 5, 9], [13, 17, 21]]
    folded = as_picture(np.arange(5.0))
    assert folded.shape == (2, 3)
    assert folded[1, :2].tolist() == [3, 4]
    assert np.isnan(folded[1, 2])


def test_families_of_codecs_are_compared_at_equal_fidelity() -> None:
    def sweep(name: str, share: float) -> list[dict[str, Any]]:
        return [
            row(f"{name}:{k} | zstd", 0, 0.9, total_bytes=share * 1000 * 2**k, mse=1000 / 2**k)
            for k in range(1, 6)
        ]

    rows = [*sweep("dct", 1.0), *sweep("pca", 0.8), row("otsu | zstd", 0, 0.9, mse=10.0)]
    (said,) = rate_differences(summarise(rows))
    assert said.startswith("Bytes at equal PSNR, pca | zstd against dct | zstd (BD-rate): -20.0 %")
    assert not rate_differences(summarise(rows[:5]))
    far = [{**r, "mse": r["mse"] / 1e4} for r in rows[5:10]]
    (said,) = rate_differences(summarise([*rows[:5], *far]))
    assert "not comparable: no common quality" in said


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bjontegaard", None)
    rows = [
        row(f"{name}:{k} | zstd", 0, 0.9, total_bytes=1000 * 2**k, mse=1000 / 2**k)
        for name in ("dct", "pca")
        for k in range(1, 6)
    ]
    (said,) = rate_differences(summarise(rows))
    assert said.endswith("which is not installed: pip install 'fewbytes[measure]'")
