"""The codec's own decoder: what every reader of the store sees."""

from __future__ import annotations

from fewbytes.audits.exposure import Exposure
from fewbytes.audits.reconstruction.rebuilt import Rebuilt, held, picture_error


def decoder(exposure: Exposure) -> Rebuilt:
    """Decoded images. Raises InputError or CodecError where the codes do not decode."""
    targets = exposure.decoded[exposure.targets]
    error = picture_error(exposure, targets)
    return Rebuilt(exposure.decoded[held(exposure)], targets, error, "the codec's own decoder")
