"""Mutated stores: damaged at random, many of them under hashes made to fit.

    python -m tests.store.mutants FOLDER SEED COUNT

makes some stores in FOLDER, makes and reads so many mutants of them, and prints what became of
these as JSON. It runs as a process of its own, since what it looks for may end one: Parquet is read
by native code. So that damage reaches it, the stores are written without Parquet's page checksums,
and blocks without their own.
"""

from __future__ import annotations

import faulthandler
import json
import resource
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from fewbytes import keys
from fewbytes.errors import FewbytesError
from fewbytes.store import Store, blocks, layout, tasks
from fewbytes.store.manifest import BLOCK_DIGEST, MANIFEST, REMARKS, STATE, _sealed, digest
from fewbytes.store.verify import verify
from tests.store.helpers import (
    SECRET,
    MemoryFiles,
    contents,
    made,
    opened,
    read_everything,
    stored,
)

SPECS = [
    "dct:2 | uniform:8",
    "dct:2 | uniform:12 | xz",
    "pca:3 | uniform:3 | zstd",
    "otsu | downsample:3 | threshold | xz",
    "projection:4",
]
ENCRYPTED = ["dct:2 | uniform:8", "pca:3 | uniform:3 | xz"]
"""Of these, no mutant may be read as another thing, whatever its hashes."""

ROOM_BYTES = 256 << 20
"""Of address space that reading a mutant may take, beyond what reading the whole store took."""

MOST_SECONDS = 60
"""A mutant that takes longer hangs."""

NONSENSE: list[Any] = [
    None, True, 0, 1, -1, 7, 255, 256, 65536, 1 << 31, (1 << 31) - 1, 1 << 32, 1 << 40,
    (1 << 62) + 1, (1 << 63) - 1, 1 << 63, -(1 << 63), 1 << 64, 10**30, 0.5, 1e300, "", "x",
    "train", "..", "/etc/passwd", "data/../..", "a\0b", "\ud800", "\u202e", "x" * 5000,
    [], {}, [[]], [1], [0, 0, 0],
    [1, 1, 1], [-1, 4, 4], [4, 4, 1 << 40], [1 << 31, 1 << 31, 1], [1 << 20, 1 << 20, 3], [4, 4],
    [4, 4, 2], [100_000, 100_000, 1], {"x": 1}, {"bytes": 1},
    "identity | float32 | raw", "dct:2 | uniform:8 | raw",
    "dct:999999 | uniform:8 | raw", "projection:3 | float32 | raw", "jpeg:30", "|", "identity",
    "pca:1 | uniform:16 | xz", "otsu | threshold | bitpack", "records", "blocks",
]  # fmt: skip

