"""Every measure of a store, in groups; what cannot be had is a row that says why.

What several groups need, such as held-out log-losses of probes, is made once and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError, MissingExtraError
from fewbytes.learn.models import is_picture
from fewbytes.measures.class_pairs import class_pairs
from fewbytes.measures.code_entropy import code_entropy, position_entropies
from fewbytes.measures.contrastive import contrastive_information
from fewbytes.measures.description_length import DescriptionLength, description_length
from fewbytes.measures.distances import distance_distortion
from fewbytes.measures.fidelity import psnr, squared_error, ssim
from fewbytes.measures.gaussian_rate import Moments, gaussian_bound, moments, rate_gap
from fewbytes.measures.image_information import image_information
from fewbytes.measures.intrinsic_dimension import intrinsic_dimension
from fewbytes.measures.label_information import label_entropy, label_information
from fewbytes.measures.lost_information import lost_information
from fewbytes.measures.material import Material
from fewbytes.measures.measurement import Measurement, named
from fewbytes.measures.neighbour_information import neighbour_information
from fewbytes.measures.usable import Usable, usable_information

FAMILIES = ("linear", "knn", "mlp", "cnn")

SUPERVISED = "the codec was fitted with these labels: measure a split that it has not seen"

Measurements = list[Measurement]


class Suite:
    """The measures of one material, by group."""

    def __init__(self, material: Material, seed: int) -> None:
        self.material, self.seed = material, seed
        self._usables: dict[str, Usable] = {}

    def entropy(self) -> Measurements:
        """How many bits the codes hold."""
        return self._attempt("entropy.record", "bits", lambda: self.entropies)

    def image(self) -> Measurements:
        """How much the codes say of the images."""

        def measure() -> Measurements:
            m = self.material
            entropy = None if m.alphabet is None else named(self.entropies)["entropy.record"]
            return image_information(
                values=m.values, alphabet=m.alphabet, entropy=entropy, seed=self.seed
            )

        return self._attempt("image_information", "bits", measure)

    def labels(self) -> Measurements:
        """How much the codes say of the labels, at all and to a family of readers."""
        found: Measurements = []
        for family in FAMILIES:
            name = f"usable.{family}"
            found += self._attempt(name, "bits", partial(self._usable_measurement, family))
        found += self._attempt("label_information", "bits", self._label_information)
        if self.material.unpaired is None:
            found += self._attempt("usable.lost", "bits", self._lost)
        return self._of_labels(found)

    def description(self) -> Measurements:
        """How few bits the labels take, given the codes."""

        def measure() -> Measurements:
            lengths = self.lengths
            return [lengths.measurement, lengths.uniform, lengths.limit]

        return self._of_labels(self._attempt("description_length", "bits", measure))

    def distortion(self) -> Measurements:
        """How far decoded images are from the originals, and at what rate that could be had."""
        found = self._attempt("mse", "grey levels^2", self._fidelity)
        return found + self._attempt("rate.gaussian", "bits", self._gaussian)

    def geometry(self) -> Measurements:
        """How distances between images differ between codes."""
        return self._attempt(
            "distances.distortion", "",
            lambda: distance_distortion(
                self.material.originals, self.material.values, seed=self.seed
            ),
        )  # fmt: skip

    def dimension(self) -> Measurements:
        """On a manifold of how many dimensions the codes lie."""
        return self._attempt(
            "dimension.two_nn", "dimensions",
            lambda: intrinsic_dimension(self.material.values, seed=self.seed),
        )  # fmt: skip

    def neighbours(self) -> Measurements:
        """What neighbours among the codes say of labels, and codes of one class of each other."""
        m = self.material
        found = self._attempt(
            "neighbours.information", "bits",
            lambda: neighbour_information(m.values, m.labels, discrete=True, seed=self.seed),
        )  # fmt: skip
        found += self._attempt("contrastive.information", "bits", self._contrastive)
        return self._of_labels(found)

    # ----------------------------------------------------------- made once

    @cached_property
    def entropies(self) -> Measurements:
        """Those of discrete codes. Raises InputError of real ones."""
        if self.material.alphabet is None:
            raise InputError("the codes are real numbers, which hold no finite number of bits")
        m = self.material
        return code_entropy(m.all_codes, coded_bits=m.coded_bits, alphabet=m.alphabet)

    @cached_property
    def positions(self) -> NDArray[np.float64]:
        """Bits of each position of a code, (*code_shape)."""
        return position_entropies(self.material.all_codes)

    @cached_property
    def lengths(self) -> DescriptionLength:
        m = self.material
        return description_length(m.values, m.labels, picture=m.spatial, seed=self.seed)

    @cached_property
    def moments(self) -> Moments:
        """Variances of the originals along their principal axes. Raises InputError."""
        return moments(self.material.originals)

    @cached_property
    def usable_original(self) -> Usable:
        """What the same network reads in the original images."""
        if not self.material.store.codec.codec.lossy:
            return self.usable("cnn")
        return self._read(self.material.originals, "cnn", picture=True)

    def usable(self, family: str) -> Usable:
        """What a family of probes reads in the codes; a `cnn` in the decoded images where codes are
        no pictures. Raises InputError where it cannot.
        """
        if family not in self._usables:
            m = self.material
            shape = m.store.codec.coefficient_shape
            decoded = family == "cnn" and not is_picture(shape, m.spatial)
            inputs = m.pictures if decoded else m.values
            self._usables[family] = self._read(inputs, family, picture=decoded or m.spatial)
        return self._usables[family]

    # ------------------------------------------------------------- of groups

    def _read(self, inputs: NDArray[Any], family: str, *, picture: bool) -> Usable:
        m = self.material
        return usable_information(
            inputs, m.labels, family=family, picture=picture, classes=m.classes, seed=self.seed
        )

    def _usable_measurement(self, family: str) -> Measurements:
        return [self.usable(family).measurement]

    def _label_information(self) -> Measurements:
        most = None
        if self.material.alphabet is not None:
            most = named(self.entropies)["entropy.record"].high
        usables = []
        for family in FAMILIES:
            try:
                usables.append(self.usable(family))
            except InputError:  # its own row says so
                continue
        return label_information(usables, entropy_high=most)

    def _lost(self) -> Measurements:
        return [lost_information(self.usable("cnn"), self.usable_original)]

    def _fidelity(self) -> Measurements:
        m = self.material
        mse = squared_error(m.originals, m.pictures)
        found = [mse, psnr(mse)]
        found += self._attempt("ssim", "", lambda: [ssim(m.originals, m.pictures, seed=self.seed)])
        exact = not m.store.codec.codec.lossy
        return [known_exact(one) if exact and one.available else one for one in found]

    def _gaussian(self) -> Measurements:
        m = self.material
        bound = gaussian_bound(self.moments, squared_error(m.originals, m.pictures))
        return [bound, rate_gap(self.material.coded_bits, bound)]

    def _contrastive(self) -> Measurements:
        m = self.material
        first, second = class_pairs(m.labels, self.seed)
        entropy = label_entropy(m.labels).high
        # a larger batch has a higher ceiling, but too few of them teach nothing
        batch = min(512, 1 << max(4, (len(first) // 8).bit_length() - 1))
        return [
            contrastive_information(
                m.values[first], m.values[second], most=entropy, batch=batch, seed=self.seed
            )
        ]

    def _of_labels(self, found: Measurements) -> Measurements:
        """Doubted where the codec saw the very labels that are read."""
        if not self.material.store.codec.codec.supervised or self.material.split.name != "train":
            return found
        return [one.doubted(SUPERVISED) if one.available else one for one in found]

    def _attempt(self, name: str, unit: str, measure: Callable[[], Measurements]) -> Measurements:
        """What `measure` gives; where it cannot be had, one row of that name that says why."""
        try:
            return measure()
        except (InputError, MissingExtraError) as error:
            return [Measurement.unavailable(name, unit, str(error), len(self.material))]


def known_exact(one: Measurement) -> Measurement:
    """A fidelity of a codec that is exact by construction: no other image will differ either."""
    method = f"{one.method}; the codec is exact by its stages"
    return replace(one, low=one.value, high=one.value, method=method, warnings=())


GROUPS: dict[str, Callable[[Suite], Measurements]] = {
    name: getattr(Suite, name)
    for name in (
        "entropy", "image", "labels", "description",
        "distortion", "geometry", "dimension", "neighbours",
    )
}  # fmt: skip
"""The groups of measures, in the order in which they are shown."""
