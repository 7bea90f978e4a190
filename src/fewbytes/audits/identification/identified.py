"""The answer to "which data set, and which codec, is this?", with the evidence for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ALPHA = 0.01
"""Level of a test before it is divided by their number (Bonferroni)."""

CLEAR = 10.0
"""By how much the p-value of what is named must exceed that of every other candidate."""


class Outcome(StrEnum):
    """What can be said."""

    IDENTIFIED = "identified"
    """One candidate fits, and all others are ruled out."""
    UNDECIDED = "cannot be told"
    """Several fit."""
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
    """Why it is impossible."""

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
    def outcome(self) -> Outcome:
        match len(self.fitting):
            case 0:
                return Outcome.NONE
            case 1:
                return Outcome.IDENTIFIED
            case _:
                return Outcome.UNDECIDED

    @property
    def found(self) -> Row | None:
        """The one candidate that fits, where it is one."""
        return self.fitting[0] if self.outcome is Outcome.IDENTIFIED else None

    @property
    def dataset(self) -> str | None:
        """The name of the data set; also where only its codec cannot be told."""
        return _only([row.dataset for row in self.fitting])

    @property
    def codec(self) -> str | None:
        """The codec; also where only its data set cannot be told."""
        return _only([row.codec for row in self.fitting])

    @property
    def answer(self) -> str:
        """The data set and the codec; "cannot be told: A or B"; or "none of these"."""
        if self.outcome is Outcome.NONE:
            return str(Outcome.NONE)
        named = " or ".join(str(row) for row in self.fitting)
        if self.outcome is Outcome.IDENTIFIED:
            return named
        return f"{Outcome.UNDECIDED}: {named}"

    @property
    def words(self) -> str:
        """The answer in a sentence, with what it rests on."""
        if not self.tested:
            return f"{self.where}: none of these. No candidate's codes have this form."
        if self.outcome is Outcome.NONE:
            return (
                f"{self.where}: none of these. Every candidate is ruled out at level "
                f"{self.level:.2g}."
            )
        row = self.fitting[0]
        held = f"p = {row.p_value:.2g}, {row.bag:,} of {row.whole:,} records compared"
        if self.outcome is Outcome.IDENTIFIED:
            return (
                f"{self.where}: of these candidates only {row} fits ({held}). A data set that is "
                "not among them may fit as well."
            )
        return f"{self.where}: {self.answer} ({held}). More records may tell."

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


def _only(names: Sequence[str]) -> str | None:
    return names[0] if len(set(names)) == 1 else None
