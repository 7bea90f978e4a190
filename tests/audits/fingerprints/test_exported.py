"""Fingerprints as files."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fewbytes.audits.fingerprints.comparison import Relation
from fewbytes.audits.fingerprints.exported import from_json, to_json
from fewbytes.audits.fingerprints.fingerprinted import Fingerprinted, together
from fewbytes.audits.fingerprints.reading import of_images
from fewbytes.data import open_source
from fewbytes.errors import InputError
from fewbytes.types import Dataset, Split


def taken(dataset: Dataset, robust: bool = False) -> Fingerprinted:
    return of_images(open_source(dataset), robust=robust)


@pytest.fixture(scope="module")
def file(tiny: Dataset) -> str:
    pytest.importorskip("imagehash")
    return to_json(taken(tiny, robust=True))


def test_what_is_read_is_what_was_written(tiny: Dataset, file: str) -> None:
    found = from_json(file, "x.json")
    assert found == taken(tiny, robust=True)
    assert found.rows() == taken(tiny, robust=True).rows()
    assert found.compare(taken(tiny)).relation is Relation.SAME
    assert to_json(found) == file


def test_a_multiset_hash_goes_on_from_a_file(tiny: Dataset, file: str) -> None:
    """Records are taken out and put in without the others."""
    whole = taken(tiny).whole.records
    assert whole.hashes is not None
    published = from_json(file, "x.json").whole.records.multiset
    assert published.remove(whole.hashes[:10]).add(whole.hashes[:10]) == whole.multiset
    with pytest.raises(InputError, match="not at hand"):
        from_json(file, "x.json").whole.records.inclusion(whole.hashes[0].tobytes())


def test_re_encodings_are_known_by_a_file(tiny: Dataset, file: str) -> None:
    def noisy(split: Split) -> Split:
        drawn = np.random.default_rng(0).normal(0, 4, split.images.shape)
        return Split(np.clip(split.images + drawn, 0, 255).round().astype(np.uint8), split.labels)

    other = taken(Dataset("noisy", noisy(tiny.train), noisy(tiny.test)), robust=True)
    found = other.compare(from_json(file, "x.json"))
    assert found.relation is Relation.REENCODED
    assert (found.shared, found.first_in_second) == (None, None)
    assert from_json(file, "x.json").compare(other).relation is Relation.REENCODED
    neither = from_json(file, "a").compare(from_json(to_json(other), "b"))
    assert neither.relation is Relation.DIFFERENT
    assert "one at hand" in neither.sentences[-1]


def test_a_file_of_a_part_is_no_re_encoding(tiny: Dataset, file: str) -> None:
    """All of the published part is there, but most of the set is not in it."""
    part = Dataset("part", tiny.train.take(np.arange(100)), tiny.test.take(np.arange(20)))
    published = from_json(to_json(taken(part, robust=True)), "part.json")
    assert taken(tiny, robust=True).compare(published).relation is Relation.OVERLAPPING
    bigger = from_json(file, "x.json")
    assert taken(part, robust=True).compare(bigger).relation is Relation.OVERLAPPING


def changed(file: str, change: Callable[[dict[str, Any]], object]) -> str:
    content = json.loads(file)
    change(content)
    return json.dumps(content)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.pop("fewbytes_fingerprint"), "not a fingerprint"),
        (lambda c: c.update(fewbytes_fingerprint=2), "version 2; this fewbytes reads 1"),
        (lambda c: c.pop("whole"), "not a whole fingerprint"),
        (lambda c: c.update(splits=3), "not a whole fingerprint"),
        (lambda c: c.update(of="words"), "not a whole fingerprint"),
        (lambda c: c["whole"].update(records=1499), "multiset_hash of all is not that of"),
        (lambda c: c["whole"].update(records=-1), "a multiset of -1 records"),
        (lambda c: c["whole"].update(records=None), "not a whole fingerprint"),
        (lambda c: c["whole"].update(merkle_root="ab"), "a hash of 1 bytes in place of 32"),
        (lambda c: c["whole"].update(merkle_root="xy"), "not a whole fingerprint"),
        (lambda c: c["whole"].update(multiset_state="00"), "a state of 1 bytes"),
        (lambda c: c["splits"].pop(), "its splits do not add up"),
        (lambda c: c["whole"]["sketch_hashes"].pop(), "a sketch of 1023 hashes and 1024"),
        (lambda c: c["whole"]["sketch_hashes"].reverse(), "sketch of all is not that of"),
        (lambda c: c["whole"].update(sketch_nearest=["a"]), "not a whole fingerprint"),
        (lambda c: c["whole"].update(distinct_perceptual_hashes=3), "of 3 hashes"),
        (lambda c: c["whole"].update(distinct_perceptual_hashes=10**6), "looks of 1,500 images"),
        (lambda c: c["whole"].update(records=1 << 64), "a multiset of 18446744073709551616"),
        (lambda c: c["whole"].update(records=1 << 70), "a multiset of 11805"),
        (lambda c: c["whole"].update(distinct=1501), "1,501 distinct records of 1,500 cannot"),
        (lambda c: c["whole"].update(distinct=0), "0 distinct records of 1,500 cannot be"),
        (lambda c: c["whole"].update(unlabelled_distinct=0), "0 distinct images and"),
        (lambda c: c["whole"].update(skipped=-1), "-1 unreadable records cannot be"),
        (lambda c: c["whole"].update(sequence_hash="00" * 32), "its splits do not add up"),
    ],
)  # fmt: skip
def test_a_damaged_file(file: str, change: Callable[[dict[str, Any]], object], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        from_json(changed(file, change), "x.json")
    assert str(caught.value).startswith("x.json: ")


@pytest.mark.parametrize("figure", ["merkle_root", "unlabelled_merkle_root", "distinct"])
def test_one_split_is_the_whole(figure: str, tiny: Dataset) -> None:
    splits = taken(tiny).splits[:1]
    content = json.loads(to_json(Fingerprinted("one", "image", splits, together(splits))))
    assert len(from_json(json.dumps(content), "x.json").splits) == 1
    content["whole"][figure] = 7 if figure == "distinct" else "00" * 32
    with pytest.raises(InputError, match=r"do not add up|cannot be"):
        from_json(json.dumps(content), "x.json")


def test_what_a_sender_writes_cannot_steer_a_terminal(file: str) -> None:
    def hostile(content: dict[str, Any]) -> None:
        content["source"] = "\x1b]0;owned\x07\nall is well"
        content["unreadable"] = ["\x1b[2J"]
        content["splits"][0]["split"] = "\u202etrain"

    found = from_json(changed(file, hostile), "x.json")
    for said in (found.source, *found.unreadable, found.splits[0].split):
        assert said.isprintable()
    hostile_state = changed(
        file, lambda c: c["splits"][0].update(split="\x1b[2J", multiset_hash="00" * 32)
    )
    with pytest.raises(InputError) as caught:
        from_json(hostile_state, "x.json")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("text", ["", "[1]", "3", "{", "null", "[" * 100_000])
def test_no_file_of_ours(text: str) -> None:
    with pytest.raises(InputError, match=r"x\.json: not a"):
        from_json(text, "x.json")
