"""The first screen's answer against intervals worked out apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats

from fewbytes.report.page.advised import from_advice
from fewbytes.report.page.answer import Answer, Asked, from_study
from fewbytes.studies.config import RAW
from fewbytes.studies.summary import summarise
from tests.report.page.making import ACCURACIES, MIDDLE, SMALL, finished, rows

ASKED = Asked("digits", 100, 0.5)


def _answer(written: list[dict[str, Any]], asked: Asked = ASKED) -> Answer:
    return from_study(summarise(written), asked)


def test_the_smallest_that_is_confirmed() -> None:
    found = _answer(rows())
    gaps = np.subtract(ACCURACIES[MIDDLE], ACCURACIES[RAW])
    low, high = scipy.stats.t.interval(0.95, 2, loc=gaps.mean(), scale=scipy.stats.sem(gaps))
    assert low > -0.005
    assert found.codec == MIDDLE
    assert found.answer.startswith("90.0 bytes an image are enough: 8.72 times smaller than raw")
    interval = f"[{100 * low:+.2f}, {100 * high:+.2f}]".replace("-", "−")
    assert (f"{100 * gaps.mean():+.2f}".replace("-", "−"), f"points from raw {interval}") in (
        found.figures
    )
    assert ("90.0 B", "an image; 9.0 kB in all") in found.figures
    assert "0.5 points" in found.question
    assert "test results" in found.because[1]


def test_a_larger_allowance_takes_a_smaller_codec() -> None:
    assert _answer(rows(), Asked("digits", 100, 5.0)).codec == SMALL


def test_that_none_is_confirmed() -> None:
    found = _answer(rows(), Asked("digits", 100, 0.01))
    assert found.answer == "No codec is shown to lose 0.01 points or less."
    assert found.codec == MIDDLE
    assert "loses least" in found.because[0]
    wide = [row for row in rows() if row["codec"] != MIDDLE]
    wide += [finished(MIDDLE, seed, a) for seed, a in enumerate((0.980, 0.999, 0.991))]
    found = _answer(wide)
    assert "90.0 bytes an image may do" in found.answer
    assert "reaches beyond the allowance" in found.because[0]


def test_one_seed_confirms_nothing() -> None:
    found = _answer([row for row in rows() if row["seed"] == 0])
    assert found.answer.startswith("No codec is shown to lose 0.5 points or less; 90.0 bytes")
    assert "--seeds 3" in found.because[0]


def test_larger_than_raw_is_no_answer() -> None:
    grown = [finished("projection:9", s, 0.992, total_bytes=90_000) for s in range(3)]
    found = _answer([row for row in rows() if row["codec"] == RAW] + grown)
    assert "Not known yet" in found.answer
    assert "Not known yet" in _answer([]).answer


def test_validation_images_are_chosen_by() -> None:
    found = _answer(rows(), Asked("digits", 100, 0.5, "validation"))
    assert not any("test results" in said for said in found.because)
    assert any(what.startswith("validation accuracy") for _, what in found.figures)


ADVICE: dict[str, Any] = {
    "source": "photos", "max_loss": 0.5, "max_bytes": None, "level": 0.95, "verdict": "found",
    "complete": False, "images": 1000, "remarks": ["one file was left out"],
    "recommended": {
        "codec": MIDDLE, "role": "candidate", "bytes_per_image": 90.0, "ratio": 8.72, "seeds": 5,
        "difference": -0.001, "lower": -0.003, "upper": 0.001, "holds": True,
    },
    "test": {"raw": 0.991, "recommended": 0.9905, "difference": -0.0005},
    "confirmed": [
        {"codec": MIDDLE, "role": "candidate", "holds": True, "bytes_per_image": 90.0},
        {"codec": SMALL, "role": "candidate", "holds": True, "bytes_per_image": 99.0},
        {"codec": "jpeg:75", "role": "default", "holds": True, "bytes_per_image": 300.0},
    ],
    "pruned": [{"what": "dct:2 | zstd", "why": "lost 9 points"}] * 2,
}  # fmt: skip


def test_what_advise_decided_is_shown() -> None:
    found = from_advice(ADVICE, summarise(rows()), "digits")
    assert "photos" in found.question
    assert (
        found.answer
        == "90.00 bytes an image: 8.72 times smaller than raw, at −0.10 points of accuracy."
    )
    assert found.line is not None
    assert found.line.codec == found.codec == MIDDLE
    assert found.because[0] == (
        "Shown at 95 % on validation images: at least −0.30 points, over 5 paired seeds."
    )
    assert "want of time" in found.because[1]
    assert found.because[2] == "one file was left out"
    assert ("99.05 %", "test accuracy, read once; raw 99.10 %") in found.figures
    assert found.others == ((SMALL, "99.00 bytes an image"),)
    assert found.dropped == (("dct:2 | zstd", "lost 9 points"),)


@pytest.mark.parametrize(
    ("advice", "answer", "codec"),
    [
        ({"recommended": None, "verdict": "nothing smaller qualifies"}, "Nothing smaller", None),
        ({"verdict": "undecided"}, "Undecided", None),
        ({}, "Nothing smaller", None),
        ({"recommended": {"codec": "png"}}, "The codec below.", "png"),
        ({"recommended": 7, "pruned": "x", "confirmed": [1]}, "Nothing smaller", None),
        (
            {"question": {"max_bytes": 20}, "recommended": {"codec": "png", "ratio": "much"},
             "pruned": [{"codec": "a", "reason": "b"}, 3]},
            "The codec below.", "png",
        ),
    ],
)  # fmt: skip
def test_advice_with_gaps(advice: dict[str, Any], answer: str, codec: str | None) -> None:
    found = from_advice(advice, [], "digits")
    assert found.answer.startswith(answer)
    assert found.codec == codec
    assert found.line is None
