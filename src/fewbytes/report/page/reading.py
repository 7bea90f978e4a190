"""What a run folder holds, read with distrust: whoever made it, every text in it is only shown.

What is missing or damaged beside the results is a note on the page. Results that cannot be read
are an error: figures drawn from half of them would mislead.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError, StudyError
from fewbytes.studies.config import StudyConfig
from fewbytes.studies.machine import Machine, read_machines
from fewbytes.studies.results import CONFIG, RESULTS, Row, read_cell, read_rows
from fewbytes.studies.samples import SAMPLES, Samples, read_samples
from fewbytes.studies.summary import Line, summarise

ADVICE, MEASURES, AUDIT = "advice.json", "measures.json", "audit.json"

LARGEST_SIDECAR = 64 << 20
"""Bytes of a JSON file that is read, at most."""

LARGEST_FIGURE = 1e18
"""Beyond all bytes and seconds that a study comes to; NaN is beyond it too."""

_TEXTS = ("dataset", "codec", "view", "model", "cell", "status", "reason")
_SHARES = ("val_accuracy", "best_val_accuracy", "test_accuracy")
_COUNTS = ("values_per_image", "payload_bytes", "total_bytes", "images", "parameters")
_FIGURES = (*_SHARES, "ratio", "train_seconds")
_OPTIONAL = ("label_bits", "label_entropy", "classes", "mse")

Found = TypeVar("Found")


@dataclass
class Contents:
    """A run folder, read."""

    path: Path
    rows: list[Row]
    lines: list[Line]
    """The raw images first, then by rising bytes."""
    config: StudyConfig | None = None
    config_text: str = ""
    curves: dict[str, Mapping[str, NDArray[Any]]] = field(default_factory=dict)
    """Arrays of each cell whose file is there, by the cell's key."""
    samples: dict[str, Samples] = field(default_factory=dict)
    """By codec."""
    machines: list[Machine] = field(default_factory=list)
    advice: Mapping[str, Any] | None = None
    measures: list[dict[str, Any]] = field(default_factory=list)
    audits: list[dict[str, Any]] = field(default_factory=list)
    judged_on: str = "test"
    """Which images the lines' accuracies are of: "validation" where a search has not read the test
    split for all of them.
    """
    unfinished: list[str] = field(default_factory=list)
    """Cells that the configuration asks for and no row stands for."""
    notes: list[str] = field(default_factory=list)
    """What is missing or damaged, a sentence each."""

    @property
    def failed(self) -> list[Row]:
        return [row for row in self.rows if row["status"] != "ok"]

    @property
    def images(self) -> int:
        """Of the set, all splits together; 0 where no cell came to an end."""
        return next((int(row["images"]) for row in self.rows if row["status"] == "ok"), 0)

    @property
    def dataset(self) -> str:
        """The data set's name, without the folders that lead to it."""
        return Path(self.rows[0]["dataset"]).name or str(self.rows[0]["dataset"])


def read_run(path: Path, measures: Iterable[Path] = (), audits: Iterable[Path] = ()) -> Contents:
    """Everything that is known of a study. Measures and audits are those at the given paths, or
    where none is given, those in the folder and one level below it.

    Raises:
        StudyError: no study, one without results, or results that are damaged.
        InputError: a file of measures or of an audit that was asked for cannot be read.
    """
    if not path.is_dir():
        what = "a file, not the folder of a study" if path.exists() else "no such folder"
        raise StudyError(f"{path}: {what}; give the folder that fewbytes study wrote")
    if not (path / RESULTS).is_file():
        raise StudyError(f"{path}: no study here: {RESULTS} is missing")
    try:
        rows = read_rows(path)
    except RecursionError as error:
        raise StudyError(f"{path / RESULTS}: a row is damaged: nested too deep") from error
    if not rows:
        raise StudyError(
            f"{path / RESULTS}: no cell of the study is finished yet; run fewbytes study first"
        )
    for row in rows:
        _check_row(row, path)
    unread = any(row["status"] == "ok" and row["test_accuracy"] is None for row in rows)
    judged = [{**row, "test_accuracy": row.get("val_accuracy")} if unread else row for row in rows]
    run = Contents(path, rows, _ordered(summarise(judged)))
    run.judged_on = "validation" if unread else "test"
    _read_config(run)
    _read_curves(run)
    _read_pictures(run)
    run.machines = _attempt(run, lambda: read_machines(path)) or []
    if (path / ADVICE).is_file():
        found = _attempt(run, lambda: _json(path / ADVICE))
        run.advice = found if isinstance(found, dict) else None
    run.measures = _evidence(run, MEASURES, list(measures), "measure")
    run.audits = _evidence(run, AUDIT, list(audits), "attack")
    return run


