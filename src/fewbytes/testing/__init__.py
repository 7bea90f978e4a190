"""The conformance suite: what every stage must keep, ours and a plug-in author's alike.

In the tests of a plug-in, one line is enough:

    test_half = fewbytes.testing.conformance(Half())

It puts each given stage into a codec, draws images with hypothesis, and runs every check below.
Needs hypothesis (`pip install 'fewbytes[testing]'`).

suite        all checks of a stage, as one test
checks       what every stage but a selection must keep
choices      what a selection must keep
fits         what a stage must keep that learns
samples      images, options and codecs to try
"""

from __future__ import annotations

from fewbytes.errors import MissingExtraError

try:
    import hypothesis  # noqa: F401
except ImportError:
    raise MissingExtraError("the conformance suite", "hypothesis", "testing") from None

from fewbytes.testing.checks import (
    check_batches,
    check_coding,
    check_configuration,
    check_registered,
    check_shapes,
    check_state,
    check_threads,
)
from fewbytes.testing.fits import check_merging, check_spans
from fewbytes.testing.samples import SHAPES, batches, hosts, options, sample_images
from fewbytes.testing.suite import conformance

__all__ = [
    "SHAPES",
    "batches",
    "check_batches",
    "check_coding",
    "check_configuration",
    "check_merging",
    "check_registered",
    "check_shapes",
    "check_spans",
    "check_state",
    "check_threads",
    "conformance",
    "hosts",
    "options",
    "sample_images",
]
