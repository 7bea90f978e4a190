"""Facts planted in a small set and in its stores, and a clean twin that has none of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import fewbytes as fb
from disclosure.check import Check
from fewbytes.audits.finding import Outcome
from fewbytes.types import Dataset, Split

COPIES = 5
TRAIN, TEST = 6_000, 1_000
CODEC = "dct:16 | uniform:8 | zstd"


def planted(folder: Path) -> Iterator[Check]:
    """Five duplicates and a test record in train; two releases under one key."""
    for name, copies, shared in (("planted", COPIES, 1), ("clean", 0, 0)):
        data = made(copies, shared)
        store = fb.compress(data, folder / f"{name}.fb", codec=CODEC, overwrite=True)
        found = fb.audit(store, originals=data, only="uniqueness", records=2_000)
        pairs = found["uniqueness.duplicates"].trial.figure.value
        yield Check(
            f"{name} twin: pairs of equal images in train", f"{pairs:g}", f"{copies} planted",
            pairs == copies,
        )  # fmt: skip
        both = (found["uniqueness.test_in_train"].trial.figure.value or 0.0) * TEST
        yield Check(
            f"{name} twin: test images that are in train", f"{both:g}", f"{shared} planted",
            round(both, 6) == shared,
        )  # fmt: skip
    yield from keys(folder)


def made(copies: int, shared: int) -> Dataset:
    """Some of MNIST, where no image stands twice, with copies at the end of train."""
    mnist = fb.load("mnist")
    images, labels = mnist.train.images[:TRAIN], mnist.train.labels[:TRAIN]
    rows = np.concatenate([np.arange(TRAIN - copies - shared), np.arange(copies)])
    test = mnist.test.take(np.arange(TEST))
    train = Split(
        np.concatenate([images[rows], test.images[:shared]]),
        np.concatenate([labels[rows], test.labels[:shared]]),
    )
    return Dataset("twin", train, test)


def keys(folder: Path) -> Iterator[Check]:
    """Two releases of different images, under one key and under two."""
    mnist = fb.load("mnist")
    parts = [
        Dataset(f"part {i}", mnist.train.take(np.arange(i * TRAIN, (i + 1) * TRAIN)), mnist.test)
        for i in (0, 1)
    ]
    for stage in ("keyed_projection:64", "dct:12 | keyed_permutation"):
        for names, reused in ((("first", "first"), True), (("first", "second"), False)):
            stores = [
                fb.compress(
                    part, folder / f"keyed-{i}.fb", overwrite=True,
                    codec=f"{stage}:key={use_key(name)} | uniform:8 | zstd",
                )
                for i, (part, name) in enumerate(zip(parts, names, strict=True))
            ]  # fmt: skip
            found = fb.audit(
                stores[0], originals=parts[0], other=stores[1], other_originals=parts[1],
                only="keys", records=4_000,
            )["keys.reuse"]  # fmt: skip
            wanted = Outcome.DISCLOSED if reused else Outcome.NOT_SHOWN
            yield Check(
                f"{stage}: two releases under {'one key' if reused else 'two keys'}",
                f"one key {found.outcome}", str(wanted), found.outcome is wanted,
            )  # fmt: skip


def use_key(name: str) -> str:
    """Put a key for experiments, which is no secret, where it is looked for; its name."""
    os.environ[f"FEWBYTES_KEY_{name}"] = hashlib.sha256(name.encode()).hexdigest()
    return name
