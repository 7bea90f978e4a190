"""The last steps of a store: what was noticed on the way, and the manifest."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.durable import write_whole
from fewbytes.errors import SourceError
from fewbytes.store.choice import Choice
from fewbytes.store.duplicates import repeated
from fewbytes.store.manifest import MANIFEST, REMARKS, STATE, File, Manifest, digest
from fewbytes.store.tasks import HASH_BYTES, Job

MOST_SKIPPED_LISTED, MOST_DUPLICATES_LISTED = 10_000, 1000
"""In the remarks; the manifest counts them all."""


def finish(
    job: Job,
    seed: int,
    shards: Mapping[str, Mapping[str, File]],
    choice: Choice | None = None,
    remarks: bool = True,
) -> Manifest:
    """Write all but the shards, the manifest last. `shards` are entries by split and name;
    `choice` is what the codec's selection keeps; without `remarks`, what was noticed is counted,
    but not listed.

    Raises:
        SourceError: of a split, or of the whole set, nothing could be read.
    """
    source, store = job.source, job.staging.store
    notes = [job.staging.block_note(split, n) for split in source.sizes for n in job.blocks(split)]
    for split, entries in shards.items():
        if not sum(entry.records for entry in entries.values()):
            raise SourceError(f"{source.name}: no image of {split} can be read{_first(notes)}")
    skipped = [] if choice is None else [asdict(one) for one in choice.skipped]
    skipped += [s for note in notes for s in note["skipped"]]
    records = sum(entry.records for entries in shards.values() for entry in entries.values())
    duplicates, total = _duplicates(job, records)
    lines: list[dict[str, Any]] = []
    if remarks:
        lines += [{"kind": "remark", "text": text} for text in source.remarks]
        lines += [{"kind": "skipped", **s} for s in skipped[:MOST_SKIPPED_LISTED]]
        lines += [{"kind": "duplicate", **d} for d in duplicates]
    files = {name: entry for entries in shards.values() for name, entry in entries.items()}
    sides = {STATE: job.staging.state_path.read_bytes()}
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    sides[REMARKS] = job.seal.encrypt(content, REMARKS) if job.seal and content else content
    for name, content in sides.items():
        if content:
            write_whole(store / name, content)
            files[name] = File(len(content), digest(content))
    manifest = Manifest(
        codec=str(job.codec),
        image_shape=source.image_shape,
        layout=job.layout.name,
        source=source.name,
        seed=seed,
        classes=max(note["classes"] for note in notes),
        class_names=source.class_names,
        skipped=len(skipped),
        duplicates=total,
        left_out=0 if choice is None else choice.left_out,
        splits={split: tuple(entries) for split, entries in shards.items()},
        files=files,
    )
    if job.seal is not None:
        manifest = job.seal.signed(manifest)
    write_whole(store / MANIFEST, manifest.to_bytes())
    return manifest


def _first(notes: list[dict[str, Any]]) -> str:
    first = next((s for note in notes for s in note["skipped"]), None)
    return "" if first is None else f"; {first['name']}: {first['reason']}"


def _duplicates(job: Job, records: int) -> tuple[list[dict[str, Any]], int]:
    """Records whose pixels are those of an earlier one, the first of them named; how many."""
    blocks = [(split, n) for split in job.source.sizes for n in job.blocks(split)]
    ends: list[int] = []

    def hashes() -> Iterator[NDArray[np.uint64]]:
        for block in blocks:
            part = np.frombuffer(job.staging.block_pixels(*block), f"<u{HASH_BYTES}")
            ends.append((ends[-1] if ends else 0) + len(part))
            yield part

    again, firsts, total = repeated(
        hashes(), records, job.staging.folder / "duplicates", MOST_DUPLICATES_LISTED
    )

    def place(record: int) -> tuple[str, int]:
        """Split and id of a record, counted over all blocks."""
        block = bisect_right(ends, record)
        ids = job.layout.ids(job.staging.read_block(*blocks[block]))
        return blocks[block][0], int(ids[record - ends[block]])

    def named(record: int, of_record: int) -> dict[str, Any]:
        (split, number), (of_split, of) = place(record), place(of_record)
        return {
            "split": split,
            "name": job.numbered.record_name(split, number),
            "of_split": of_split,
            "of_name": job.numbered.record_name(of_split, of),
        }

    return [named(*pair) for pair in zip(again.tolist(), firsts.tolist(), strict=True)], total
