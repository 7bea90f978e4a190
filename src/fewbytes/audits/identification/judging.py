"""Every candidate compared with the codes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fewbytes.audits.identification.candidates import Candidate, Points, as_points
from fewbytes.audits.identification.comparison import Comparison, Scores
from fewbytes.audits.identification.identified import ALPHA, Evidence, Identified, Row
from fewbytes.audits.identification.judge import LEAST_SUBSETS, Judge
from fewbytes.audits.identification.keyed import KeyedPlan, bags_under_keys, described, is_keyed
from fewbytes.audits.identification.layouts import Records, Unfit, Unknown
from fewbytes.audits.identification.subjects import Subject
from fewbytes.codecs import FittedCodec
from fewbytes.errors import CodecError
from fewbytes.store.fitting import TrainImages
from fewbytes.types import Images

RANKS = 5
"""Subsets, times the level of one test, at least: where each of four statistics has a subset of its
own that is the oddest, the best possible p-value is four of them.
"""

REFERENCE = 1_000
"""Records that a bag of more than one is compared with, at least ten times the bag: how fine the
p-value is does not depend on them then.
"""

LEARNED_BAGS = 300


class Watcher(Protocol):
    """Called as the candidates are worked through."""

    def identifying_started(self, candidates: int) -> None: ...

    def candidate_started(self, name: str) -> None: ...

    def candidate_finished(self, row: Row) -> None: ...


class Silent:
    """Watches and says nothing."""

    def identifying_started(self, candidates: int) -> None:
        """Do nothing."""

    def candidate_started(self, name: str) -> None:
        """Do nothing."""

    def candidate_finished(self, row: Row) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class _Job:
    subject: Subject
    candidates: Sequence[Candidate]
    seed: int

    @property
    def count(self) -> int:
        """Random subsets of a test: so many that it can fall below the level."""
        return max(LEAST_SUBSETS, math.ceil(RANKS * len(self.candidates) / ALPHA))

    def rivals(self, candidate: Candidate) -> list[Candidate]:
        """The same codec of other data sets whose images have the same shape."""
        return [
            other
            for other in self.candidates
            if other is not candidate
            and str(other.codec) == str(candidate.codec)
            and other.source.image_shape == candidate.source.image_shape
        ]

    def splits(self, candidate: Candidate) -> list[str]:
        """The splits that the codes may be of."""
        there = candidate.source.sizes
        if self.subject.split is None:
            return [name for name in ("train", "test") if there.get(name)]
        return [self.subject.split if there.get(self.subject.split) else "train"]


def judged(
    subject: Subject, candidates: Sequence[Candidate], seed: int, watcher: Watcher
) -> Identified:
    """Compare the codes with every candidate.

    Raises:
        FewbytesError: the codes, or a data set, cannot be read.
    """
    job = _Job(subject, candidates, seed)
    watcher.identifying_started(len(candidates))
    rows = []
    for candidate in candidates:
        watcher.candidate_started(f"{candidate.name}, {candidate.codec}")
        try:
            records = subject.records(candidate.codec, candidate.source.image_shape)
            judge = _judged_keyed if is_keyed(candidate.codec) else _judged
            row = judge(job, candidate, records)
        except (Unfit, CodecError) as error:
            evidence = Evidence.FORM if subject.fitted is None else Evidence.HEADER
            if isinstance(error, Unknown):
                evidence = Evidence.NONE
            row = Row(
                candidate.name, str(candidate.codec), reason=str(error), evidence=evidence
            )  # fmt: skip
        rows.append(row)
        watcher.candidate_finished(row)
    return Identified(subject.where, tuple(rows), tuple(_notes(job, rows)), seed)


def _judged(job: _Job, candidate: Candidate, records: Records) -> Row:
    """A candidate whose codes can be computed, compared with its splits."""
    fitted = _fitted(job, candidate)
    bag = as_points(records.codes if records.real else fitted.dequantize(records.codes))

    def read(one: Candidate, images: Images) -> Points:
        _fitted(job, one)
        return as_points(fitted.dequantize(one.coded(images)))

    learned = read(candidate, candidate.draws.learned)
    judge = Judge(learned, [read(one, one.draws.learned) for one in job.rivals(candidate)])
    rows = []
    for split in job.splits(candidate):
        images = candidate.draws.rest(split)
        if len(bag) > 1:
            images = images[: max(REFERENCE, 10 * len(bag))]
        rest = read(candidate, images)
        test = judge.compared(bag, rest, count=job.count, seed=job.seed)
        rows.append(_row(candidate, split, test, records, len(rest)))
    return max(rows, key=lambda row: row.p_value or 0)


@dataclass(frozen=True)
class _UnderKeys:
    """How bags of a candidate with a secret key are made: in place of its codes, others like them
    under keys of one's own.
    """

    plan: KeyedPlan
    real: bool
    """Whether codes are compared as coefficients; as symbols where nobody knows what they stand
    for."""
    size: int
    seed: int

    def bags(self, one: Candidate, images: Images, count: int) -> Points:
        """So many bags of codes of the images (n, h, w, c), described: (count, f)."""
        rng = np.random.default_rng([self.seed, len(images), count])
        values = self._values(one, images)
        found = bags_under_keys(values, self.size, count, self.plan.projected, rng)
        return as_points(found)

    def _values(self, one: Candidate, images: Images) -> Points:
        if one.fitted is None:
            one.fitted = self.plan.plain.fit(TrainImages(one.source), seed=self.seed)
        if self.plan.projected:
            return as_points(one.fitted.transform(images))
        symbols = one.fitted.encode(images)
        return as_points(one.fitted.dequantize(symbols) if self.real else symbols)


def _judged_keyed(job: _Job, candidate: Candidate, records: Records) -> Row:
    """A candidate whose key is secret: the bag as a whole, described by what no key changes, among
    bags of the candidate under fresh keys.
    """
    plan = KeyedPlan.of(candidate.codec, candidate.source.image_shape)
    codes, real = records.codes, records.real
    if job.subject.fitted is not None:
        codes, real = job.subject.fitted.dequantize(codes), True
    if plan.projected and not real:
        raise Unknown("without the store, what its symbols stand for under the key is not known")
    under = _UnderKeys(plan, real, len(codes), job.seed)
    learned = under.bags(candidate, candidate.draws.learned, LEARNED_BAGS)
    others = [under.bags(one, one.draws.learned, LEARNED_BAGS) for one in job.rivals(candidate)]
    scale = learned.std(0) + np.float32(1e-6)
    bag = as_points(described(codes, plan.projected is None)) / scale
    scores = Scores.of(learned / scale, [one / scale for one in others])
    rows = []
    for split in job.splits(candidate):
        rest = under.bags(candidate, candidate.draws.rest(split), job.count) / scale
        test = scores.compared(bag, rest, count=job.count, seed=job.seed)
        rows.append(_row(candidate, split, test, records, len(rest)))
    return max(rows, key=lambda row: row.p_value or 0)


def _fitted(job: _Job, candidate: Candidate) -> FittedCodec:
    if candidate.fitted is None:
        candidate.fitted = job.subject.fitted
    if candidate.fitted is None:
        candidate.fitted = candidate.codec.fit(TrainImages(candidate.source), seed=job.seed)
    return candidate.fitted


def _row(
    candidate: Candidate, split: str, test: Comparison, records: Records, reference: int
) -> Row:
    return Row(
        candidate.name, str(candidate.codec), split, test.p_value, test.statistic,
        test.deviations, len(records.codes), records.whole, reference, test.subsets,
    )  # fmt: skip


def _notes(job: _Job, rows: Sequence[Row]) -> list[str]:
    """What the table does not say."""
    notes = list(job.subject.notes)
    if job.subject.fitted is not None:
        notes.append("codec and shape of the images are what the store's header says of itself")
    fitted_anew = job.subject.fitted is None and any(c.codec.learned for c in job.candidates)
    if fitted_anew:
        notes.append(
            f"codecs that learn were fitted on each data set's training images, seed {job.seed}; "
            "codes of a codec fitted otherwise do not fit"
        )
    if any(is_keyed(c.codec) for c in job.candidates):
        notes.append("keyed codecs: compared by what a rotation or permutation leaves of codes")
    tested = [row for row in rows if row.p_value is not None]
    if any(4 / row.subsets > ALPHA / len(tested) for row in tested):
        notes.append("too few records to rule out every candidate: more images (--records) may")
    return notes
