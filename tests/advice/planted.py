"""Searches whose truth is planted: what codecs weigh and lose is written down, and time is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from fewbytes.advice.advised import Advised
from fewbytes.advice.budget import Budget, Deadline
from fewbytes.advice.journal import Journal
from fewbytes.advice.ladder import Family
from fewbytes.advice.noted import Noted
from fewbytes.advice.paired import Judgement
from fewbytes.advice.question import Question
from fewbytes.advice.search import Search, Set
from fewbytes.advice.trials import CoderSpeed, Effort, Trial
from fewbytes.advice.watch import SilentAdvice
from fewbytes.measures import Rate
from fewbytes.studies.config import RAW, StudyConfig
from fewbytes.studies.grid import Cell
from fewbytes.studies.results import Row

IMAGES, VALIDATED, SHAPE = 10_000, 2_000, (28, 28, 1)

FAMILIES = (
    Family("good", "jpeg:{knob}", (90, 80, 70, 60, 50, 40, 30, 20, 10)),
    Family("heavy", "webp:{knob}", (90, 80, 70)),
)


class Clock:
    """Time that passes where it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Truth:
    """Bytes an image and accuracy lost (a fraction) of a codec."""

    weighs: Callable[[str], float]
    loses: Callable[[str], float]


def by_quality(codec: str) -> float:
    """The knob of a planted codec; 0 for what has none."""
    word = codec.split(" | ")[-1]
    name, _, value = word.partition(":")
    return float(value) if name in ("jpeg", "webp") else 0.0


def weighs(codec: str) -> float:
    """JPEG weighs its quality in bytes, WebP ten times as much; what is lossless, 500."""
    name = codec.split(" | ")[-1].split(":")[0]
    return {"jpeg": 1.0, "webp": 10.0}.get(name, 0.0) * by_quality(codec) or 500.0


@dataclass
class PlantedBench:
    """Trials that show the truth, each in ten seconds."""

    truth: Truth
    clock: Clock
    tried: list[str] = field(default_factory=list)

    def weigh(self, codec: str) -> float:
        return self.truth.weighs(codec)

    def attempt(self, codec: str, effort: Effort, deadline: Deadline, seed: int = 0) -> Trial:
        deadline.check()
        self.clock.now += 10
        self.tried.append(codec)
        missed = round(4000 * (0.02 + self.truth.loses(codec)))
        return Trial(codec, effort, 4000, frozenset(range(missed)))

    def epoch_seconds(self) -> float:
        return 4.0

    def coder_speed(self) -> CoderSpeed:
        return CoderSpeed(0.01)


class PlantedConfirmation:
    """Trainings that lose what is planted, with the luck of images, each in twenty seconds."""

    def __init__(self, truth: Truth, clock: Clock, config: StudyConfig) -> None:
        self.truth, self.clock, self.config = truth, clock, config
        self.rows: dict[str, Row] = {}
        self.trained: list[tuple[str, int]] = []
        self.tested: list[str] = []
        self.stop_after: int | None = None
        self.longest = self.fitting = 0.0

    def begin(self, config: StudyConfig) -> None:
        self.config = config

    def named(self, codec: str, seed: int) -> Cell:
        return Cell("planted", codec, "image", "cnn", seed)

    def weigh(self, codec: str, deadline: Deadline) -> Rate:
        deadline.check()
        total = round(self.truth.weighs(codec) * IMAGES) if codec != RAW else 785 * IMAGES
        return Rate(IMAGES, 785 * IMAGES, total, {})

    def train(self, codec: str, seed: int, deadline: Deadline) -> tuple[Row, float]:
        assert not self.tested, "a training after the test split was read"
        cell = self.named(codec, seed)
        if cell.key not in self.rows:
            if self.stop_after is not None and len(self.trained) >= self.stop_after:
                raise KeyboardInterrupt
            deadline.check()
            self.clock.now += 20
            deadline.check()
            self.trained.append((codec, seed))
            rate = self.weigh(codec, deadline)
            self.rows[cell.key] = {
                "cell": cell.key, "status": "ok", "images": IMAGES, "raw_bytes": rate.raw_bytes,
                "payload_bytes": rate.payload_bytes, "side_bytes": {},
                "val_accuracy": self.judgement(codec, seed).accuracy, "train_seconds": 20.0,
                "test_accuracy": None,
            }  # fmt: skip
        return self.rows[cell.key], 20.0

    def judgement(self, codec: str, seed: int) -> Judgement:
        """The images that raw has wrong are wrong for all; a codec has others wrong beside."""
        rng = np.random.default_rng(seed)
        draws = rng.random(VALIDATED)
        right = draws > 0.02 + (0.0 if codec == RAW else self.truth.loses(codec))
        return Judgement(np.arange(VALIDATED), right)

    def read_test(self, codec: str, seeds: int) -> list[float]:
        self.tested.append(codec)
        return [0.98 - self.truth.loses(codec)] * seeds

    def forget(self, codec: str) -> None:
        pass


@dataclass
class Planted:
    """A search over planted codecs in a folder."""

    folder: Path
    loses: Callable[[str], float]
    question: Question = field(default_factory=lambda: Question(max_loss=1.0))
    budget: float | None = None
    rows: dict[str, Row] = field(default_factory=dict)
    stop_after: int | None = None
    seems: Callable[[str], float] | None = None
    """What trials show; None: the truth."""

    def run(self) -> tuple[Advised, PlantedConfirmation, PlantedBench]:
        """Run it; a KeyboardInterrupt leaves `rows` for the next."""
        clock, truth = Clock(), Truth(weighs, self.loses)
        journal = Journal(self.folder, self.question.asked())
        budget = Budget(self.budget, journal.spent, clock)
        bench = PlantedBench(Truth(weighs, self.seems or self.loses), clock)
        config = StudyConfig("planted", (RAW,), seeds=self.question.seeds or 3)
        confirmation = PlantedConfirmation(truth, clock, config)
        confirmation.rows = self.rows
        confirmation.stop_after = self.stop_after
        known = Set("planted", SHAPE, IMAGES, 8000, 8000 - VALIDATED, 0, ())
        search = Search(
            self.question, known, Noted(bench, journal, budget), confirmation, journal, budget,  # type: ignore[arg-type]
            SilentAdvice(),
        )  # fmt: skip
        return search.run(), confirmation, bench


def spent_apart(advised: Advised) -> Advised:
    """Without the time it took."""
    return replace(advised, spent=0.0)
