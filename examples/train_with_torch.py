"""A store, a network and a plain torch loop.

python examples/train_with_torch.py [--small]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import torch
from torch import nn

import fewbytes as fb


def main(small: bool) -> None:
    """Train a small network, interrupt it in the middle of an epoch, and let it go on."""
    with tempfile.TemporaryDirectory() as folder:
        codec = "downsample:16:antialias=true | uint8 | zstd"
        store = fb.compress("mnist", Path(folder) / "mnist.fb", codec=codec)
        network = nn.Sequential(nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 10))
        optimizer = torch.optim.Adam(network.parameters(), 1e-3)

        # The three lines: an order by (seed, epoch), views made a batch at a time.
        batches = store["train"].batches(512, view="code", shuffle=True, seed=0)
        for epoch in range(1 if small else 4):
            for x, y in batches:
                loss = nn.functional.cross_entropy(network(x / 255), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            print(f"epoch {epoch}: last loss {loss.item():.3f}")

        # A training that is cut off saves where it stood, and goes on there.
        for number, _ in enumerate(batches):
            if number == 9:
                saved = batches.state_dict()
                break
        again = store["train"].batches(512, view="code", shuffle=True, seed=0)
        again.load_state_dict(saved)
        print(f"{sum(1 for _ in again)} of {len(again)} batches were left of that epoch")

        # For a loader of one's own:
        dataset = store["train"].dataset(view="code")
        loader = torch.utils.data.DataLoader(dataset, 512, shuffle=True, collate_fn=dataset.collate)
        x, y = next(iter(loader))
        print(f"a DataLoader's batch: {tuple(x.shape)} {x.dtype}, labels {tuple(y.shape)}")

        right = [
            (network(x / 255).argmax(1) == y).float().mean()
            for x, y in store["test"].batches(1000, view="code")
        ]
        print(f"test: {100 * float(torch.stack(right).mean()):.1f} %")


if __name__ == "__main__":
    main("--small" in sys.argv[1:])
