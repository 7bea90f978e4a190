"""A store and the Hugging Face Trainer.

pip install 'transformers[torch]'
python examples/train_with_huggingface.py [--small]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import torch
from torch import nn
from transformers import Trainer, TrainingArguments

import fewbytes as fb


class Classifier(nn.Module):
    """One hidden layer; gives the loss too, as the Trainer asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, pixels: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """Loss and logits of a batch."""
        logits = self.layers(pixels / 255)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def main(small: bool) -> None:
    """Train and test."""
    with tempfile.TemporaryDirectory() as folder:
        codec = "downsample:16:antialias=true | uint8 | zstd"
        store = fb.compress("mnist", Path(folder) / "mnist.fb", codec=codec)
        arguments = TrainingArguments(
            f"{folder}/out", per_device_train_batch_size=512, per_device_eval_batch_size=1000,
            max_steps=100 if small else 500, learning_rate=1e-3, save_strategy="no",
            report_to="none", remove_unused_columns=False, label_names=["labels"],
            disable_tqdm=True, logging_strategy="no", use_cpu=True, dataloader_pin_memory=False,
        )  # fmt: skip

        # The three lines: a whole batch comes at once, the collator gives it its names.
        dataset = store["train"].dataset(view="code")
        collator = lambda batch: dict(zip(("pixels", "labels"), batch, strict=True))  # noqa: E731
        trainer = Trainer(Classifier(), arguments, data_collator=collator, train_dataset=dataset)

        trainer.train()
        found = trainer.predict(store["test"].dataset(view="code"))
        right = (found.predictions.argmax(1) == found.label_ids).mean()
        print(f"test: {100 * right:.1f} %")


if __name__ == "__main__":
    main("--small" in sys.argv[1:])
