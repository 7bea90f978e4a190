"""What every stage but a selection must keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import torch

from fewbytes import keys
from fewbytes.codecs import (
    Codec,
    FittedCodec,
    Stage,
    Transform,
    stage_class,
    stage_names,
    text,
)
from fewbytes.errors import CodecError, CorruptError, FewbytesError, InputError, SecretKeyError
from fewbytes.testing.samples import LABELS, TRAINING_IMAGES, sample_images
from fewbytes.types import Images, Shape


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
