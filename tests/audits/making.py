"""Exposures and trials for the tests of audits."""

from __future__ import annotations

from pathlib import Path

import fewbytes as fb
from fewbytes.audits.exposure import Exposure, exposed
from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Trial
from fewbytes.data import open_source
from fewbytes.measures.material import Material
from fewbytes.types import Dataset


def exposure_of(data: Dataset, codec: str, folder: Path, seed: int = 0) -> Exposure:
    """All training records of a data set, as the codec shows them."""
    store = fb.compress(data, folder / "exposed.fb", codec=codec, overwrite=True)
    material = Material.of(store, "train", records=1 << 20, seed=seed, source=open_source(data))
    return exposed(material, seed)


def known_trial(name: str, value: float, chance: float | None = None) -> Trial:
    """A figure without error, beside a chance without error."""
    beside = None if chance is None else exactly(name, "share", chance, "given")
    return Trial(exactly(name, "share", value, "given"), beside)
