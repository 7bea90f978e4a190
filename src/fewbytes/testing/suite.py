"""All checks of a stage, as one test."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fewbytes.codecs import Codec, Selection, Stage, Transform
from fewbytes.testing import checks, choices, fits
from fewbytes.testing.samples import (
    LABELS,
    SHAPES,
    TRAINING_IMAGES,
    batches,
    hosts,
    sample_images,
)
from fewbytes.types import Images, Shape


def conformance(
    *stages: Stage, shapes: Iterable[Shape] = SHAPES, examples: int = 8
) -> Callable[[], None]:
    """A test function that holds `stages` to the contract of `fewbytes.codecs.stage`.

    Where a stage is keyed, its key must be given in the environment: see `fewbytes.keys`.

    Args:
        stages: instances with the options that should be tried.
        shapes: image shapes (h, w, c) that they must bear.
        examples: how many batches of images are drawn for each stage and shape.
    """

    def test() -> None:
        for stage in stages:
            checks.check_registered(stage)
            checks.check_configuration(stage)
            for shape in shapes:
                if isinstance(stage, Selection):
                    _check_chooser(stage, shape, examples)
                    continue
                for codec in hosts(stage):
                    _check_codec(stage, codec, shape, examples)

    return test


def _check_codec(stage: Stage, codec: Codec, shape: Shape, examples: int) -> None:
    fitted = codec.fit(sample_images(TRAINING_IMAGES, shape, seed=1), seed=3, labels=LABELS)
    checks.check_declarations(stage, codec, shape)
    checks.check_state(fitted)
    if stage.learned:
        fits.check_merging(stage, fitted)
        fits.check_spans(codec, shape)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(batches(shape))
    def on_images(images: Images) -> None:
        checks.check_shapes(fitted, images)
        checks.check_batches(fitted, images)
        checks.check_threads(fitted, images)
        checks.check_coding(fitted, images)
        checks.check_lossless(fitted, images)
        if isinstance(stage, Transform) and stage.linear:
            checks.check_linear(stage, shape, images)
        if stage.keyed:
            checks.check_key(stage, fitted, images)

    on_images()


def _check_chooser(selection: Selection, shape: Shape, examples: int) -> None:
    choices.check_apart(selection, shape)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(batches(shape), st.integers(0, 100))
    def on_images(images: Images, seed: int) -> None:
        choices.check_descriptions(selection, images)
        choices.check_choice(selection, images, seed)

    on_images()
