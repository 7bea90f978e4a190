"""The cells of a study."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from fewbytes.codecs import Codec
from fewbytes.learn.models import default_model
from fewbytes.studies.config import RAW, StudyConfig
from fewbytes.types import Shape


@dataclass(frozen=True)
class Cell:
    """One training: a codec, what the network is fed, the network, the seed."""

    dataset: str
    codec: str
    view: str
    model: str
    seed: int

    @property
    def key(self) -> str:
        """A short name that is the same for the same cell, and safe as a file name."""
        words = json.dumps([self.dataset, self.codec, self.view, self.model, self.seed])
        return hashlib.sha256(words.encode()).hexdigest()[:12]

    @property
    def line(self) -> tuple[str, str, str]:
        """What seeds are averaged over: (codec, view, model)."""
        return (self.codec, self.view, self.model)

    def __str__(self) -> str:
        return f"{self.codec} · {self.view} · {self.model} · seed {self.seed}"


def cells(config: StudyConfig, dataset: str, image_shape: Shape) -> list[Cell]:
    """Every cell, all codecs of a seed before the next seed, so that comparisons come early.

    The raw images are trained on with every model that any codec is, so that each difference from
    raw is the codec's and not the network's.

    Raises:
        CodecError: a codec does not fit images of that shape.
    """
    raw, *codecs = config.all_codecs()
    lines = [
        (str(codec), view, model)
        for codec in codecs
        for view, model in _feeds(config, codec, image_shape)
    ]
    raw_lines = [(str(raw), view, model) for view, model in _feeds(config, raw, image_shape)]
    raw_lines += [(str(raw), "image", model) for _, _, model in lines]
    return [
        Cell(dataset, *line, seed)
        for seed in range(config.seeds)
        for line in dict.fromkeys(raw_lines + lines)
    ]


def _feeds(config: StudyConfig, codec: Codec, image_shape: Shape) -> Iterator[tuple[str, str]]:
    """The (view, model) pairs of a codec. `auto` views are the image for the raw pixels, the code
    where it is a picture, and both where it is not.
    """
    code = codec.signals(image_shape)[-1]
    for word in config.views:
        if str(codec) == RAW:
            views = ["image"]
        elif word == "auto":
            views = ["code"] if code.spatial else ["code", "image"]
        else:
            views = [word]
        for view in views:
            shape = image_shape if view == "image" else code.shape
            picture = view == "image" or code.spatial
            for model in config.models:
                yield view, default_model(shape, picture) if model == "auto" else model
