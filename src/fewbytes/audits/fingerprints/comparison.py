"""Whether two fingerprints name the same records, re-encodings of them, or others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from fewbytes.audits.finding import readable
from fewbytes.audits.fingerprints.contents import Contents, shared
from fewbytes.audits.fingerprints.sketch import TOLERATED, contained
from fewbytes.measures.measurement import Measurement

if TYPE_CHECKING:
    from fewbytes.audits.fingerprints.fingerprinted import Fingerprint

MOST = 0.5
"""Share of each set's images that the other must hold at least, to be called a re-encoding."""


class Relation(StrEnum):
    """What two sets are to each other."""

    SAME = "same"
    REORDERED = "reordered"
    RELABELLED = "relabelled"
    REENCODED = "re-encoded"
    OVERLAPPING = "overlapping"
    DIFFERENT = "different"


MEANING = {
    Relation.SAME: "The same records in the same order.",
    Relation.REORDERED: "The same records, copies counted, in another order or other splits.",
    Relation.RELABELLED: "The same images, copies counted, but not the same labels.",
    Relation.REENCODED: "Re-encodings: each set holds most of the other's images, coded otherwise.",
    Relation.OVERLAPPING: "Different sets that share images.",
    Relation.DIFFERENT: "Different records: no image was found in both.",
}
"""Of sets of images; codes are codes, not images, in the same sentences."""


@dataclass(frozen=True)
class Comparison:
    """What one set is to another."""

    relation: Relation
    kind: str
    """"image" or "code": what was fingerprinted."""
    sizes: tuple[int, int]
    """Records of the first and of the second."""
    shared: int | None
    """Records in both exactly, labels included, copies counted; None where the records of one are
    not at hand."""
    shared_unlabelled: int | None
    """The same whatever the labels."""
    first_in_second: Measurement | None
    """Estimated share of the first set's images that are recognised in the second, coded anew or
    not; None where perceptual hashes are missing."""
    second_in_first: Measurement | None

    @property
    def agree(self) -> bool:
        """Whether they hold the same records, or re-encodings of the same images."""
        return self.relation in (Relation.SAME, Relation.REORDERED, Relation.REENCODED)

    @property
    def sentences(self) -> list[str]:
        """The verdict, and what it rests on."""
        said = [MEANING[self.relation].replace("image", self.kind)]
        if self.relation in (Relation.SAME, Relation.REORDERED):
            return said
        one, other = self.sizes
        if self.shared is not None and self.shared_unlabelled is not None:
            said.append(
                f"Of {one:,} and {other:,} records, {self.shared_unlabelled:,} {self.kind}s are in "
                f"both exactly, {self.shared:,} of them with the same label."
            )
        if self.relation is Relation.RELABELLED:
            return said
        said += _found("the second set", "the first's", self.first_in_second)
        said += _found("the first set", "the second's", self.second_in_first)
        if self.first_in_second or self.second_in_first:
            said.append(
                "Images that coding changed beyond that radius are not recognised: coarse "
                "re-encodings look different."
            )
        elif self.kind == "image":
            said.append(
                "Whether they are re-encodings takes perceptual hashes of both, and the images of "
                "one at hand."
            )
        return said

    def row(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "relation": str(self.relation),
            "agree": self.agree,
            "of": f"{self.kind}s",
            "records": list(self.sizes),
            "shared": self.shared,
            "shared_unlabelled": self.shared_unlabelled,
            "first_in_second": _row(self.first_in_second),
            "second_in_first": _row(self.second_in_first),
            "words": self.sentences,
        }


def compared(one: Fingerprint, other: Fingerprint, kind: str, *, same_order: bool) -> Comparison:
    """What the records of `one` are to those of `other`, where it is known whether they stand in
    the same order in the same splits.
    """
    both = _shared(one.records, other.records), _shared(one.unlabelled, other.unlabelled)
    sizes = len(one), len(other)
    if one.records == other.records:
        relation = Relation.SAME if same_order else Relation.REORDERED
        return Comparison(relation, kind, sizes, *both, None, None)
    if one.unlabelled == other.unlabelled:
        return Comparison(Relation.RELABELLED, kind, sizes, *both, None, None)
    there = _contained(one, other), _contained(other, one)
    return Comparison(_relation(one, other, both[1] or 0, there), kind, sizes, *both, *there)


def _relation(
    one: Fingerprint,
    other: Fingerprint,
    exactly: int,
    there: tuple[Measurement | None, Measurement | None],
) -> Relation:
    """What sets are that differ, `exactly` so many images being the same. An overlap of less than
    TOLERATED is not called one: a set of the other's densest kind has that by chance.
    """
    lows = [found.low or 0.0 for found in there if found is not None]
    if 2 * exactly >= min(len(one), len(other)) > 0:
        return Relation.OVERLAPPING
    if lows and min([*lows, *_implied(one, other, there)]) >= MOST:
        return Relation.REENCODED
    found = exactly > 0 or max(lows, default=0.0) >= TOLERATED
    return Relation.OVERLAPPING if found else Relation.DIFFERENT


def _implied(
    one: Fingerprint, other: Fingerprint, there: tuple[Measurement | None, Measurement | None]
) -> list[float]:
    """What is at least known of the direction that could not be measured, from the sizes."""
    first, second = there
    if one.sketch is None or other.sketch is None:
        return []
    sizes = one.sketch.distinct, other.sketch.distinct
    if first is None and second is not None:
        return [(second.low or 0.0) * sizes[1] / sizes[0]]
    if second is None and first is not None:
        return [(first.low or 0.0) * sizes[0] / sizes[1]]
    return []


def _contained(one: Fingerprint, other: Fingerprint) -> Measurement | None:
    if one.sketch is None or other.sketch is None or other.distinct_looks is None:
        return None
    return contained(one.sketch, other.distinct_looks, other.sketch)


def _shared(one: Contents, other: Contents) -> int | None:
    if one.hashes is None or other.hashes is None:
        return len(one) if one == other else None
    return shared(one.hashes, other.hashes)


def _found(where: str, whose: str, found: Measurement | None) -> list[str]:
    """What was recognised, as a sentence."""
    if found is None:
        return []
    ends = f"{readable(found.low, 'share')} to {readable(found.high, 'share')}"
    return [
        f"In {where}, an estimated {readable(found.value, 'share')} ({ends}) of {whose} images are "
        f"recognised: {found.method}."
    ]


def _row(found: Measurement | None) -> dict[str, Any] | None:
    return None if found is None else found.row()
