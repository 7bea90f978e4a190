"""A codec: a row of stages, checked when it is built and completed in sight.

Where the quantizer is left out, the domain of the coefficients names it (pixel values: `uint8`,
mask values: `threshold`, real coefficients: `float32`); where the coder is left out, it is `raw`
for symbols that fill whole bytes and `bitpack` for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

from fewbytes.codecs import registry, text
from fewbytes.codecs.stage import (
    Coder,
    Domain,
    Quantizer,
    Selection,
    Signal,
    Stage,
    Symbols,
    Transform,
)
from fewbytes.errors import CodecError, NotFittedError
from fewbytes.types import Shape

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from fewbytes.codecs.fitted import Batch, FittedCodec
    from fewbytes.codecs.spans import Spread
    from fewbytes.codecs.streams import ImageStream

_KINDS: tuple[type[Stage], ...] = (Selection, Transform, Quantizer, Coder)
_ROW = "selection? transform* quantizer? coder?"
_DEFAULT_QUANTIZER = {Domain.PIXEL: "uint8", Domain.UNIT: "threshold", Domain.REAL: "float32"}


@dataclass(frozen=True, init=False)
class Codec:
    """A complete row of stages: `transforms`, one `quantizer`, one `coder`; before them perhaps a
    `selection`, which says what is stored of a set and has no part in how an image is coded.

    `parse(str(codec)) == codec`. Nothing is learned here: `fit` returns a `FittedCodec`.
    """

    transforms: tuple[Transform, ...]
    quantizer: Quantizer
    coder: Coder
    selection: Selection | None

    def __init__(self, stages: Sequence[Stage]) -> None:
        """Order, check and complete `stages`.

        Raises:
            CodecError: a row that cannot be, with the reason.
        """
        transforms = tuple(stage for stage in stages if isinstance(stage, Transform))
        quantizers = [stage for stage in stages if isinstance(stage, Quantizer)]
        coders = [stage for stage in stages if isinstance(stage, Coder)]
        _check_order(stages)
        first = stages[0] if stages else None
        domain = _check_transforms(transforms)
        quantizer = quantizers[0] if quantizers else _default(_DEFAULT_QUANTIZER[domain])
        assert isinstance(quantizer, Quantizer)
        if domain not in quantizer.accepts:
            _refuse(quantizer, domain, transforms)
        symbols = Symbols((1,), quantizer.alphabet)
        coder = coders[0] if coders else _default("bitpack" if symbols.bits % 8 else "raw")
        assert isinstance(coder, Coder)
        coder.check(symbols)
        object.__setattr__(self, "transforms", transforms)
        object.__setattr__(self, "quantizer", quantizer)
        object.__setattr__(self, "coder", coder)
        object.__setattr__(self, "selection", first if isinstance(first, Selection) else None)

    @classmethod
    def parse(cls, spec: str) -> Codec:
        """The codec that a text such as `dct:16 | uniform:8` names. Raises CodecError."""
        return cls(text.parse(spec))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that code an image; states are numbered by their place here."""
        return (*self.transforms, self.quantizer, self.coder)

    @property
    def row(self) -> tuple[Stage, ...]:
        """All that is written: the selection, where there is one, and the stages."""
        return self.stages if self.selection is None else (self.selection, *self.stages)

    def __str__(self) -> str:
        return " | ".join(text.canonical(stage) for stage in self.row)

    @property
    def lossy(self) -> bool:
        """Whether decoded images may differ from the originals. That a selection leaves others out
        is no loss of theirs, and does not count.
        """
        exact = self.quantizer.exact_on_pixels and not self.coder.lossy
        return any(t.lossy for t in self.transforms) or not exact

    @property
    def learned(self) -> bool:
        """Whether `fit` learns anything from images."""
        return any(stage.learned for stage in self.stages)

    @property
    def spatial(self) -> bool:
        """Whether a code is still a picture: its first axes are rows and columns."""
        return all(stage.spatial for stage in self.stages)

    @property
    def supervised(self) -> bool:
        """Whether fitting, or choosing which images are kept, looks at labels."""
        return any(stage.supervised for stage in self.row)

    @property
    def seeded(self) -> bool:
        """Whether what is learned or chosen depends on the seed."""
        return any(stage.seeded for stage in self.row)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the secret keys that its stages need to encode and decode, each once."""
        return tuple(dict.fromkeys(s.key for s in self.stages if s.keyed))  # type: ignore[attr-defined]

    def config(self) -> list[dict[str, Any]]:
        """The stages' configurations as plain JSON values."""
        return [stage.config() for stage in self.row]

    @classmethod
    def from_config(cls, config: list[dict[str, Any]]) -> Codec:
        """The inverse of `config`."""
        return cls([registry.stage_class(c["name"]).from_config(c) for c in config])

    def signals(self, image_shape: Shape) -> list[Signal]:
        """What enters each transform, and at the end what enters the quantizer.

        Raises:
            CodecError: images of that shape do not fit a stage.
        """
        signals = [Signal(tuple(image_shape))]
        for transform in self.transforms:
            signals.append(transform.output(signals[-1]))
        return signals

    def symbols(self, image_shape: Shape) -> Symbols:
        """What the coder codes, for images of that shape. Raises CodecError as `signals` does."""
        shape = self.quantizer.symbol_shape(self.signals(image_shape)[-1].shape)
        symbols = Symbols(shape, self.quantizer.alphabet)
        self.coder.check(symbols)
        return symbols

    def fit(
        self,
        images: Batch | ImageStream,
        seed: int = 0,
        labels: NDArray[Any] | torch.Tensor | None = None,
        spread: Spread | None = None,
    ) -> FittedCodec:
        """Learn from training images, (n, h, w, c) uint8, whatever the stages learn; a stream of
        them gives the same as a batch.

        Where they learn nothing, this only notes the shape of the images. Labels, (n,), let a coder
        keep tables of each class, which changes bytes but no code; no other stage looks at them
        unless the codec is `supervised`. A selection leaves none of the images out here.

        `spread` has spans of the images worked on elsewhere (`fewbytes.codecs.spans`), by workers
        that can read them; the result is the same, bit for bit.

        Raises:
            InputError: not a batch of images, or an empty one, or not as many labels.
            CodecError: images too small for a stage.
        """
        from fewbytes.codecs.fitting import fit

        return fit(self, images, seed, labels, spread)

    def bind(self, image_shape: Shape) -> FittedCodec:
        """This codec for images of shape (h, w, c), where nothing is to be learned.

        Raises:
            NotFittedError: a stage must be fitted on images first.
        """
        from fewbytes.codecs.fitted import FittedCodec

        for stage in self.stages:
            if stage.learned:
                raise NotFittedError(
                    f"{stage.name} learns from images: call codec.fit(train_images) first"
                )
        return FittedCodec(self, tuple(image_shape), {})

    def encode(self, images: Batch) -> Batch:
        """`FittedCodec.encode`, for a codec that learns nothing."""
        from fewbytes.codecs.fitted import as_image_tensor

        return self.bind(tuple(as_image_tensor(images).shape[1:])).encode(images)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            if name in {"decode", "dequantize", "reconstruct", "pack", "unpack", "code_shape"}:
                raise NotFittedError(
                    f"{name} needs the shape of the images: call codec.fit(train_images) first"
                )
            raise AttributeError(f"a codec has no attribute {name!r}")


