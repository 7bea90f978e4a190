"""The time that there is."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable

from fewbytes.errors import InputError

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)")


class OutOfTime(BaseException):
    """The time of a step is over; like KeyboardInterrupt, it passes through what catches errors."""


class Budget:
    """Seconds to spend, those of earlier runs included; None for as many as it takes."""

    def __init__(
        self,
        seconds: float | None,
        spent: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds, self._before, self._clock = seconds, spent, clock
        self._start = clock()

    def resumed(self, spent: float) -> Budget:
        """The same from the same moment on, with seconds that earlier runs have spent."""
        other = Budget(self.seconds, spent, self._clock)
        other._start = self._start
        return other

    @property
    def spent(self) -> float:
        """Seconds, by this run and by those before."""
        return self._before + self._clock() - self._start

    @property
    def left(self) -> float:
        """Seconds; infinite where there is no bound, negative where it is passed."""
        return math.inf if self.seconds is None else self.seconds - self.spent

    def deadline(self, share: float, reserve: float = 0.0) -> Deadline:
        """A point in time: `share` of what is left once `reserve` seconds are put aside."""
        return Deadline(self, self.spent + share * max(0.0, self.left - reserve))


class Deadline:
    """When a step must be over, in seconds spent."""

    def __init__(self, budget: Budget, at: float) -> None:
        self._budget, self.at = budget, at

    @property
    def left(self) -> float:
        """Seconds."""
        return self.at - self._budget.spent

    def check(self) -> None:
        """Raises OutOfTime where the time is over."""
        if self.left <= 0:
            raise OutOfTime


def parse_duration(text: str) -> float | None:
    """Seconds that a text such as `90`, `90s`, `15m` or `1.5h` means; None for `none`.

    Raises:
        InputError: it is no duration, or none above 0.
    """
    if text.strip().lower() == "none":
        return None
    match = _WRITTEN.fullmatch(text.strip().lower())
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if not 0 < seconds < math.inf:
        raise InputError(f"{text!r} is no time to spend: give 90s, 15m, 1.5h or none")
    return seconds
