"""SSIM in torch is the SSIM of the measures."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fewbytes.audits.reconstruction.similarity import similarities, windows_of
from fewbytes.errors import InputError
from fewbytes.measures.distortion.fidelity import ssim
from tests.audits.reconstruction.pictures import pictures


@pytest.mark.parametrize(("side", "channels"), [(20, 1), (12, 3), (8, 1), (3, 2)])
def test_it_is_that_of_fidelity(side: int, channels: int) -> None:
    images = pictures(600, side=side, channels=channels)[0]
    others = np.roll(images, 1, axis=0)
    each = similarities(images, others)
    assert each.shape == (600,)
    assert each.mean() == pytest.approx(ssim(images, others).value, abs=1e-10)
    assert similarities(images[5:6], others[5:6]) == pytest.approx(each[5:6])


def test_images_that_are_not_square() -> None:
    images = pictures(50, side=20)[0][:, :9]
    others = images[::-1]
    assert similarities(images, others).mean() == pytest.approx(
        ssim(images, others).value, abs=1e-10
    )


def test_images_below_three_pixels_have_none() -> None:
    with pytest.raises(InputError, match=r"images of \(2, 9\) pixels; SSIM needs 3 x 3"):
        windows_of((2, 9), torch.float64)
