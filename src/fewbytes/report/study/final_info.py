"""final_info.json: the format of the study that this project grew from, for its readers.

For each run (a codec, view and model) `{DATASET: {"means": {...}, "stderrs": {...}}}`, accuracies
in per cent and times in seconds, as that study wrote them. All else here counts in fractions.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from fewbytes.studies.summary import Estimate, Line


def final_info(lines: Sequence[Line], dataset: str) -> str:
    """The file's content, a run under its label. A standard error of one seed is null."""
    runs = {line.label: {dataset: _run(line)} for line in lines}
    return json.dumps(runs, indent=2, ensure_ascii=False) + "\n"


def _run(line: Line) -> dict[str, Any]:
    measured: dict[str, tuple[Estimate, float]] = {
        "best_val_acc": (line.best_val_accuracy, 100),
        "test_acc": (line.test_accuracy, 100),
        "total_train_time": (line.train_seconds, 1),
    }
    return {
        "means": {f"{name}_mean": unit * e.mean for name, (e, unit) in measured.items()},
        "stderrs": {
            f"{name}_stderr": None if math.isnan(e.stderr) else unit * e.stderr
            for name, (e, unit) in measured.items()
        },
    }
