"""What the finished cells of a codec show of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fewbytes.advice import ladder
from fewbytes.advice.advised import Confirmed, Role
from fewbytes.advice.confirmation import Confirmation
from fewbytes.advice.paired import Paired
from fewbytes.advice.question import LEAST_SEEDS, LEVEL, Question
from fewbytes.measures import Rate
from fewbytes.studies.config import RAW
from fewbytes.studies.results import Row
from fewbytes.types import Shape

HOPELESS = 3.0
"""Standard errors beyond the allowance at which a candidate's other seeds are not trained."""


@dataclass
class Evidence:
    """Reads cells against those of raw. `level` is that of one statement."""

    question: Question
    confirmation: Confirmation
    image_shape: Shape
    level: float = LEVEL

    def of(
        self, codec: str, role: Role, rate: Rate, why: str = "", *, cut: bool = False
    ) -> Confirmed:
        """All that is known by now; `why` a codec was given up, where it was.

        Where the end of the time `cut` its trainings short, those that are done count, if they are
        LEAST_SEEDS: the clock does not look at results, so the test keeps its level.
        """
        rows, size, limit = (
            self._rows(codec),
            rate.total_bytes / rate.images,
            self.question.max_bytes,
        )
        one = Confirmed(
            codec, role, self._name(codec, role), size, rate.total_bytes, rate.ratio, len(rows),
            accuracy=None, difference=None, lower=None, p_value=None,
            holds=role is Role.LOSSLESS and (limit is None or size <= limit),
            train_seconds=None, why=why,
        )  # fmt: skip
        if not rows:
            return one
        one = replace(
            one, accuracy=_mean(rows, "val_accuracy"), train_seconds=_mean(rows, "train_seconds")
        )
        needed = LEAST_SEEDS if cut and not why else self.wanted(role)
        return one if role is Role.RAW else self._compared(one, needed)

    def hopeless(self, codec: str, seeds: int) -> bool:
        """Whether further seeds could hardly help. To give up early claims nothing, so it costs the
        test none of its level.
        """
        allowance = self.question.allowance
        if allowance is None or not 1 < seeds < self.confirmation.config.seeds:
            return False
        found = self._paired(codec, seeds)
        return found.mean + HOPELESS * found.stderr < -allowance

    def wanted(self, role: Role) -> int:
        """Seeds of a codec: nothing is claimed of a default, so it needs few."""
        seeds = self.confirmation.config.seeds
        return min(seeds, LEAST_SEEDS) if role is Role.DEFAULT else seeds

    def _compared(self, one: Confirmed, needed: int) -> Confirmed:
        """With its difference from raw; to hold, it needs so many seeds."""
        found, allowance, limit = (
            self._paired(one.codec, one.seeds), self.question.allowance, self.question.max_bytes,
        )  # fmt: skip
        one = replace(one, difference=found.mean)
        if one.seeds < 2:
            return one
        lower = found.lower(self.level)
        if allowance is None:
            held = limit is not None and one.bytes_per_image <= limit
        else:
            held = found.confirms(allowance, self.level)
        return replace(
            one, lower=lower, holds=held and one.seeds >= needed,
            p_value=None if allowance is None else found.p_value(allowance),
        )  # fmt: skip

    def _paired(self, codec: str, seeds: int) -> Paired:
        judged, numbers = self.confirmation.judgement, range(seeds)
        return Paired.of([judged(codec, s) for s in numbers], [judged(RAW, s) for s in numbers])

    def _rows(self, codec: str) -> list[Row]:
        """Of the seeds that are trained, from the first on."""
        cells = [self.confirmation.named(codec, s) for s in range(self.confirmation.config.seeds)]
        rows = (self.confirmation.rows.get(cell.key) for cell in cells)
        return [row for row in rows if row is not None and row["status"] == "ok"]

    def _name(self, codec: str, role: Role) -> str:
        names = {text: name for name, text in ladder.defaults(self.image_shape).items()}
        return names.get(codec, "") if role is Role.DEFAULT else ""


def best(question: Question, confirmed: list[Confirmed]) -> Confirmed | None:
    """Of what holds and is smaller than raw: the smallest, or where bytes are bounded the most
    accurate.
    """
    found = [
        one for one in confirmed
        if one.holds and one.ratio > 1 and one.role in (Role.CANDIDATE, Role.LOSSLESS)
    ]  # fmt: skip
    if question.allowance is not None:
        return min(found, key=lambda c: c.total_bytes, default=None)
    return max(found, key=lambda c: c.difference or 0.0, default=None)


def _mean(rows: list[Row], field: str) -> float:
    return float(sum(row[field] for row in rows) / len(rows))
