"""A bench whose results are noted in a journal, so that none is worked for twice."""

from __future__ import annotations

from fewbytes.advice.budget import Budget, Deadline
from fewbytes.advice.journal import Journal
from fewbytes.advice.trials import Bench, CoderSpeed, Effort, Trial


class Noted:
    """Asks another bench what the journal does not know yet."""

    def __init__(self, bench: Bench, journal: Journal, budget: Budget) -> None:
        self._bench, self._journal, self._budget = bench, journal, budget
        self._weights = {e["codec"]: float(e["bytes"]) for e in journal.all("weight")}
        trials = [(_trial(e), int(e["seed"])) for e in journal.all("trial")]
        self._trials = {(one.codec, one.effort, seed): one for one, seed in trials}

    def weigh(self, codec: str) -> float:
        """See `Bench`."""
        if codec not in self._weights:
            found = self._bench.weigh(codec)
            self._journal.add("weight", self._budget.spent, codec=codec, bytes=found)
            self._weights[codec] = found
        return self._weights[codec]

    def attempt(self, codec: str, effort: Effort, deadline: Deadline, seed: int = 0) -> Trial:
        """See `Bench`."""
        if (codec, effort, seed) not in self._trials:
            found = self._bench.attempt(codec, effort, deadline, seed)
            self._journal.add(
                "trial", self._budget.spent, codec=codec, images=effort.images,
                epochs=effort.epochs, seed=seed, judged=found.judged, missed=sorted(found.missed),
            )  # fmt: skip
            self._trials[codec, effort, seed] = found
        return self._trials[codec, effort, seed]

    def epoch_seconds(self) -> float:
        """See `Bench`."""
        return self._bench.epoch_seconds()

    def coder_speed(self) -> CoderSpeed:
        """See `Bench`."""
        return self._bench.coder_speed()


def _trial(event: dict[str, object]) -> Trial:
    effort = Effort(int(event["images"]), int(event["epochs"]))  # type: ignore[call-overload]
    missed = frozenset(event["missed"])  # type: ignore[call-overload]
    return Trial(str(event["codec"]), effort, int(event["judged"]), missed)  # type: ignore[call-overload]