def _default(name: str) -> Stage:
    return registry.stage_class(name)()


def _check_order(stages: Sequence[Stage]) -> None:
    for a, b in pairwise(stages):
        rank_a, rank_b = (_KINDS.index(_kind(stage)) for stage in (a, b))
        if rank_a > rank_b or (rank_a == rank_b and not isinstance(a, Transform)):
            kind_a, kind_b = _kind(a).__name__.lower(), _kind(b).__name__.lower()
            raise CodecError(
                f"{b.name} cannot follow {a.name}: {b.name} is a {kind_b}, {a.name} a {kind_a}, "
                f"and a codec is written {_ROW}"
            )


def _kind(stage: Stage) -> type[Stage]:
    return next(kind for kind in _KINDS if isinstance(stage, kind))


def _check_transforms(transforms: Sequence[Transform]) -> Domain:
    """Follow domain and picture through the transforms; the domain that reaches the quantizer."""
    domain, flattener = Domain.PIXEL, None
    for transform in transforms:
        if transform.needs_picture and flattener is not None:
            raise CodecError(
                f"{transform.name} needs rows and columns, but after {flattener.name} there are "
                f"none; put {transform.name} before {flattener.name}"
            )
        if domain not in transform.accepts:
            _refuse(transform, domain, transforms[: transforms.index(transform)])
        if not transform.spatial:
            flattener = transform
        domain = transform.produces or domain
    return domain


def _refuse(stage: Transform | Quantizer, domain: Domain, before: Sequence[Transform]) -> NoReturn:
    wanted = " or ".join(sorted(d.value for d in stage.accepts))
    giver = before[-1].name if before else "an image"
    raise CodecError(
        f"{stage.name} takes {wanted}, but {giver} gives {domain.value}; "
        "put uniform:8 or float32 after real coefficients"
    )
