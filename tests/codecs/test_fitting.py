"""Learning is a sum over chunks: parts that are fitted apart join to the whole."""

from __future__ import annotations

import pytest
import torch

from fewbytes.codecs import Codec, Signal
from fewbytes.testing import sample_images

IMAGES = torch.from_numpy(sample_images(64, (12, 10, 3), seed=5))


@pytest.mark.parametrize("spec", ["pca:7", "projection:9", "downsample:5", "otsu"])
def test_contributions_join(spec: str) -> None:
    stage = Codec.parse(spec).transforms[0]
    signal = Signal((12, 10, 3))
    whole = stage.finish(stage.statistic(IMAGES, signal, 0), signal, 0)
    parts = [stage.statistic(part, signal, 0) for part in torch.split(IMAGES, 20)]
    total = parts[0]
    for part in parts[1:]:
        total = stage.combine(total, part)
    joined = stage.finish(total, signal, 0)
    assert whole.keys() == joined.keys()
    for key in whole:
        assert torch.allclose(whole[key].double(), joined[key].double(), atol=2e-3, rtol=2e-3)


def test_stages_after_the_first_learn_from_what_reaches_them() -> None:
    fitted = Codec.parse("dct:4 | uniform:8").fit(IMAGES)
    coefficients = Codec.parse("dct:4").encode(IMAGES)
    assert torch.equal(fitted.states[1]["low"], coefficients.amin(0))
    assert torch.equal(fitted.states[1]["high"], coefficients.amax(0))
