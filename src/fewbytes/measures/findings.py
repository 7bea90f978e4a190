"""What is found of one material. What several measures need, such as the held-out log-losses of
probes, is made once and kept.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.learn.models import is_picture
from fewbytes.measures.distortion.fidelity import psnr, squared_error, ssim
from fewbytes.measures.distortion.gaussian_rate import Moments, gaussian_bound, moments, rate_gap
from fewbytes.measures.geometry.distances import distance_distortion
from fewbytes.measures.geometry.intrinsic_dimension import intrinsic_dimension
from fewbytes.measures.information.class_pairs import class_pairs
from fewbytes.measures.information.code_entropy import code_entropy, position_entropies
from fewbytes.measures.information.contrastive import contrastive_information
from fewbytes.measures.information.description_length import DescriptionLength, description_length
from fewbytes.measures.information.image_information import image_information
from fewbytes.measures.information.label_information import label_entropy, label_information
from fewbytes.measures.information.lost_information import lost_information
from fewbytes.measures.information.neighbour_information import neighbour_information
from fewbytes.measures.information.usable import Usable, usable_information
from fewbytes.measures.material import Material
from fewbytes.measures.measurement import Measurement, Verdict, named

FAMILIES = ("linear", "knn", "mlp", "cnn")

MOST_PAIRS_AT_ONCE = 512
"""Of the contrastive bound: a larger batch has a higher ceiling, but too few teach nothing."""

Measurements = list[Measurement]


class Findings:
    """Measurements of one material; each raises InputError where it cannot be had."""

    def __init__(self, material: Material, seed: int) -> None:
        self.material, self.seed = material, seed
        self._usables: dict[str, Usable] = {}

    # ------------------------------------------------------------------ codes

    @cached_property
    def entropies(self) -> Measurements:
        """Of discrete codes."""
        m = self.material
        if m.alphabet is None:
            raise InputError("the codes are real numbers, which hold no finite number of bits")
        return code_entropy(
            m.all_codes, coded_bits=m.coded_bits, coded_error=m.coded_error, alphabet=m.alphabet
        )

    @cached_property
    def positions(self) -> NDArray[np.float64]:
        """Bits of each position of a code, (*code_shape)."""
        return position_entropies(self.material.all_codes)

    def image_information(self) -> Measurements:
        m = self.material
        entropy = None if m.alphabet is None else named(self.entropies)["entropy.record"]
        return image_information(
            values=m.values, alphabet=m.alphabet, entropy=entropy, alone=m.alone, seed=self.seed
        )

    def intrinsic_dimension(self) -> Measurements:
        return intrinsic_dimension(self.material.values, seed=self.seed)

    # ----------------------------------------------------------------- labels

    def usable(self, family: str) -> Usable:
        """What a family of probes reads in the codes; a `cnn` in the decoded images where codes are
        no pictures.
        """
        if family not in self._usables:
            m = self.material
            decoded = family == "cnn" and not self._code_is_picture
            inputs = m.pictures if decoded else m.values
            self._usables[family] = self._read(inputs, family, picture=decoded or m.spatial)
        return self._usables[family]

    @cached_property
    def usable_original(self) -> Usable:
        """What a `cnn` reads in the original images."""
        m = self.material
        if np.array_equal(m.originals, m.values if self._code_is_picture else m.pictures):
            return self.usable("cnn")
        return self._read(m.originals, "cnn", picture=True)

    def lost_information(self) -> Measurements:
        return [lost_information(self.usable("cnn"), self.usable_original)]

    def label_entropy(self) -> Measurements:
        return [label_entropy(self.material.labels, classes=self.material.classes)]

    def label_information(self) -> Measurements:
        found: list[Usable] = []
        reasons = []
        for family in FAMILIES:
            try:
                found.append(self.usable(family))
            except InputError as error:
                reasons.append(str(error))
        if not found:
            raise InputError(reasons[0])
        return label_information(found, entropy_high=self._most_bits())[1:]

    @cached_property
    def lengths(self) -> DescriptionLength:
        m = self.material
        return description_length(
            m.values, m.labels, picture=m.spatial, classes=m.classes, seed=self.seed
        )

    def description_length(self) -> Measurements:
        return [self.lengths.measurement, self.lengths.uniform, self.lengths.limit]

    def neighbour_information(self) -> Measurements:
        m = self.material
        return neighbour_information(m.values, m.labels, discrete=True, seed=self.seed)

    def contrastive_information(self) -> Measurements:
        """Between codes of one class, which is no more than H(Y)."""
        m = self.material
        first, second = class_pairs(m.labels, self.seed)
        batch = min(MOST_PAIRS_AT_ONCE, 1 << max(4, (len(first) // 8).bit_length() - 1))
        if len(first) < 4 * batch:
            raise InputError(f"{len(first)} pairs of one class; the bound needs {4 * batch}")
        most = self.label_entropy()[0].high
        return [
            contrastive_information(
                m.values[first], m.values[second], most=most, batch=batch, seed=self.seed
            )
        ]

    # -------------------------------------------------------------- originals

    @cached_property
    def squared_error(self) -> Measurement:
        return self._known(squared_error(self.material.originals, self.material.pictures))

    def errors(self) -> Measurements:
        return [self.squared_error, self._known(psnr(self.squared_error))]

    def ssim(self) -> Measurements:
        m = self.material
        return [self._known(ssim(m.originals, m.pictures, seed=self.seed))]

    @cached_property
    def moments(self) -> Moments:
        """Variances of the originals along their principal axes."""
        return moments(self.material.originals)

    def gaussian_rate(self) -> Measurements:
        bound = gaussian_bound(self.moments, self.squared_error)
        return [bound, rate_gap(self.material.coded_bits, bound)]

    def distances(self) -> Measurements:
        return distance_distortion(self.material.originals, self.material.values, seed=self.seed)

    # -------------------------------------------------------------- own parts

    @property
    def _code_is_picture(self) -> bool:
        """Whether a code is a picture that a `cnn` can read."""
        m = self.material
        return is_picture(m.store.codec.coefficient_shape, m.spatial)

    def _read(self, inputs: NDArray[Any], family: str, *, picture: bool) -> Usable:
        m = self.material
        return usable_information(
            inputs, m.labels, family=family, picture=picture, classes=m.classes, seed=self.seed
        )

    def _most_bits(self) -> float | None:
        """The proven upper end of H(Z)."""
        if self.material.alphabet is None:
            return None
        record = named(self.entropies)["entropy.record"]
        return record.high if record.verdict is Verdict.RELIABLE else None

    @cached_property
    def _exact(self) -> bool:
        m = self.material
        return not m.store.codec.codec.lossy and np.array_equal(m.originals, m.pictures)

    def _known(self, one: Measurement) -> Measurement:
        """Without sampling error where the codec is exact: no other image will differ either."""
        if not self._exact:
            return one
        method = f"{one.method}; the codec is exact by its stages"
        return replace(one, low=one.value, high=one.value, method=method, warnings=())