def _check_row(row: Row, path: Path) -> None:
    """Raise StudyError where a row lacks a field, or a field is of the wrong kind."""
    where = f"{path / RESULTS}: the row of cell {row['cell']!r}"
    figures = (*_COUNTS, *_FIGURES) if row["status"] == "ok" else ()
    for name in (*_TEXTS, "seed", *figures):
        if name == "test_accuracy" and name in row and row[name] is None:
            continue  # of a search, which reads the test split for its answer alone
        fits = isinstance(row.get(name), str) if name in _TEXTS else _is_number(row.get(name))
        if not fits:
            said = f"has {str(row[name])[:40]!r} for" if name in row else "lacks"
            raise StudyError(f"{where} {said} {name}")
    for name in _OPTIONAL:
        if row.get(name) is not None and not _is_number(row[name]):
            raise StudyError(f"{where} has {str(row[name])[:40]!r} for {name}")
    if figures and min(row["images"], row["total_bytes"], row["ratio"]) <= 0:
        raise StudyError(f"{where} holds no bytes")
    if figures and not all(0 <= (row[name] or 0) <= 1 for name in _SHARES):
        raise StudyError(f"{where} has an accuracy that is no fraction")


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -LARGEST_FIGURE < value < LARGEST_FIGURE


def _ordered(lines: list[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (not line.is_raw, line.total_bytes, line.label))


def _read_config(run: Contents) -> None:
    path = run.path / CONFIG
    try:
        run.config_text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        run.notes.append(f"The study's configuration ({CONFIG}) is missing or cannot be read.")
        return
    run.config = _attempt(run, lambda: StudyConfig.from_toml(path))
    if run.config is not None:
        run.unfinished = _unfinished(run, run.config)


def _unfinished(run: Contents, config: StudyConfig) -> list[str]:
    """Cells of codecs that are there, for seeds that are not; and codecs that are not there."""
    there = {(row["codec"], row["view"], row["model"], row["seed"]) for row in run.rows}
    asked = [str(codec) for codec in config.all_codecs()]
    lines = dict.fromkeys(key[:3] for key in there)
    missing = [
        f"{codec} · {view} · {model} · seed {seed}"
        for codec, view, model in lines
        for seed in range(config.seeds)
        if codec in asked and (codec, view, model, seed) not in there
    ]
    known = {codec for codec, _, _ in lines}
    return missing + [f"{codec} · every cell" for codec in asked if codec not in known]


def _read_curves(run: Contents) -> None:
    """The curves of every cell whose file is there and is as long as those of its line."""
    without = 0
    for line in run.lines:
        found = {key: _arrays(run.path, key) for key in line.keys}
        lengths = [_lengths(arrays) for arrays in found.values() if _lengths(arrays)]
        kept = {key: one for key, one in found.items() if _lengths(one) in lengths[:1]}
        run.curves |= kept
        without += len(found) - len(kept)
    if without:
        run.notes.append(
            f"What {without} finished cells kept, curves and predictions, is missing or damaged."
        )


def _arrays(path: Path, key: str) -> Mapping[str, NDArray[Any]]:
    """A cell's arrays; none where its file is missing or damaged."""
    try:
        return read_cell(path, key)
    except StudyError:
        return {}


def _lengths(arrays: Mapping[str, NDArray[Any]]) -> tuple[int, ...]:
    """How many points the curves of a cell have; empty where they are none."""
    curves = [arrays.get(name, np.empty(0)) for name in ("train_loss", "val_loss")]
    if all(one.ndim == 1 and one.size and one.dtype.kind == "f" for one in curves):
        return tuple(map(len, curves))
    return ()


def _read_pictures(run: Contents) -> None:
    """The sample images of every codec that has any."""
    codecs = dict.fromkeys(line.codec for line in run.lines)
    for codec in codecs:
        found = _attempt(run, partial(read_samples, run.path, codec))
        if found is not None:
            run.samples[codec] = found
    if run.lines and not (run.path / SAMPLES).exists():
        run.notes.append(
            "This run kept no sample images, as studies do now, so there are no pictures."
        )
    elif without := len(codecs.keys() - run.samples.keys()):
        run.notes.append(f"Of {without} codecs no sample images are there.")


def _evidence(run: Contents, name: str, given: list[Path], key: str) -> list[dict[str, Any]]:
    """Rows of measures or audits, those that have the field `key`."""
    rows: list[dict[str, Any]] = []
    for path in given or _found(run.path, name):
        try:
            content = _json(path)
            if not isinstance(content, list) or not all(
                isinstance(row, dict) and isinstance(row.get(key), str) for row in content
            ):
                raise StudyError(f"{path}: not what fewbytes writes as {name}")
        except StudyError as error:
            if given:
                raise InputError(str(error)) from error
            run.notes.append(f"{error}; left out.")
            continue
        rows += content
    return rows


def _found(run: Path, name: str) -> list[Path]:
    """Files of a name in the run folder, and in its folders."""
    try:
        return sorted(path for pattern in (name, f"*/{name}") for path in run.glob(pattern))
    except OSError:
        return []


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST_SIDECAR:
            raise StudyError(f"{path}: larger than {LARGEST_SIDECAR >> 20} MiB")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise StudyError(f"{path}: not JSON: {error}") from error


def _attempt(run: Contents, read: Callable[[], Found]) -> Found | None:
    """What is read; where that fails, None and a note."""
    try:
        return read()
    except Exception as error:  # a codec's plug-in that is not installed here, a damaged file
        run.notes.append(f"{error}; left out.")
        return None
