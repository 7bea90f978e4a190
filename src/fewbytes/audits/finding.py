"""What an attack reached, beside chance and its two controls, and what follows from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from numpy.typing import NDArray

from fewbytes.measures.measurement import LEVEL, Measurement, Verdict


class Outcome(StrEnum):
    """What an attack shows. That one failed never shows that none succeeds."""

    DISCLOSED = "disclosed"
    """The whole interval lies beyond chance, and both controls are in place."""
    NOT_SHOWN = "not shown"
    """No more than chance, by this attack."""
    UNDECIDED = "undecided"
    """The figure is unreliable by its own word."""
    DESCRIBED = "described"
    """A figure to read: it is no attack, and chance has no part in it."""
    CONTROL_FAILED = "control failed"
    """A control did not come out as it must: the figure proves nothing."""
    UNAVAILABLE = "not available"


@dataclass(frozen=True)
class Trial:
    """What one attack reached on one exposure.

    An attack gives `chance`: what is reached without the codes, by guessing, or by the best guess
    that needs none. A description gives `expected` where arithmetic says what must come out.
    """

    figure: Measurement
    chance: Measurement | None = None
    expected: Measurement | None = None
    less_discloses: bool = False
    """Whether lower figures disclose more, as errors do."""
    exhibit: Mapping[str, NDArray[Any]] = field(default_factory=dict, repr=False, compare=False)
    """Arrays that a picture is drawn from."""

    @property
    def beyond_chance(self) -> bool:
        """Whether all of the interval lies beyond all of chance's, on the side that discloses."""
        if self.chance is None or not (self.figure.available and self.chance.available):
            return False
        low, high = _ends(self.figure)
        chance_low, chance_high = _ends(self.chance)
        return high < chance_low if self.less_discloses else low > chance_high

    @property
    def as_expected(self) -> bool:
        """Whether the interval meets that of what must come out, where something must."""
        if self.expected is None:
            return True
        if not self.figure.available:
            return False
        low, high = _ends(self.figure)
        expected_low, expected_high = _ends(self.expected)
        return low <= expected_high and expected_low <= high


@dataclass(frozen=True)
class Claim:
    """What is said of a figure, to people who decide and did not take it."""

    title: str
    unit: str
    disclosed: str = ""
    """The sentence where the attack succeeded. May hold {value}, {low}, {high} and {chance}."""
    not_shown: str = ""
    """The sentence where it did not: what was tried, never that nothing is disclosed."""
    covers: str = ""
    """What the figure or bound is true of: which attacker, knowing what."""
    described: str = ""
    """The sentence of a figure that is no attack."""


@dataclass(frozen=True)
class Finding:
    """One row of an audit: a figure of the store, the same of the controls, and a verdict."""

    attack: str
    """Dotted words, the group first: `linkage.rank_1`."""
    claim: Claim
    trial: Trial
    positive: Trial | None = None
    """The same attack where codes give all away."""
    null: Trial | None = None
    """The same attack where codes give nothing away."""

    @property
    def controls_in_place(self) -> bool:
        """Whether both controls came out as they must."""
        if self.positive is None or self.null is None:
            return False
        if self.trial.chance is None:
            return self.positive.as_expected and self.null.as_expected
        return self.positive.beyond_chance and not self.null.beyond_chance

    @property
    def outcome(self) -> Outcome:
        figure = self.trial.figure
        if not figure.available:
            return Outcome.UNAVAILABLE
        if not self.controls_in_place:
            return Outcome.CONTROL_FAILED
        if self.trial.chance is None:
            return Outcome.DESCRIBED
        if figure.verdict is Verdict.UNRELIABLE:
            return Outcome.UNDECIDED
        return Outcome.DISCLOSED if self.trial.beyond_chance else Outcome.NOT_SHOWN

    @property
    def words(self) -> str:
        """The verdict as a sentence."""
        match self.outcome:
            case Outcome.UNAVAILABLE:
                return "; ".join(self.trial.figure.warnings)
            case Outcome.CONTROL_FAILED:
                return f"A control did not come out as it must: {self._failed()}. Not evidence."
            case Outcome.UNDECIDED:
                return f"Undecided: {'; '.join(self.trial.figure.warnings)}."
            case Outcome.DISCLOSED:
                return self._filled(self.claim.disclosed)
            case Outcome.NOT_SHOWN:
                return f"{self._filled(self.claim.not_shown)} A failed attack is no proof."
            case Outcome.DESCRIBED:
                return self._filled(self.claim.described)

    def _filled(self, sentence: str) -> str:
        figure, chance = self.trial.figure, self.trial.chance
        return sentence.format(
            value=readable(figure.value, figure.unit),
            low=readable(figure.low, figure.unit),
            high=readable(figure.high, figure.unit),
            chance="" if chance is None else readable(chance.value, figure.unit),
        )

    def _failed(self) -> str:
        if self.positive is None or self.null is None:
            return "it did not run"
        attack = self.trial.chance is not None
        held = self.positive.beyond_chance if attack else self.positive.as_expected
        name, found = ("noise", self.null) if held else ("identity", self.positive)
        said = "; ".join(found.figure.warnings) if not found.figure.available else ""
        return f"on {name} codes it gave {readable(found.figure.value, found.figure.unit)} {said}"

    def row(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "attack": self.attack,
            "title": self.claim.title,
            **{k: v for k, v in self.trial.figure.row().items() if k != "measure"},
            "chance": None if self.trial.chance is None else self.trial.chance.row(),
            "expected": None if self.trial.expected is None else self.trial.expected.row(),
            "less_discloses": self.trial.less_discloses,
            "positive_control": None if self.positive is None else self.positive.figure.row(),
            "null_control": None if self.null is None else self.null.figure.row(),
            "controls_in_place": self.controls_in_place,
            "outcome": str(self.outcome),
            "words": self.words,
            "covers": self.claim.covers,
            "level": LEVEL,
        }


def readable(figure: float | None, unit: str) -> str:
    """A figure in a sentence: shares as per cent, all else with its unit."""
    if figure is None:
        return "nothing"
    if unit == "share":
        return "<0.01 %" if 0 < figure < 1e-4 else f"{100 * figure:.3g} %"
    if unit in ("records", "pairs") and figure == 1:
        return f"1 {unit[:-1]}"
    if math.isinf(figure):
        shown = "infinite"
    elif abs(figure) >= 1000:
        shown = f"{figure:,.0f}"
    else:
        shown = f"{figure:.4g}" if abs(figure) >= 1e-3 or figure == 0 else f"{figure:.1g}"
    return f"{shown} {unit}".strip()


def _ends(one: Measurement) -> tuple[float, float]:
    assert one.low is not None
    assert one.high is not None
    return one.low, one.high
