"""One cell: its training, its row and its arrays; where it fails, a row that says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import FewbytesError, InputError, OutputError, first_line
from fewbytes.learn import Judged, Trained, Watcher
from fewbytes.measures import rate
from fewbytes.measures.information.label_information import label_entropy
from fewbytes.measures.information.network_information import network_information
from fewbytes.measures.measurement import Measurement
from fewbytes.studies.config import StudyConfig
from fewbytes.studies.grid import Cell
from fewbytes.studies.prepare import Prepared
from fewbytes.studies.results import Arrays, Row


@dataclass(frozen=True)
class Attempt:
    """What became of a cell."""

    row: Row
    arrays: Arrays
    trained: Trained | None
    """None where it failed."""


def attempt(
    cell: Cell,
    prepared: Prepared,
    config: StudyConfig,
    watcher: Watcher,
    *,
    test: bool = True,
) -> Attempt:
    """Train on a cell's view of its store. With `test`, the test split is read then, once; without,
    it is left alone, and the row's `test_accuracy` is None.

    Raises:
        OutputError: a store cannot be written; all else that goes wrong is the cell's result.
    """
    row: Row = {
        "dataset": cell.dataset,
        "codec": cell.codec,
        "view": cell.view,
        "model": cell.model,
        "seed": cell.seed,
        "cell": cell.key,
    }
    try:
        judged = prepared.judge(
            cell.view, cell.model, config.recipe, watcher, config.train_images,
            config.validation_share,
        )  # fmt: skip
        found, arrays = _found(judged, prepared, config)
        if test:
            trained = judged.trained
            predictions, accuracy = prepared.test(trained.network, cell.view, trained.device)
            found["test_accuracy"] = accuracy
            arrays["test_predictions"] = as_classes(predictions, prepared)
    except OutputError:
        raise
    except Exception as error:  # whatever a plug-in or a model raises is this cell's result
        said = first_line(error)
        if not said or not isinstance(error, FewbytesError):
            said = f"{type(error).__name__}: {said}"
        return Attempt({**row, "status": "failed", "reason": said}, {}, None)
    return Attempt({**row, "status": "ok", "reason": "", **found}, arrays, judged.trained)


def as_classes(predictions: NDArray[np.int64], prepared: Prepared) -> NDArray[Any]:
    """Predicted classes in as few bytes as they fit."""
    return predictions.astype(np.min_scalar_type(prepared.store.manifest.classes))


def _found(
    judged: Judged, prepared: Prepared, config: StudyConfig
) -> tuple[Row, dict[str, NDArray[Any]]]:
    trained, history, counted = judged.trained, judged.trained.history, rate(prepared.store)
    classes = prepared.store.manifest.classes
    # a codec that saw the labels of the validation images proves nothing by reading them
    known = None if prepared.codec.supervised else _label_information(judged, classes)
    found: Row = {
        "val_accuracy": history.val_accuracy[-1],
        "best_val_accuracy": max(history.val_accuracy),
        "test_accuracy": None,
        "values_per_image": prepared.store.codec.values_per_image,
        "payload_bytes": counted.payload_bytes,
        "side_bytes": dict(counted.side_bytes),
        "total_bytes": counted.total_bytes,
        "images": counted.images,
        "raw_bytes": counted.raw_bytes,
        "ratio": counted.ratio,
        "train_seconds": trained.seconds,
        **prepared.seconds,
        "parameters": trained.parameters,
        "epochs": config.recipe.epochs,
        "train_images": trained.inputs,
        "lossy": prepared.codec.lossy,
        "supervised": prepared.codec.supervised,
        "classes": classes,
        "label_bits": known and known.low,
        "label_entropy": known and label_entropy(judged.val_labels, classes=classes).value,
        "mse": prepared.squared_error,
    }
    arrays: dict[str, NDArray[Any]] = {
        "train_loss": np.asarray(history.train_loss, np.float32),
        "val_loss": np.asarray(history.val_loss, np.float32),
        "val_accuracy": np.asarray(history.val_accuracy, np.float32),
        "val_numbers": judged.val_numbers,
        "val_right": judged.val_predictions == judged.val_labels,
    }
    return found, arrays


def _label_information(judged: Judged, classes: int) -> Measurement | None:
    """What the network proves that its inputs say of the label, from the validation images; None
    where they are too few.
    """
    try:
        return network_information(judged.trained.val_logits, judged.val_labels, classes=classes)
    except InputError:
        return None
