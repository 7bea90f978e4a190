"""Fingerprints of sources and stores, and what one set is to another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import fewbytes as fb
from fewbytes.audits.fingerprints.comparison import Comparison, Relation
from fewbytes.audits.fingerprints.fingerprinted import Fingerprinted
from fewbytes.audits.fingerprints.merkle import merkle_root
from fewbytes.audits.fingerprints.reading import of_codes, of_images
from fewbytes.audits.fingerprints.record_hash import content_hashes, record_hashes
from fewbytes.data import open_source
from fewbytes.data.source import Piece, Skipped, Source, as_piece
from fewbytes.errors import InputError, SourceError
from fewbytes.types import Dataset, Images, Labels, Split

IMAGES = np.random.default_rng(0).integers(0, 256, (90, 6, 5, 1), np.uint8)
LABELS = np.arange(90) % 3


class Listed(Source):
    """Splits in memory, of which some records cannot be read."""

    def __init__(self, splits: dict[str, tuple[Images, Labels]], bad: Sequence[int] = ()) -> None:
        self.name, self._splits, self._bad = "listed", splits, bad
        self.image_shape = (6, 5, 1)
        self.sizes = {name: len(labels) for name, (_, labels) in splits.items()}

    def read(self, split: str, start: int, stop: int) -> Piece:
        ids = self.numbers(split, start, stop)
        images, labels = self._splits[split]
        whole = as_piece(images[ids], labels[ids], start)
        good = ~np.isin(ids, self._bad)
        skipped = tuple(Skipped(split, int(i), f"{i}.png", "damaged") for i in ids[~good])
        return Piece(whole.images[good], whole.labels[good], ids[good], skipped)

    def fingerprint(self) -> str:
        return "listed"


def taken(rows: Sequence[int] | slice = slice(None), labels: Labels = LABELS) -> Fingerprinted:
    """The fingerprint of some of the records, in one split."""
    return of_images(Listed({"train": (IMAGES[rows], labels[rows])}))


def relation(one: Fingerprinted, other: Fingerprinted) -> Relation:
    found = one.compare(other)
    assert found.relation is other.compare(one).relation
    return found.relation


def test_figures_are_those_of_the_records() -> None:
    found = taken()
    contents = content_hashes(IMAGES, "image")
    rows = sorted(row.tobytes() for row in record_hashes(contents, LABELS))
    assert found.whole.records.merkle_root == found["train"].records.merkle_root
    assert found["train"].records.merkle_root == merkle_root(rows)
    bare = merkle_root(sorted(row.tobytes() for row in contents))
    assert found["train"].unlabelled.merkle_root == bare
    proof = found["train"].records.inclusion(rows[4])
    assert proof.verify(rows[4], found["train"].records.merkle_root)


def test_order_changes_the_sequence_alone() -> None:
    one, other = taken(), taken(np.random.default_rng(1).permutation(90).tolist())
    assert relation(one, taken()) is Relation.SAME
    assert relation(one, other) is Relation.REORDERED
    assert one["train"].records == other["train"].records
    assert one["train"].sequence != other["train"].sequence


@pytest.mark.parametrize(
    ("rows", "shared"),
    [
        (list(range(89)), 89),  # one fewer
        ([*range(90), 0], 90),  # a copy more
        ([*range(89), 0], 89),  # a copy in place of a record
    ],
)
def test_one_record_changes_it(rows: list[int], shared: int) -> None:
    one, other = taken(), taken(rows)
    assert one["train"].records.merkle_root != other["train"].records.merkle_root
    assert one["train"].records.multiset != other["train"].records.multiset
    found = one.compare(other)
    assert (found.relation, found.shared, found.agree) == (Relation.OVERLAPPING, shared, False)


def test_one_label_or_pixel_changes_it() -> None:
    labels = LABELS.copy()
    labels[3] = 2
    found = taken().compare(taken(labels=labels))
    assert found.relation is Relation.RELABELLED
    assert (found.shared, found.shared_unlabelled, found.agree) == (89, 90, False)
    images = IMAGES.copy()
    images[3, 0, 0, 0] ^= 1
    other = of_images(Listed({"train": (images, LABELS)}))
    assert taken().compare(other).shared_unlabelled == 89


def test_sets_without_a_record_in_common_differ() -> None:
    found = taken(slice(0, 40)).compare(taken(slice(40, 90)))
    assert found.relation is Relation.DIFFERENT
    assert "takes perceptual hashes" in found.sentences[-1]


def test_the_whole_is_all_splits_however_they_are_dealt() -> None:
    def dealt(*ends: int) -> Fingerprinted:
        runs = zip(("train", "test", "val"), (0, *ends), (*ends, 90), strict=False)
        return of_images(Listed({n: (IMAGES[a:b], LABELS[a:b]) for n, a, b in runs}))

    one, other, single = dealt(50), dealt(30, 60), taken()
    assert one.whole.records == other.whole.records == single.whole.records
    assert len(one.whole) == 90
    assert relation(one, other) is relation(one, single) is Relation.REORDERED
    assert relation(one, dealt(50)) is Relation.SAME
    sums = [part.records.multiset for part in one.splits]
    assert sums[0].combine(sums[1]) == one.whole.records.multiset
    with pytest.raises(KeyError, match="no split 'x'; there are train, test, all"):
        one["x"]


def test_an_empty_split_changes_nothing_but_its_row() -> None:
    empty = IMAGES[:0], LABELS[:0]
    found = of_images(Listed({"train": (IMAGES, LABELS), "test": empty}))
    assert [len(part) for part in found.splits] == [90, 0]
    assert relation(found, taken()) is Relation.SAME
    with pytest.raises(SourceError, match="listed: no readable record"):
        of_images(Listed({"train": empty}))


def test_unreadable_records_are_counted_and_named() -> None:
    found = of_images(Listed({"train": (IMAGES, LABELS)}, bad=[7, 80]))
    assert (len(found["train"]), found["train"].skipped, found.whole.skipped) == (88, 2, 2)
    assert found.unreadable == ("train 7.png: damaged", "train 80.png: damaged")
    assert found.rows()[0]["skipped"] == 2
    good = [i for i in range(90) if i not in (7, 80)]
    assert found.whole.records == taken(good).whole.records
    with pytest.raises(SourceError, match=r"no readable record.*train 0\.png: damaged"):
        of_images(Listed({"train": (IMAGES, LABELS)}, bad=range(90)))


def test_pieces_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = taken().rows()
    monkeypatch.setattr("fewbytes.data.source.PIECE_BYTES", 30 * 7)
    monkeypatch.setattr("fewbytes.audits.fingerprints.reading.AT_ONCE", 4)
    assert taken().rows() == wanted


def test_the_watcher_counts_every_record() -> None:
    class Counting:
        total, read = 0, 0

        def fingerprint_started(self, name: str, records: int) -> None:
            self.total = records

        def records_read(self, records: int) -> None:
            self.read += records

    counting = Counting()
    of_images(Listed({"train": (IMAGES, LABELS)}, bad=[7]), watcher=counting)
    assert counting.read == counting.total == 90


def test_stores(tiny: Dataset, tmp_path: Path) -> None:
    order = np.random.default_rng(5).permutation(len(tiny.train))
    mixed = Dataset("mixed", tiny.train.take(order), tiny.test)
    same = fb.compress(tiny, tmp_path / "same.fb", codec="identity")
    moved = fb.compress(mixed, tmp_path / "moved.fb", codec="identity | uint8 | zstd")
    coded = fb.compress(tiny, tmp_path / "coded.fb", codec="dct:16 | uniform:8 | zstd")
    originals = fb.fingerprint(tiny)
    assert relation(fb.fingerprint(same), originals) is Relation.SAME
    assert (
        relation(fb.fingerprint(moved), fb.fingerprint(tmp_path / "same.fb")) is Relation.REORDERED
    )
    assert relation(of_codes(moved), of_codes(same)) is Relation.REORDERED
    assert relation(fb.fingerprint(coded), originals) is Relation.DIFFERENT
    decoded = Dataset(
        "decoded", *(Split(coded[s].images(), coded[s].labels) for s in ("train", "test"))
    )
    assert relation(fb.fingerprint(coded), fb.fingerprint(decoded)) is Relation.SAME
    codes = content_hashes(coded["train"].codes(), "code")
    assert of_codes(coded)["train"].unlabelled.merkle_root == merkle_root(
        sorted(row.tobytes() for row in codes)
    )
    with pytest.raises(InputError, match=r"fingerprinted by its images, .* by its codes"):
        originals.compare(of_codes(coded))


def robust(dataset: Dataset) -> Fingerprinted:
    pytest.importorskip("imagehash")
    return of_images(open_source(dataset), robust=True)


def reconstructed(dataset: Dataset, codec: str) -> Dataset:
    fitted = fb.codec(codec).fit(dataset.train.images, seed=0)
    parts = [Split(fitted.reconstruct(p.images), p.labels) for p in (dataset.train, dataset.test)]
    return Dataset("coded", *parts)


def low(found: Comparison) -> tuple[float, float]:
    assert found.first_in_second is not None
    assert found.second_in_first is not None
    return found.first_in_second.low or 0.0, found.second_in_first.low or 0.0


@pytest.mark.parametrize("codec", ["jpeg:50", "dct:16 | uniform:8 | zstd"])
def test_re_encodings_are_known_again(tiny: Dataset, codec: str) -> None:
    found = robust(tiny).compare(robust(reconstructed(tiny, codec)))
    assert (found.relation, found.shared, found.agree) == (Relation.REENCODED, 0, True)
    assert min(low(found)) > 0.9
    assert "are recognised: 1,02" in found.sentences[2]


def test_a_part_coded_anew_overlaps(tiny: Dataset) -> None:
    part = Dataset("part", tiny.train.take(np.arange(300)), tiny.test.take(np.arange(75)))
    found = robust(reconstructed(part, "jpeg:50")).compare(robust(tiny))
    assert found.relation is Relation.OVERLAPPING
    assert low(found)[0] > 0.9
    assert 0.1 < low(found)[1] < 0.25


def test_other_images_of_the_same_kind_do_not(tiny: Dataset) -> None:
    halves = [
        Dataset("half", tiny.train.take(rows), tiny.test.take(tests))
        for rows, tests in (
            (np.arange(600), np.arange(150)), (np.arange(600, 1200), np.arange(150, 300))
        )
    ]  # fmt: skip
    found = robust(halves[0]).compare(robust(halves[1]))
    assert (found.relation, low(found)) == (Relation.DIFFERENT, (0, 0))
    assert "beyond that radius" in found.sentences[-1]
