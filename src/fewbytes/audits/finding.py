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
        if not self.figure.available:
            return False
        if self.expected is None:
            return True
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
    must_hold: bool = False
    """Whether the figure of the store, too, can only be as is expected of it."""


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
    controls: tuple[str, str] = ("the images as codes", "noise as codes")
    """What the two were, in words."""

    @property
    def controls_in_place(self) -> bool:
        """Whether both controls came out as they must."""
        if self.positive is None or self.null is None:
            return False
        if self.trial.chance is None:
            tried = [self.positive, self.null, *([self.trial] if self.claim.must_hold else [])]
            return all(one.as_expected for one in tried)
        return self.positive.beyond_chance and not self.null.beyond_chance

    @property
    def outcome(self) -> Outcome:
        figure = self.trial.figure
        if self._missing:
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
                return self._missing
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

    @property
    def _missing(self) -> str:
        """Why there is no figure, or no control to hold it to; empty where there are all three. An
        attack that gets nowhere at all on its null control has found as little as it must.
        """
        tried = [("", self.trial)]
        for name, one in zip(self.controls, (self.positive, self.null), strict=True):
            needed = one is self.positive or self.trial.chance is None
            if one is not None and needed:
                tried.append((f"no control: with {name}, ", one))
        for said, one in tried:
            if not one.figure.available:
                return f"{said}{'; '.join(one.figure.warnings)}."
        return ""

    def _failed(self) -> str:
        if self.positive is None or self.null is None:
            return "it did not run"
        attack = self.trial.chance is not None
        held = self.positive.beyond_chance if attack else self.positive.as_expected
        found = self.null if held else self.positive
        if not attack and held and self.null.as_expected:
            return (
                f"{_both(self.trial.figure)} cannot be, as {_both(self.trial.expected)} must hold"
            )
        return f"with {self.controls[held]} it gave {_both(found.figure)}"

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


def _both(one: Measurement | None) -> str:
    """A figure, or both its ends where that is all there is."""
    if one is None:
        return "nothing"
    if one.value is not None:
        return readable(one.value, one.unit)
    return f"{readable(one.low, one.unit)} to {readable(one.high, one.unit)}"


def _per_cent(share: float) -> str:
    """Three digits, or as many as it takes to tell it from none and from all."""
    if 0 < share < 1e-4:
        return "<0.01 %"
    digits = f"{100 * share:.3g}"
    if digits == "100" and share < 1:
        digits = f"{100 * share:.2f}" if share < 0.9999 else ">99.99"
    return f"{digits} %"


def readable(figure: float | None, unit: str) -> str:
    """A figure in a sentence: shares as per cent, all else with its unit."""
    if figure is None:
        return "nothing"
    if unit == "share":
        return _per_cent(figure)
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
