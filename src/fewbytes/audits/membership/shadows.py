"""Shadow models: networks trained the same way on random halves of one pool of records.

They are trained on the codes' view, the dequantised coefficients: that is what fewbytes trains on
without decoding, and decoded images are functions of it. Codes that are pictures are fed to a
convolutional network and shifted, all others to a multilayer perceptron.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.membership.confidence import stable_logit
from fewbytes.audits.membership.halves import Members, halves
from fewbytes.audits.membership.pool import part, queries
from fewbytes.learn import ArrayFeed

Floats = NDArray[np.float64]

Training = Callable[[ArrayFeed, int], Callable[[ArrayFeed], NDArray[np.float32]]]
"""Trains a network on a feed by a seed, and gives what makes logits (n, classes) of another."""


@dataclass(frozen=True)
class Shadows:
    """What networks say of records, and which records they were trained on."""

    members: Members
    """Whether network i was trained on record j of the pool, (networks, n)."""
    pairs: NDArray[np.int64]
    """The pair that each network belongs to, (networks,)."""
    confidence: Floats
    """`stable_logit` of each record of the pool under each network, (networks, n), the mean over
    `queries`."""
    population: Floats
    """The same of records that no network was trained on, (networks, k)."""
    right: NDArray[np.bool_]
    """Whether each network predicts the class of those records, (networks, k)."""

    def __len__(self) -> int:
        return len(self.members)

    @cached_property
    def standardised(self) -> Floats:
        """`confidence` in standard deviations above the mean of the network's own population, which
        an attacker has: networks that stopped early, or were trained with noise, are each sure on a
        level of their own, and no record can be told by its confidence before that is taken off.
        """
        mean = self.population.mean(1, keepdims=True)
        deviation = self.population.std(1, keepdims=True)
        found: Floats = (self.confidence - mean) / np.where(deviation > 0, deviation, 1.0)
        return found

    def helped(self, values: NDArray[Any]) -> Floats:
        """Sums of values (networks, n) over the shadows of each network in turn: all but itself and
        its partner. Of sums before and after a pair, so that nothing is lost to rounding.
        """
        pairs, own = np.unique(self.pairs, return_inverse=True)
        each = np.zeros((len(pairs), values.shape[1]))
        np.add.at(each, own, values)
        total = np.zeros_like(each)
        total[1:] = np.cumsum(each[:-1], axis=0)
        total[:-1] += np.cumsum(each[:0:-1], axis=0)[::-1]
        return total[own]

    def taking(self, rows: NDArray[np.int64]) -> Shadows:
        """Some of the networks."""
        return Shadows(
            self.members[rows], self.pairs[rows], self.confidence[rows], self.population[rows],
            self.right[rows],
        )  # fmt: skip

    def without(self, network: int) -> Shadows:
        """All networks but one."""
        return self.taking(np.delete(np.arange(len(self)), network))

    def tested_on(self, rows: slice) -> Shadows:
        """The same networks, and some of the records that none was trained on."""
        return replace(self, population=self.population[:, rows], right=self.right[:, rows])

    def redrawn(self, seed: int) -> Shadows:
        """The same networks, beside memberships that had no part in their training."""
        return replace(self, members=halves(len(self), self.members.shape[1], seed))


def shadow_networks(
    pool: ArrayFeed,
    population: ArrayFeed,
    networks: int,
    training: Training,
    seed: int,
    shift: int,
    tell: Callable[[str], None],
) -> Shadows:
    """Train so many networks on halves of the pool, and ask each about all records; pictures that
    were shifted in training are asked about as often, see `queries`.

    Raises:
        InputError: too few networks, or one cannot be trained.
    """
    coins, trainings = np.random.SeedSequence(seed).spawn(2)
    members = halves(networks, len(pool), coins)
    confidence = np.empty((networks, len(pool)))
    outside = np.empty((networks, len(population)))
    right = np.empty((networks, len(population)), bool)
    asked = queries(pool, shift), queries(population, shift)
    for i, seeded in enumerate(trainings.generate_state(networks).tolist()):
        tell(f"shadow {i + 1} of {networks}")
        logits = training(part(pool, np.flatnonzero(members[i])), seeded)
        confidence[i] = _confidence(logits, asked[0])
        outside[i] = _confidence(logits, asked[1])
        right[i] = logits(population).argmax(1) == population.labels
    return Shadows(members, np.arange(networks) // 2, confidence, outside, right)


def _confidence(
    logits: Callable[[ArrayFeed], NDArray[np.float32]], asked: list[ArrayFeed]
) -> Floats:
    """The mean of `stable_logit` over queries, (n,)."""
    found: Floats = np.mean([stable_logit(logits(one), one.labels) for one in asked], axis=0)
    return found
