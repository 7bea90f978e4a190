"""The first screen's answer against intervals worked out apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewbytes.report.page.advised import from_advice
from fewbytes.report.page.answer import Answer, Asked, from_study
from fewbytes.report.page.compared import gaps
from fewbytes.studies.config import RAW
from fewbytes.studies.summary import summarise
from tests.report.page.making import ACCURACIES, MIDDLE, SMALL, contents_of, finished, rows

ASKED = Asked("digits", 100, 0.5)


def _answer(written: list[dict[str, Any]], asked: Asked = ASKED) -> Answer:
    run = contents_of(written)
    return from_study(run.lines, gaps(run), asked)


def test_the_smallest_that_is_confirmed() -> None:
    found = _answer(rows())
    mean = np.subtract(ACCURACIES[MIDDLE], ACCURACIES[RAW]).mean()
    assert found.codec == MIDDLE
    assert found.answer.startswith("90.0 bytes an image are enough: 8.72 times smaller than raw")
    (figure, what) = found.figures[-1]
    assert figure == f"{100 * mean:+.2f}".replace("-", "−")
    assert what.startswith("points from raw, 95 % interval [−")
    assert found.confirmed
    assert ("90.0 B", "an image; 9.0 kB in all") in found.figures
    assert "0.5 points" in found.question
    assert "by luck" in found.because[1]


def test_a_larger_allowance_takes_a_smaller_codec() -> None:
    assert _answer(rows(), Asked("digits", 100, 5.0)).codec == SMALL


def test_that_none_is_confirmed() -> None:
    found = _answer(rows(), Asked("digits", 100, 0.01))
    assert found.answer == "No codec is shown to lose 0.01 points or less."
    assert found.codec == MIDDLE
    assert "loses least" in found.because[0]
    assert not found.confirmed
    wide = [row for row in rows() if row["codec"] != MIDDLE]
    wide += [finished(MIDDLE, seed, a) for seed, a in enumerate((0.980, 0.999, 0.991))]
    found = _answer(wide)
    assert "90.0 bytes an image may do" in found.answer
    assert "reaches beyond the allowance" in found.because[0]


def test_one_seed_confirms_nothing() -> None:
    found = _answer([row for row in rows() if row["seed"] == 0])
    assert found.answer.startswith("No codec is shown to lose 0.5 points or less; 90.0 bytes")
    assert "--seeds 3" in found.because[0]


def test_a_poor_network_is_no_reference() -> None:
    poor = [
        finished(codec, seed, 0.6, model="mlp", cell=f"{codec}mlp{seed}")
        for codec in (RAW, SMALL)
        for seed in range(3)
    ]
    found = _answer(rows() + poor)
    assert found.codec == MIDDLE
    assert found.line is not None
    assert found.line.model == "cnn"
    assert "Judged by the cnn" in found.because[-1]


def test_what_is_exact_loses_nothing() -> None:
    raw = [row for row in rows() if row["codec"] == RAW]
    exact = [finished("png", s, a, mse=0.0) for s, a in enumerate(ACCURACIES[RAW])]
    found = _answer(raw + exact)
    assert found.answer.endswith("and nothing is lost.")
    assert "needs no test" in found.because[0]


def test_larger_than_raw_is_no_answer() -> None:
    grown = [finished("projection:9", s, 0.992, total_bytes=90_000) for s in range(3)]
    found = _answer([row for row in rows() if row["codec"] == RAW] + grown)
    assert "Not known yet" in found.answer
    assert "Not known yet" in _answer([]).answer


def test_validation_images_are_chosen_by() -> None:
    found = _answer(rows(), Asked("digits", 100, 0.5, "validation"))
    assert not any("test images" in said for said in found.because)
    assert any(what.startswith("validation accuracy") for _, what in found.figures)


ADVICE: dict[str, Any] = {
    "source": "photos", "max_loss": 0.5, "max_bytes": None, "level": 0.95, "verdict": "found",
    "complete": False, "images": 1000, "remarks": ["one file was left out"],
    "recommended": {
        "codec": MIDDLE, "role": "candidate", "bytes_per_image": 90.0, "ratio": 8.72, "seeds": 5,
        "difference": -0.001, "lower": -0.003, "upper": 0.001, "holds": True,
    },
    "test": {"raw": 0.991, "recommended": 0.9905, "difference": -0.0005},
    "runners_up": [{"codec": SMALL, "bytes_per_image": 99.0, "difference": -0.004}],
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
        "Shown at 95 % on validation images: at least −0.30 points over 5 paired seeds "
        "and their images."
    )
    assert "want of time" in found.because[1]
    assert found.because[2] == "one file was left out"
    assert (
        "−0.10",
        "points from raw, validation images; at least −0.30 at 95 %, one-sided",
    ) in found.figures
    assert ("99.05 %", "test accuracy, read once; raw 99.10 %") in found.figures
    assert found.others == ((SMALL, "99.00 bytes an image, −0.40 points"),)
    assert found.dropped == (("dct:2 | zstd", "lost 9 points"),)


def test_an_answer_without_a_mark_says_so() -> None:
    advice = {"recommended": {"codec": "uint8 | xz", "role": "lossless", "bytes_per_image": 9}}
    found = from_advice(advice, summarise(rows()), "digits")
    assert found.line is None
    assert "no network was trained" in found.because[0]


@pytest.mark.parametrize(
    ("advice", "answer", "codec"),
    [
        ({"recommended": None, "verdict": "nothing smaller qualifies"}, "Nothing smaller", None),
        ({"verdict": "undecided"}, "Undecided", None),
        ({}, "Nothing smaller", None),
        ({"recommended": {"codec": "png"}}, "The codec below.", "png"),
        ({"recommended": 7, "pruned": "x", "runners_up": [1]}, "Nothing smaller", None),
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