Changed = tuple[dict[str, bytes], bool]
"""The files of a mutant, and whether its hashes were made to fit."""


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Bytes replaced, inserted, removed or repeated, a few or many, in one place or several."""
    changed = bytearray(content)
    for _ in range(int(rng.integers(1, 5))):
        place = int(rng.integers(0, len(changed) + 1))
        run = int(rng.choice([1, 1, 1, 2, 4, 8, 40]))
        kind = rng.integers(0, 6)
        if kind == 0:
            changed[place : place + run] = rng.bytes(min(run, len(changed) - place))
        elif kind == 1:
            changed[place:place] = rng.bytes(run)
        elif kind == 2:
            del changed[place : place + run]
        elif kind == 3:
            changed[place:place] = changed[max(0, place - run) : place]
        elif kind == 4 and place < len(changed):
            changed[place] ^= 1 << int(rng.integers(0, 8))
        elif place < len(changed):
            changed[place] = int(rng.choice([0, 1, 0x7F, 0x80, 0xFF]))
    return bytes(changed)


def raw(files: dict[str, bytes], rng: np.random.Generator) -> Changed:
    """Any file, damaged."""
    name = str(rng.choice(sorted(files)))
    return {**files, name: damaged(files[name], rng)}, False


def manifest(files: dict[str, bytes], rng: np.random.Generator) -> Changed:
    """A value of the manifest, or several, replaced by nonsense, under a seal that fits."""
    table = unsealed(files)
    for _ in range(int(rng.integers(1, 4))):
        nodes = list(places(table))
        if rng.random() < 0.4:
            nodes = [(holder, key) for holder, key in nodes if holder is table]
        holder, key = nodes[int(rng.integers(0, len(nodes)))]
        value = NONSENSE[int(rng.integers(0, len(NONSENSE)))]
        change = rng.integers(0, 8)
        if change == 0:
            del holder[key]
        elif change == 1 and isinstance(holder, list):
            holder.insert(key, holder[key])
        elif change == 2 and isinstance(holder, dict):
            holder[str(value)] = holder.pop(key)
        elif change == 3 and isinstance(holder[key], int):
            holder[key] += int(rng.choice([-1, 1, 64, -64, 1 << 16, 1 << 31]))
        else:
            holder[key] = value
    if rng.random() < 0.05:
        deep = b"[" * 100_000 + b"]" * 100_000
        return {**files, MANIFEST: b'{"codec":' + deep + b',"sha256":"' + b"0" * 64 + b'"}\n'}, True
    return {**files, MANIFEST: _sealed(table)}, True


def state(files: dict[str, bytes], rng: np.random.Generator) -> Changed:
    """Another state, or other remarks, under hashes that fit."""
    if rng.random() < 0.2:
        return resealed({**files, REMARKS: damaged(files[REMARKS], rng) or b"\xff"})
    content = files.get(STATE, b"")
    kind = rng.integers(0, 3)
    if not content or kind == 0 or "encryption" in unsealed(files):
        return resealed({**files, STATE: damaged(content, rng) or b"\0"})
    tensors = load_tensors(content)
    name = str(rng.choice(sorted(tensors)))
    tensor = tensors[name]
    changes: list[Callable[[], torch.Tensor | None]] = [
        lambda: None,
        lambda: tensor.flatten()[:-1].clone(),
        lambda: tensor.flatten().clone(),
        lambda: torch.zeros(0),
        lambda: torch.tensor(3),
        lambda: tensor[None].clone(),
        lambda: torch.cat([tensor.flatten()] * 3),
        lambda: tensor.to(torch.int64),
        lambda: tensor.to(torch.float64),
        lambda: tensor.to(torch.bool),
        lambda: tensor.to(torch.bfloat16),
        lambda: torch.full_like(tensor.float(), float("nan")),
        lambda: torch.full_like(tensor.float(), 1e38),
        lambda: torch.full_like(tensor.float(), -float("inf")),
        lambda: torch.full(tensor.shape, -5, dtype=torch.int64),
        lambda: torch.full(tensor.shape, 1 << 62, dtype=torch.int64),
        lambda: tensor.to(torch.complex64),
    ]
    other = changes[int(rng.integers(0, len(changes)))]()
    del tensors[name]
    if other is not None:
        names = [name, name, name, "0." + name, "9.mean", "x", "1.", ".mean", "-1.mean"]
        tensors[str(rng.choice(names))] = other.contiguous()
    return resealed({**files, STATE: save_tensors(tensors) if tensors else b"\0"})


def consistent(files: dict[str, bytes], rng: np.random.Generator) -> Changed:
    """A damaged shard under hashes that fit, so that the Parquet reader and the coder see it."""
    shards = [name for name in sorted(files) if name.endswith(".parquet")]
    name = str(rng.choice(shards))
    table = unsealed(files)
    entry = table["files"][name]
    content = bytearray(files[name])
    footer = len(content) - entry["footer_bytes"]
    spans = [(footer, len(content))]
    for _, offset, code, rest, *_ in entry["blocks"]:
        spans += [(offset, offset + code), (offset + code, offset + code + rest)]
        spans += [(offset, offset + 40), (offset + code, offset + code + 40)]  # page headers
    start, stop = spans[int(rng.integers(0, len(spans)))]
    part = damaged(bytes(content[start:stop]), rng)
    if rng.random() < 0.8:  # keep the places of all else
        part = part[: stop - start].ljust(stop - start, b"\0")
    content[start:stop] = part
    if start == footer:
        entry["footer_bytes"] = len(content) - footer
    return resealed({**files, name: bytes(content), MANIFEST: _sealed(table)})


def both(files: dict[str, bytes], rng: np.random.Generator) -> Changed:
    """A damaged shard, or another state, and nonsense in the manifest."""
    changed, _ = (consistent, state)[int(rng.integers(0, 2))](files, rng)
    return manifest(changed, rng)


KINDS = {"raw": raw, "manifest": manifest, "state": state, "consistent": consistent, "both": both}


def unsealed(files: dict[str, bytes]) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(files[MANIFEST])
    del table["sha256"]
    return table


def places(value: Any) -> Any:
    """Every (holder, key) in a tree of lists and tables."""
    keys = range(len(value)) if isinstance(value, list) else list(value)
    for key in keys:
        yield value, key
        if isinstance(value[key], (list, dict)):
            yield from places(value[key])


def resealed(files: dict[str, bytes]) -> Changed:
    """The files with a manifest whose lengths and hashes are theirs."""
    table = unsealed(files)
    for name, content in files.items():
        if name == MANIFEST:
            continue
        entry = table["files"].setdefault(name, {})
        entry["bytes"], entry["sha256"] = len(content), digest(content)
        if "footer_bytes" in entry:
            entry["footer_digest"] = digest(content[-entry["footer_bytes"] :], BLOCK_DIGEST)
        for block in entry.get("blocks", ()):
            _, offset, code, rest, *_ = block
            block[4] = digest(content[offset : offset + code], BLOCK_DIGEST)
            block[5] = digest(content[offset + code : offset + code + rest], BLOCK_DIGEST)
    return {**files, MANIFEST: _sealed(table)}, True


def read(files: dict[str, bytes], expected: bytes, fits: bool) -> str:
    """What becomes of whoever reads these files: refused, or read; as another thing than what was
    written only where hashes were made to fit, and no key is needed to write what was changed.
    """
    outcomes = set()
    for way in (_checked, _everything, _from_afar, _trained):
        try:
            found = way(files)
        except FewbytesError as error:
            if "\n" in str(error):
                raise AssertionError(f"more than a line: {error}") from error
            outcomes.add("refused")
        else:
            outcomes.add("read")
            assert fits or found in (b"", expected), "read, and another thing than was written"
    return outcomes.pop() if len(outcomes) == 1 else "refused in part"


def _checked(files: dict[str, bytes]) -> bytes:
    faults = [checked.fault for checked in verify(MemoryFiles(files)) if checked.fault]
    if faults:
        raise FewbytesError(faults[0].replace("\n", " "))
    return b""


def _everything(files: dict[str, bytes]) -> bytes:
    return summary(read_everything(opened(files)))


def _from_afar(files: dict[str, bytes]) -> bytes:
    return summary(read_everything(opened(files, near=False)))


def _trained(files: dict[str, bytes]) -> bytes:
    store = Store(MemoryFiles(files))
    for split in store.splits.values():
        for view in ("image", "code"):
            for x, y in split.batches(8, view=view, shuffle=True, memory=0):
                assert len(x) == len(y)
    return b""


def summary(found: dict[str, Any]) -> bytes:
    digests = [digest(a.tobytes()) for a in found.values() if isinstance(a, np.ndarray)]
    return " ".join(digests).encode()


def main() -> None:
    folder, seed, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    stores = [contents(path) for path in made_stores(folder)]
    expected = [_everything(files) for files in stores]
    encrypted = ["encryption" in unsealed(files) for files in stores]
    for files in stores:
        _checked(files), _trained(files)
    limit_memory()
    outcomes, failures = Counter[str](), list[str]()
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        which, kind = number % len(stores), list(KINDS)[int(rng.integers(0, len(KINDS)))]
        print(number, kind, file=sys.stderr, flush=True)
        faulthandler.dump_traceback_later(MOST_SECONDS, exit=True)
        try:
            files, fits = KINDS[kind](stores[which], rng)
            outcomes[f"{kind}: {read(files, expected[which], fits and not encrypted[which])}"] += 1
        except BaseException:
            failures.append(f"{number} {kind}\n{traceback.format_exc()}")
            outcomes[f"{kind}: failed"] += 1
        faulthandler.cancel_dump_traceback_later()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"outcomes": outcomes, "failures": failures, "peak_kib": peak}))


def made_stores(folder: Path) -> Iterator[Path]:
    """Small stores of several blocks and shards."""
    layout.MOST_RECORDS, tasks.BLOCKS_PER_SHARD = 64, 2
    blocks._checksum = lambda *parts: bytes(blocks.CHECKSUM_BYTES)
    writer = parquet.ParquetWriter

    def without_checksums(*arguments: Any, **options: Any) -> Any:
        return writer(*arguments, **{**options, "write_page_checksum": False})

    parquet.ParquetWriter = without_checksums
    data = made(180, 64, (4, 5, 1))
    data.train.images[7] = data.train.images[3]
    for number, spec in enumerate(SPECS):
        stored(folder / f"{number}.fb", data, spec)
        yield folder / f"{number}.fb"
    keys.adopt({"FEWBYTES_KEY_default": SECRET})
    for number, spec in enumerate(ENCRYPTED, len(SPECS)):
        stored(folder / f"{number}.fb", data, spec, encrypt="default")
        yield folder / f"{number}.fb"


def limit_memory() -> None:
    """Let no more memory be had than is in use now and ROOM_BYTES."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + ROOM_BYTES, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
