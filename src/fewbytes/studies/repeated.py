"""One store, trained on with several seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fewbytes.codecs import Codec
from fewbytes.learn import Tested
from fewbytes.measures import Rate
from fewbytes.studies.summary import Estimate


@dataclass(frozen=True)
class StoreResult:
    """What training on a store gave: one training a seed, and the store's bytes."""

    codec: str
    view: str
    rate: Rate
    runs: tuple[Tested, ...]
    seeds: tuple[int, ...]

    @property
    def test_accuracy(self) -> float:
        """Mean share of the test images whose class is predicted."""
        return self.accuracy.mean

    @property
    def accuracy(self) -> Estimate:
        """Mean and standard error over seeds."""
        return Estimate.of([run.test_accuracy for run in self.runs])

    def rows(self) -> list[dict[str, Any]]:
        """One table row a seed, in the words of results.jsonl."""
        return [
            {
                "codec": self.codec,
                "supervised": Codec.parse(self.codec).supervised,
                "view": self.view,
                "model": run.trained.model,
                "seed": seed,
                "val_accuracy": run.trained.history.val_accuracy[-1],
                "test_accuracy": run.test_accuracy,
                "payload_bytes": self.rate.payload_bytes,
                "total_bytes": self.rate.total_bytes,
                "images": self.rate.images,
                "ratio": self.rate.ratio,
                "train_seconds": run.trained.seconds,
                "parameters": run.trained.parameters,
            }
            for seed, run in zip(self.seeds, self.runs, strict=True)
        ]
