"""Every measure of a store, in groups; what cannot be had is a row that says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fewbytes.errors import InputError, MissingExtraError
from fewbytes.measures.findings import FAMILIES, Findings, Measurements
from fewbytes.measures.measurement import Measurement

SUPERVISED = "the codec was fitted with these labels: measure a split that it has not seen"


@dataclass(frozen=True)
class Attempt:
    """Measurements that are had together, or not at all."""

    units: Mapping[str, str]
    """Their names, in order, and their units."""
    measure: Callable[[Findings], Measurements]
    of_labels: bool = False
    """Whether they say something of the labels."""

    def rows(self, findings: Findings) -> Measurements:
        """The measurements; where they cannot be had, a row for each that says why."""
        material = findings.material
        try:
            found = self.measure(findings)
        except (InputError, MissingExtraError) as error:
            return self._missing(str(error), len(material))
        except MemoryError:
            return self._missing("it takes more memory than there is", len(material))
        assert [one.name for one in found] == list(self.units), "declared names are those found"
        seen = material.store.codec.codec.supervised and material.split.name == "train"
        if not (seen and self.of_labels):
            return found
        return [one.doubted(SUPERVISED) if one.available else one for one in found]

    def _missing(self, reason: str, n: int) -> Measurements:
        return [Measurement.unavailable(name, unit, reason, n) for name, unit in self.units.items()]


def _each(unit: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, unit)


def _usable(family: str) -> Attempt:
    return Attempt(
        _each("bits", f"usable.{family}"), lambda f: [f.usable(family).measurement], of_labels=True
    )


GROUPS: Mapping[str, tuple[Attempt, ...]] = {
    "entropy": (
        Attempt(
            _each(
                "bits", "entropy.record", "entropy.position", "entropy.independent",
                "entropy.collision", "entropy.min",
            ),
            lambda f: f.entropies,
        ),
    ),
    "image": (
        Attempt(
            _each("bits", "image_information.exact", "image_information.noisy"),
            Findings.image_information,
        ),
    ),
    "labels": (
        *map(_usable, FAMILIES),
        Attempt(_each("bits", "label_entropy"), Findings.label_entropy),
        Attempt(
            {
                **_each("bits", "label_information", "label_information.error"),
                "bayes_error": "fraction",
            },
            Findings.label_information,
            of_labels=True,
        ),
        Attempt(_each("bits", "usable.lost"), Findings.lost_information, of_labels=True),
    ),
    "description": (
        Attempt(
            _each(
                "bits", "description_length", "description_length.uniform",
                "description_length.limit",
            ),
            Findings.description_length,
            of_labels=True,
        ),
    ),
    "distortion": (
        Attempt({"mse": "grey levels^2", "psnr": "dB"}, Findings.errors),
        Attempt(_each("", "ssim"), Findings.ssim),
        Attempt(_each("bits", "rate.gaussian", "rate.gap"), Findings.gaussian_rate),
    ),
    "geometry": (
        Attempt(
            _each(
                "", "distances.distortion", "distances.spread", "norms.spread",
                "distances.correlation", "distances.johnson_lindenstrauss",
            ),
            Findings.distances,
        ),
    ),
    "dimension": (
        Attempt(
            _each(
                "dimensions", "dimension.two_nn", "dimension.two_nn.half", "dimension.ml",
                "dimension.ml.half",
            ),
            Findings.intrinsic_dimension,
        ),
    ),
    "neighbours": (
        Attempt(
            _each(
                "bits", "neighbours.information", "neighbours.shuffled", "neighbours.copies",
                "neighbours.half",
            ),
            Findings.neighbour_information,
            of_labels=True,
        ),
        Attempt(
            _each("bits", "contrastive.information"),
            Findings.contrastive_information,
            of_labels=True,
        ),
    ),
}  # fmt: skip
"""The groups of measures, in the order in which they are shown."""


def measurements(findings: Findings, group: str) -> Measurements:
    """The rows of a group."""
    return [row for attempt in GROUPS[group] for row in attempt.rows(findings)]
