"""A store and a Lightning module: batches are given to the trainer as they are.

pip install lightning
python examples/train_with_lightning.py [--small]
"""

from __future__ import annotations

import logging
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import lightning
import torch
from torch import nn

import fewbytes as fb


class Classifier(lightning.LightningModule):
    """One hidden layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 10))

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> torch.Tensor:
        """The loss of a batch as the store gives it."""
        x, y = batch
        return nn.functional.cross_entropy(self.layers(x / 255), y)

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> None:
        """Accuracy."""
        x, y = batch
        self.log(
            "accuracy", (self.layers(x / 255).argmax(1) == y).float().mean(), batch_size=len(y)
        )

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam."""
        return torch.optim.Adam(self.parameters(), 1e-3)


def main(small: bool) -> None:
    """Train and test."""
    with tempfile.TemporaryDirectory() as folder:
        codec = "downsample:16:antialias=true | uint8 | zstd"
        store = fb.compress("mnist", Path(folder) / "mnist.fb", codec=codec)
        quiet: dict[str, Any] = {
            "accelerator": "cpu", "logger": False, "enable_checkpointing": False,
            "enable_progress_bar": False, "enable_model_summary": False,
        }  # fmt: skip

        # The three lines.
        batches = store["train"].batches(512, view="code", shuffle=True, seed=0)
        trainer = lightning.Trainer(max_epochs=1 if small else 4, **quiet)
        trainer.fit(model := Classifier(), batches)

        found = trainer.validate(model, store["test"].batches(1000, view="code"), verbose=False)
        print(f"test: {100 * found[0]['accuracy']:.1f} %")


if __name__ == "__main__":
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    main("--small" in sys.argv[1:])
