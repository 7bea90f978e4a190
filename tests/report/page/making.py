"""A run folder made by hand: what a study writes, without a training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.finding import Claim, Finding, Trial
from fewbytes.measures.measurement import Measurement
from fewbytes.report.page.reading import Contents
from fewbytes.studies.config import RAW, StudyConfig
from fewbytes.studies.machine import note_machine
from fewbytes.studies.results import RunFolder
from fewbytes.studies.samples import SAMPLES, Samples, file_of
from fewbytes.studies.summary import summarise
from tests.studies.test_summary import row

SMALL, MIDDLE = "downsample:4 | uint8 | zstd", "dct:8 | uniform:8 | zstd"
SEEDS = 3
ACCURACIES = {
    RAW: (0.990, 0.991, 0.992),
    SMALL: (0.970, 0.975, 0.968),
    MIDDLE: (0.9895, 0.9905, 0.9914),
}
BYTES = {RAW: 78_500, SMALL: 1000, MIDDLE: 9000}
SIDE = 6
TESTED = 10_000
"""Test images."""


def finished(codec: str, seed: int, accuracy: float, **more: Any) -> dict[str, Any]:
    """A row as a study writes it."""
    total = more.pop("total_bytes", BYTES.get(codec, 5000))
    found = row(codec, seed, accuracy, total_bytes=total, ratio=78_500 / total, **more)
    return {"dataset": "digits", "reason": "", **found, "cell": more.get("cell", key(codec, seed))}


def key(codec: str, seed: int) -> str:
    """A name of a cell."""
    return f"{sum(codec.encode()):06d}{seed}"


def failed(codec: str, reason: str) -> dict[str, Any]:
    """A row of a cell that failed."""
    return {
        "dataset": "digits", "codec": codec, "view": "image", "model": "cnn", "seed": 0,
        "cell": "failed" + key(codec, 0), "status": "failed", "reason": reason,
    }  # fmt: skip


def rows() -> list[dict[str, Any]]:
    """Three codecs with three paired seeds."""
    return [
        finished(codec, seed, accuracy)
        for codec, accuracies in ACCURACIES.items()
        for seed, accuracy in enumerate(accuracies)
    ]


def write_run(path: Path, written: list[dict[str, Any]], codecs: tuple[str, ...] = ()) -> Path:
    """A run folder with these rows, their curves, and pictures of every codec."""
    rng = np.random.default_rng(0)
    config = StudyConfig("mnist", codecs or (SMALL, MIDDLE), seeds=SEEDS)
    with RunFolder.open(path, config.to_toml()) as folder:
        note_machine(path)
        for one in written:
            curves = {
                "test_predictions": predictions(one.get("test_accuracy") or 0.0),
                "train_loss": rng.random(75).astype(np.float32) + 0.1,
                "val_loss": rng.random(4).astype(np.float32) + 0.1,
            }
            folder.append(one, one["cell"], curves if one["status"] == "ok" else {})
        for codec in {one["codec"] for one in written if one["status"] == "ok"}:
            folder.write_arrays(f"{SAMPLES}/{file_of(path, codec).name}", samples(codec).arrays())
    return path


def predictions(accuracy: float) -> NDArray[np.uint8]:
    """Of test images that are all of class 0: the better network has right what the worse has."""
    return (np.arange(TESTED) >= round(accuracy * TESTED)).astype(np.uint8)


def contents_of(written: list[dict[str, Any]]) -> Contents:
    """Rows as a run, without a folder."""
    kept: dict[str, Mapping[str, NDArray[Any]]] = {
        row["cell"]: {"test_predictions": predictions(row["test_accuracy"])} for row in written
    }
    return Contents(Path(), written, summarise(written), curves=kept)


def samples(codec: str) -> Samples:
    """Pictures of four classes; exact for the raw images."""
    rng = np.random.default_rng(1)
    originals = rng.integers(0, 256, (4, SIDE, SIDE, 1), dtype=np.uint8)
    decoded = originals if codec == RAW else np.clip(originals, 40, 200).astype(np.uint8)
    return Samples(originals, decoded, np.arange(4), np.arange(4) * 7, (), (SIDE, SIDE))


def measure_rows() -> list[dict[str, Any]]:
    """Two measures of one store, as `fewbytes measure --out` writes them."""
    found = [
        Measurement("psnr", "dB", 21.5, 21.0, 22.0, 500, "", ""),
        Measurement("entropy.record", "bits", None, 8.0, 40.0, 500, "", "").doubted("too few"),
        Measurement.unavailable("ssim", "", "images are too small"),
    ]
    return [{"store": "a.fb", "codec": SMALL, "split": "train", **one.row()} for one in found]


def audit_rows() -> list[dict[str, Any]]:
    """An attack that discloses, and one whose control failed."""

    def trial(low: float, high: float) -> Trial:
        figure = Measurement("rank", "share", (low + high) / 2, low, high, 500, "", "")
        chance = Measurement("chance", "share", 0.01, 0.01, 0.01, 500, "", "")
        return Trial(figure, chance)

    claim = Claim("Record recognised", "share", "Recognised: {value}.", "Not: {value}.", "Anyone.")
    good = Finding("linkage.rank_1", claim, trial(0.8, 0.9), trial(1, 1), trial(0.005, 0.02))
    bad = Finding("linkage.broken", claim, trial(0.7, 0.8), trial(1, 1), trial(0.5, 0.6))
    about = {"store": "a.fb", "codec": SMALL, "split": "train", "seed": 0, "records": 500}
    return [{**about, **one.row()} for one in (good, bad)]


def write_evidence(run: Path) -> None:
    """Measures in the run folder, an audit one level below."""
    (run / "measures.json").write_text(json.dumps(measure_rows()))
    (run / "audited").mkdir(exist_ok=True)
    (run / "audited" / "audit.json").write_text(json.dumps(audit_rows()))


def drawn_from(spec: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    """The data of the layer of a plot that draws marks of a kind."""
    (layer,) = (one for one in spec["layer"] if one["mark"]["type"] == mark)
    name = layer.get("data", spec.get("data"))["name"]
    found: list[dict[str, Any]] = spec["datasets"][name]
    return found
