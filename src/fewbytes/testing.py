"""The conformance suite: what every stage must keep, ours and a plug-in author's alike.

In the tests of a plug-in, one line is enough:

    test_half = fewbytes.testing.conformance(Half())

It puts each given stage into a codec, draws images with hypothesis, and runs every check below.
Needs hypothesis (`pip install 'fewbytes[testing]'`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import partial
from typing import Any, get_type_hints

import numpy as np
import torch

from fewbytes import keys
from fewbytes.codecs import (
    Codec,
    Coder,
    FittedCodec,
    Selection,
    Stage,
    Transform,
    stage_class,
    stage_names,
    text,
)
from fewbytes.errors import (
    CodecError,
    CorruptError,
    FewbytesError,
    InputError,
    MissingExtraError,
    SecretKeyError,
)
from fewbytes.types import Images, Shape

try:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st
except ImportError:
    raise MissingExtraError("the conformance suite", "hypothesis", "testing") from None

SHAPES: tuple[Shape, ...] = ((28, 28, 1), (17, 20, 3))
"""Shapes (h, w, c) that stages are tried on by default: square and grey, uneven and coloured."""

TRAINING_IMAGES = 40
LABELS = np.arange(TRAINING_IMAGES) % 3


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
            check_registered(stage)
            check_configuration(stage)
            for shape in shapes:
                if isinstance(stage, Selection):
                    _check_chooser(stage, shape, examples)
                    continue
                for codec in hosts(stage):
                    _check_codec(stage, codec, shape, examples)

    return test


def _check_codec(stage: Stage, codec: Codec, shape: Shape, examples: int) -> None:
    fitted = codec.fit(sample_images(TRAINING_IMAGES, shape, seed=1), seed=3, labels=LABELS)
    check_declarations(stage, codec, shape)
    check_state(fitted)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(batches(shape))
    def on_images(images: Images) -> None:
        check_shapes(fitted, images)
        check_batches(fitted, images)
        check_threads(fitted, images)
        check_coding(fitted, images)
        check_lossless(fitted, images)
        if isinstance(stage, Transform) and stage.linear:
            check_linear(stage, shape, images)
        if stage.keyed:
            check_key(stage, fitted, images)

    on_images()


def _check_chooser(selection: Selection, shape: Shape, examples: int) -> None:
    check_apart(selection, shape)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(batches(shape), st.integers(0, 100))
    def on_images(images: Images, seed: int) -> None:
        check_descriptions(selection, images)
        check_choice(selection, images, seed)

    on_images()


# ------------------------------------------------------------------------------ strategies


def batches(shape: Shape, most: int = 6) -> st.SearchStrategy[Images]:
    """Hypothesis strategy: small batches of images of one shape, noisy, flat, sparse or smooth."""
    return st.builds(
        lambda n, seed: sample_images(n, shape, seed), st.integers(1, most), st.integers(0, 10_000)
    )


def options(cls: type[Stage]) -> st.SearchStrategy[Stage]:
    """Hypothesis strategy: instances of a stage with all sorts of options that it accepts."""
    kinds: dict[Any, st.SearchStrategy[Any]] = {
        int: st.integers(1, 16),
        float: st.floats(0.01, 0.99),
        bool: st.booleans(),
        str: st.from_regex("[a-z][a-z0-9_-]{0,8}", fullmatch=True),
        text.Size: st.tuples(st.integers(1, 16), st.integers(1, 16)),
    }
    hints = get_type_hints(cls)
    drawn = {
        f.name: st.sampled_from(f.metadata["choices"])
        if "choices" in f.metadata
        else kinds[hints[f.name]]
        for f in fields(cls)
    }
    return st.fixed_dictionaries(drawn).filter(partial(_accepts, cls)).map(lambda o: cls(**o))


def _accepts(cls: type[Stage], chosen: dict[str, Any]) -> bool:
    try:
        cls(**chosen)
    except CodecError:
        return False
    return True


def sample_images(n: int, shape: Shape, seed: int) -> Images:
    """`n` images (n, *shape) uint8, of kinds that differ: noise, one colour, strokes, a ramp."""
    rng = np.random.default_rng(seed)
    height, width, channels = shape
    noise = rng.integers(0, 256, (n, *shape))
    flat = np.broadcast_to(rng.integers(0, 256, (n, 1, 1, channels)), noise.shape)
    strokes = np.where(rng.random((n, *shape)) < 0.15, noise, 0)
    ramp = np.linspace(0, 255, height)[:, None] * np.linspace(0, 1, width)[None, :]
    smooth = np.broadcast_to(ramp[None, :, :, None], noise.shape)
    kind = rng.integers(0, 4, n)[:, None, None, None]
    images: Images = np.choose(kind, [noise, flat, strokes, smooth]).astype(np.uint8)
    return images


def hosts(stage: Stage) -> list[Codec]:
    """Codecs that hold `stage`, for each kind of symbols where it is a coder."""
    if not isinstance(stage, Coder):
        rows = [[stage], [*text.parse("otsu"), stage], [*text.parse("dct:4"), stage]]
        return [next(codec for row in rows if (codec := _possible(row)) is not None)]
    specs = ("uint8", "threshold", "uniform:3", "uniform:12", "float32")
    rows = [[*text.parse(spec), stage] for spec in specs]
    return [codec for row in rows if (codec := _possible(row)) is not None]


def _possible(row: list[Stage]) -> Codec | None:
    try:
        return Codec(row)
    except CodecError:
        return None


# ------------------------------------------------------------------------------ checks


def check_registered(stage: Stage) -> None:
    """The stage is known by its name, and its docstring says what it does."""
    assert stage.name in stage_names(), f"{stage.name} is not registered"
    assert stage_class(stage.name) is type(stage)
    assert (type(stage).__doc__ or "").strip(), f"{stage.name} has no docstring"


def check_configuration(stage: Stage) -> None:
    """Text and configuration come back as the same stage, and it cannot be changed."""
    assert text.parse(text.canonical(stage)) == [stage]
    assert type(stage).from_config(stage.config()) == stage
    assert hash(stage) == hash(type(stage).from_config(stage.config()))
    for f in fields(stage):
        try:
            setattr(stage, f.name, None)
        except AttributeError:
            continue
        raise AssertionError(f"{stage.name}.{f.name} can be changed: make it a frozen dataclass")


def check_declarations(stage: Stage, codec: Codec, shape: Shape) -> None:
    """What the stage declares is true: it learns, depends on the seed, keeps pictures."""
    images = sample_images(TRAINING_IMAGES, shape, seed=2)
    one, same, other = (codec.fit(images, seed=seed, labels=LABELS) for seed in (0, 0, 1))
    place = codec.stages.index(stage)
    assert bool(one.states[place]) == stage.learned, f"{stage.name}: learned is declared wrongly"
    assert one.save_state() == same.save_state(), f"{stage.name}: fit is not repeatable"
    if not any(s.seeded for s in codec.stages):
        assert one.save_state() == other.save_state(), f"{stage.name}: seeded is declared wrongly"
    if codec.spatial:
        assert len(one.code_shape) == 3, f"{stage.name} is spatial, but codes are {one.code_shape}"
    if stage.learned:
        refused = _raises(CodecError, lambda: codec.encode(images))
        assert refused, f"{stage.name} works without being fitted"


def check_state(fitted: FittedCodec) -> None:
    """The state survives being saved and loaded, and half of it is refused."""
    blob = fitted.save_state()
    loaded = FittedCodec.load(fitted.codec, fitted.image_shape, blob)
    assert loaded.save_state() == blob
    if blob:
        half = blob[: len(blob) // 2]
        assert _raises(
            CorruptError, lambda: FittedCodec.load(fitted.codec, fitted.image_shape, half)
        )


def check_shapes(fitted: FittedCodec, images: Images) -> None:
    """Codes, coefficients and images have the shapes and types that are promised."""
    codes = fitted.encode(images)
    assert codes.shape == (len(images), *fitted.code_shape)
    assert codes.dtype == fitted.symbols.dtype
    if fitted.symbols.alphabet is not None:
        assert int(codes.max()) < fitted.symbols.alphabet
    values = fitted.dequantize(codes)
    assert values.shape == (len(images), *fitted.coefficient_shape)
    assert values.dtype == np.float32
    assert np.isfinite(values).all()
    decoded = fitted.decode(codes)
    assert decoded.shape == images.shape
    assert decoded.dtype == np.uint8
    tensor = fitted.encode(torch.from_numpy(images))
    assert np.array_equal(tensor.numpy(), codes), "NumPy arrays and tensors differ"
    wrong = np.zeros((1, images.shape[1] + 1, *images.shape[2:]), np.uint8)
    assert _raises(InputError, lambda: fitted.encode(wrong))
    assert _raises(InputError, lambda: fitted.encode(images.astype(np.float64)))


def check_batches(fitted: FittedCodec, images: Images) -> None:
    """An image has the same code alone, in any batch and at any place of it."""
    codes = fitted.encode(images)
    alone = np.concatenate([fitted.encode(images[i : i + 1]) for i in range(len(images))])
    assert np.array_equal(alone, codes), f"{fitted}: codes depend on the batch"
    assert np.array_equal(fitted.encode(images[::-1]), codes[::-1])
    decoded = fitted.decode(codes)
    assert np.array_equal(fitted.decode(codes[:1]), decoded[:1]), "images depend on the batch"


def check_threads(fitted: FittedCodec, images: Images) -> None:
    """Codes do not depend on the number of threads."""
    many = np.concatenate([images] * 40)
    threads = torch.get_num_threads()
    try:
        found = []
        for count in (1, 3):
            torch.set_num_threads(count)
            found.append(fitted.encode(many))
    finally:
        torch.set_num_threads(threads)
    assert np.array_equal(found[0], found[1]), f"{fitted}: codes depend on the number of threads"


def check_coding(fitted: FittedCodec, images: Images) -> None:
    """Packing is repeatable, and exactly invertible unless the coder declares a loss; other lengths
    are refused.
    """
    codes = fitted.encode(images)
    blob = fitted.pack(codes)
    assert blob == fitted.pack(codes)
    unpacked = fitted.unpack(blob, len(codes))
    assert unpacked.dtype == codes.dtype
    assert unpacked.shape == codes.shape
    if not fitted.codec.coder.lossy:
        assert np.array_equal(unpacked, codes), f"{fitted}: unpack is not the inverse of pack"
    assert fitted.unpack(fitted.pack(codes[:0]), 0).shape == codes[:0].shape
    assert _raises(CorruptError, lambda: fitted.unpack(blob, len(codes) + 1))
    assert _raises(CorruptError, lambda: fitted.unpack(blob[:-1], len(codes)))


def check_apart(selection: Selection, shape: Shape) -> None:
    """A selection has no part in how an image is coded."""
    alone, after = Codec.parse("dct:4"), Codec([selection, *text.parse("dct:4")])
    assert after.stages == alone.stages
    assert after.selection == selection
    assert Codec.parse(str(after)) == after
    images = sample_images(TRAINING_IMAGES, shape, seed=1)
    assert np.array_equal(after.fit(images).encode(images), alone.fit(images).encode(images))
    assert not selection.lossy, f"{selection.name} changes no image: declare it as not lossy"
    assert not selection.learned, f"{selection.name}: there is no state for a selection to learn"


def check_descriptions(selection: Selection, images: Images) -> None:
    """An image has the same description alone and in any batch, of values of one number."""
    whole = selection.describe(images)
    parts = [selection.describe(images[i : i + 1]) for i in range(len(images))]
    assert whole.ndim == 2
    assert np.array_equal(np.concatenate(parts), whole), "descriptions depend on the batch"
    assert selection.describe(images[:0]).shape == (0, whole.shape[1])


def check_choice(selection: Selection, images: Images, seed: int) -> None:
    """A choice is some of the records in order, repeatable, and as is declared: it depends on the
    seed only where it is seeded, and on labels only where it is supervised.
    """
    described, labels = selection.describe(images), np.arange(len(images)) % 3
    chosen = selection.choose(described, labels, seed)
    assert chosen.dtype == np.int64
    assert 1 <= len(chosen) <= len(images)
    assert (np.diff(chosen, prepend=-1) > 0).all(), f"{selection.name}: places must rise"
    assert chosen[-1] < len(images)
    again = selection.choose(described, labels, seed)
    assert np.array_equal(again, chosen), f"{selection.name} is not repeatable"
    if not selection.seeded:
        other = selection.choose(described, labels, seed + 1)
        assert np.array_equal(other, chosen), f"{selection.name}: seeded is declared wrongly"
    if not selection.supervised:
        other = selection.choose(described, labels[::-1], seed)
        assert np.array_equal(other, chosen), f"{selection.name}: supervised is declared wrongly"


def check_lossless(fitted: FittedCodec, images: Images) -> None:
    """A codec that declares no loss gives every pixel back."""
    if not fitted.codec.lossy:
        assert np.array_equal(fitted.decode(fitted.encode(images)), images), f"{fitted} loses"


def check_linear(stage: Transform, shape: Shape, images: Images) -> None:
    """A stage that declares itself linear maps a mean of images to the mean of their outputs."""
    fitted = Codec([stage, *text.parse("float32")]).fit(
        sample_images(TRAINING_IMAGES, shape, seed=1)
    )
    signal, state = fitted.signals[0], fitted.states[0]
    a, b = torch.from_numpy(images).float(), torch.from_numpy(images[::-1].copy()).float()
    of_mean = stage.forward((a + b) / 2, signal, state)
    mean_of = (stage.forward(a, signal, state) + stage.forward(b, signal, state)) / 2
    scale = float(mean_of.abs().max()) + 1
    assert torch.allclose(of_mean, mean_of, atol=1e-5 * scale, rtol=1e-5), f"{stage.name}: linear?"


def check_key(stage: Stage, fitted: FittedCodec, images: Images) -> None:
    """A keyed stage names its key, and without it neither encodes nor decodes; but codes are still
    dequantized.
    """
    name = fitted.codec.keys[0]
    assert keys.is_name(name), f"{stage.name}: {name!r} is no name of a key"
    codes, secrets = fitted.encode(images), keys.variables()
    keys.adopt({})
    try:
        assert _raises(SecretKeyError, lambda: fitted.encode(images)), f"{stage.name} needs no key"
        assert _raises(SecretKeyError, lambda: fitted.decode(codes)), f"{stage.name} needs no key"
        fitted.dequantize(codes)
    finally:
        keys.adopt(secrets)


def _raises(expected: type[FewbytesError], call: Callable[[], object]) -> bool:
    try:
        call()
    except expected:
        return True
    return False


__all__ = [
    "batches",
    "check_registered",
    "conformance",
    "hosts",
    "options",
    "sample_images",
]
