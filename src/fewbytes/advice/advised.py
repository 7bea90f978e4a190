"""What came out of a search."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from fewbytes.advice.candidate import Candidate, Pruned
from fewbytes.advice.question import LEVEL, Question


class Role(StrEnum):
    """Why a codec was trained in full."""

    RAW = "raw"
    DEFAULT = "default"
    CANDIDATE = "candidate"
    LOSSLESS = "lossless"


class Verdict(StrEnum):
    """How a search ended."""

    FOUND = "found"
    NOTHING = "nothing smaller qualifies"
    UNDECIDED = "undecided"
    """Nothing was confirmed, and the budget was too short to look at everything."""


@dataclass(frozen=True)
class Confirmed:
    """A codec that was trained in full with paired seeds. Accuracies are fractions, of validation
    images; differences are to the raw images, seed by seed.
    """

    codec: str
    role: Role
    name: str
    """What it is called, where it is a default; else empty."""
    bytes_per_image: float
    total_bytes: int
    ratio: float
    seeds: int
    """How many were trained."""
    accuracy: float | None
    difference: float | None
    lower: float | None
    """One-sided lower bound of the difference at the level."""
    p_value: float | None
    """Of "worse by at least the allowance"."""
    holds: bool
    """Whether what was asked is confirmed of it."""
    train_seconds: float | None
    """Mean of a training."""
    why: str = ""
    """Where it was not confirmed."""

    @property
    def upper(self) -> float | None:
        """The other end of the interval whose lower end is `lower`."""
        if self.lower is None or self.difference is None:
            return None
        return 2 * self.difference - self.lower


@dataclass(frozen=True)
class Tested:
    """The test split, read once, at the end: fractions, means over seeds."""

    raw: float
    recommended: float

    @property
    def difference(self) -> float:
        """Recommended minus raw."""
        return self.recommended - self.raw


@dataclass(frozen=True)
class Written:
    """What a search was given, so that it can be repeated."""

    source: str = ""
    """Empty where it was no text."""
    size: str = ""
    """Rows and columns that images were brought to, such as "32x48"; empty where none was named."""


NOTHING_WRITTEN = Written()


@dataclass(frozen=True)
class Advised:
    """The answer with its evidence."""

    source: str
    question: Question
    verdict: Verdict
    recommended: Confirmed | None
    confirmed: tuple[Confirmed, ...]
    """All that were trained in full, raw first, then in the order of the search."""
    test: Tested | None
    candidates: tuple[Candidate, ...]
    """All that were tried by short trainings."""
    pruned: tuple[Pruned, ...]
    images: int
    train_images: int
    """Records of the training split."""
    unreadable: int
    """Images that were left out."""
    seeds: int
    """Of each codec that is confirmed."""
    epochs: int
    """Of each full training."""
    spent: float
    """Seconds, of all runs."""
    budget: float | None
    complete: bool
    """False where the search wanted for time: with more of it, the answer might be smaller."""
    exhausted: bool = False
    """Whether the order of confirmation, fixed with too little time, is gone through: more
    time changes nothing in this folder."""
    remarks: tuple[str, ...] = ()
    written: Written = NOTHING_WRITTEN
    level: float = LEVEL
    notes: tuple[str, ...] = field(default=())

    @property
    def undecided(self) -> bool:
        """Whether the budget was too short for an answer."""
        return self.verdict is Verdict.UNDECIDED

    @property
    def raw(self) -> Confirmed | None:
        """The reference."""
        return next((one for one in self.confirmed if one.role is Role.RAW), None)

    @property
    def defaults(self) -> list[Confirmed]:
        """What people do out of habit."""
        return [one for one in self.confirmed if one.role is Role.DEFAULT]

    @property
    def runners_up(self) -> list[Confirmed]:
        """Other candidates that hold, the smallest first."""
        found = [c for c in self.confirmed if c.holds and c.role is Role.CANDIDATE]
        return sorted((c for c in found if c != self.recommended), key=lambda c: c.total_bytes)

    def times_smaller(self, other: Confirmed) -> float | None:
        """Bytes of another over those of the recommended one."""
        return (
            None if self.recommended is None else other.total_bytes / self.recommended.total_bytes
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values; docs/advise.md names the fields."""
        return {
            "source": self.source,
            "max_loss": self.question.max_loss,
            "max_bytes": self.question.max_bytes,
            "seeds": self.seeds,
            "level": self.level,
            "verdict": str(self.verdict),
            "complete": self.complete,
            "exhausted": self.exhausted,
            "recommended": self._as_json(self.recommended),
            "test": self.test and {**asdict(self.test), "difference": self.test.difference},
            "confirmed": [self._as_json(one) for one in self.confirmed],
            "runners_up": [self._as_json(one) for one in self.runners_up],
            "tried": [asdict(one) for one in self.candidates],
            "pruned": [asdict(one) for one in self.pruned],
            "images": self.images,
            "train_images": self.train_images,
            "unreadable": self.unreadable,
            "epochs": self.epochs,
            "spent_seconds": self.spent,
            "budget_seconds": self.budget,
            "remarks": list(self.remarks),
            "written": asdict(self.written),
            "notes": list(self.notes),
        }

    @classmethod
    def of_json(cls, question: Question, plain: dict[str, Any]) -> Advised:
        """What `as_json` gave for a question. Raises KeyError or TypeError where it is not."""
        confirmed = tuple(map(_confirmed, plain["confirmed"]))
        test = plain["test"]
        return cls(
            source=plain["source"], question=question, verdict=Verdict(plain["verdict"]),
            recommended=plain["recommended"] and _confirmed(plain["recommended"]),
            confirmed=confirmed, test=test and Tested(test["raw"], test["recommended"]),
            candidates=tuple(map(Candidate.of_json, plain["tried"])),
            pruned=tuple(Pruned(**one) for one in plain["pruned"]), images=plain["images"],
            train_images=plain["train_images"], unreadable=plain["unreadable"],
            seeds=plain["seeds"], epochs=plain["epochs"], spent=plain["spent_seconds"],
            budget=plain["budget_seconds"], complete=plain["complete"],
            exhausted=plain["exhausted"], remarks=tuple(plain["remarks"]), level=plain["level"],
            notes=tuple(plain["notes"]), written=Written(**plain["written"]),
        )  # fmt: skip

    def _as_json(self, one: Confirmed | None) -> dict[str, Any] | None:
        if one is None:
            return None
        return {**asdict(one), "upper": one.upper, "times_smaller": self.times_smaller(one)}


def _confirmed(plain: dict[str, Any]) -> Confirmed:
    given = {f.name: plain[f.name] for f in fields(Confirmed)}
    return Confirmed(**{**given, "role": Role(plain["role"])})
