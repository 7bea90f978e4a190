"""The one image that is most alike, by SSIM, to all images of a set: the best that can be guessed.

Whatever is made of codes that say nothing of their images, image by image or all alike, its mean
SSIM is a mean of those of single images against the whole set, and so no more than that of the
best single image. The mean image, which is the best by square error, is blurred and far from that:
sharp noise can be above it. This one is found by gradient ascent (Adam: Kingma & Ba 2015) on draws
of known images.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from fewbytes.audits.reconstruction.similarity import planes, similarity, windows_of
from fewbytes.types import Images

STEPS = 80
BATCH_VALUES = 1 << 19
"""Pixel values of the images of a step: 668 of MNIST."""
RATE = 8.0
"""Grey levels of the first step."""


def best_guess(images: Images, seed: int) -> Images:
    """The image (1, h, w, c) found, from images (n, h, w, c).

    Raises:
        InputError: images below 3 x 3 pixels, of which SSIM says nothing.
    """
    windows = windows_of(images.shape[1:3], torch.float32)
    known = planes(images)
    batch = max(1, min(len(known), BATCH_VALUES // math.prod(images.shape[1:])))
    generator = torch.Generator().manual_seed(seed)
    guess = known.double().mean(0, keepdim=True).float().requires_grad_()
    optimizer = torch.optim.Adam([guess], RATE)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
        rows = torch.randperm(len(known), generator=generator)[:batch]
        optimizer.zero_grad()
        loss = -similarity(known[rows].float(), guess, windows).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        guess.data.clamp_(0, 255)
    found: Images = guess.detach().round().byte().permute(0, 2, 3, 1).numpy()
    return np.ascontiguousarray(found)
