"""What a store is and what each part of it weighs, as text, tables and plain values."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from fewbytes.codecs import Codec
from fewbytes.errors import SecretKeyError
from fewbytes.report.numbers import percent, size
from fewbytes.store import Store
from fewbytes.store.manifest import Encryption
from fewbytes.studies.repeated import StoreResult
from fewbytes.studies.summary import marked

MOST_SHOWN = 10
"""Remarks shown of each kind; `--json` and `_meta/remarks.jsonl` have all that the store lists."""


def described(store: Store) -> dict[str, Any]:
    """The store as plain values. Where it is encrypted and its key is missing, or another, the
    remarks are None, and `locked` says why.
    """
    manifest = store.manifest
    encryption, noticed, locked = manifest.encryption, None, None
    try:
        noticed = store.remarks()
    except SecretKeyError as error:
        locked = str(error)
    return {
        "store": store.files.where,
        "codec": manifest.codec,
        "supervised": store.unfitted.supervised,
        "source": manifest.source,
        "layout": manifest.layout,
        "image_shape": list(manifest.image_shape),
        "code_shape": list(store.unfitted.symbols(manifest.image_shape).shape),
        "classes": manifest.classes,
        "class_names": list(manifest.class_names),
        "seed": manifest.seed,
        "splits": {name: len(split) for name, split in store.splits.items()},
        "left_out": manifest.left_out,
        "images": store.images,
        "payload_bytes": store.nbytes.payload,
        "total_bytes": store.nbytes.total,
        "raw_bytes": store.raw_bytes,
        "ratio": store.ratio,
        "parts": store.ledger(),
        "skipped": manifest.skipped,
        "duplicates": manifest.duplicates,
        "remarks": noticed,
        "encrypted": encryption and {"cipher": encryption.cipher, "key": encryption.key},
        "keys": list(store.keys),
        "locked": locked,
    }


def summary(store: Store) -> list[str]:
    """What `compress` says at its end."""
    per_image = store.nbytes.total / store.images
    kept = f" (train: {_kept(store, 'train')} kept)" if store.manifest.left_out else ""
    lines = [
        f"{store.images:,} images{kept}, {size(store.raw_bytes)} raw, "
        f"{size(store.nbytes.total)} in {store.files.where}: {store.ratio:.2f} times smaller, "
        f"{per_image:.1f} bytes an image",
    ]
    if store.manifest.encryption is not None:
        lines.append(_encryption(store.manifest.encryption))
    if store.unfitted.supervised:
        lines.append("the codec is supervised: it looks at labels to choose codes or images")
    return lines + remarks(store)


def remarks(store: Store) -> list[str]:
    """What was noticed while compressing, a line each, the first of each kind."""
    found = store.remarks()
    lines = [str(r["text"]) for r in found if r["kind"] == "remark"]
    skipped = [f"skipped {r['name']}: {r['reason']}" for r in found if r["kind"] == "skipped"]
    twice = [
        f"the same pixels: {r['split']} {r['name']} and {r['of_split']} {r['of_name']}"
        for r in found
        if r["kind"] == "duplicate"
    ]
    lines += _first("skipped", skipped, store.manifest.skipped)
    return lines + _first(
        "whose pixels are those of an earlier image", twice, store.manifest.duplicates
    )


def _first(which: str, listed: list[str], total: int) -> list[str]:
    """The first of those that the store lists, and how many there are where that is not all."""
    if total <= len(listed[:MOST_SHOWN]):
        return listed[:MOST_SHOWN]
    if not listed:
        return [f"images {which}: {total:,}; the store does not list them"]
    those = "them" if len(listed) == total else f"the first {len(listed):,}"
    more = f"... images {which}: {total:,} in all"
    if len(listed) > MOST_SHOWN:
        more += f"; fewbytes inspect --json lists {those}"
    return [*listed[:MOST_SHOWN], more]


def tables(store: Store) -> list[Table | str]:
    """What `inspect` shows."""
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    said = described(store)
    said["codec"] = marked(said["codec"], said["supervised"])
    for name in ("store", "codec", "source", "layout"):
        facts.add_row(name, Text(str(said[name])))
    for name in ("image_shape", "code_shape"):
        facts.add_row(name.replace("_", " "), " x ".join(map(str, said[name])))
    names = ", ".join(said["class_names"][:MOST_SHOWN])
    facts.add_row("classes", Text(f"{said['classes']}" + (f": {names}" if names else "")))
    images = ", ".join(f"{name} {_kept(store, name)}" for name in said["splits"])
    facts.add_row("images", Text(images))
    facts.add_row("ratio", f"{store.ratio:.2f} ({size(store.raw_bytes)} raw)")
    if store.manifest.encryption is not None:
        facts.add_row("encryption", Text(_encryption(store.manifest.encryption)))
    if store.unfitted.keys:
        names = ", ".join(store.unfitted.keys)
        facts.add_row("secret key", Text(f"images decode with key {names} only"))
    noticed = [said["locked"]] if said["locked"] else remarks(store)
    return [facts, "", _parts(store), *noticed]


def _encryption(encryption: Encryption) -> str:
    return f"encrypted with {encryption.cipher}, key {encryption.key}"


def _kept(store: Store, split: str) -> str:
    """`60,000`, or `6,000 of 60,000` where the codec's selection left some out."""
    kept = len(store[split])
    left_out = store.manifest.left_out if split == "train" else 0
    return f"{kept:,} of {kept + left_out:,}" if left_out else f"{kept:,}"


def _parts(store: Store) -> Table:
    """What each part weighs; bytes an image are over all images of the source."""
    parts = Table(box=None, header_style="bold", pad_edge=False)
    parts.add_column("part")
    parts.add_column("bytes", justify="right")
    parts.add_column("bytes an image", justify="right")
    for name, n in [*store.ledger().items(), ("total", store.nbytes.total)]:
        parts.add_row(Text(name), f"{n:,}", f"{n / store.images:.3f}", end_section=name == "total")
    return parts


def trained(result: StoreResult) -> str:
    """What `train` says at its end."""
    rate = result.rate
    codec = marked(result.codec, Codec.parse(result.codec).supervised)
    return (
        f"{codec}: test {percent(result.accuracy)} % over {len(result.seeds)} "
        f"seed{'s' if len(result.seeds) > 1 else ''}, "
        f"{rate.total_bytes / rate.images:.1f} bytes an image, {rate.ratio:.2f} times smaller"
    )
