"""Probes: predictors of the labels from the codes, with calibrated probabilities.

A family is a name and a way of fitting. Whatever its members are, `fit_probe` calibrates them on
records they were not fitted on (`calibration`), so that no record's loss exceeds a stated number of
bits. What a probe says of a record counts only where that record was neither fitted nor calibrated
on (`parts`).

contract       what a family gives
linear         multinomial logistic regression
neighbours     frequencies of the labels among the nearest records
networks       the MLP and the convolutional network that studies train
calibration    temperature, and the floor under every probability
parts          three disjoint parts of the records
concentration  how far a mean or a frequency may stray from its expectation
entropy_region the least and the greatest entropy near observed frequencies
"""

from fewbytes.measures.information.probes.calibration import Probe, fit_probe
from fewbytes.measures.information.probes.contract import Family, Records, Scorer, check_records
from fewbytes.measures.information.probes.families import FAMILIES, family_named
from fewbytes.measures.information.probes.parts import Parts, some_records, three_parts

__all__ = [
    "FAMILIES",
    "Family",
    "Parts",
    "Probe",
    "Records",
    "Scorer",
    "check_records",
    "family_named",
    "fit_probe",
    "some_records",
    "three_parts",
]
