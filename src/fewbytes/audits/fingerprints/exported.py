"""A fingerprint as a file: what it prints, the states of the multiset hashes, and the sketches.

With it the set can be known again, and the multiset hash updated, where the set itself is not at
hand. It holds no image, but somebody who has an image can tell whether it is in the sketch.

A file is checked for contradictions, and no more can be: the roots and counts in it are what its
sender says that the set has. Without the set they are only as good as the sender.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from fewbytes.audits.fingerprints.contents import Contents
from fewbytes.audits.fingerprints.fingerprinted import Fingerprint, Fingerprinted
from fewbytes.audits.fingerprints.lthash import LtHash
from fewbytes.audits.fingerprints.perceptual import LOOKS_BYTES
from fewbytes.audits.fingerprints.record_hash import HASH_BYTES, Kind
from fewbytes.audits.fingerprints.sketch import Sketch
from fewbytes.data.wording import shown
from fewbytes.errors import InputError

VERSION = 1
MARK = "fewbytes_fingerprint"

_KINDS: dict[str, Kind] = {"images": "image", "codes": "code"}


def to_json(found: Fingerprinted) -> str:
    """The file of a fingerprint."""
    content = {
        MARK: VERSION,
        "source": found.source,
        "of": f"{found.kind}s",
        "unreadable": list(found.unreadable),
        "splits": [_exported(one) for one in found.splits],
        "whole": _exported(found.whole),
    }
    return json.dumps(content, indent=1) + "\n"


def from_json(text: str, where: str) -> Fingerprinted:
    """The fingerprint that a file holds; `where` is what errors call it.

    Raises:
        InputError: it is no such file, one of another version, or one that contradicts itself.
    """
    try:
        content = json.loads(text)
        if not isinstance(content, dict) or MARK not in content:
            raise InputError("not a fingerprint")
        if content[MARK] != VERSION:
            raise InputError(f"version {content[MARK]!r}; this fewbytes reads {VERSION}")
        splits = tuple(_read(one) for one in content["splits"])
        found = Fingerprinted(
            _text(content["source"]), _KINDS[content["of"]], splits, _read(content["whole"]),
            tuple(map(_text, content["unreadable"])),
        )  # fmt: skip
        _check_whole(found)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise InputError(f"{where}: not a whole fingerprint: {error!r}") from None
    return found


def _exported(one: Fingerprint) -> dict[str, Any]:
    found = one.row() | {
        "multiset_state": one.records.multiset.state.hex(),
        "unlabelled_multiset_state": one.unlabelled.multiset.state.hex(),
    }
    if one.sketch is not None:
        found["sketch_hashes"] = [row.tobytes().hex() for row in one.sketch.looks]
        found["sketch_nearest"] = one.sketch.nearest.tolist()
    return found


def _read(row: dict[str, Any]) -> Fingerprint:
    found = Fingerprint(
        _text(row["split"]), _contents(row, ""), _contents(row, "unlabelled_"),
        _hash(row["sequence_hash"]), int(row["skipped"]), None,
        _sketch(row) if "sketch" in row else None,
    )  # fmt: skip
    _check_counts(found)
    return found


def _contents(row: dict[str, Any], which: str) -> Contents:
    state = bytes.fromhex(row[f"{which}multiset_state"])
    found = LtHash(state, int(row["records"]))
    if found.digest() != _hash(row[f"{which}multiset_hash"]):
        raise InputError(
            f"the {which}multiset_hash of {_text(row['split'])} is not that of its state"
        )
    return Contents(int(row[f"{which}distinct"]), _hash(row[f"{which}merkle_root"]), found)


def _sketch(row: dict[str, Any]) -> Sketch:
    hashes = bytes.fromhex("".join(row["sketch_hashes"]))
    looks = np.frombuffer(hashes, np.uint8).reshape(-1, LOOKS_BYTES)
    nearest = np.array(row["sketch_nearest"], np.int64)
    found = Sketch(looks, nearest, int(row["distinct_perceptual_hashes"]))
    if found.digest() != _hash(row["sketch"]):
        raise InputError(f"the sketch of {_text(row['split'])} is not that of its hashes")
    return found


def _hash(text: str) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != HASH_BYTES:
        raise InputError(f"a hash of {len(found)} bytes in place of {HASH_BYTES}")
    return found


def _text(found: object) -> str:
    """What a sender wrote, on one line and without control characters."""
    return shown(str(found))


def _check_counts(found: Fingerprint) -> None:
    """Raise InputError where there cannot be so many records of each kind."""
    records, images = found.records.distinct, found.unlabelled.distinct
    if not (images <= records <= len(found) and (images > 0) == (len(found) > 0)):
        raise InputError(
            f"{found.split}: {images:,} distinct images and {records:,} distinct records of "
            f"{len(found):,} cannot be"
        )
    if found.skipped < 0:
        raise InputError(f"{found.split}: {found.skipped:,} unreadable records cannot be")
    if found.published is not None and found.published.distinct > images:
        raise InputError(
            f"{found.split}: {found.published.distinct:,} looks of {images:,} images cannot be"
        )


def _check_whole(found: Fingerprinted) -> None:
    """Raise InputError unless the splits add up to the whole."""
    sequence = hashlib.sha256(b"".join(one.sequence for one in found.splits)).digest()
    same = sequence == found.whole.sequence
    for which in ("records", "unlabelled"):
        parts = [getattr(one, which) for one in found.splits]
        whole = getattr(found.whole, which)
        total = LtHash()
        for one in parts:
            total = total.combine(one.multiset)
        same &= total == whole.multiset
        if len(parts) == 1:
            same &= (parts[0].distinct, parts[0]) == (whole.distinct, whole)
    if not same:
        raise InputError("its splits do not add up to the whole")
