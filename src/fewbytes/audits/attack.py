"""What an attack is, and how it is run: on the store's codes, and on both controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fewbytes.audits.bench import identity, noise
from fewbytes.audits.census import Census
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.finding import Claim, Finding, Trial
from fewbytes.data.source import Source
from fewbytes.errors import CodecError, InputError, MissingExtraError
from fewbytes.measures.measurement import Measurement


def _quiet(_: str) -> None:
    """Say nothing."""


def _none() -> None:
    """There is none."""


@dataclass(frozen=True)
class Settings:
    """What the user chose."""

    seed: int = 0
    shadows: int = 16
    """Shadow networks of the membership attacks."""
    among: tuple[Source, ...] = ()
    """Other data sets that the codes may be of."""
    other: Exposure | None = None
    """Another release, made of the same originals or of some of them."""
    held_out: Callable[[], Exposure | None] = field(default=_none, repr=False)
    """Records of the store's other split, where it has one. Raises InputError."""
    census: Callable[[], Census | None] = field(default=_none, repr=False)
    """Hashes of all records of the store, where they can be taken: all of it is read at the first
    call. Raises InputError."""
    tell: Callable[[str], None] = field(default=_quiet, repr=False)
    """Is told what a long attack is at."""


@dataclass(frozen=True)
class Attack:
    """Figures that are had together, or not at all."""

    claims: Mapping[str, Claim]
    """What is said of each figure, by its name, in order."""
    run: Callable[[Exposure, Settings], Sequence[Trial]]
    """A trial for each name, in order. Raises InputError where these codes cannot be attacked so;
    the figure's name is that of the claim."""
    positive: Callable[[Exposure], Exposure] = identity
    null: Callable[[Exposure], Exposure] = noise
    controls: tuple[str, str] = ("the images as codes", "noise as codes")
    """What the two are, in words: where the attack must succeed, and where it must not."""

    def findings(self, exposure: Exposure, settings: Settings) -> list[Finding]:
        """What the attack finds; where it cannot be had, a row for each name that says why."""
        trials = self._tried(exposure, settings)
        if not any(one.figure.available for one in trials):
            names = zip(self.claims.items(), trials, strict=True)
            return [Finding(name, claim, trial) for (name, claim), trial in names]
        positive, null = (
            self._tried(exposure, settings, control) for control in (self.positive, self.null)
        )
        rows = zip(self.claims.items(), trials, positive, null, strict=True)
        return [
            Finding(name, claim, trial, must, must_not, self.controls)
            for (name, claim), trial, must, must_not in rows
        ]

    def _tried(
        self,
        exposure: Exposure,
        settings: Settings,
        control: Callable[[Exposure], Exposure] | None = None,
    ) -> Sequence[Trial]:
        try:
            found = self.run(exposure if control is None else control(exposure), settings)
        except (InputError, CodecError, MissingExtraError) as error:
            return self._missing(str(error), len(exposure))
        except MemoryError:
            return self._missing("it takes more memory than there is", len(exposure))
        named = [one.figure.name for one in found]
        assert named == list(self.claims), f"{named} are not {list(self.claims)}"
        return found

    def _missing(self, reason: str, n: int) -> list[Trial]:
        return [
            Trial(Measurement.unavailable(name, claim.unit, reason, n))
            for name, claim in self.claims.items()
        ]
