"""The answer to "which data set, and which codec, is this?", with the evidence for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ALPHA = 0.01
"""Level of a test before it is divided by their number (Bonferroni)."""

LEAST_BAG = 10
"""Records that are compared, below which nothing is called identified: of fewer, a test that rules
a data set out is rare, and that it did not says little."""

CLEAR = 10.0
"""By how much the p-value of what is named must exceed that of every other candidate."""


class Outcome(StrEnum):
    """What can be said."""

    IDENTIFIED = "identified"
    """One candidate fits, all others are ruled out, and among them by the test another data set in
    the same codec, from LEAST_BAG records or more."""
    NOT_RULED_OUT = "not ruled out"
    """One candidate is left, but for want of evidence: that is no identification."""
    UNDECIDED = "cannot be told"
    """Several are left."""
    NONE = "none of these"
    """Every candidate is ruled out."""


class Verdict(StrEnum):
    """What was found of one candidate."""

    FITS = "fits"
    """The codes may be of it. That others may be as near is no matter of this test."""
    RULED_OUT = "ruled out"
    """Codes of it look like these with a probability below the level."""
    IMPOSSIBLE = "impossible"
    """Its codes have another form."""
    UNTESTED = "not compared"
    """Nobody knows how: it may be this one."""


class Evidence(StrEnum):
    """What a verdict rests on."""

    TEST = "the test of the codes"
    FORM = "the form of the codes"
    HEADER = "the store's header"
    NONE = "nothing"


@dataclass(frozen=True)
class Row:
    """One candidate, and how the codes compare with it."""

    dataset: str
    codec: str
    split: str = ""
    """That the codes were compared with; of several, the one that they fit best."""
    p_value: float | None = None
    statistic: str = ""
    """The one that sets the codes apart most."""
    deviations: float | None = None
    """By how many standard deviations."""
    bag: int = 0
    """Records that were compared."""
    whole: int = 0
    """Records that there are."""
    reference: int = 0
    """Records, or bags under fresh keys, that they were compared with."""
    subsets: int = 0
    """Of which the p-value is a rank."""
    reason: str = ""
    """Why it is impossible, or not compared."""
    evidence: Evidence = Evidence.TEST

    def __str__(self) -> str:
        return f"{self.dataset}, {self.codec}"


@dataclass(frozen=True)
class Identified:
    """What `identify` found. `answer` says it; `rows()` are the evidence."""

    where: str
    candidates: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    seed: int = 0

    @property
    def tested(self) -> list[Row]:
        """Candidates whose codes have the right form."""
        return [row for row in self.candidates if row.p_value is not None]

    @property
    def level(self) -> float:
        """The p-value below which a candidate is ruled out."""
        return ALPHA / max(1, len(self.tested))

    def verdict(self, row: Row) -> Verdict:
        """What was found of one of the candidates."""
        if row.evidence is Evidence.NONE:
            return Verdict.UNTESTED
        if row.p_value is None:
            return Verdict.IMPOSSIBLE
        return Verdict.RULED_OUT if row.p_value < self.level else Verdict.FITS

    @property
    def fitting(self) -> list[Row]:
        """Candidates that cannot be ruled out, or hardly: best first."""
        ranked = sorted(self.tested, key=lambda row: -(row.p_value or 0))
        fit = [row for row in ranked if self.verdict(row) is Verdict.FITS]
        if len(fit) != 1:
            return fit
        clear = (fit[0].p_value or 0) / CLEAR
        return fit + [row for row in ranked[1:] if (row.p_value or 0) > clear]

    @property
    def left(self) -> list[Row]:
        """Candidates that are not ruled out: those that fit, and those that were not compared."""
        untested = [row for row in self.candidates if self.verdict(row) is Verdict.UNTESTED]
        return self.fitting + untested

    @property
    def outcome(self) -> Outcome:
        match self.left:
            case []:
                return Outcome.NONE
            case [row]:
                return Outcome.NOT_RULED_OUT if self._lacking(row) else Outcome.IDENTIFIED
            case _:
                return Outcome.UNDECIDED

    @property
    def found(self) -> Row | None:
        """The one candidate that fits, where it is identified."""
        return self.left[0] if self.outcome is Outcome.IDENTIFIED else None

    @property
    def dataset(self) -> str | None:
        """The name of the data set; also where only its codec cannot be told."""
        lacking = any(self._lacking(row) for row in self.left)
        return None if lacking else _only([row.dataset for row in self.left])

    @property
    def codec(self) -> str | None:
        """The codec of whatever is left; also where the data set cannot be told."""
        return _only([row.codec for row in self.left])

    def _lacking(self, row: Row) -> str:
        """What it takes to call a candidate identified that is not there; empty where all is."""
        if row.evidence is Evidence.NONE:
            return f"it was not compared ({row.reason})"
        if row.bag < LEAST_BAG:
            return f"{_records(row.bag)} compared, where {LEAST_BAG} are needed"
        if not self._rivals(row):
            return "the test ruled out no other data set in this codec (name more to tell it from)"
        return ""

    def _rivals(self, row: Row) -> list[Row]:
        """Other data sets in the same codec that the test ruled out."""
        return [
            one
            for one in self.tested
            if (one.codec, self.verdict(one)) == (row.codec, Verdict.RULED_OUT)
            and one.dataset != row.dataset
        ]

    @property
    def answer(self) -> str:
        """The data set and the codec; "not ruled out: A"; "cannot be told: A or B"; or "none of
        these".
        """
        if self.outcome is Outcome.NONE:
            return str(Outcome.NONE)
        named = " or ".join(str(row) for row in self.left)
        if self.outcome is Outcome.IDENTIFIED:
            return named
        return f"{self.outcome}: {named}"

    @property
    def words(self) -> str:
        """The answer in a sentence, with what it rests on."""
        if self.outcome is Outcome.NONE:
            return f"{self.where}: none of these. {self._why_none()}"
        row = self.left[0]
        held = "" if row.p_value is None else f" (p = {row.p_value:.2g}, {_compared(row)})"
        match self.outcome:
            case Outcome.IDENTIFIED:
                return (
                    f"{self.where}: of these candidates only {row} fits{held}. {self._ruled_out()}"
                    "A data set that is not among them may fit as well."
                )
            case Outcome.NOT_RULED_OUT:
                return (
                    f"{self.where}: {row} cannot be ruled out{held}; that is no identification: "
                    f"{self._lacking(row)}."
                )
            case _:
                return f"{self.where}: {self.answer}{held}. More records may tell."

    def _why_none(self) -> str:
        if not self.tested:
            return "No candidate's codes have this form."
        form = len(self.tested) < len(self.candidates)
        return (
            f"Every candidate is ruled out, by the test at level {self.level:.2g}"
            f"{' or by its form' if form else ''}."
        )

    def _ruled_out(self) -> str:
        """What each exclusion rests on, in a sentence."""
        grounds: dict[Evidence, list[str]] = {}
        for row in self.candidates:
            if row not in self.left:
                grounds.setdefault(row.evidence, []).append(row.dataset)
        named = [
            f"by {evidence}: {', '.join(dict.fromkeys(names))}"
            for evidence, names in grounds.items()
        ]
        return f"Ruled out {'; '.join(named)}. "

    def rows(self) -> list[dict[str, Any]]:
        """One table row a candidate, plain JSON values."""
        return [
            {
                "dataset": row.dataset,
                "codec": row.codec,
                "split": row.split or None,
                "p_value": row.p_value,
                "level": self.level,
                "statistic": row.statistic or None,
                "deviations": row.deviations,
                "compared": row.bag,
                "records": row.whole,
                "reference": row.reference,
                "subsets": row.subsets,
                "verdict": str(self.verdict(row)),
                "evidence": str(row.evidence),
                "reason": row.reason,
            }
            for row in self.candidates
        ]

    def table(self) -> dict[str, Any]:
        """All there is to say, plain JSON values."""
        return {
            "file": self.where,
            "outcome": str(self.outcome),
            "answer": self.answer,
            "dataset": self.dataset,
            "codec": self.codec,
            "words": self.words,
            "seed": self.seed,
            "candidates": self.rows(),
            "notes": list(self.notes),
        }


def _records(count: int) -> str:
    return f"{count:,} record{'' if count == 1 else 's'}"


def _compared(row: Row) -> str:
    return f"{row.bag:,} of {_records(row.whole)} compared"


def _only(names: Sequence[str]) -> str | None:
    return names[0] if len(set(names)) == 1 else None
